// What a chain of this node tells its peers of waiting transactions: what a client brought at once, in
// batches; what still waits too long again, wherever it came from.
//
// In a full mesh the node that a client spoke to reaches everybody, so nobody passes a transaction on at
// once. But that node may be gone, lie, have had nobody to speak to, or have lost a message to a full queue:
// so whoever holds a transaction that no block takes brings it up again, after pauses that double. On the
// chain's strand.
#pragma once

#include <array>
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
        std::function<std::size_t()> peers;  // how many hear it
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
    bool is_due(const Held& held, std::size_t round, Instant now) const;
    bool is_empty() const;

    const Hooks hooks_;
    Instant progress_at_;
    boost::asio::steady_timer batch_timer_;
    boost::asio::steady_timer reminder_timer_;
    std::vector<Bytes> batch_;
    std::size_t batch_bytes_ = 0;
    // By how often it was brought up again, oldest first; what is in the last round stays there.
    std::array<std::deque<Held>, 6> held_;
    bool batch_waits_ = false;
    bool reminder_waits_ = false;
    bool stopped_ = false;
};

}  // namespace pcq::node
