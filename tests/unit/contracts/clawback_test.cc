// Claw-backs: four eyes, what is there and what is not, and what they leave for settlement.
#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

struct Wanted {
    Grams grams;
    MicroYuan money;
};

proto::ProposeClawback propose(const client::Wallet& from, Period period, const Wanted& wanted) {
    proto::ProposeClawback action;
    action.set_account(from.account().bytes());
    action.set_period(period);
    action.set_grams(wanted.grams.value());
    action.set_amount_uy(wanted.money.value());
    action.set_legal_reference("judgement 12/2013");
    action.set_reason("issued twice");
    return action;
}

proto::ApproveClawback approve(std::uint64_t number) {
    proto::ApproveClawback action;
    action.set_clawback(number);
    return action;
}

void claw_back(TestChain& chain, const client::Wallet& from, Period period, const Wanted& wanted) {
    const auto proposed = chain.side.must(chain.government, propose(from, period, wanted));
    chain.side.must(chain.authority, approve(proposed.events(0).clawback_proposed().clawback()));
}

TEST(Clawbacks, TakeQuotaAndCashThatAreThereWhenASecondAccountApproves) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.deposit(ann, 700_uy);

    chain.side.must(chain.government, propose(ann, 2013, {300_g, 500_uy}));
    EXPECT_EQ(chain.holding(ann, 2013).expired_g(), 0) << "nothing happens on a proposal";
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approve(1)), Code::not_authorised));
    const auto receipt = chain.side.must(chain.authority, approve(1));

    EXPECT_EQ(receipt.events(0).clawed_back().taken_g(), 300);
    EXPECT_EQ(chain.holding(ann, 2013).expired_g(), 300);
    EXPECT_EQ(chain.holding(ann, 2013).clawed_back_g(), 300);
    EXPECT_EQ(chain.balance(ann), 200_uy);
    EXPECT_EQ(chain.balance(chain.government), 500_uy);
    const auto record = *kClawbacks.find(chain.side, 1);
    EXPECT_EQ(record.legal_reference(), "judgement 12/2013");
    EXPECT_EQ(record.proposed_by(), chain.government.account().view());
    EXPECT_EQ(record.approved_by(), chain.authority.account().view());
    EXPECT_EQ(record.taken_g(), 300);
    EXPECT_EQ(record.taken_uy(), 500);
    EXPECT_TRUE(refused(chain.side.attempt(chain.authority, approve(1)), Code::clawback_done));
}

TEST(Clawbacks, LeaveWhatIsNotThereToTheNextSettlementAndToADebt) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.deposit(ann, 700_uy);

    claw_back(chain, ann, 2013, {1'200_g, 1'000_uy});

    EXPECT_EQ(kObligations.find(chain.side, ann.account())->grams(), 200);
    EXPECT_EQ(kDebts.find(chain.side, {ann.account(), 2013})->clawed_back_uy(), 300);
    chain.advance(2013, 1);
    chain.settle(2013);
    // 100 g emitted and 200 g owed, and no quota left: 300 g at 0.300001 are 90,000.3.
    const auto record = *kSettlements.find(chain.side, {ann.account(), 2013});
    EXPECT_EQ(record.obligation_g(), 200);
    EXPECT_EQ(record.clawed_back_g(), 1'000);
    EXPECT_EQ(record.own_surrendered_g(), 0);
    EXPECT_EQ(record.penalised_g(), 300);
    EXPECT_FALSE(kObligations.contains(chain.side, ann.account()));
    const auto debt = *kDebts.find(chain.side, {ann.account(), 2013});
    EXPECT_EQ(debt.owed_uy(), 90'001);
    EXPECT_EQ(debt.clawed_back_uy(), 300);
    // Money that comes is for what was claimed back first, and a correction gives back only the penalty.
    chain.deposit(ann, 90'301_uy);
    proto::RepayDebt repay;
    repay.set_period(2013);
    repay.set_amount_uy(90'301);
    chain.side.must(ann, repay);
    chain.correct(2013, 1, ann, 0_g);  // 200 g are 60,000.2
    EXPECT_EQ(chain.balance(ann), MicroYuan(90'001 - 60'001));
    EXPECT_EQ(kDebts.find(chain.side, {ann.account(), 2013})->paid_uy(), 60'301);
}

TEST(Clawbacks, LowerTheSurplusThatMayBeSold) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.side.must(chain.platform, proto::PostCosts());
    chain.deposit(chain.platform, 1'000'000_uy);
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 500_g}, {&bob, 500_g}});
    chain.advance(2013, 1);
    chain.join(2013, ann);
    claw_back(chain, ann, 2013, {300_g, 0_uy});
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, 201_g)), Code::market_surplus_exceeded));
    chain.sell(2013, ann, 200_g);
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, 1_g)), Code::market_surplus_exceeded));
}

