// Whole networks of replicas under everything that a seed can do to them. PCQ_SEED=n replays one run;
// PCQ_SEEDS=n sets how many each test runs.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr Duration kMinute{60'000};

struct Scenario {
    const char* name;
    std::uint32_t validators;
    Faults faults;
    int seeds;
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.name;
}

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Agreement : public testing::TestWithParam<Scenario> {};

// Goal: no schedule of loss, partition, crash and lies makes two honest validators decide differently or one
// of them contradict itself, and after the faults stop all of them move again.
TEST_P(Agreement, HoldsAndProgressReturns) {
    const Scenario& scenario = GetParam();
    const std::uint64_t only = environment("PCQ_SEED", 0);
    const std::uint64_t seeds = environment("PCQ_SEEDS", static_cast<std::uint64_t>(scenario.seeds));
    for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : seeds); ++seed) {
        SCOPED_TRACE(std::string(scenario.name) + " PCQ_SEED=" + std::to_string(seed));
        Network network(seed, scenario.validators, scenario.faults);
        network.run_until_height(12, {12'000});
        network.heal();
        const std::uint64_t goal = network.lowest_height() + 5;
        network.run_until_height(goal, kMinute * 3);
        network.check_states();
        ASSERT_EQ(network.violation(), "");
        ASSERT_GE(network.lowest_height(), goal)
            << "no progress after the faults stopped" << network.describe();
        if (scenario.faults.real_ledger) {
            ASSERT_GT(network.cash_uy(), 0) << "nothing was traded";
        }
    }
}

// One kind of fault at a time, then many; n with every remainder of 3, since only n = 3f + 1 makes two
// quorums meet in exactly f + 1.
INSTANTIATE_TEST_SUITE_P(
    Faulty, Agreement,
    testing::Values(Scenario{"calm", 4, {}, 20}, Scenario{"loss", 4, {.loss = 0.1, .duplicate = 0.05}, 80},
                    Scenario{"corruption", 4, {.loss = 0.02, .corruption = 0.1}, 40},
                    Scenario{"partitions", 4, {.loss = 0.02, .partitions = 4}, 80},
                    Scenario{"crashes", 4, {.loss = 0.02, .duplicate = 0.02, .crashes = 5}, 120},
                    Scenario{"clocks", 4, {.loss = 0.02, .crashes = 1, .clock_jumps = 5}, 60},
                    Scenario{"everything",
                             4,
                             {.loss = 0.08,
                              .duplicate = 0.05,
                              .corruption = 0.02,
                              .partitions = 3,
                              .crashes = 3,
                              .clock_jumps = 1},
                             150},
                    Scenario{"lost_votes", 4, {.loss = 0.05, .crashes = 2, .forget_votes = true}, 60},
                    Scenario{"old_votes", 4, {.loss = 0.05, .crashes = 3, .roll_back_votes = true}, 60},
                    Scenario{"five", 5, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 2}, 60},
                    Scenario{"six", 6, {.loss = 0.05, .partitions = 2, .crashes = 2}, 40},
                    Scenario{
                        "seven", 7, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3}, 60},
                    Scenario{"eight", 8, {.loss = 0.05, .partitions = 2, .crashes = 2}, 30},
                    Scenario{"nine", 9, {.loss = 0.05, .partitions = 2, .crashes = 3}, 30},
                    Scenario{"ten", 10, {.loss = 0.05, .partitions = 2, .crashes = 3, .clock_jumps = 1}, 30}),
    [](const auto& scenario) { return std::string(scenario.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Lying, Agreement,
    testing::Values(
        Scenario{"silent", 4, {.loss = 0.02, .byzantine = Behaviour::silent}, 30},
        Scenario{
            "equivocating", 4, {.loss = 0.02, .partitions = 1, .byzantine = Behaviour::equivocating}, 80},
        Scenario{"invalid_blocks", 4, {.loss = 0.02, .byzantine = Behaviour::invalid_blocks}, 30},
        Scenario{"slow", 4, {.loss = 0.02, .byzantine = Behaviour::slow}, 40},
        Scenario{"stingy", 4, {.loss = 0.02, .byzantine = Behaviour::stingy}, 40},
        Scenario{"withholding", 4, {.loss = 0.02, .byzantine = Behaviour::withholding}, 40},
        Scenario{"selective", 4, {.partitions = 1, .byzantine = Behaviour::selective}, 60},
        Scenario{"fickle", 4, {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::fickle}, 60},
        Scenario{"overriding", 4, {.loss = 0.3, .partitions = 2, .byzantine = Behaviour::overriding}, 60},
        Scenario{"flooding", 4, {.loss = 0.02, .byzantine = Behaviour::flooding}, 10},
        Scenario{"false_blocks",
                 4,
                 {.loss = 0.1, .partitions = 3, .byzantine = Behaviour::selective, .false_blocks = true},
                 60},
        Scenario{"anything",
                 4,
                 {.loss = 0.02,
                  .partitions = 2,
                  .crashes = 1,
                  .byzantine = Behaviour::anything,
                  .false_blocks = true},
                 120},
        Scenario{"five_equivocating", 5, {.loss = 0.02, .byzantine = Behaviour::equivocating}, 40},
        Scenario{"six_anything", 6, {.partitions = 2, .byzantine = Behaviour::anything}, 30},
        Scenario{
            "seven_equivocating",
            7,
            {.loss = 0.02, .partitions = 1, .crashes = 1, .byzantine = Behaviour::equivocating, .liars = 2},
            60},
        Scenario{"seven_anything",
                 7,
                 {.loss = 0.02,
                  .partitions = 2,
                  .byzantine = Behaviour::anything,
                  .liars = 2,
                  .false_blocks = true},
                 60},
        Scenario{"seven_fickle", 7, {.partitions = 2, .byzantine = Behaviour::fickle, .liars = 2}, 30},
        Scenario{"seven_flooding", 7, {.byzantine = Behaviour::flooding, .liars = 2}, 4},
        Scenario{"ten_anything",
                 10,
                 {.loss = 0.02, .partitions = 1, .byzantine = Behaviour::anything, .liars = 3},
                 30}),
    [](const auto& scenario) { return std::string(scenario.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Real, Agreement,
    testing::Values(
        Scenario{"contracts",
                 4,
                 {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3, .real_ledger = true},
                 20},
        Scenario{"contracts_five", 5, {.loss = 0.05, .crashes = 3, .real_ledger = true}, 10},
        Scenario{"contracts_two_faced_primary",
                 7,
                 {.loss = 0.02, .crashes = 1, .byzantine = Behaviour::equivocating, .real_ledger = true},
                 5},
        Scenario{"contracts_invalid_blocks",
                 4,
                 {.loss = 0.02, .byzantine = Behaviour::invalid_blocks, .real_ledger = true},
                 5},
        Scenario{"real_signatures",
                 4,
                 {.loss = 0.05, .crashes = 2, .real_ledger = true, .real_signatures = true},
                 3}),
    [](const auto& scenario) { return std::string(scenario.param.name); });

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

TEST(Evidence, OfAnEquivocatingPrimaryIsKept) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Network network(seed, 4, {.byzantine = Behaviour::equivocating});
        network.run_until_height(8, kMinute);
        ASSERT_EQ(network.violation(), "");
        EXPECT_GT(network.evidence(), 0u) << seed;
    }
}

}  // namespace
}  // namespace pcq::simulation
