#include "src/node/verify_pool.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace pcq::node {
namespace {

// One validator can send words of consensus for ever that are worth a look; transactions of others must not
// wait for the end of it.
TEST(VerifyPool, ChecksTransactionsWhileConsensusNeverRunsOutOfWork) {
    constexpr int kTurns = 10'000;
    std::promise<bool> ended;
    std::atomic<bool> checked = false;
    int turns = 0;
    std::function<void()> endless;
    VerifyPool pool(1);
    endless = [&] {
        if (checked || ++turns == kTurns) return ended.set_value(checked);
        pool.post(VerifyPool::Urgency::consensus, {}, 1, endless);
    };
    std::promise<void> gate;
    pool.post(VerifyPool::Urgency::consensus, {}, 1, [&] { gate.get_future().wait(); });
    pool.post(VerifyPool::Urgency::transaction, {}, 1, [&] { checked = true; });
    pool.post(VerifyPool::Urgency::consensus, {}, 1, endless);
    gate.set_value();
    EXPECT_TRUE(ended.get_future().get());
}

TEST(VerifyPool, TakesWhatConsensusWaitsForFirst) {
    std::promise<void> gate;
    std::promise<std::vector<std::string>> order;
    std::vector<std::string> done;
    VerifyPool pool(1);
    pool.post(VerifyPool::Urgency::consensus, {}, 1, [&] { gate.get_future().wait(); });
    pool.post(VerifyPool::Urgency::transaction, {}, 1, [&] {
        done.emplace_back("transaction");
        order.set_value(done);
    });
    pool.post(VerifyPool::Urgency::consensus, {}, 1, [&] { done.emplace_back("consensus"); });
    gate.set_value();
    EXPECT_EQ(order.get_future().get(), (std::vector<std::string>{"consensus", "transaction"}));
}

// Two peers beside each other: what is done in which order when all of it waits behind a gate.
class AmongPeers : public testing::Test {
protected:
    AmongPeers() {
        std::promise<void> reached;
        pool_.post(VerifyPool::Urgency::consensus, {}, 1, [this, &reached] {
            reached.set_value();
            gate_.get_future().wait();
        });
        reached.get_future().wait();
    }
    void post(char peer, std::size_t cost) {
        const auto key = crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, peer));
        pool_.post(VerifyPool::Urgency::consensus, key->public_key(), cost, [this, peer] { done_ += peer; });
    }
    std::string order() {
        std::promise<void> ended;
        pool_.post(VerifyPool::Urgency::consensus, {}, 1'000'000, [&ended] { ended.set_value(); });
        gate_.set_value();
        ended.get_future().wait();
        return done_;
    }

private:
    std::promise<void> gate_;
    std::string done_;
    VerifyPool pool_{1};  // its thread is gone before the rest
};

TEST_F(AmongPeers, WhoSaysMuchLetsOthersComeBetween) {
    for (int i = 0; i < 6; ++i) post('a', 1);
    for (int i = 0; i < 3; ++i) post('b', 1);
    EXPECT_EQ(order(), "abababaaa");
}

TEST_F(AmongPeers, SignaturesAreSharedRatherThanMessages) {
    post('a', 1'000);
    post('a', 2);
    for (int i = 0; i < 5; ++i) post('b', 300);
    EXPECT_EQ(order(), "bbbaabb");
}

}  // namespace
}  // namespace pcq::node
