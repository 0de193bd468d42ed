// Issuance on the main chain, its claims on the side chain, and the calendar of a period.
#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// A batch of five leaves is issued and has arrived; nothing is claimed.
struct Issued {
    TestChain chain;
    std::vector<client::Allotment> list;
    std::optional<client::IssuancePlan> plan;

    explicit Issued(const std::vector<std::string>& unregistered = {}) {
        std::int64_t grams = 100;
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            const bool known = std::count(unregistered.begin(), unregistered.end(), name) == 0;
            if (known) chain.person(name);
            list.push_back({chain.side.wallet(name).account(), Grams(grams++)});
        }
        chain.open(2013);
        plan = *client::IssuancePlan::from(chain.side.chain(), 2013, list);
        chain.main.must(chain.main_government, plan->batch({"equal"}));
        chain.relay();
    }

    Attempt offer(const proto::ClaimIssuance& claim) { return chain.side.attempt(chain.anyone, claim); }
    std::int64_t issued(const std::string& name) const {
        return chain.holding(chain.side.wallet(name), 2013).issued_g();
    }
    proto::VintageTotals totals() const { return *kVintageTotals.find(chain.side, 2013); }
};

TEST(Claim, CreditsRunsOfLeavesInTheirOrder) {
    Issued issued;

    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 2));
    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 2, 3));

    EXPECT_EQ(issued.issued("a"), 100);
    EXPECT_EQ(issued.issued("e"), 104);
    EXPECT_EQ(issued.totals().issued_g(), 510);
    EXPECT_EQ(issued.totals().held_g(), 510);
    EXPECT_EQ(kVintageTotals.find(issued.chain.main, 2013)->issued_g(), 510);
}

TEST(Claim, TakesNoLeafTwiceAndSkipsNone) {
    Issued issued;
    EXPECT_TRUE(refused(issued.offer(issued.plan->claim(0, 1, 1)), Code::claim_out_of_order));
    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 2));
    EXPECT_TRUE(refused(issued.offer(issued.plan->claim(0, 0, 2)), Code::claim_out_of_order));
    EXPECT_TRUE(refused(issued.offer(issued.plan->claim(0, 1, 2)), Code::claim_out_of_order));
    EXPECT_TRUE(refused(issued.offer(issued.plan->claim(0, 3, 2)), Code::claim_out_of_order));

    auto repeated = issued.plan->claim(0, 2, 2);
    *repeated.mutable_leaves(1) = repeated.leaves(0);
    EXPECT_TRUE(refused(issued.offer(repeated), Code::bad_proof));
    auto skipped = issued.plan->claim(0, 2, 3);
    skipped.mutable_leaves()->DeleteSubrange(1, 1);
    EXPECT_TRUE(refused(issued.offer(skipped), Code::bad_proof));
}

TEST(Claim, TakesTheGramsAndTheAccountsThatWereIssued) {
    Issued issued;
    auto richer = issued.plan->claim(0, 0, 5);
    richer.mutable_leaves(1)->set_grams(102);
    EXPECT_TRUE(refused(issued.offer(richer), Code::bad_proof));
    auto stolen = issued.plan->claim(0, 0, 5);
    stolen.mutable_leaves(1)->set_account(stolen.leaves(0).account());
    EXPECT_TRUE(refused(issued.offer(stolen), Code::bad_proof));
    auto more = issued.plan->claim(0, 0, 5);
    *more.add_leaves() = more.leaves(0);
    EXPECT_TRUE(refused(issued.offer(more), Code::bad_proof));
}

TEST(Claim, NeedsTheProofOfThisRunInThisBatchOfThisChain) {
    Issued issued;
    const auto good = issued.plan->claim(0, 0, 2);
    auto forged = good;
    *forged.mutable_proof() = issued.plan->claim(0, 2, 2).proof();
    EXPECT_TRUE(refused(issued.offer(forged), Code::bad_proof));
    forged.clear_proof();
    EXPECT_TRUE(refused(issued.offer(forged), Code::bad_proof));
    forged = good;
    forged.add_proof(Bytes(32, 'x'));
    EXPECT_TRUE(refused(issued.offer(forged), Code::bad_proof));

    // Another batch with the same first leaf, and the same list for another chain.
    const auto& list = issued.list;
    const auto other =
        *client::IssuancePlan::from(issued.chain.side.chain(), 2013, {list[0], list[1], list[2], list[3]});
    EXPECT_TRUE(refused(issued.offer(other.claim(0, 0, 2)), Code::bad_proof));
    const auto elsewhere = *client::IssuancePlan::from(issued.chain.main.chain(), 2013, list);
    EXPECT_TRUE(refused(issued.offer(elsewhere.claim(0, 0, 2)), Code::bad_proof));
    EXPECT_EQ(issued.offer(good).code, Code::ok);
}

