// The rule that carries a block across views, as pure functions (docs/consensus.md, "View change").
//
// A quorum of ViewChange(h, v) allows one proposal in (h, v): the block of the highest prepared certificate
// among them, or a fresh block if none of them shows any. Acceptance depends on what is shown, never on a
// lock that others cannot see.
#pragma once

#include <optional>
#include <vector>

#include "consensus/messages.h"

namespace pcq::consensus {

// What a quorum of view changes allows.
struct Allowed {
    const proto::ViewChange* highest = nullptr;  // the one with the highest certificate; none: a fresh block
    std::uint32_t sender = 0;                    // of that one

    std::optional<Hash> block() const;
};

// Nothing unless `changes` are for exactly (height, view), from distinct senders, and a quorum of n.
struct Place {
    std::uint64_t height = 0;
    std::uint32_t view = 0;
};
std::optional<Allowed> allowed_by(const std::vector<const proto::ConsensusMessage*>& changes, Place place,
                                  std::uint32_t n);

// The highest view that at least `wanted` senders have reached, given the view of each one; 0 if there are
// too few.
std::uint32_t reached_by(std::vector<std::uint32_t> views, std::uint32_t wanted);

// A view change as it stands in a justification: without its block.
proto::ConsensusMessage without_block(proto::ConsensusMessage message);

}  // namespace pcq::consensus
