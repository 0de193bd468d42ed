// Nodes that are killed and stopped while people trade: what goes on, what waits, what is there afterwards.
#include <future>
#include <iostream>

#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

constexpr std::size_t kSellers = 8;
constexpr std::size_t kTrades = 40;  // that must go on with a node missing
constexpr int kKills = 20;
constexpr double kWordsIgnored = 6;  // view changes repeated in vain, one each half second

std::uint64_t seed() {
    const char* given = std::getenv("PCQ_SEED");
    return given == nullptr ? 20131 : std::stoull(given);
}

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

// Goal: two of four are no quorum, so nothing is decided and nothing undone; the third makes it one.
// Method: the two that are left have left their view and repeated themselves in vain, as their metrics show,
// while a trade waits that both of them hold.
TEST_F(Crash, OfTwoNodesStopsTheChainUntilOneOfThemIsBack) {
    Trading(*market_, kSellers).await(kTrades);
    network_.await_caught_up(all_nodes());  // or those that are left may begin with a block to agree on
    network_.down(2);
    network_.kill_node(3);
    const std::uint64_t height = *network_.height(0, "side");
    const auto before = network_.blocks(0, "side", height);
    const auto told = [&](std::size_t node, const char* name) {
        return network_.metric(node, name, "side").value_or(0);
    };
    const std::vector<double> ignored{told(0, "pcq_consensus_ignored_total"),
                                      told(1, "pcq_consensus_ignored_total")};
    EXPECT_EQ(told(0, "pcq_chain_view"), 0);

    client::RpcClient client(network_.rpc(0));
    const auto trade = market_->sign(market_->seller(0), market_->side(), market_->sale(1));
    const auto sent =
        client.submit("side", trade, {.until_commit = true, .timeout = std::chrono::seconds(1)});

    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(sent->fate, client::Fate::pending);
    for (const std::size_t node : {0u, 1u}) {
        SCOPED_TRACE(Network::names()[node]);
        EXPECT_TRUE(eventually([&] { return told(node, "pcq_chain_view") > 0; }));
        EXPECT_TRUE(eventually(
            [&] { return told(node, "pcq_consensus_ignored_total") >= ignored[node] + kWordsIgnored; }));
        EXPECT_EQ(client::RpcClient(network_.rpc(node)).transaction("side", sent->hash)->fate,
                  client::Fate::pending);
        EXPECT_EQ(network_.height(node, "side"), height);
        EXPECT_EQ(network_.blocks(node, "side", height), before);
        EXPECT_EQ(client::RpcClient(network_.rpc(node)).get("/readyz")->status, 503u);
    }

    network_.up(2);

    ASSERT_TRUE(eventually([&] {
        const auto fate = client.transaction("side", sent->hash);
        return fate && fate->fate == client::Fate::committed;
    })) << "the trade that waited is forgotten";
    EXPECT_EQ(client.transaction("side", sent->hash)->code, Code::ok);
    Trading more(*market_, kSellers);
    ASSERT_TRUE(more.await(kTrades));
    network_.up(3);
    ASSERT_TRUE(more.await(kTrades));
    more.stop();
    network_.await_caught_up(all_nodes());
    const auto after = network_.expect_equal_chains(all_nodes());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << "what was decided has changed";
}

// Goal: whatever it is doing when it is killed, a node is one of four equals again after its start.
// Method: real SIGKILLs under load, of a node and at a moment drawn from one seed.
TEST_F(Crash, AtAnyMomentUnderLoadLosesNothingAndDoublesNothing) {
    const std::uint64_t drawn = seed();
    std::cout << "PCQ_SEED=" << drawn << std::endl;
    std::mt19937_64 random(drawn);
    Trading trading(*market_, kSellers);
    for (int round = 0; round < kKills; ++round) {
        const std::size_t victim = random() % kNodes;
        SCOPED_TRACE("PCQ_SEED=" + std::to_string(drawn) + ", kill " + std::to_string(round) + ": " +
                     Network::names()[victim]);
        ASSERT_TRUE(trading.await(1 + random() % 20));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
        network_.kill_node(victim);
        ASSERT_TRUE(trading.await(random() % 20));
        network_.up(victim);
        network_.await_caught_up(all_nodes());
    }
    trading.stop();
    network_.await_caught_up(all_nodes());
    trading.expect_all_in(network_.expect_equal_chains(all_nodes()));
    network_.down();
    for (const std::size_t node : all_nodes()) {
        for (const char* chain : {"main", "side"}) {
            const auto audit = pcq({"audit", "totals", network_.store(node, chain).string()});
            EXPECT_EQ(audit.code, 0) << audit.err;
        }
    }
}

// Goal: a node that is killed while it opens its store or fetches what it missed does so again.
TEST_F(Crash, WhileItCatchesUpIsOneMoreThingToCatchUpFrom) {
    constexpr std::size_t kMissed = 400;  // trades: more blocks than one request for blocks brings
    std::mt19937_64 random(seed());
    Trading trading(*market_, kSellers);
    network_.kill_node(2);
    ASSERT_TRUE(trading.await(kMissed));
    for (int round = 0; round < 5; ++round) {
        auto starting = std::async(std::launch::async, [&] {
            return pcq({"net", "up", Network::names()[2], "--dir", network_.folder().string()});
        });
        ASSERT_TRUE(eventually([&] { return network_.process(2) != 0; }));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 300'000));
        network_.kill_node(2);
        starting.wait();
    }
    network_.up(2);
    network_.await_caught_up(all_nodes());
    trading.stop();
    network_.await_caught_up(all_nodes());
    trading.expect_all_in(network_.expect_equal_chains(all_nodes()));
}

}  // namespace
}  // namespace pcq::e2e
