// Borrowing from the next period, and the time of grace between a period's deadline and its closing.
#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::int64_t kDayMs = 86'400'000;

proto::SettlementRecord settled(const TestChain& chain, const client::Wallet& who, Period period) {
    return kSettlements.find_or_default(chain.side, {who.account(), period});
}

std::int64_t obligation(const TestChain& chain, const client::Wallet& who) {
    return kObligations.find_or_default(chain.side, who.account()).grams();
}

// A tenth of what was issued may be borrowed at 20.0000001 %.
proto::Policy lending() {
    auto rules = policy();
    rules.set_borrowing_ratio_ppb(100'000'000);
    rules.set_borrowing_interest_ppb(200'000'001);
    return rules;
}

TEST(Borrowing, ComesAfterOwnAndPurchasedQuotaAndBeforeThePenalty) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 1, lending());
    chain.issue(2013, {{&ann, 1'005_g}, {&bob, 1'000_g}});
    chain.report(2013, 1, {{&ann, 1'300_g}, {&bob, 1'090_g}});
    chain.deposit(ann, 1'000'000_uy);
    chain.deposit(bob, 1'000'000_uy);
    chain.advance(2013, 1);
    chain.settle(2013);

    // Ann lacks 295 g, may borrow floor(100.5); 195 g cost ceil(58,500.195).
    const auto record = settled(chain, ann, 2013);
    EXPECT_EQ(record.own_surrendered_g(), 1'005);
    EXPECT_EQ(record.borrowed_g(), 100);
    EXPECT_EQ(record.obligation_next_g(), 121) << "120.0000001 rounded up";
    EXPECT_EQ(record.penalised_g(), 195);
    EXPECT_EQ(record.penalty_paid_uy(), 58'501);
    EXPECT_EQ(obligation(chain, ann), 121);
    // Bob lacks 90 g and borrows all of them: 108.00000009.
    EXPECT_EQ(settled(chain, bob, 2013).penalised_g(), 0);
    EXPECT_EQ(obligation(chain, bob), 109);
    EXPECT_EQ(chain.balance(bob), 1'000'000_uy);
    EXPECT_EQ(kPeriodReports.find(chain.main, {chain.side.chain(), 2013})->borrowed_g(), 190);
}

TEST(Borrowing, CreatesNoQuotaAndIsPaidWithTheNextPeriods) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 1, lending());
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 1'100_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    EXPECT_EQ(chain.holding(ann, 2013).surrendered_g(), 1'000);
    ASSERT_EQ(obligation(chain, ann), 121);  // 120.0000001

    chain.open(2014);
    chain.issue(2014, {{&ann, 1'000_g}});
    chain.report(2014, 1, {{&ann, 500_g}});
    chain.advance(2014, 1);
    chain.settle(2014);

    const auto record = settled(chain, ann, 2014);
    EXPECT_EQ(record.emitted_g(), 500);
    EXPECT_EQ(record.obligation_g(), 121);
    EXPECT_EQ(record.own_surrendered_g(), 621);
    EXPECT_EQ(record.banked_g(), 94);  // floor(379 / 4)
    EXPECT_EQ(obligation(chain, ann), 0);
    const auto report = *kPeriodReports.find(chain.main, {chain.side.chain(), 2014});
    EXPECT_EQ(report.obligation_g(), 121);
}

TEST(Borrowing, IsOwedByTheNextPeriodAloneAndMayNotBeSold) {
    TestChain chain;
    auto& ann = chain.person("ann");
    proto::PostCosts costs;
    chain.side.must(chain.platform, costs);
    chain.deposit(chain.platform, 10'000'000_uy);
    auto& bob = chain.person("bob");  // lacks quota, so that there is a price
    chain.open(2013, 1, lending());
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 1'100_g}});
    chain.advance(2013, 1);
    chain.open(2014);
    chain.open(2015);
    for (const Period year : {2014u, 2015u}) {
        chain.issue(year, {{&ann, 1'000_g}});
        chain.report(year, 1, {{&ann, 500_g}, {&bob, 5'000_g}});
    }
    chain.settle(2013);
    for (const Period year : {2014u, 2015u}) {
        chain.advance(year, 1);
        chain.join(year, ann);
    }
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2014, 380_g)), Code::market_surplus_exceeded));
    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2015, 501_g)), Code::market_surplus_exceeded));
    chain.sell(2014, ann, 379_g);
    chain.sell(2015, ann, 500_g);
}

TEST(Borrowing, IsUndoneByACorrection) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 1, lending());
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 1'100_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    ASSERT_EQ(obligation(chain, ann), 121);

    chain.correct(2013, 1, ann, 1'050_g);
    EXPECT_EQ(obligation(chain, ann), 61);  // 60.00000005
    chain.correct(2013, 1, ann, 900_g);
    EXPECT_FALSE(kObligations.contains(chain.side, ann.account()));
}

// Deadline a day after the start, two days of grace.
struct Graced {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");
    std::int64_t deadline = static_cast<std::int64_t>(chain.side.tip()->time_ms()) + kDayMs;

