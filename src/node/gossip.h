// What a chain of this node tells its peers of waiting transactions: what a client brought at once, in
// batches; what still waits too long once more, wherever it came from.
//
// In a full mesh the node that a client spoke to reaches everybody, so nobody passes a transaction on at
// once. But that node may be gone, lie, or have lost a message to a full queue: so whoever holds a
// transaction that no block takes brings it up again, once. On the chain's strand.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "src/ledger/executor.h"

namespace pcq::node {

class Gossip {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
    struct Hooks {
        std::function<void(std::vector<Bytes> transactions)> send;
        std::function<std::optional<ledger::VerifiedTransaction>(const Hash& hash)> waiting;
        std::function<Instant()> now;
    };

    Gossip(const Strand& strand, Hooks hooks);

    // A transaction is in the mempool.
    void admitted(const ledger::VerifiedTransaction& transaction, bool from_client);
    // A block is proposed or stored: the network is not at a loss for transactions.
    void progressed();
    void stop();

private:
    struct Held {
        Instant since;
        Hash hash;
    };

    void say(const Bytes& transaction);
    void flush();
    void remind();
    void remind_after(std::chrono::milliseconds delay);
    bool is_due(const Held& held, Instant now) const;

    const Hooks hooks_;
    Instant progress_at_;
    boost::asio::steady_timer batch_timer_;
    boost::asio::steady_timer reminder_timer_;
    std::vector<Bytes> batch_;
    std::size_t batch_bytes_ = 0;
    std::deque<Held> held_;  // oldest first
    bool batch_waits_ = false;
    bool reminder_waits_ = false;
    bool stopped_ = false;
};

}  // namespace pcq::node
