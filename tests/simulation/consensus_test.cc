// Whole networks of replicas under everything that a seed can do to them. PCQ_SEED=n replays one run;
// PCQ_SEEDS=n sets how many each test runs.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/simulation/network.h"
#include "tests/simulation/scenario.h"

namespace pcq::simulation {
namespace {

constexpr Duration kMinute{60'000};

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.name;
}

namespace {

class Agreement : public testing::TestWithParam<Scenario> {};

// Goal: no schedule of loss, partition, crash, damage and lies makes two honest validators decide differently
// or one of them contradict itself, and after the faults stop all of them move again.
TEST_P(Agreement, HoldsAndProgressReturns) {
    const Scenario& scenario = GetParam();
    const std::uint64_t only = environment("PCQ_SEED", 0);
    const std::uint64_t seeds = environment("PCQ_SEEDS", static_cast<std::uint64_t>(scenario.seeds));
    for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : seeds); ++seed)
        ASSERT_EQ(run(scenario, seed).failure, "") << scenario.name << " PCQ_SEED=" << seed;
}

INSTANTIATE_TEST_SUITE_P(All, Agreement, testing::ValuesIn(scenarios()),
                         [](const auto& scenario) { return std::string(scenario.param.name); });

// Up to the largest network that a genesis document allows: too slow for the many seeds of the scenarios.
TEST(Large, NetworksAgreeWithTheirCrashesAndWithAThirdOfThemLying) {
    for (const std::uint32_t n : {11u, 13u, 18u, 26u, 34u, 51u, 70u, 100u}) {
        const Scenario crashing{"crashing", n, {.loss = 0.02, .partitions = 1, .crashes = 3}, 1};
        const Scenario lying{
            "lying", n, {.loss = 0.01, .byzantine = Behaviour::anything, .liars = (n - 1) / 3}, 1};
        for (const auto& scenario : {crashing, lying})
            EXPECT_EQ(run(scenario, n).failure, "") << scenario.name << " " << n;
    }
}

TEST(Idle, AnIdleNetworkChangesNoViewForHoursAndThenDecidesAtOnce) {
    Network network(1, 4, {.idle = true});
    network.run_until_height(1, kMinute * 120);
    EXPECT_EQ(network.lowest_height(), 0u);
    EXPECT_EQ(network.view_changes(), 0u);

    const Instant before = network.now();
    network.set_work(true);
    network.run_until_height(1, kMinute);
    EXPECT_EQ(network.lowest_height(), 1u);
    EXPECT_LT((network.now() - before).ms, 1000);
    EXPECT_EQ(network.violation(), "");
}

// One liar can neither wake the idle nor fill anybody's memory.
TEST(Idle, AFloodChangesNoViewAndFillsNoMemory) {
    constexpr std::uint32_t kValidators = 4;
    constexpr std::uint32_t kFirstPrimary = 1;  // its own proposals may be answered by a view change
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Network network(seed, kValidators, {.byzantine = Behaviour::flooding, .idle = true});
        if (network.liars()[0] == kFirstPrimary) continue;
        network.run_until_height(1, kMinute / 4);
        EXPECT_EQ(network.view_changes(), 0u) << seed;
        // All that validators may say in views up to twice their number: votes of two kinds, proposals with
        // their blocks, view changes, and a message of each kind for the next height.
        EXPECT_LE(network.most_kept(),
                  2 * kValidators * 2 * kValidators + 2 * 2 * kValidators + 6 * kValidators);
        EXPECT_EQ(network.violation(), "");
    }
}

// Row 15.
// Without a quorum every honest node that is left names exactly those that are away.
TEST(StandingStill, IsNamedRightly) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("standing still PCQ_SEED=" + std::to_string(seed));
        Network network(seed, 7, {.loss = 0.02});
        network.run_until_height(1 + seed % 5, {5'000});
        const auto first = static_cast<std::uint32_t>(seed % 7);
        const std::vector<std::uint32_t> away{first, (first + 1) % 7, (first + 3) % 7};  // one more than f
        for (const std::uint32_t node : away) network.isolate(node);
        const std::uint64_t reached = network.highest_height();
        network.run_until_height(reached + 100, {40'000});
        ASSERT_LE(network.highest_height(), reached + 1);
        auto expected = away;
        std::sort(expected.begin(), expected.end());
        for (std::uint32_t node = 0; node < 7; ++node) {
            if (std::find(away.begin(), away.end(), node) != away.end()) continue;
            const auto waiting = network.waiting(node);
            EXPECT_EQ(waiting.what, consensus::Awaits::view_changes) << node;
            EXPECT_EQ(waiting.missing, expected) << node;
            EXPECT_TRUE(waiting.since) << node;
        }
        network.heal();
        network.run_until_height(reached + 5, {180'000});
        ASSERT_EQ(network.violation(), "");
        ASSERT_GE(network.lowest_height(), reached + 5) << network.describe();
    }
}

TEST(CatchingUp, WhoWasAwayIsLedAstrayByNoLiar) {
    const std::uint64_t only = environment("PCQ_SEED", 0);
    for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : 60); ++seed) {
        SCOPED_TRACE("catching up PCQ_SEED=" + std::to_string(seed));
        Network network(seed, 7,
                        {.loss = 0.02, .byzantine = Behaviour::fickle, .liars = 1, .false_blocks = true});
        const std::uint32_t away = network.liars()[0] == 0 ? 1 : 0;
        network.isolate(away);
        network.run_until_height(1, {15'000});
        const std::uint64_t highest = network.highest_height();
        ASSERT_GT(highest, 20u);
        ASSERT_EQ(network.lowest_height(), 0u);

        network.heal();
        network.run_until_height(highest, kMinute);
        ASSERT_EQ(network.violation(), "");
        ASSERT_GE(network.lowest_height(), highest) << network.describe();
    }
}

// Row 18: beside a node that has been removed and votes on, two of four are no quorum, and the third is none
// of them.
TEST(Members, WhoHaveBeenRemovedAreNotCounted) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("members PCQ_SEED=" + std::to_string(seed));
        Network network(seed, 4, {.loss = 0.02, .changes = 1, .stubborn = true});
        network.run_until_height(6, kMinute);
        ASSERT_GE(network.lowest_height(), 6u) << network.describe();
        network.isolate(1);
        network.isolate(2);
        network.run_until_height(network.highest_height() + 1, {5'000});  // what was under way
        const std::uint64_t stands = network.highest_height();
        network.run_until_height(stands + 1, kMinute);
        ASSERT_EQ(network.highest_height(), stands) << network.describe();

        network.heal();
        network.run_until_height(stands + 5, kMinute);
        ASSERT_EQ(network.violation(), "");
        ASSERT_GE(network.lowest_height(), stands + 5) << network.describe();
    }
}

TEST(Evidence, OfAnEquivocatingPrimaryIsKept) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Network network(seed, 4, {.byzantine = Behaviour::equivocating});
        network.run_until_height(8, kMinute);
        ASSERT_EQ(network.violation(), "");
        EXPECT_GT(network.counts().evidence, 0u) << seed;
    }
}

}  // namespace
}  // namespace pcq::simulation