    Graced() {
        auto rules = policy();
        rules.set_grace_ms(2 * kDayMs);
        auto action = open_period(2013, 1'000'000_g, 1, rules);
        action.set_earliest_close_ms(static_cast<std::uint64_t>(deadline));
        chain.main.must(chain.main_government, action);
        chain.relay();
        chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(2013, 1, {{&ann, 600_g}, {&bob, 1'400_g}});
        chain.advance(2013, 1);
        chain.join(2013, ann);
        chain.join(2013, bob);
        chain.deposit(chain.platform, 1'000'000_uy);
        chain.deposit(bob, 1'000'000_uy);
        chain.sell(2013, ann, 300_g);
    }
    // Both chains' next blocks are at the deadline and this much.
    void after_deadline(std::int64_t ms) {
        for (auto* ledger : {&chain.main, &chain.side}) ledger->set_time({deadline + ms - 1'000});
    }
};

TEST(Grace, LeavesBuyingAndCorrectionsAndNothingElse) {
    Graced graced;
    auto& side = graced.chain.side;
    graced.after_deadline(-1'000);
    graced.chain.sell(2013, graced.ann, 10_g);

    graced.after_deadline(0);
    EXPECT_TRUE(refused(side.attempt(graced.ann, sell_surplus(2013, 1_g)), Code::period_in_grace));
    EXPECT_TRUE(
        refused(side.attempt(graced.chain.meter, readings(2013, 1, {{&graced.chain.person("cyd"), 1_g}})),
                Code::period_in_grace));
    graced.chain.buy(2013, graced.bob, 100_g);
    graced.chain.correct(2013, 1, graced.bob, 1'350_g);

    graced.after_deadline(2 * kDayMs);  // grace is over, the period is not closed
    EXPECT_TRUE(refused(side.attempt(graced.ann, sell_surplus(2013, 1_g)), Code::period_in_grace));
    graced.chain.buy(2013, graced.bob, 1_g);
}

// What makes up for what is lacking stays possible, unless somebody stops the market; settlement waits for
// nobody.
TEST(Grace, MakesNoQuotaOfCreditsAndGivesWayToAPause) {
    Graced graced;
    auto& side = graced.chain.side;
    side.must(graced.chain.government, set_methodology("subway", 515'500));
    side.must(graced.chain.transport, avoided(2013, 1, "subway", 1, {{&graced.bob, 1, "monday"}}));
    graced.after_deadline(0);
    EXPECT_TRUE(refused(side.attempt(graced.bob, convert_credits(2013, 100_g)), Code::period_in_grace));
    EXPECT_TRUE(refused(
        side.attempt(graced.chain.transport, avoided(2013, 1, "subway", 1, {{&graced.bob, 1, "tuesday"}})),
        Code::period_in_grace));
    side.must(graced.bob, dispute_reading(graced.chain.meter, 2013, 1));
    side.must(graced.chain.government,
              pause_market(static_cast<std::uint64_t>(graced.deadline + 3 * kDayMs)));
    EXPECT_TRUE(refused(side.attempt(graced.bob, buy_quota(2013, 100_g)), Code::market_paused));

    graced.after_deadline(2 * kDayMs + 1'000);
    graced.chain.settle(2013);

    EXPECT_EQ(settled(graced.chain, graced.bob, 2013).penalised_g(), 400);
    graced.chain.correct(2013, 1, graced.bob, 900_g);
    EXPECT_EQ(settled(graced.chain, graced.bob, 2013).penalised_g(), 0) << "the dispute was upheld in time";
    EXPECT_EQ(kDisputes.find(side, 1)->status(), proto::DISPUTE_STATUS_UPHELD);
}

TEST(Grace, HasToBeOverBeforeThePeriodIsClosed) {
    Graced graced;
    auto& main = graced.chain.main;
    graced.after_deadline(0);
    EXPECT_TRUE(refused(main.attempt(graced.chain.main_government, close_period(2013)),
                        Code::period_too_early_to_close));
    graced.after_deadline(2 * kDayMs - 1);
    EXPECT_TRUE(refused(main.attempt(graced.chain.main_government, close_period(2013)),
                        Code::period_too_early_to_close));
    graced.after_deadline(2 * kDayMs + 1'000);
    graced.chain.settle(2013);
    EXPECT_EQ(settled(graced.chain, graced.bob, 2013).purchased_surrendered_g(), 0);
}

TEST(Grace, AndInstalmentsAndBorrowingHaveTheirRanges) {
    TestChain chain;
    const auto refuses = [&chain](const auto& change) {
        auto rules = policy();
        change(rules);
        return refused(chain.main.attempt(chain.main_government, open_period(2013, 1_g, 1, rules)),
                       Code::action_malformed);
    };
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_borrowing_ratio_ppb(-1); }));
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_borrowing_ratio_ppb(1'000'000'001); }));
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_borrowing_interest_ppb(1'000'000'001); }));
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_instalments(61); }));
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_grace_ms(367ULL * kDayMs); }));
    EXPECT_TRUE(refuses([](auto& rules) { rules.set_instalment_ms(~0ULL); }));
}

}  // namespace
}  // namespace pcq::contracts::testing
