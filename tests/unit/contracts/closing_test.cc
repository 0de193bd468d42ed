// Freezes that end by themselves, and accounts that end: figures worked out by hand.
#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::FreezeAccount freeze(const AccountId& account, std::int64_t until_ms) {
    proto::FreezeAccount action;
    action.set_account(account.bytes());
    action.set_reason("inquiry 7");
    action.set_until_ms(static_cast<std::uint64_t>(until_ms));
    return action;
}

proto::AccountStatus status(const TestLedger& ledger, const client::Wallet& who) {
    return ledger::kAccounts.find(ledger, who.account())->status();
}

proto::SettlementRecord settled(const TestChain& chain, const client::Wallet& who, Period period) {
    return kSettlements.find_or_default(chain.side, {who.account(), period});
}

std::int64_t held(const proto::HoldingRecord& holding) {
    return holding.issued_g() + holding.purchased_g() - holding.sold_g() - holding.surrendered_g() -
           holding.expired_g() - holding.passed_on_g();
}

// --- Freezes -----------------------------------------------------------------------------------------------

TEST(Freezes, EndInTheFirstBlockAtTheirTime) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    const auto now = static_cast<std::int64_t>(chain.side.tip()->time_ms());
    chain.side.must(chain.government, freeze(ann.account(), now + 60'000));
    chain.side.must(chain.government, freeze(bob.account(), now + 50'000));

    chain.side.set_time({now + 48'999});
    EXPECT_TRUE(chain.side.block({}).empty());
    const auto first = chain.side.block({});
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].events(0).unfrozen().account(), bob.account().view());
    EXPECT_EQ(status(chain.side, bob), proto::ACCOUNT_STATUS_OPEN);
    EXPECT_EQ(status(chain.side, ann), proto::ACCOUNT_STATUS_FROZEN);

    chain.side.set_time({now + 200'000});
    chain.side.block({});
    EXPECT_EQ(status(chain.side, ann), proto::ACCOUNT_STATUS_OPEN);
    EXPECT_FALSE(kFreezeEnds.contains(chain.side, Only()));
    const auto record = *kFreezes.find(chain.side, ann.account());
    EXPECT_EQ(record.reason(), "inquiry 7");
    EXPECT_EQ(record.frozen_by(), chain.government.account().view());
    EXPECT_EQ(record.ended_height(), chain.side.tip()->height());
    EXPECT_EQ(record.end_reason(), "");
}

TEST(Freezes, EndOnTheMainChainToo) {
    TestChain chain;
    const auto now = static_cast<std::int64_t>(chain.main.tip()->time_ms());
    chain.main.must(chain.main_government, freeze(chain.main_anyone.account(), now + 5'000));
    EXPECT_EQ(status(chain.main, chain.main_anyone), proto::ACCOUNT_STATUS_FROZEN);
    chain.main.set_time({now + 5'000});
    chain.main.block({});
    EXPECT_EQ(status(chain.main, chain.main_anyone), proto::ACCOUNT_STATUS_OPEN);
}

TEST(Freezes, EndedByHandDoNotEndAnotherFreezeLater) {
    TestChain chain;
    auto& ann = chain.person("ann");
    const auto now = static_cast<std::int64_t>(chain.side.tip()->time_ms());
    chain.side.must(chain.government, freeze(ann.account(), now + 60'000));
    proto::UnfreezeAccount unfreeze;
    unfreeze.set_account(ann.account().bytes());
    unfreeze.set_reason("cleared");
    chain.side.must(chain.government, unfreeze);
    EXPECT_EQ(kFreezes.find(chain.side, ann.account())->end_reason(), "cleared");
    chain.side.must(chain.government, freeze(ann.account(), 0));

    chain.side.set_time({now + 100'000});
    chain.side.block({});
    EXPECT_EQ(status(chain.side, ann), proto::ACCOUNT_STATUS_FROZEN);
}

TEST(Freezes, NeedAnEndInTheFuture) {
    TestChain chain;
    auto& ann = chain.person("ann");
    const auto now = static_cast<std::int64_t>(chain.side.tip()->time_ms());
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.government, freeze(ann.account(), now)), Code::action_malformed));
    EXPECT_EQ(status(chain.side, ann), proto::ACCOUNT_STATUS_OPEN);
}

// Vintages and grams that a receipt says have gone to an heir.
using Inherited = std::vector<std::pair<Period, std::int64_t>>;
Inherited inherited(const proto::Receipt& receipt) {
    Inherited found;
    for (const auto& event : receipt.events()) {
        if (event.has_transferred())
            found.emplace_back(event.transferred().period(), event.transferred().grams());
    }
    return found;
}

// --- Closing -----------------------------------------------------------------------------------------------

// Ann: issued 1,000 g, emitted 400 g so far, 500,000 micro-yuan. Bob lacks 600 g.
struct Family {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    Family() {
        chain.open(2013, 2);
        chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(2013, 1, {{&ann, 400_g}, {&bob, 1'600_g}});
        chain.deposit(ann, 500'000_uy);
    }
};

TEST(Closing, SettlesThePeriodThatRunsAndGivesTheRestToTheHeir) {
    Family family;
    auto& chain = family.chain;

    const auto receipt = chain.side.must(chain.government, close(family.ann, &family.bob));

    EXPECT_EQ(inherited(receipt), Inherited({{2013, 600}}));
    EXPECT_EQ(status(chain.side, family.ann), proto::ACCOUNT_STATUS_CLOSED);
    const auto record = settled(chain, family.ann, 2013);
    EXPECT_TRUE(record.on_closing());
    EXPECT_EQ(record.own_surrendered_g(), 400);
    EXPECT_EQ(record.banked_g(), 600) << "whole: the period still runs";
    EXPECT_EQ(record.expired_g(), 0);
    EXPECT_EQ(held(chain.holding(family.ann, 2013)), 0);
    EXPECT_EQ(chain.holding(family.ann, 2013).passed_on_g(), 600);
    EXPECT_EQ(chain.holding(family.bob, 2013).purchased_g(), 600);
    EXPECT_EQ(chain.balance(family.ann), 0_uy);
    EXPECT_EQ(chain.balance(family.bob), 500'000_uy);

    chain.advance(2013, 1);
    chain.advance(2013, 2);
    chain.settle(2013);
    // Bob lacks 600 g, may offset half of them, 300 g are penalised: 90,000.3. A quarter of the other 300 g
    // is banked.
    EXPECT_EQ(settled(chain, family.bob, 2013).purchased_surrendered_g(), 300);
    EXPECT_EQ(settled(chain, family.bob, 2013).penalty_paid_uy(), 90'001);
    EXPECT_EQ(settled(chain, family.bob, 2013).banked_g(), 75);
    EXPECT_EQ(settled(chain, family.ann, 2013).height(), record.height()) << "settled once";
    const auto report = *kPeriodReports.find(chain.main, {chain.side.chain(), 2013});
    EXPECT_EQ(report.people(), 2u);
    EXPECT_EQ(report.emitted_g(), 2'000);
}

TEST(Closing, WithoutAnHeirLetsQuotaExpireAndNeedsCashToBeGone) {
    Family family;
    auto& chain = family.chain;
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, close(family.ann)), Code::account_has_assets));
    EXPECT_FALSE(kSettlements.contains(chain.side, {family.ann.account(), 2013}));

    proto::TransferCash out;
    out.set_to(chain.bank.account().bytes());
    out.set_amount_uy(500'000);
    chain.side.must(family.ann, out);
    chain.side.must(chain.government, close(family.ann));

    EXPECT_EQ(settled(chain, family.ann, 2013).own_surrendered_g(), 400);
    EXPECT_EQ(settled(chain, family.ann, 2013).expired_g(), 600);
    EXPECT_EQ(chain.holding(family.ann, 2013).expired_g(), 600);
}

TEST(Closing, TakesThePenaltyAndDebtsBeforeTheHeirGetsAnything) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    auto rules = policy();
    rules.set_instalments(10);
    rules.set_instalment_ms(86'400'000);
    rules.set_borrowing_ratio_ppb(1'000'000'000);
    rules.set_borrowing_interest_ppb(0);
    chain.open(2012, 1, rules);
    chain.report(2012, 1, {{&ann, 1'000_g}});  // 300,001 owed in ten parts, none of them due
    chain.advance(2012, 1);
    chain.settle(2012);
    chain.open(2013, 1, rules);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 2'000_g}});
    chain.deposit(ann, 1'000'000_uy);

    chain.side.must(chain.government, close(ann, &bob));

    // 300,001 of debt, then 300,001 for the 1,000 g that could have been borrowed, had there been a next
    // period.
    EXPECT_EQ(settled(chain, ann, 2013).borrowed_g(), 0);
    EXPECT_EQ(settled(chain, ann, 2013).penalty_paid_uy(), 300'001);
    EXPECT_EQ(chain.balance(bob), 399'998_uy);
    EXPECT_EQ(chain.balance(chain.government), 600'002_uy);
    EXPECT_FALSE(kLiabilities.contains(chain.side, ann.account()));
}

TEST(Closing, GivesBankedQuotaToTheHeirAsItIs) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
    chain.report(2013, 1, {{&bob, 0_g}});
    chain.advance(2013, 1);
    chain.settle(2013);  // 250 g banked by each
    chain.open(2014);
    chain.issue(2014, {{&ann, 100_g}});
    chain.report(2014, 1, {{&ann, 60_g}, {&bob, 480_g}});

    const auto receipt = chain.side.must(chain.government, close(ann, &bob));

    EXPECT_EQ(inherited(receipt), Inherited({{2013, 190}, {2014, 100}}));
    // Ann uses 60 of the 250 g banked; 190 g and the whole 100 g of 2014 are Bob's.
    EXPECT_EQ(settled(chain, ann, 2014).own_surrendered_g(), 60);
    EXPECT_EQ(held(chain.holding(bob, 2013)), 440);
    EXPECT_EQ(chain.holding(bob, 2013).passed_on_g(), -190);
    EXPECT_EQ(chain.holding(bob, 2014).purchased_g(), 100);
    // A correction of Bob's 2013 does not count them as his own of that year.
    chain.correct(2013, 1, bob, 100_g);
    EXPECT_EQ(settled(chain, bob, 2013).banked_g(), 225);
    EXPECT_EQ(held(chain.holding(bob, 2013)), 225 + 190);

    chain.advance(2014, 1);
    chain.settle(2014);
    EXPECT_EQ(settled(chain, bob, 2014).own_surrendered_g(), 415);
    EXPECT_EQ(settled(chain, bob, 2014).purchased_surrendered_g(), 32);  // half of the other 65
    EXPECT_EQ(held(chain.holding(bob, 2013)), 0);
}

TEST(Closing, WhileTheSweepIsUnderWaySettlesOnce) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    auto& cyd = chain.person("cyd");
    auto& dan = chain.person("dan");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}, {&cyd, 1'000_g}, {&dan, 1'000_g}});
    chain.report(2013, 1, {{&dan, 200_g}});
    chain.advance(2013, 1);
    chain.main.must(chain.main_government, close_period(2013));
    chain.relay();
    ASSERT_TRUE(kSettlements.contains(chain.side, {ann.account(), 2013}));
    ASSERT_FALSE(kSettlements.contains(chain.side, {dan.account(), 2013}));

    chain.side.must(chain.government, close(dan, &ann));
    const auto height = settled(chain, dan, 2013).height();
    chain.side.finish_work();
    chain.relay();

    // The period was over: a quarter of 800 g is banked, for the heir as well.
    EXPECT_EQ(settled(chain, dan, 2013).height(), height);
    EXPECT_FALSE(settled(chain, dan, 2013).on_closing());
    EXPECT_EQ(settled(chain, dan, 2013).banked_g(), 200);
    EXPECT_EQ(chain.holding(ann, 2013).passed_on_g(), -200);
    EXPECT_EQ(held(chain.holding(ann, 2013)), 250 + 200);
    EXPECT_EQ(kPeriodReports.find(chain.main, {chain.side.chain(), 2013})->people(), 4u);
}

TEST(Closing, UsesWhatTheSweepHasBankedForTheNextPeriodThatRuns) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    auto& cyd = chain.person("cyd");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}, {&cyd, 1'000_g}});
    chain.open(2014);
    chain.advance(2013, 1);
    chain.report(2014, 1, {{&ann, 200_g}});
    chain.deposit(ann, 500'000_uy);
    chain.main.must(chain.main_government, close_period(2013));
    chain.relay();
    ASSERT_TRUE(kSettlements.contains(chain.side, {ann.account(), 2013}));
    ASSERT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLING);

    chain.side.must(chain.government, close(ann, &bob));

    // 250 g were banked; 200 g of them cover what was emitted in 2014.
    EXPECT_EQ(settled(chain, ann, 2014).own_surrendered_g(), 200);
    EXPECT_EQ(settled(chain, ann, 2014).penalised_g(), 0);
    EXPECT_EQ(chain.balance(bob), 500'000_uy);
    EXPECT_EQ(chain.holding(bob, 2013).passed_on_g(), -50);
    chain.side.finish_work();
}

TEST(Closing, PenalisesWhatWasBorrowedBeforeTheNextPeriodIsOpened) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    auto rules = policy();
    rules.set_borrowing_ratio_ppb(1'000'000'000);
    chain.open(2013, 1, rules);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 2'000_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    ASSERT_EQ(kObligations.find(chain.side, ann.account())->grams(), 1'000);
    chain.deposit(ann, 500'000_uy);

    chain.side.must(chain.government, close(ann, &bob));

    EXPECT_FALSE(kObligations.contains(chain.side, ann.account())) << "owed by nobody for ever";
    EXPECT_EQ(chain.balance(chain.government), 300'001_uy);
}

TEST(Closing, HandsOnARefundThatIsStillOwed) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 1'000_g}});
    chain.deposit(ann, 300'001_uy);
    chain.advance(2013, 1);
    chain.settle(2013);
    proto::TransferCash spent;
    spent.set_to(chain.platform.account().bytes());
    spent.set_amount_uy(300'001);
    chain.side.must(chain.government, spent);
    chain.correct(2013, 1, ann, 0_g);
    ASSERT_EQ(kLiabilities.find(chain.side, ann.account())->refund_owed_uy(), 300'001);

    EXPECT_TRUE(refused(chain.side.attempt(chain.government, close(ann)), Code::account_has_assets));
    chain.side.must(chain.government, close(ann, &bob));
    EXPECT_FALSE(kLiabilities.contains(chain.side, ann.account()));
    EXPECT_EQ(kLiabilities.find(chain.side, bob.account())->refund_owed_uy(), 300'001);
}

TEST(Closing, NeedsAnHeirWhoIsAnotherPersonAndLeavesNothingToCorrect) {
    Family family;
    auto& chain = family.chain;
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, close(family.ann, &family.ann)),
                        Code::action_malformed));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, close(family.ann, &chain.platform)),
                        Code::account_not_person));
    const auto nobody = chain.side.wallet("nobody");
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.government, close(family.ann, &nobody)), Code::account_unknown));

    chain.side.must(chain.meter, correction(2013, 1, family.ann, 1_g));
    chain.side.must(chain.government, close(family.ann, &family.bob));
    proto::ApproveCorrection approval;
    approval.set_correction(1);
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval), Code::settlement_final));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.government, close(family.bob, &family.ann)), Code::account_unknown))
        << "a closed account inherits nothing";
}

}  // namespace
}  // namespace pcq::contracts::testing
