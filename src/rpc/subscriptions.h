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

    // One block to look at for one of them: its news (Feed::news) are for tell().
    struct Look {
        Number number = 0;
        Interest interest;
        std::uint64_t height = 0;
    };
    // Whose turn it is now; nothing: everybody has been told of every block that there is.
    std::optional<Look> next();
    // What its reader is to be told; nothing: there is no news in that block, or the subscription has ended
    // meanwhile.
    std::optional<Notification> tell(const Look& look, Result<Feed::Text> news);

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
