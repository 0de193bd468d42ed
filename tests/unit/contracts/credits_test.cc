// Credits of avoided emissions: methodologies, minting, conversion from the reserve, expiry; and accrual.
#include "contracts/emissions/credits.h"

#include <gtest/gtest.h>

#include "contracts/quota/quota.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// Half a gram of quota for a gram of credits, up to a tenth of what was issued.
proto::Policy with_credits() {
    auto rules = policy();
    rules.set_credit_rate_ppb(500'000'000);
    rules.set_credit_cap_ppb(100'000'000);
    return rules;
}

// A subway trip avoids 515.5 g.
struct Town {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit Town(std::uint32_t months = 1, const proto::Policy& rules = with_credits()) {
        chain.open(2013, months, rules);
        chain.issue(2013, {{&ann, 10'000_g}, {&bob, 10'000_g}});
        chain.side.must(chain.government, set_methodology("subway", 515'500));
    }

    proto::CreditRecord credits(const client::Wallet& who) const {
        return kCredits.find_or_default(chain.side, {who.account(), 2013});
    }
    proto::ReserveRecord reserve() const { return kReserves.find_or_default(chain.side, 2013); }
    void issue_reserve(Grams grams) {
        chain.main.must(chain.main_government, testing::issue_reserve(chain.side, 2013, grams));
        chain.relay();
    }
    // Ann's `trips`, of which each has a number of its own.
    void ride(std::int64_t trips, const std::string& name) {
        chain.side.must(chain.transport, avoided(2013, 1, "subway", 1, {{&ann, trips, name}}));
    }
};

TEST(Credits, AreUnitsTimesTheMethodologysMilligramsRoundedDown) {
    Town town;
    town.chain.side.must(
        town.chain.transport,
        avoided(2013, 1, "subway", 1,
                {{&town.ann, 3, "monday"}, {&town.bob, 1, "monday too"}, {&town.ann, 1, "tuesday"}}));

    EXPECT_EQ(town.credits(town.ann).minted_g(), 1'546 + 515) << "1,546.5 and 515.5, each rounded down";
    EXPECT_EQ(town.credits(town.bob).minted_g(), 515);
    EXPECT_EQ(kCreditTotals.find(town.chain.side, 2013)->minted_g(), 2'576);
    EXPECT_EQ(town.chain.holding(town.ann, 2013).issued_g(), 10'000) << "no quota yet";
    const auto activity = *kActivities.find(town.chain.side, crypto::sha256({"monday"}));
    EXPECT_EQ(activity.account(), town.ann.account().bytes());
    EXPECT_EQ(activity.grams(), 1'546);
    EXPECT_EQ(activity.version(), 1u);
    EXPECT_EQ(activity.meter(), town.chain.transport.account().bytes());
}

TEST(Credits, CountAnActivityOnceWhoeverReportsIt) {
    Town town;
    town.ride(1, "monday");
    EXPECT_TRUE(refused(
        town.chain.side.attempt(town.chain.meter, avoided(2013, 1, "subway", 1, {{&town.bob, 1, "monday"}})),
        Code::activity_credited));
    EXPECT_TRUE(refused(town.chain.side.attempt(
                            town.chain.meter, avoided(2013, 1, "subway", 1,
                                                      {{&town.bob, 1, "sunday"}, {&town.ann, 1, "sunday"}})),
                        Code::activity_credited))
        << "twice in one report, of which nothing is booked";
    EXPECT_EQ(town.credits(town.bob).minted_g(), 0);
}

TEST(Credits, AreOfMonthsThatHaveBegunAndOfPeriodsThatRun) {
    Town town(2);
    auto& side = town.chain.side;
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 2, "subway", 1, {{&town.ann, 1, "monday"}})),
                Code::reading_outside_period));
    EXPECT_TRUE(refused(
        side.attempt(town.chain.meter, avoided(2013, 1, "subway", 1, {{&town.chain.bank, 1, "monday"}})),
        Code::account_not_person));
    town.ride(10, "monday");
    town.issue_reserve(1'000_g);
    town.chain.advance(2013, 1);
    town.chain.advance(2013, 2);
    side.must(town.ann, convert_credits(2013, 10_g));
    town.chain.settle(2013);
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 1, "subway", 1, {{&town.ann, 1, "tuesday"}})),
                Code::period_wrong_phase));
    EXPECT_TRUE(refused(side.attempt(town.ann, convert_credits(2013, 10_g)), Code::period_wrong_phase));
}

