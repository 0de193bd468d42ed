// What a replica waits for, told from its own state: for operators (docs/consensus.md, "Why is it stuck").
#pragma once

#include <optional>
#include <vector>

#include "consensus/messages.h"
#include "src/base/instant.h"

namespace pcq::consensus {

enum class Awaits : std::uint8_t {
    nothing,       // there is nothing to do
    others,        // an observer, which has no part in it
    blocks,        // catching up to `target`
    watch,         // its record of votes was lost: `heights` more are to be decided before its eyes
    chain,         // its record of votes is of a height that the chain has not reached here
    view_changes,  // a quorum in this view
    proposal,      // the primary's
    own_proposal,  // this replica is the primary, its block is being built or executed
    execution,     // of `block`, or its transactions
    prepares,      // for `block`
    commits,       // for `block`
    storage        // `block` is decided and being stored
};

struct Waiting {
    Awaits what = Awaits::nothing;
    std::uint64_t height = 0;  // in agreement
    std::uint32_t view = 0;
    std::uint32_t primary = 0;     // of this view
    std::optional<Instant> since;  // when there came to be something to do, by the wall clock as it is now
    std::optional<Hash> block;
    // Of view changes, prepares or commits: whose are here, this replica's own included, and whose are not.
    std::vector<std::uint32_t> heard;
    std::vector<std::uint32_t> missing;
    std::uint64_t target = 0;
    std::uint32_t heights = 0;
    // By how much a proposal of this height was ahead of the local clock when it was refused for that.
    Duration early{0};
};

}  // namespace pcq::consensus
