// The threads that check signatures, for all chains of a node. What consensus waits for goes before what the
// mempool waits for, except every eighth time: a validator that never stops talking holds up no transaction
// for ever.
//
// post() may be called from any thread. The queues are bounded by whoever fills them: inbound flow control of
// peers, and the mempool's bound on transactions being checked.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pcq::node {

class VerifyPool {
public:
    enum class Urgency { consensus, transaction };

    explicit VerifyPool(std::uint32_t threads);
    ~VerifyPool();  // finishes what runs, forgets what waits
    VerifyPool(const VerifyPool&) = delete;
    VerifyPool& operator=(const VerifyPool&) = delete;

    void post(Urgency urgency, std::function<void()> work);
    std::size_t waiting() const;

private:
    void run();

    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> urgent_;
    std::deque<std::function<void()>> usual_;
    std::uint32_t urgent_in_a_row_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pcq::node