TEST(Claim, KeepsTheBatchesApart) {
    Issued issued;
    const auto second = *client::IssuancePlan::from(issued.chain.side.chain(), 2013, {issued.list[4]});
    issued.chain.main.must(issued.chain.main_government, second.batch({"equal"}));
    EXPECT_TRUE(refused(issued.offer(second.claim(1, 0, 1)), Code::batch_unknown)) << "it has not arrived";
    issued.chain.relay();
    EXPECT_TRUE(refused(issued.offer(second.claim(0, 0, 1)), Code::bad_proof));
    issued.chain.side.must(issued.chain.anyone, second.claim(1, 0, 1));
    EXPECT_EQ(issued.issued("e"), 104);
}

TEST(Claim, IsNotHeldUpByPeopleWhoAreNotRegisteredAndKeepsTheirQuotaForThem) {
    Issued issued({"b", "d"});

    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 5));
    EXPECT_EQ(issued.issued("c"), 102);
    EXPECT_EQ(issued.totals().issued_g(), 100 + 102 + 104);

    issued.chain.person("b");
    EXPECT_EQ(issued.issued("b"), 101);
    EXPECT_EQ(issued.totals().issued_g(), 100 + 101 + 102 + 104);
    EXPECT_EQ(issued.totals().held_g(), 100 + 101 + 102 + 104);
    issued.chain.side.must(issued.chain.platform,
                           registration(issued.chain.side, issued.chain.platform, "f"));
    EXPECT_EQ(issued.issued("d"), 0);
}

TEST(Claim, AddsUpWhatSeveralBatchesKeepForOnePerson) {
    Issued issued({"b"});
    const auto second = *client::IssuancePlan::from(issued.chain.side.chain(), 2013, {issued.list[1]});
    issued.chain.main.must(issued.chain.main_government, second.batch({"equal"}));
    issued.chain.relay();
    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 5));
    issued.chain.side.must(issued.chain.anyone, second.claim(1, 0, 1));

    issued.chain.person("b");

    EXPECT_EQ(issued.issued("b"), 202);
}

TEST(Claim, KeepsNothingBeyondThePeriodsClose) {
    Issued issued({"b"});
    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 5));
    issued.chain.advance(2013, 1);
    issued.chain.settle(2013);

    issued.chain.person("b");

    EXPECT_EQ(issued.issued("b"), 0);
    EXPECT_EQ(kPeriodReports.find(issued.chain.main, {issued.chain.side.chain(), 2013})->issued_g(),
              100 + 102 + 103 + 104);
}

TEST(Claim, CreditsNoClosedAccountAndNoOrganisation) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    proto::CloseAccount close;
    close.set_account(ann.account().bytes());
    close.set_reason("moved away");
    chain.side.must(chain.government, close);
    chain.open(2013);

    chain.issue(2013, {{&ann, 10_g}, {&chain.platform, 20_g}, {&chain.government, 30_g}, {&bob, 40_g}});

    EXPECT_EQ(chain.holding(ann, 2013).issued_g(), 0);
    EXPECT_EQ(chain.holding(chain.platform, 2013).issued_g(), 0);
    EXPECT_EQ(chain.holding(chain.government, 2013).issued_g(), 0);
    EXPECT_EQ(chain.holding(bob, 2013).issued_g(), 40);
    EXPECT_EQ(kVintageTotals.find(chain.side, 2013)->issued_g(), 40);
    EXPECT_TRUE(refused(chain.side.attempt(chain.platform, join_market(2013, 1'000'000_uy)),
                        Code::account_not_person))
        << "the platform does not trade with itself";
}

TEST(Claim, CreditsAFrozenAccount) {
    Issued issued;
    proto::FreezeAccount freeze;
    freeze.set_account(issued.list[1].account.bytes());
    freeze.set_reason("reason");
    issued.chain.side.must(issued.chain.government, freeze);
    issued.chain.side.must(issued.chain.anyone, issued.plan->claim(0, 0, 5));
    EXPECT_EQ(issued.issued("b"), 101);
}

TEST(Claim, CreditsNoMoreThanTheGovernmentsTotalWhateverTheLeavesSay) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    const auto plan =
        *client::IssuancePlan::from(chain.side.chain(), 2013, {{ann.account(), 60_g}, {ann.account(), 60_g}});
    auto batch = plan.batch({"equal"});
    batch.set_total_g(100);
    chain.main.must(chain.main_government, batch);
    chain.relay();
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, plan.claim(0, 0, 2)), Code::issuance_above_cap));
    chain.side.must(chain.anyone, plan.claim(0, 0, 1));
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, plan.claim(0, 1, 1)), Code::issuance_above_cap));
}

