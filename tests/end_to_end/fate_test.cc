// What became of a transaction, asked by its hash of a node that was killed with it in hand.
#include <future>

#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/crypto/key_file.h"
#include "tests/end_to_end/market.h"

namespace pcq::e2e {
namespace {

class Fate : public testing::Test {
protected:
    Fate() {
        network_.up();
        market_.emplace(network_, /*people=*/8);
        network_.await_caught_up(all_nodes());
        for (const std::size_t node : {1u, 2u, 3u}) network_.down(node);
    }

    // Handed in at the first node, which is alone.
    Hash hand_in(const ledger::RawTransaction& transaction) {
        const auto sent = client::RpcClient(network_.rpc(0)).submit("side", transaction);
        EXPECT_TRUE(sent) << sent.error().message;
        return sent ? sent->hash : Hash();
    }
    Json fate(const Hash& hash) {
        const auto answer = network_.call(0, "transaction", {{"chain", "side"}, {"hash", to_hex(hash)}});
        return answer.value_or(Json{{"status", "no answer"}});
    }
    bool is(const Hash& hash, const char* status) { return fate(hash).at("status") == status; }
    // Each is ready only when a quorum is there.
    void up(const std::vector<std::size_t>& nodes) {
        std::vector<std::future<void>> starts;
        for (const std::size_t node : nodes)
            starts.push_back(std::async(std::launch::async, [this, node] { network_.up(node); }));
        for (auto& start : starts) start.get();
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Fate, OfWhatWasPendingWhenItsOnlyNodeWasKilledIsToBeCommitted) {
    const auto hash = hand_in(market_->sign(market_->seller(0), market_->side(), market_->sale(1)));
    EXPECT_TRUE(is(hash, "pending"));
    network_.kill_node(0);

    network_.up();

    // Asked of another node first: nobody's question brings it back.
    EXPECT_TRUE(eventually([&] {
        const auto answer = network_.call(1, "transaction", {{"chain", "side"}, {"hash", to_hex(hash)}});
        return answer && answer->at("status") == "committed";
    })) << "it is forgotten";
    EXPECT_TRUE(eventually([&] { return is(hash, "committed"); })) << fate(hash);
    EXPECT_EQ(fate(hash).at("receipt").at("name"), "ok");
}

// The command line signs the same again while the first is not final: one transaction, done once.
TEST_F(Fate, OfTheSameCommandGivenTwiceIsToCountOnce) {
    const std::string key = (network_.folder() / "seller.pem").string();
    ASSERT_TRUE(crypto::save_key(key, market_->seller(0).key(), std::nullopt));
    const auto sell = [&](const char* amount) {
        return pcq(
            {"--node", network_.address(0), "market", "sell", "--key", key, "--amount", amount, "--no-wait"});
    };
    const auto first = sell("1g");
    EXPECT_EQ(first.code, 0) << first.err;
    EXPECT_NE(first.out.find("not final yet"), std::string::npos) << first.out;

    const auto again = sell("1g");
    EXPECT_EQ(again.code, 1) << again.out;
    EXPECT_NE(again.err.find("it counts once"), std::string::npos) << again.err;
    EXPECT_NE(again.err.find("transaction_known"), std::string::npos) << again.err;

    const auto other = sell("2g");
    EXPECT_EQ(other.code, 1) << other.out;
    EXPECT_NE(other.err.find("give this command again"), std::string::npos) << other.err;
    EXPECT_NE(other.err.find("transaction_sequence_used"), std::string::npos) << other.err;
}

// Its node has said it while nobody was there to hear.
TEST_F(Fate, OfWhatItsNodeHadBeforeTheOthersWereThereIsToBeCommitted) {
    const auto hash = hand_in(market_->sign(market_->seller(0), market_->side(), market_->sale(1)));
    EXPECT_TRUE(is(hash, "pending"));
    up({1, 2, 3});
    EXPECT_TRUE(eventually([&] { return is(hash, "committed"); })) << fate(hash);
}

// The others go on without it: one transaction expires, the sequence of another is used by a third.
TEST_F(Fate, OfWhatTheChainPassedByIsExpiredOrRejectedAlsoAfterARestart) {
    const std::uint64_t until = *network_.height(0, "side") + 3;
    const auto late = hand_in(market_->sign(market_->seller(0), market_->side(), market_->sale(1), until));
    auto body = market_->seller(1).body(market_->side(), kValidFor);
    client::set_action(body, market_->sale(1));
    const auto first = hand_in(market_->seller(1).sign(body));
    client::set_action(body, market_->sale(2));
    const auto second = market_->seller(1).sign(body);
    EXPECT_TRUE(is(late, "pending") && is(first, "pending"));
    network_.kill_node(0);

    up({1, 2, 3});
    client::RpcClient others(network_.rpc(1));
    ASSERT_TRUE(others.submit("side", second, {.until_commit = true}));
    while (*network_.height(1, "side") < until) {
        const auto trade = market_->sign(market_->seller(2), market_->side(), market_->sale(1));
        ASSERT_TRUE(others.submit("side", trade, {.until_commit = true}));
    }
    for (int restart = 0; restart < 2; ++restart) {
        network_.up(0);
        network_.await_caught_up(all_nodes());
        EXPECT_TRUE(eventually([&] { return is(late, "expired"); })) << fate(late);
        EXPECT_TRUE(eventually([&] { return is(first, "rejected"); })) << fate(first);
        EXPECT_EQ(fate(first).at("reason").at("name"), "transaction_sequence_used");
        network_.kill_node(0);
    }
}

}  // namespace
}  // namespace pcq::e2e
