// Transactions that peers send, on their way into the mempool: a few at a time and of one peer after the
// other, so that nothing else on the chain's strand waits for them for long.
//
// Most of what is sent in good faith is taken, or has been already. What is refused costs its sender: whoever
// has used up what it may cost is passed over, for a while, but for what a proposal waits for. An honest
// transaction that is passed over is said again (gossip.h), or asked for. Bounded: what a peer sends while so
// much of its own waits is passed over too. The chain's strand owns it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "src/base/code.h"
#include "src/network/peers.h"
#include "src/node/allowance.h"

namespace pcq::node {

class Intake {
public:
    using Peer = crypto::PublicKey;
    static constexpr std::size_t kBytesMax = 1024 * 1024;  // of one message
    static constexpr int kCountMax = 10'000;
    static constexpr int kAtOnce = 50;
    static constexpr std::size_t kWaitingMax = 16 * kBytesMax;  // of one peer

    struct Arrived {
        Peer from;
        std::vector<Bytes> transactions;  // of one message, in its order
        std::shared_ptr<void> guard;      // of the message
        bool is_passed_over = false;
    };

    // Of a message that holds transactions. False: more than any honest peer sends at once.
    bool add(network::Delivery delivery);
    bool is_empty() const { return turns_.empty(); }
    // The next peer's next few; not when empty.
    Arrived next(Instant now);
    // What was refused, for this reason.
    void refused(const Peer& peer, Code why);

private:
    struct Waiting {
        std::deque<network::Delivery> messages;
        std::size_t bytes = 0;
        int taken = 0;  // of the first
    };
    Allowance& allowance_of(const Peer& peer);

    std::map<Peer, Waiting> waiting_;  // of each there is a message
    std::deque<Peer> turns_;           // who is in there, each once
    std::map<Peer, Allowance> allowances_;
};

}  // namespace pcq::node
