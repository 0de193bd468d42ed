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
        network.run_until_height(8, {10'000});
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

INSTANTIATE_TEST_SUITE_P(
    Networks, Agreement,
    testing::Values(
        Scenario{"calm", 4, {}, 20}, Scenario{"loss", 4, {.loss = 0.1, .duplicate = 0.05}, 80},
        Scenario{"partitions", 4, {.loss = 0.02, .partitions = 4}, 80},
        Scenario{"crashes", 4, {.loss = 0.02, .duplicate = 0.02, .crashes = 5}, 80},
        Scenario{"everything", 4, {.loss = 0.08, .duplicate = 0.05, .partitions = 3, .crashes = 3}, 120},
        Scenario{"amnesia", 4, {.loss = 0.05, .crashes = 2, .forget_votes = true}, 40},
        Scenario{"silent_primary", 4, {.loss = 0.02, .byzantine = Behaviour::silent}, 30},
        Scenario{"equivocating_primary",
                 4,
                 {.loss = 0.02, .partitions = 1, .byzantine = Behaviour::equivocating},
                 60},
        Scenario{"invalid_blocks", 4, {.loss = 0.02, .byzantine = Behaviour::invalid_blocks}, 30},
        Scenario{"five", 5, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 2}, 60},
        Scenario{"five_equivocating", 5, {.loss = 0.02, .byzantine = Behaviour::equivocating}, 30},
        Scenario{"six", 6, {.loss = 0.05, .partitions = 2, .crashes = 2}, 20},
        Scenario{"seven", 7, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3}, 60},
        Scenario{
            "seven_equivocating", 7, {.loss = 0.02, .crashes = 1, .byzantine = Behaviour::equivocating}, 30},
        Scenario{"eight", 8, {.loss = 0.05, .partitions = 2, .crashes = 2}, 15},
        Scenario{"nine", 9, {.loss = 0.05, .partitions = 2, .crashes = 3}, 15},
        Scenario{"contracts",
                 4,
                 {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3, .real_ledger = true},
                 20},
        Scenario{"contracts_five", 5, {.loss = 0.05, .crashes = 3, .real_ledger = true}, 10},
        Scenario{"contracts_two_faced_primary",
                 7,
                 {.loss = 0.02, .crashes = 1, .byzantine = Behaviour::equivocating, .real_ledger = true},
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

TEST(Evidence, OfAnEquivocatingPrimaryIsKept) {
    std::uint64_t seen = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Network network(seed, 4, {.byzantine = Behaviour::equivocating});
        network.run_until_height(8, kMinute);
        ASSERT_EQ(network.violation(), "");
        seen += network.evidence();
    }
    EXPECT_GT(seen, 0u);
}

}  // namespace
}  // namespace pcq::simulation
