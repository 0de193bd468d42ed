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
        pool.post(VerifyPool::Urgency::consensus, endless);
    };
    std::promise<void> gate;
    pool.post(VerifyPool::Urgency::consensus, [&] { gate.get_future().wait(); });
    pool.post(VerifyPool::Urgency::transaction, [&] { checked = true; });
    pool.post(VerifyPool::Urgency::consensus, endless);
    gate.set_value();
    EXPECT_TRUE(ended.get_future().get());
}

TEST(VerifyPool, TakesWhatConsensusWaitsForFirst) {
    std::promise<void> gate;
    std::promise<std::vector<std::string>> order;
    std::vector<std::string> done;
    VerifyPool pool(1);
    pool.post(VerifyPool::Urgency::consensus, [&] { gate.get_future().wait(); });
    pool.post(VerifyPool::Urgency::transaction, [&] {
        done.emplace_back("transaction");
        order.set_value(done);
    });
    pool.post(VerifyPool::Urgency::consensus, [&] { done.emplace_back("consensus"); });
    gate.set_value();
    EXPECT_EQ(order.get_future().get(), (std::vector<std::string>{"consensus", "transaction"}));
}

}  // namespace
}  // namespace pcq::node
