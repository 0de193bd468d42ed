// A network that stands still says why, and names who is missing: a node that is gone and one that hangs.
#include <csignal>
#include <filesystem>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/process.h"
#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSellers = 2;

class Why : public testing::Test {
protected:
    Why() {
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }
    Json why(std::size_t node) { return network_.call(node, "why", {{"chain", "side"}}).value_or(Json()); }
    // Name and cause of each that is missing, as this node sees it.
    std::map<std::string, std::string> missing(std::size_t node) {
        std::map<std::string, std::string> found;
        const Json answer = why(node);
        if (!answer.is_object()) return found;
        for (const auto& validator : answer.at("missing").as_array())
            found.emplace(std::string(validator.at("name").as_string()),
                          std::string(validator.at("cause").as_string()));
        return found;
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Why, NamesTheNodeThatIsGoneAndTheOneThatHangs) {
    network_.await_caught_up(all_nodes());
    EXPECT_FALSE(why(0).at("stalled").as_bool());
    const auto& names = Network::names();
    network_.kill_node(2);
    const int hanging = network_.process(3);
    ASSERT_EQ(::kill(hanging, SIGSTOP), 0);
    client::RpcClient client(network_.rpc(0));
    const auto trade = market_->sign(market_->seller(0), market_->side(), market_->sale(1));
    ASSERT_TRUE(client.submit("side", trade, {.until_commit = true, .timeout = std::chrono::seconds(1)}));

    for (const std::size_t node : {0u, 1u}) {
        SCOPED_TRACE(names[node]);
        const std::map<std::string, std::string> expected{{names[2], "unreachable"}, {names[3], "silent"}};
        EXPECT_TRUE(eventually([&] {
            const Json answer = why(node);
            return answer.is_object() && answer.at("stalled").as_bool() && missing(node) == expected;
        })) << boost::json::serialize(why(node));
        EXPECT_EQ(network_.metric(node, "pcq_chain_stalled", "side"), 1);
    }
    const auto told = run({{program("pcq").string(), "--node", network_.address(0), "node", "why"}, {}, ""});
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_THAT(told.out, HasSubstr("STALLED since"));
    EXPECT_THAT(told.out, HasSubstr("likely: " + names[2] + ": not connected for"));
    EXPECT_THAT(told.out, HasSubstr("likely: " + names[3] + ": connected, but not heard for"));

    // The stall has left a recording, which the same state machine replays to the same effects.
    const auto flights = network_.store(0, "side").parent_path() / "flight";
    EXPECT_TRUE(
        eventually([&] { return std::filesystem::exists(flights) && !std::filesystem::is_empty(flights); }));
    const auto recording = std::filesystem::directory_iterator(flights)->path();
    EXPECT_THAT(recording.string(), HasSubstr("-stall.flight"));
    const auto replayed = run({{program("pcq").string(), "node", "replay", recording.string()}, {}, ""});
    EXPECT_EQ(replayed.code, 0) << replayed.err;
    EXPECT_THAT(replayed.out, HasSubstr("chain side, written because of: stall"));
    EXPECT_THAT(replayed.out, HasSubstr("says view_change"));
    EXPECT_THAT(replayed.out, HasSubstr("at the end: height"));

    ASSERT_EQ(::kill(hanging, SIGCONT), 0);
    EXPECT_TRUE(eventually([&] {
        const Json answer = why(0);
        return answer.is_object() && !answer.at("stalled").as_bool();
    }));
    EXPECT_TRUE(eventually([&] { return network_.metric(0, "pcq_chain_stalled", "side") == 0; }));
}

}  // namespace
}  // namespace pcq::e2e
