// What peers offer to a node that joins, each head checked by itself: which of them to begin with, and whose
// validators have gone.
//
// The highest is taken: nobody can make one up, and of an old one the blocks that follow may be kept by
// nobody. But a set that has gone may have sold its keys, and then it certifies what it likes to whoever does
// not know that it has gone. So what one peer offers is held against what all others do, and against this
// node's own chain. Pure; the chain's strand owns it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "src/crypto/key.h"
#include "src/storage/snapshot.h"

namespace pcq::node {

class Offers {
public:
    using Peer = crypto::PublicKey;
    struct Offer {
        std::shared_ptr<const storage::SnapshotHead> head;  // only of the highest: it is megabytes
        storage::VerifiedHead verified;
        std::size_t depth = 0;
        std::uint64_t height() const { return verified.header->height(); }
    };

    // Nothing at or below this height is worth anything.
    void begin(std::uint64_t above) { above_ = above; }
    // Where this node's own chain is.
    void know(storage::VerifiedHead own) { own_ = std::move(own); }
    // Without a head, it is only held against the others.
    void hear(const Peer& from, Offer offer);
    // This one is being fetched.
    void take(const Offer& offer) { taken_ = offer.verified; }
    void let_go() { taken_.reset(); }

    struct Settled {
        std::vector<Peer> gone;  // their validators had gone; what they offered is forgotten
        bool taken_has_gone = false;
    };
    // state_differs: two chains have been certified, and nothing here can tell which is the one.
    Result<Settled> settle();

    // The highest.
    struct Best {
        Peer from;
        Offer offer;
    };
    std::optional<Best> best() const;
    // Whether somebody offers another height, who is not among these.
    bool has_other(std::uint64_t height, const std::set<Peer>& but) const;
    // Is not begun with.
    void pass_over(const Peer& from);

private:
    std::uint64_t above_ = 0;
    std::optional<storage::VerifiedHead> own_;
    std::optional<storage::VerifiedHead> taken_;
    std::map<Peer, Offer> heard_;  // the last of each
};

}  // namespace pcq::node
