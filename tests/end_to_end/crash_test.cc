// Nodes that are killed and stopped while people trade: what goes on, what waits, what is there afterwards.
#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

constexpr std::size_t kSellers = 8;
constexpr std::size_t kTrades = 40;  // that must go on with a node missing

class Crash : public testing::Test {
protected:
    Crash() {
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Crash, OfAnyOneNodeLetsTradingGoOnAndItCatchesUpToTheSameStateRoots) {
    Trading trading(*market_, kSellers);
    ASSERT_TRUE(trading.await(kTrades));
    for (const std::size_t victim : all_nodes()) {
        SCOPED_TRACE(Network::names()[victim]);
        network_.kill_node(victim);
        const std::uint64_t before = *network_.height((victim + 1) % kNodes, "side");

        ASSERT_TRUE(trading.await(kTrades)) << "trading stops with one node of four";

        EXPECT_GT(*network_.height((victim + 1) % kNodes, "side"), before);
        network_.up(victim);
        network_.await_caught_up(all_nodes());
        ASSERT_TRUE(trading.await(kTrades));
    }
    trading.stop();
    network_.await_caught_up(all_nodes());
    trading.expect_all_in(network_.expect_equal_chains(all_nodes()));
}

}  // namespace
}  // namespace pcq::e2e
