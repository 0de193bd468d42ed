// Nodes that keep the newest thousand blocks beside one that keeps all, under load: what they answer of kept
// and of pruned heights, how they start again, and whom a node without blocks fetches them from.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "tests/end_to_end/command_line.h"
#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kArchive = 0;
constexpr std::size_t kPruned = 1;
constexpr std::size_t kAnother = 3;
constexpr std::uint64_t kKept = 1'000;  // the least that a node takes
constexpr std::uint64_t kBeyond = 60;   // blocks more than that

class Pruning : public testing::Test {
protected:
    Pruning() {
        for (const std::size_t node : all_nodes()) {
            if (node == kArchive) continue;
            std::ofstream(network_.folder() / (Network::names()[node] + ".toml"), std::ios::app)
                << "\n[storage]\nkeep_blocks = " << kKept << "\n";
        }
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }

    std::uint64_t first_height(std::size_t node) {
        const auto status = network_.call(node, "status", {{"chain", "side"}});
        return status ? static_cast<std::uint64_t>(integer(status->at("first_height"))) : 0;
    }
    Error refusal(std::size_t node, const std::string& method, const boost::json::object& params) {
        client::RpcClient client(network_.rpc(node));
        const auto answer = client.call(method, params);
        return answer ? Error{Code::ok, "answered"} : answer.error();
    }
    boost::json::object at(std::uint64_t height) const { return {{"chain", "side"}, {"height", height}}; }
    void run_beyond(Trading& trading, std::uint64_t height) {
        while (*network_.height(kArchive, "side") < height) ASSERT_TRUE(trading.await(20));
    }
    void expect_clear_answers();

    Network network_;
    std::optional<Market> market_;
};

void Pruning::expect_clear_answers() {
    const std::uint64_t first = first_height(kPruned);
    ASSERT_GT(first, 10u);
    EXPECT_EQ(first_height(kArchive), 0u);
    EXPECT_EQ(network_.metric(kPruned, "pcq_chain_first_height", "side"), static_cast<double>(first));
    const std::string kept = "keeps heights " + std::to_string(first) + " to ";
    auto account = at(3);
    account["account"] = to_hex(market_->seller(0).account());
    for (const auto& [method, params] : std::map<std::string, boost::json::object>{
             {"block", at(3)}, {"header", at(3)}, {"totals", at(3)}, {"account", account}}) {
        const Error error = refusal(kPruned, method, params);
        EXPECT_EQ(error.code, Code::height_pruned) << method << ": " << error.message;
        EXPECT_THAT(error.message, HasSubstr(kept)) << method;
        EXPECT_EQ(refusal(kArchive, method, params).code, Code::ok) << method;
    }
    const auto shown = pcq({"--node", network_.address(kPruned), "block", "3"});
    EXPECT_EQ(shown.code, 1);
    EXPECT_THAT(shown.err, AllOf(HasSubstr("height 3 is pruned"), HasSubstr("height_pruned")));
    EXPECT_THAT(pcq({"--node", network_.address(kPruned), "status"}).out, HasSubstr("first height"));

    const std::uint64_t tip = *network_.height(kPruned, "side");
    for (const std::uint64_t height : {first, (first + tip) / 2, tip}) {
        account["height"] = height;
        account["proof"] = true;
        const auto pruned = network_.call(kPruned, "account", account);
        const auto archived = network_.call(kArchive, "account", account);
        ASSERT_TRUE(pruned && archived) << height;
        EXPECT_EQ(pruned->at("value"), archived->at("value"));
        EXPECT_EQ(network_.call(kPruned, "block", at(height)), network_.call(kArchive, "block", at(height)));
    }
    const auto audited = pcq({"--node", network_.address(kPruned), "audit", "account",
                              to_address(market_->seller(0).account()), "--genesis",
                              (network_.folder() / "side.json").string()});
    EXPECT_EQ(audited.code, 0) << audited.err;
}

TEST_F(Pruning, UnderLoadKeepsWhatItSaysAndAnswersForTheRest) {
    Trading trading(*market_, kSellers);
    ASSERT_NO_FATAL_FAILURE(run_beyond(trading, kKept + kBeyond));
    network_.kill_node(kPruned);
    ASSERT_TRUE(trading.await(20));
    network_.up(kPruned);  // which verifies its store
    ASSERT_NO_FATAL_FAILURE(run_beyond(trading, *network_.height(kArchive, "side") + kBeyond));
    trading.stop();
    network_.await_caught_up(all_nodes());
    expect_clear_answers();

    // Without blocks: two others have none of the first any more, one has them all.
    network_.kill_node(kAnother);
    std::filesystem::remove_all(network_.store(kAnother, "side"));
    network_.up(kAnother);
    network_.await_caught_up(all_nodes());
    EXPECT_GT(first_height(kAnother), 0u);
    network_.down();
    for (const std::size_t node : all_nodes()) {
        for (const char* chain : {"main", "side"}) {
            const auto audit = pcq({"audit", "totals", network_.store(node, chain).string()});
            EXPECT_EQ(audit.code, 0) << audit.err;
        }
    }
}

}  // namespace
}  // namespace pcq::e2e