TEST(Methodologies, KeepEveryVersionAndCreditByTheLatest) {
    Town town;
    auto& side = town.chain.side;
    town.ride(2, "monday");  // 1,031 g
    side.must(town.chain.government, set_methodology("subway", 541'900));
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 1, "subway", 1, {{&town.ann, 1, "tuesday"}})),
                Code::methodology_not_in_force));
    side.must(town.chain.meter, avoided(2013, 1, "subway", 2, {{&town.ann, 1, "tuesday"}}));
    EXPECT_EQ(town.credits(town.ann).minted_g(), 1'031 + 541);
    EXPECT_EQ(emissions::methodology(side, "subway", 1)->avoided_mg_per_unit(), 515'500);
    EXPECT_EQ(emissions::methodology(side, "subway", 2)->avoided_mg_per_unit(), 541'900);

    side.must(town.chain.government, set_methodology("subway", 541'900, /*active=*/false));
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 1, "subway", 3, {{&town.ann, 1, "friday"}})),
                Code::methodology_not_in_force));
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 1, "subway", 2, {{&town.ann, 1, "friday"}})),
                Code::methodology_not_in_force));
    EXPECT_TRUE(
        refused(side.attempt(town.chain.meter, avoided(2013, 1, "subway", 4, {{&town.ann, 1, "friday"}})),
                Code::methodology_unknown));
    const auto list = *kMethodologyList.find(side, Only());
    ASSERT_EQ(list.entries_size(), 1);
    EXPECT_EQ(list.entries(0).versions(), 3u);
}

