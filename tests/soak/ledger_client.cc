// The client of the soak (soak.py): people who trade on a network that others start, disturb and heal, and
// who keep their own ledger of what was acknowledged.
//
//   PCQ_SOAK_DIR    folder of the network
//   PCQ_SOAK_NODES  HOST:PORT of each node's RPC, four, comma-separated
//
// It prints "ready" when the market is set up, trades until a line comes in on standard input, waits until
// all nodes have caught up, and holds the chains against each other and against its ledger. It prints "trades
// N" at the end.
#include <iostream>

#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

constexpr std::size_t kSellers = 12;

std::vector<client::Endpoint> nodes_given() {
    const char* given = std::getenv("PCQ_SOAK_NODES");
    std::vector<client::Endpoint> nodes;
    std::string left = given == nullptr ? "" : given;
    while (!left.empty()) {
        const std::size_t comma = left.find(',');
        const auto endpoint = client::endpoint_from(left.substr(0, comma));
        EXPECT_TRUE(endpoint) << "PCQ_SOAK_NODES: " << left;
        if (!endpoint) return {};
        nodes.push_back(*endpoint);
        left = comma == std::string::npos ? "" : left.substr(comma + 1);
    }
    return nodes;
}

// Goal: whatever is done to processes, links, disks and clocks, an acknowledged trade is on every node's
// chain exactly once, and no other is there. Method: the faults are soak.py's; this is the ledger that the
// chains are held against.
TEST(Soak, EveryAcknowledgedTradeIsThereExactlyOnce) {
    const char* folder = std::getenv("PCQ_SOAK_DIR");
    ASSERT_NE(folder, nullptr) << "this is started by tests/soak/soak.py";
    const auto nodes = nodes_given();
    ASSERT_EQ(nodes.size(), kNodes);
    Network network(folder, nodes);
    Market market(network, 2 * kSellers);
    ASSERT_FALSE(HasFailure());
    std::cout << "ready" << std::endl;

    Trading trading(market, kSellers);
    for (std::string line; std::getline(std::cin, line) && line == "count";) {
        ASSERT_EQ(trading.failure(), "");
        std::cout << "trades " << trading.count() << std::endl;
    }
    trading.stop();
    network.await_caught_up(all_nodes());
    trading.expect_all_in(network.expect_equal_chains(all_nodes()));
    std::cout << "trades " << trading.count() << std::endl;
}

}  // namespace
}  // namespace pcq::e2e
