// Nodes that join a network of which nobody has the first blocks any more: by a snapshot, killed in the
// middle of it, a new observer and a validator that has lost everything.
#include <csignal>
#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/address.h"
#include "tests/end_to_end/guard.h"
#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kLost = 3;
constexpr std::uint64_t kKept = 1'000;               // the least that a node takes
constexpr std::uint64_t kBeyond = 60;                // blocks more than that
constexpr std::uint16_t kFifthRpc = 2 * kNodes + 1;  // of the network's ports, as pcq net add chooses it

class Join : public testing::Test {
protected:
    Join() {
        for (const auto& name : Network::names()) keep_few(name);
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }
    ~Join() override { kill_all_of(network_.folder()); }

    void keep_few(const std::string& node) {
        std::ofstream(network_.folder() / (node + ".toml"), std::ios::app)
            << "\n[storage]\nkeep_blocks = " << kKept << "\n";
    }
    Ended net(const std::string& what, const std::string& node) {
        return pcq({"net", what, node, "--dir", network_.folder().string()});
    }
    client::Endpoint fifth() const {
        auto endpoint = network_.rpc(0);
        endpoint.port = static_cast<std::uint16_t>(endpoint.port - kNodes + kFifthRpc);
        return endpoint;
    }
    Json status(const client::Endpoint& node) {
        client::RpcClient client(node);
        auto answer = client.call("status", {{"chain", "side"}});
        return answer ? *std::move(answer) : Json(boost::json::object{{"height", 0}, {"first_height", 0}});
    }
    void run_to(std::uint64_t height) {
        Trading trading(*market_, kSellers);
        while (*network_.height(0, "side") < height) ASSERT_TRUE(trading.await(20));
        trading.stop();
    }
    // Killed a few times on its way.
    void start_with_kills(const std::string& node);
    void expect_joined(const client::Endpoint& node, const std::string& name);

    Network network_;
    std::optional<Market> market_;
};

void Join::start_with_kills(const std::string& node) {
    const auto process_of = [&] {
        int process = 0;
        std::ifstream(network_.folder() / "run" / (node + ".pid")) >> process;
        return process != 0 && kill(process, 0) == 0 ? process : 0;
    };
    std::mt19937_64 random(7);
    for (int round = 0; round < 4; ++round) {
        auto starting = std::async(std::launch::async, [&] { return net("up", node); });
        int process = 0;
        ASSERT_TRUE(eventually([&] { return (process = process_of()) != 0; }));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 700'000));
        kill(process, SIGKILL);
        starting.wait();
    }
    EXPECT_EQ(net("up", node).code, 0);
}

void Join::expect_joined(const client::Endpoint& node, const std::string& name) {
    EXPECT_TRUE(eventually([&] {
        return integer(status(node).at("height")) >= static_cast<std::int64_t>(*network_.height(0, "side"));
    })) << name;
    const auto first = integer(status(node).at("first_height"));
    EXPECT_GT(first, 0) << name;
    std::ifstream log(network_.folder() / "log" / (name + ".log"));
    const std::string said{std::istreambuf_iterator<char>(log), {}};
    EXPECT_THAT(said, HasSubstr("joining by a snapshot: chain=side"));
    const auto audited =
        pcq({"--node", client::to_text(node), "audit", "account", to_address(market_->seller(0).account()),
             "--genesis", (network_.folder() / "side.json").string()});
    EXPECT_EQ(audited.code, 0) << audited.err;
}

TEST_F(Join, BySnapshotWhereNobodyHasTheFirstBlocks) {
    ASSERT_NO_FATAL_FAILURE(run_to(kKept + kBeyond));
    ASSERT_EQ(net("add", "fifth").code, 0);
    keep_few("fifth");
    for (const auto& name : Network::names()) {
        ASSERT_EQ(net("down", name).code, 0);
        ASSERT_EQ(net("up", name).code, 0);
    }
    ASSERT_NO_FATAL_FAILURE(start_with_kills("fifth"));
    expect_joined(fifth(), "fifth");

    // A validator without store and record: it may have said anything, so it watches before it votes again.
    network_.kill_node(kLost);
    std::filesystem::remove_all(network_.store(kLost, "side").parent_path());
    network_.up(kLost);
    expect_joined(network_.rpc(kLost), Network::names()[kLost]);
    {
        Trading trading(*market_, kSellers);
        EXPECT_TRUE(eventually([&] { return status(network_.rpc(kLost)).at("voting").as_bool(); }));
        EXPECT_TRUE(trading.await(20));
    }
    // Both go on with blocks, start again on what they have, and hold.
    network_.await_caught_up(all_nodes());
    expect_joined(fifth(), "fifth");
    ASSERT_EQ(net("down", "fifth").code, 0);
    network_.down();
    for (const auto& store : {network_.store(kLost, "side"), network_.folder() / "data/fifth/side/store"}) {
        const auto audit = pcq({"audit", "totals", store.string()});
        EXPECT_EQ(audit.code, 0) << audit.err;
    }
    network_.up();
    network_.await_caught_up(all_nodes());
}

}  // namespace
}  // namespace pcq::e2e
