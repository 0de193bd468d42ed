// What one connection has subscribed to, and which notification it gets next.
//
// A subscription is an interest and the next height to tell of: whatever its reader does, it holds nothing
// more. Subscriptions of a connection take turns. One begins to be told only when begin() says that its
// number has been sent. Not thread-safe: the connection's strand owns it.
#pragma once

#include <map>

#include "src/rpc/feed.h"

namespace pcq::rpc {

class Subscriptions {
public:
    using Number = std::uint64_t;
    struct Opened {
        Number number = 0;
        std::uint64_t from_height = 0;  // the first block that it is told of
        std::uint64_t height = 0;       // of the chain now
    };
    struct Notification {
        std::string head;  // up to where the shared part begins
        Feed::Text rest;
    };

    Subscriptions(Backend& backend, Feed& feed, std::size_t max);

    // From the next block on if no height is given. height_pruned; too_many_requests: there are `max`
    // already.
    Result<Opened> open(const Interest& interest, std::optional<std::uint64_t> from_height);
    void begin(Number number);
    // not_found.
    Result<> close(Number number);
    std::size_t size() const { return open_.size(); }

    // The next notification. Nothing comes of looking at `blocks` blocks in vain, or of having told all:
    // is_waiting() says which.
    std::optional<Notification> next(std::size_t blocks);
    // Everybody has been told of every block that there is.
    bool is_waiting() const;

private:
    struct Entry {
        Interest interest;
        std::uint64_t next = 0;
        std::uint64_t told = 0;  // the last height that the reader has heard
        bool begun = false;
    };
    using Entries = std::map<Number, Entry>;

    bool is_due(const Entry& entry) const {
        return entry.begun && entry.next <= feed_.tip(entry.interest.chain);
    }
    Entries::iterator next_due();
    Notification end(Entries::iterator at, const Error& why);

    Backend& backend_;
    Feed& feed_;
    const std::size_t max_;
    Entries open_;
    Number last_ = 0;  // number given
    Number turn_ = 0;  // of the subscription that was looked at last
};

}  // namespace pcq::rpc