TEST(Clawbacks, OfBankedQuotaHoldWhenTheSettlementIsCorrected) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 600_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    ASSERT_EQ(kSettlements.find(chain.side, {ann.account(), 2013})->banked_g(), 100);
    claw_back(chain, ann, 2013, {80_g, 0_uy});

    chain.correct(2013, 1, ann, 950_g);

    // 920 g are left to settle with: 30 g are penalised, nothing is banked, 80 g stay taken.
    const auto record = *kSettlements.find(chain.side, {ann.account(), 2013});
    EXPECT_EQ(record.own_surrendered_g(), 920);
    EXPECT_EQ(record.penalised_g(), 30);
    EXPECT_EQ(chain.holding(ann, 2013).expired_g(), 80);
    EXPECT_EQ(chain.holding(ann, 2013).surrendered_g(), 920);
}

// What was inherited after the year was settled is no part of what the year was settled with.
TEST(Clawbacks, OfInheritedQuotaLeaveTheHeirsOwnYearAsItWas) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& aunt = chain.person("aunt");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&aunt, 400_g}});
    chain.report(2013, 1, {{&ann, 800_g}});
    chain.advance(2013, 1);
    chain.settle(2013);  // Ann banks 50 g of 200 g, her aunt 100 g
    chain.side.must(chain.government, close(aunt, &ann));
    ASSERT_EQ(chain.holding(ann, 2013).passed_on_g(), -100);
    claw_back(chain, ann, 2013, {120_g, 0_uy});  // all that was inherited, and 20 g of her own

    chain.correct(2013, 1, ann, 1'000_g);

    // 980 g of her own were there to settle with.
    const auto record = *kSettlements.find(chain.side, {ann.account(), 2013});
    EXPECT_EQ(record.clawed_back_g(), 20);
    EXPECT_EQ(record.own_surrendered_g(), 980);
    EXPECT_EQ(record.penalised_g(), 20);
    EXPECT_EQ(chain.holding(ann, 2013).clawed_back_g(), 120);
    EXPECT_EQ(chain.holding(ann, 2013).expired_g(), 120);
    EXPECT_EQ(chain.side.tip()->totals().vintages(0).held_g(), 0);
}

TEST(Clawbacks, NameAPersonAPeriodAndSomethingToTake) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    auto& side = chain.side;
    EXPECT_TRUE(
        refused(side.attempt(chain.government, propose(ann, 2013, {0_g, 0_uy})), Code::action_malformed));
    EXPECT_TRUE(refused(side.attempt(chain.government, propose(ann, 2013, {Grams(-1), 1_uy})),
                        Code::action_malformed));
    EXPECT_TRUE(
        refused(side.attempt(chain.government, propose(ann, 2012, {1_g, 0_uy})), Code::period_unknown));
    EXPECT_TRUE(refused(side.attempt(chain.government, propose(chain.platform, 2013, {1_g, 0_uy})),
                        Code::account_not_person));
    auto unreasoned = propose(ann, 2013, {1_g, 0_uy});
    unreasoned.clear_legal_reference();
    EXPECT_TRUE(refused(side.attempt(chain.government, unreasoned), Code::action_malformed));
    EXPECT_TRUE(refused(side.attempt(chain.government, approve(1)), Code::clawback_unknown));
}

// Two accounts that one key opens are one pair of eyes.
TEST(Clawbacks, AreApprovedByAnotherKeyToo) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.side.must(chain.government, propose(ann, 2013, {1_g, 0_uy}));
    const auto key = key_of("authority");
    const auto other = key_of("government");
    const bool ordered = key.public_key() < other.public_key();
    chain.side.must(chain.authority,
                    client::rotate_keys(chain.side.chain(), chain.authority.account(),
                                        {ordered ? &key : &other, ordered ? &other : &key}, 1));

    EXPECT_TRUE(refused(chain.side.attempt(chain.authority, approve(1)), Code::not_authorised));
}

TEST(Clawbacks, NeverOweMoreThanASettlementCanTake) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    const Grams most(4'000'000'000'000'000'000);
    claw_back(chain, ann, 2013, {most, 0_uy});
    chain.side.must(chain.government, propose(ann, 2013, {1_g, 0_uy}));
    EXPECT_TRUE(refused(chain.side.attempt(chain.authority, approve(2)), Code::amount_overflow));
    chain.advance(2013, 1);
    chain.settle(2013);
    EXPECT_EQ(kSettlements.find(chain.side, {ann.account(), 2013})->penalised_g(), most.value());
}

}  // namespace
}  // namespace pcq::contracts::testing