TEST(Conversion, GivesQuotaAtThePolicysRateFromTheReserve) {
    Town town;
    auto& [chain, ann, bob] = town;
    town.issue_reserve(800_g);
    EXPECT_EQ(kVintageTotals.find(chain.main, 2013)->issued_g(), 20'800) << "the reserve is issued quota";
    EXPECT_EQ(kIssuance.find(chain.main, {chain.side.chain(), 2013})->reserve_g(), 800);
    town.ride(3, "monday");  // 1,546 g

    const auto receipt = chain.side.must(ann, convert_credits(2013, 1'001_g));

    EXPECT_EQ(town.credits(ann).converted_g(), 1'001);
    EXPECT_EQ(town.credits(ann).quota_g(), 500) << "500.5 rounded down";
    EXPECT_EQ(chain.holding(ann, 2013).issued_g(), 10'500);
    EXPECT_EQ(chain.holding(ann, 2013).converted_g(), 500);
    EXPECT_EQ(town.reserve().converted_g(), 500);
    EXPECT_EQ(kVintageTotals.find(chain.side, 2013)->issued_g(), 20'500);
    EXPECT_EQ(kVintageTotals.find(chain.side, 2013)->held_g(), 20'500);
    EXPECT_EQ(receipt.events(0).credits_converted().quota_g(), 500);
    EXPECT_TRUE(refused(chain.side.attempt(ann, convert_credits(2013, 546_g)), Code::credits_short));
    EXPECT_TRUE(refused(chain.side.attempt(ann, convert_credits(2013, 1_g)), Code::credit_worthless));
    EXPECT_TRUE(refused(chain.side.attempt(bob, convert_credits(2013, 1_g)), Code::credits_short));
}

TEST(Conversion, StopsAtTheCapAndAtTheReserve) {
    Town town;
    auto& [chain, ann, bob] = town;
    town.ride(10, "monday");  // 5,155 g
    chain.side.must(chain.meter, avoided(2013, 1, "subway", 1, {{&bob, 10, "bob's"}}));
    EXPECT_TRUE(refused(chain.side.attempt(ann, convert_credits(2013, 100_g)), Code::reserve_short));
    town.issue_reserve(1'300_g);

    EXPECT_TRUE(refused(chain.side.attempt(ann, convert_credits(2013, 2'002_g)), Code::credit_cap_exceeded))
        << "1,001 g of quota; a tenth of 10,000 g is 1,000 g";
    chain.side.must(ann, convert_credits(2013, 1'500_g));  // 750 g
    EXPECT_TRUE(refused(chain.side.attempt(ann, convert_credits(2013, 502_g)), Code::credit_cap_exceeded))
        << "what was converted raises no cap";
    chain.side.must(ann, convert_credits(2013, 501_g));  // 250 g
    EXPECT_TRUE(refused(chain.side.attempt(bob, convert_credits(2013, 602_g)), Code::reserve_short))
        << "300 g are left";
    chain.side.must(bob, convert_credits(2013, 601_g));
    EXPECT_EQ(town.reserve().issued_g(), 1'300);
    EXPECT_EQ(town.reserve().converted_g(), 1'300);
}

TEST(Conversion, NeedsAPolicyThatAllowsIt) {
    Town town(1, policy());
    town.ride(1, "monday");
    town.issue_reserve(100_g);
    EXPECT_TRUE(
        refused(town.chain.side.attempt(town.ann, convert_credits(2013, 500_g)), Code::credit_worthless));
}

TEST(Conversion, IsOfPeople) {
    Town town;
    EXPECT_TRUE(refused(town.chain.side.attempt(town.chain.platform, convert_credits(2013, 1_g)),
                        Code::account_not_person));
}

TEST(Reserve, StaysUnderTheCapWithTheBatches) {
    TestChain chain;
    chain.main.must(chain.main_government, open_period(2013, 1'000_g, 1, with_credits()));
    chain.relay();
    chain.issue(2013, {{&chain.person("ann"), 600_g}});
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, issue_reserve(chain.side, 2013, 401_g)),
                        Code::issuance_above_cap));
    chain.main.must(chain.main_government, issue_reserve(chain.side, 2013, 300_g));
    chain.main.must(chain.main_government, issue_reserve(chain.side, 2013, 100_g));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, issue_reserve(chain.side, 2013, 1_g)),
                        Code::issuance_above_cap));
    chain.relay();
    EXPECT_EQ(kReserves.find(chain.side, 2013)->issued_g(), 400);
    EXPECT_EQ(kVintageTotals.find(chain.side, 2013)->issued_g(), 600) << "nobody has it yet";
}

TEST(Reserve, IsForAPeriodThatRunsAndAChainThatIsKnown) {
    TestChain chain;
    auto unknown = issue_reserve(chain.side, 2013, 1_g);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, unknown), Code::period_unknown));
    chain.open(2013, 1, with_credits());
    unknown.set_side_chain(Bytes(32, 'x'));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, unknown), Code::side_chain_unknown));
    chain.advance(2013, 1);
    chain.main.must(chain.main_government, issue_reserve(chain.side, 2013, 1_g));
    chain.settle(2013);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, issue_reserve(chain.side, 2013, 1_g)),
                        Code::period_wrong_phase));
}

TEST(Credits, ExpireAtSettlementAndWhatWasConvertedIsSurrendered) {
    Town town;
    auto& [chain, ann, bob] = town;
    town.issue_reserve(1'000_g);
    town.ride(4, "monday");  // 2,062 g
    chain.side.must(ann, convert_credits(2013, 1'000_g));
    chain.report(2013, 1, {{&ann, 10'400_g}});
    chain.advance(2013, 1);

    chain.settle(2013);

    const auto credits = town.credits(ann);
    EXPECT_EQ(credits.converted_g(), 1'000);
    EXPECT_EQ(credits.expired_g(), 1'062);
    EXPECT_EQ(kCreditTotals.find(chain.side, 2013)->expired_g(), 1'062);
    const auto settled = *kSettlements.find(chain.side, {ann.account(), 2013});
    EXPECT_EQ(settled.issued_g(), 10'500);
    EXPECT_EQ(settled.own_surrendered_g(), 10'400);
    EXPECT_EQ(settled.penalised_g(), 0);
    EXPECT_EQ(settled.banked_g(), 25);
    EXPECT_EQ(kPeriods.find(chain.main, 2013)->phase(), proto::PERIOD_PHASE_SETTLED)
        << "the main chain knows that the 500 g were issued";
}

TEST(Accrual, OfQuotaIsMonthlyAndOfConvertedCreditsAtOnce) {
    Town town(4);
    auto& [chain, ann, bob] = town;
    chain.deposit(chain.platform, 100'000'000_uy);
    chain.report(2013, 1, {{&bob, 5'000_g}});
    town.issue_reserve(1'000_g);
    town.ride(4, "monday");
    chain.side.must(ann, convert_credits(2013, 1'999_g));  // 999 g
    chain.advance(2013, 1);
    chain.join(2013, ann);

    EXPECT_EQ(quota::accrued(chain.holding(ann, 2013), chain.period(2013)).value(), 2'500 + 999);
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, 3'500_g)), Code::market_surplus_exceeded));
    chain.sell(2013, ann, 3'499_g);
}

TEST(Accrual, AtOnceIsAllFromTheFirstMonth) {
    auto rules = with_credits();
    rules.set_accrual(proto::ACCRUAL_AT_ONCE);
    Town town(4, rules);
    auto& [chain, ann, bob] = town;
    chain.deposit(chain.platform, 100'000'000_uy);
    chain.report(2013, 1, {{&ann, 1'000_g}, {&bob, 15'000_g}});
    chain.advance(2013, 1);
    chain.join(2013, ann);

    EXPECT_EQ(kEpochs.find(chain.side, {2013, 1})->surplus_g(), 9'000);
    EXPECT_EQ(kEpochs.find(chain.side, {2013, 1})->excess_g(), 5'000);
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, 9'001_g)), Code::market_surplus_exceeded));
    chain.sell(2013, ann, 9'000_g);
}

}  // namespace
}  // namespace pcq::contracts::testing
