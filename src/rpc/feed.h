// What each block brings to those who follow a chain, as text: made once, when the first of them asks, and
// shared by all. Nothing is kept for a follower but the next height that it has not been told of, so one that
// was away, or reads slowly, is told from the store what others were told when it was new.
//
// Blocks near the tip are kept decoded, and of older ones those that were asked for last. Thread-safe.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "src/rpc/backend.h"

namespace pcq::rpc {

enum class Topic : std::uint8_t {
    blocks,   // every block, with header and certificate
    account,  // what an account signed, what names it, and how it stands then
    trades,   // sales, purchases, fills and auctions
    prices,   // of epochs
    periods,  // opened, a month further, priced, closed, settled
};

// What somebody wants to hear of.
struct Interest {
    ChainId chain;
    Topic topic = Topic::blocks;
    std::optional<AccountId> account{};  // of Topic::account
};

class Feed {
public:
    // The end of a notification, from "height" on (rest_of()); null: there is no news of this kind in that
    // block.
    using Text = std::shared_ptr<const std::string>;

    explicit Feed(const Backend& backend);
    ~Feed();
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    // The highest block that there is news of.
    std::uint64_t tip(const ChainId& chain);
    void committed(const ChainId& chain, std::uint64_t height);
    // Lets go of blocks that the tip has left behind, which takes time.
    void forget_old();

    // Whether a block is near the tip; to tell of another one takes reading it from the disk.
    bool is_recent(const ChainId& chain, std::uint64_t height);

    // Of a block from 1 to tip(). height_pruned: this node does not keep it any more.
    Result<Text> news(const Interest& interest, std::uint64_t height);

private:
    class Block;
    using Place = std::pair<ChainId, std::uint64_t>;
    using Blocks = std::map<Place, std::shared_ptr<Block>>;

    std::shared_ptr<Block> block(const ChainId& chain, std::uint64_t height);
    bool is_near_tip(const Place& place) const;

    const Backend& backend_;
    std::mutex mutex_;
    std::map<ChainId, std::uint64_t> tips_;
    Blocks recent_;
    std::list<std::pair<Place, std::shared_ptr<Block>>> older_;  // the last one asked for first
};

// A notification's `params` but for their first members, and the end of the object around them.
Feed::Text rest_of(const boost::json::object& params);

}  // namespace pcq::rpc
