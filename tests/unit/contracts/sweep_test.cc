// Sweeps: several periods at once, and what happens to people while one is under way.
#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// Two periods open, five people, one person a block.
struct TwoPeriods {
    TestChain chain{{.settlement_per_block = 1}};
    std::vector<client::Wallet*> people;

    TwoPeriods() {
        std::vector<Share> shares;
        std::vector<Share> emitted;
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            people.push_back(&chain.person(name));
            shares.push_back({people.back(), 1'000_g});
            emitted.push_back({people.back(), 400_g});
        }
        for (const Period year : {2013u, 2014u}) {
            chain.open(year, year == 2013 ? 1 : 2);
            chain.issue(year, shares);
            chain.report(year, 1, emitted);
        }
        chain.advance(2013, 1);
    }
};

TEST(Sweep, OfASettlementOutlivesAnotherPeriodsEpoch) {
    TwoPeriods two;
    two.chain.main.must(two.chain.main_government, close_period(2013));
    two.chain.relay();
    two.chain.side.block({});
    ASSERT_EQ(two.chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLING);

    two.chain.advance(2014, 1);  // the next January ends while last year is being settled

    EXPECT_EQ(two.chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
    for (const auto* person : two.people)
        EXPECT_TRUE(kSettlements.contains(two.chain.side, {person->account(), 2013}));
    const auto epoch = kEpochs.find(two.chain.side, {2014, 1});
    ASSERT_TRUE(epoch);
    EXPECT_EQ(epoch->surplus_g(), 5 * 100);
    two.chain.relay();
    EXPECT_EQ(kPeriodReports.find(two.chain.main, {two.chain.side.chain(), 2013})->people(), 5u);
}

TEST(Sweep, OfAnEpochOutlivesAnotherPeriodsSettlement) {
    TwoPeriods two;
    two.chain.main.must(two.chain.main_government, advance_period(2014, 1));
    two.chain.main.must(two.chain.main_government, close_period(2013));
    two.chain.relay();
    two.chain.side.finish_work();

    EXPECT_EQ(kEpochs.find(two.chain.side, {2014, 1})->surplus_g(), 5 * 100);
    EXPECT_EQ(two.chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
}

TEST(Sweep, OfAnEpochBeginsAnewWhenTheNextMonthEndsMeanwhile) {
    TwoPeriods two;
    two.chain.main.must(two.chain.main_government, advance_period(2014, 1));
    two.chain.relay();
    two.chain.side.block({});

    two.chain.advance(2014, 2);

    EXPECT_FALSE(kEpochs.contains(two.chain.side, {2014, 1}));
    EXPECT_EQ(kEpochs.find(two.chain.side, {2014, 2})->surplus_g(), 5 * 600);
    EXPECT_TRUE(two.chain.period(2014).priced());
}

TEST(Sweep, OfAnEpochGivesWayToTheSamePeriodsSettlement) {
    TwoPeriods two;
    two.chain.advance(2014, 1);
    two.chain.main.must(two.chain.main_government, advance_period(2014, 2));
    two.chain.main.must(two.chain.main_government, close_period(2013));
    two.chain.main.must(two.chain.main_government, close_period(2014));
    two.chain.relay();
    two.chain.side.finish_work();
    two.chain.relay();

    for (const Period year : {2013u, 2014u}) {
        EXPECT_EQ(two.chain.period(year).phase(), proto::PERIOD_PHASE_SETTLED);
        EXPECT_EQ(kPeriodReports.find(two.chain.main, {two.chain.side.chain(), year})->people(), 5u);
    }
}

TEST(Sweep, OfEveryClosedPeriodIsMadeByASideChainThatJoinsLate) {
    TestChain chain({.register_side = false});
    for (const Period year : {2013u, 2014u}) {
        chain.main.must(chain.main_government, open_period(year, 1'000_g, 1));
        chain.main.must(chain.main_government, advance_period(year, 1));
        chain.main.must(chain.main_government, close_period(year));
    }
    chain.main.must(chain.main_government, registration(chain.side));

    chain.relay();  // all four messages may come in one action
    chain.side.finish_work();

    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
    EXPECT_EQ(chain.period(2014).phase(), proto::PERIOD_PHASE_SETTLED);
}

TEST(Sweep, OfAPeriodThatIsSettledIsNotMadeByASideChainThatJoinsLater) {
    TestChain chain;
    chain.open(2013);
    chain.advance(2013, 1);
    chain.settle(2013);
    auto fields = side_genesis(validator_set(validator_keys("side", 4)), chain.main.chain(),
                               validator_set(chain.main.validators()));
    fields.set_name("late");
    TestLedger late(fields, "side", 4);
    chain.main.must(chain.main_government, registration(late));

    auto carrier = late.wallet("bank");
    late.must(carrier, chain.messages(chain.main, late));

    EXPECT_FALSE(late.has_work());
    EXPECT_EQ(kPeriods.find(late, 2013)->phase(), proto::PERIOD_PHASE_SETTLED);
    EXPECT_EQ(kPeriods.find(late, 2013)->epoch(), 0u);
}

TEST(Sweep, PassesOverPeopleWhoWereClosedOrFrozenMeanwhile) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    auto& cyd = chain.person("cyd");
    chain.open(2013);
    chain.report(2013, 1, {{&bob, 1'000_g}, {&cyd, 1'000_g}});
    chain.deposit(cyd, 1'000'000_uy);
    chain.advance(2013, 1);
    chain.main.must(chain.main_government, close_period(2013));
    chain.relay();  // Ann is settled
    ASSERT_TRUE(kSettlements.contains(chain.side, {ann.account(), 2013}));
    ASSERT_FALSE(kSettlements.contains(chain.side, {bob.account(), 2013}));

    proto::CloseAccount close;
    close.set_account(bob.account().bytes());
    close.set_reason("moved away");
    proto::FreezeAccount freeze;
    freeze.set_account(cyd.account().bytes());
    freeze.set_reason("inquiry");
    chain.side.block({chain.side.sign(chain.government, close), chain.side.sign(chain.government, freeze)});
    chain.side.finish_work();

    EXPECT_EQ(kSettlements.find(chain.side, {bob.account(), 2013})->penalty_owed_uy(), 300'001)
        << "settled when he was closed";
    EXPECT_EQ(kSettlements.find(chain.side, {cyd.account(), 2013})->penalty_paid_uy(), 300'001)
        << "a freeze protects nobody from a penalty";
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
}

TEST(Sweep, DoesNotWaitForPeopleWhoAreRegisteredAfterItBegan) {
    TwoPeriods two;
    two.chain.main.must(two.chain.main_government, close_period(2013));
    two.chain.relay();
    const auto people = kRegistry.find(two.chain.side, Only())->users();

    int blocks = 0;
    for (; two.chain.period(2013).phase() != proto::PERIOD_PHASE_SETTLED && blocks < 20; ++blocks) {
        proto::RegisterUsers action;
        for (int i = 0; i < 2; ++i) {
            const std::string name = "late " + std::to_string(2 * blocks + i);
            *action.add_users() = client::new_user(two.chain.side.chain(), two.chain.platform.account(),
                                                   key_of(name), crypto::sha256({"identity of", name}));
        }
        two.chain.side.must(two.chain.platform, action);
    }

    EXPECT_EQ(blocks, 4) << "the delivering block settled one, the other four follow";
    two.chain.relay();
    EXPECT_EQ(kPeriodReports.find(two.chain.main, {two.chain.side.chain(), 2013})->people(), people);
}

TEST(Settlement, OfALaterPeriodWaitsForTheEarlierOne) {
    TestChain chain;
    auto& ann = chain.person("ann");
    for (const Period year : {2013u, 2014u}) {
        chain.open(year);
        chain.issue(year, {{&ann, 1'000_g}});
        chain.report(year, 1, {{&ann, 900_g}});
        chain.advance(year, 1);
    }

    // Settled now, 2014 would take what 2013 still needs.
    EXPECT_TRUE(
        refused(chain.main.attempt(chain.main_government, close_period(2014)), Code::period_out_of_order));
    chain.settle(2013);
    chain.settle(2014);

    for (const Period year : {2013u, 2014u})
        EXPECT_EQ(kSettlements.find(chain.side, {ann.account(), year})->penalised_g(), 0);
}

}  // namespace
}  // namespace pcq::contracts::testing
