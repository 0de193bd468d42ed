// The threads that check signatures, for all chains of a node. What consensus waits for goes before what the
// mempool waits for, except every eighth time: a validator that never stops talking holds up no transaction
// for ever.
//
// Among those whose words wait, each has its share of the signatures that are checked, whatever the others
// bring (self-clocked fair queueing, Golestani 1994); what one brings is taken up in its order. post() may be
// called from any thread. The queues are bounded by whoever fills them: inbound flow control of peers, and
// the mempool's bound on transactions being checked.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "src/crypto/key.h"

namespace pcq::node {

class VerifyPool {
public:
    enum class Urgency { consensus, transaction };
    // The peer that brought it; nothing: clients, or this node itself.
    using Source = std::optional<crypto::PublicKey>;

    explicit VerifyPool(std::uint32_t threads);
    ~VerifyPool();  // finishes what runs, forgets what waits
    VerifyPool(const VerifyPool&) = delete;
    VerifyPool& operator=(const VerifyPool&) = delete;

    // `cost`: in signatures.
    void post(Urgency urgency, const Source& source, std::size_t cost, std::function<void()> work);
    std::size_t waiting() const;

private:
    using Work = std::function<void()>;
    // By the cost of all that would be done before its end if everybody's work went on side by side.
    class Queue {
    public:
        void push(const Source& source, std::size_t cost, Work work);
        Work pop();
        std::size_t size() const { return waiting_.size(); }
        bool empty() const { return waiting_.empty(); }

    private:
        std::multimap<std::uint64_t, Work> waiting_;  // by its end
        std::map<Source, std::uint64_t> last_;        // end of the last work of each
        std::uint64_t now_ = 0;                       // end of what was taken last
    };

    void run();

    mutable std::mutex mutex_;
    std::condition_variable ready_;
    Queue urgent_;
    Queue usual_;
    std::uint32_t urgent_in_a_row_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pcq::node
