// Carries messages, anchors and changes of validators between the chains hosted here. Trusted with nothing:
// whatever it brings is proven, and any other relayer may bring it instead. The node's own key pays with a
// sequence number on the receiving chain.
//
// All nodes relay; so that they do not all bring the same, the turn rotates with the message's number, and
// the others step in one after the other if nothing happens. Thread-safe; runs on a strand of its own.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "src/node/chain.h"
#include "src/node/passing.h"

namespace pcq::node {

class Relayer {
public:
    // The chains outlive the relayer's last callback (stop() is followed by the end of the io threads).
    Relayer(boost::asio::io_context& io, const Clock& clock, const crypto::SigningKey& key,
            const std::vector<std::unique_ptr<Chain>>& chains);

    void start();
    void stop();
    // A block was committed somewhere: look again.
    void look();

private:
    // What one direction is waiting for.
    struct Route {
        std::uint64_t offered = 0;  // the item (message number, anchor height, number of a set) last offered
        Instant not_before;         // by passed(), earliest time to offer it, or to offer it again
        bool waiting = false;
    };

    void check();
    bool relay_validators(Chain& from, Chain& to);
    void relay_messages(Chain& from, Chain& to);
    void relay_anchor(Chain& from, Chain& to);
    Instant passed() { return passing_.read(clock_.now()); }
    bool is_due(Route& route, const Chain& to, std::uint64_t item);
    void submit(Chain& to, proto::TransactionBody body);
    bool prove(const Chain& from, std::uint64_t height, Bytes& header, Bytes& certificate) const;

    const Clock& clock_;
    Passing passing_;  // a clock that is set back holds up nothing
    const crypto::SigningKey& key_;
    const std::vector<std::unique_ptr<Chain>>& chains_;
    boost::asio::strand<boost::asio::io_context::executor_type> strand_;
    boost::asio::steady_timer timer_;
    std::map<std::pair<ChainId, ChainId>, Route> messages_;
    std::map<std::pair<ChainId, ChainId>, Route> anchors_;
    std::map<std::pair<ChainId, ChainId>, Route> validators_;
    std::map<ChainId, std::uint64_t> sequences_;  // last one used on a chain
    std::atomic<bool> posted_{false};
    bool stopped_ = false;
};

}  // namespace pcq::node