TEST(Claim, NeverWraps) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    const Grams most(4'000'000'000'000'000'000);
    const auto plan =
        *client::IssuancePlan::from(chain.side.chain(), 2013, {{ann.account(), most}, {ann.account(), most}});
    auto batch = plan.batch({"equal"});
    batch.set_total_g(1);
    chain.main.must(chain.main_government, batch);
    chain.relay();
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, plan.claim(0, 0, 2)), Code::issuance_above_cap));
    auto negative = plan.claim(0, 0, 2);
    negative.mutable_leaves(0)->set_grams(-1);
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, negative), Code::action_malformed));
}

TEST(Issuance, StaysBelowTheCapOverAllBatchesAndSideChains) {
    TestChain chain;
    chain.main.must(chain.main_government, open_period(2013, 1'000_g, 1));
    auto second = registration(chain.side);
    second.set_chain_id(Bytes(32, 's'));
    second.set_name("second");
    chain.main.must(chain.main_government, second);
    auto batch =
        client::IssuancePlan::from(chain.side.chain(), 2013, {{AccountId(), 600_g}})->batch({"equal"});
    chain.main.must(chain.main_government, batch);
    batch.set_side_chain(second.chain_id());
    batch.set_total_g(401);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, batch), Code::issuance_above_cap));
    batch.set_total_g(400);
    chain.main.must(chain.main_government, batch);
    EXPECT_EQ(kIssuance.find(chain.main, {*ChainId::from(second.chain_id()), 2013})->issued_g(), 400);
}

TEST(Period, GoesThroughItsMonthsThenTrueUpThenSettlement) {
    TestChain chain;
    chain.open(2013, 2);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_OPEN);
    chain.advance(2013, 1);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_OPEN);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, advance_period(2013, 1)),
                        Code::month_out_of_order));
    chain.advance(2013, 2);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_TRUE_UP);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, advance_period(2013, 3)),
                        Code::period_wrong_phase));
    chain.settle(2013);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
    EXPECT_EQ(kPeriods.find(chain.main, 2013)->phase(), proto::PERIOD_PHASE_SETTLED)
        << "every side chain has reported";
    EXPECT_TRUE(
        refused(chain.main.attempt(chain.main_government, close_period(2013)), Code::period_wrong_phase));
}

TEST(Period, ClosesNoSoonerThanItWasSaidToWhenItWasOpened) {
    TestChain chain;
    auto action = open_period(2013, 1'000_g, 1);
    action.set_earliest_close_ms(1'800'000'000'000);
    chain.main.must(chain.main_government, action);
    chain.main.must(chain.main_government, advance_period(2013, 1));

    chain.main.set_time(Instant{1'800'000'000'000 - 1'001});
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, close_period(2013)),
                        Code::period_too_early_to_close));
    chain.main.must(chain.main_government, close_period(2013));
}

// Years only go forward, so a slip would bar every year before it.
TEST(Period, IsNeitherOpenedNorClosedInAFarFuture) {
    TestChain chain;  // in November 2023
    auto& main = chain.main;
    EXPECT_TRUE(
        refused(main.attempt(chain.main_government, open_period(2026, 1'000_g, 1)), Code::period_too_far));
    auto action = open_period(2025, 1'000_g, 1);
    action.set_earliest_close_ms(main.tip()->time_ms() + 6ull * 366 * 86'400'000);
    EXPECT_TRUE(refused(main.attempt(chain.main_government, action), Code::period_too_far));
    action.set_earliest_close_ms(main.tip()->time_ms() + 4ull * 366 * 86'400'000);
    main.must(chain.main_government, action);
}

TEST(Period, IsOpenedWhileFewAreUnsettledSoThatHeadersStaySmall) {
    TestChain chain;
    for (Period year = 2000; year < 2000 + 16; ++year)
        chain.main.must(chain.main_government, open_period(year, 4'000'000'000'000'000'000_g, 1));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, open_period(2016, 1_g, 1)),
                        Code::periods_unsettled));
    chain.relay();
    chain.advance(2000, 1);
    chain.settle(2000);
    chain.main.must(chain.main_government, open_period(2016, 1_g, 1));
}

TEST(Period, LeavesTheHeadersTotalsWhenALaterOneIsSettled) {
    TestChain chain;
    auto& ann = chain.person("ann");
    for (Period year = 2013; year <= 2015; ++year) {
        chain.open(year);
        chain.issue(year, {{&ann, 1'000_g}});
        chain.advance(year, 1);
        chain.settle(year);
    }
    for (const auto* ledger : {&chain.main, &chain.side}) {
        const auto& totals = ledger->tip()->totals();
        ASSERT_EQ(totals.vintages_size(), 1);
        EXPECT_EQ(totals.vintages(0).vintage(), 2015u);
    }
    EXPECT_EQ(kVintageTotals.find(chain.side, 2014)->held_g(), 0);
    EXPECT_EQ(kVintageTotals.find(chain.side, 2014)->expired_g(), 1'000);
}

}  // namespace
}  // namespace pcq::contracts::testing
