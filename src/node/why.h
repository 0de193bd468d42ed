// Why a chain of this node has no new block, in words: what consensus waits for, by the replica's own state,
// and the likely cause, by what the node sees of its peers, its disk and its clock (docs/operating.md, "When
// a chain stands still"). Pure: facts in, an answer out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consensus/waiting.h"
#include "src/node/joining.h"
#include "src/rpc/backend.h"

namespace pcq::node {

// A validator as this node sees it.
struct SeenValidator {
    std::string name;
    bool self = false;
    bool connected = false;
    std::optional<Instant> changed;  // when it was connected, or disconnected, last
    std::optional<Instant> heard;    // the last message of this chain
    std::uint64_t height = 0;        // that it says is in agreement; 0: it has not said
    std::uint32_t view = 0;
    std::optional<Instant> ahead;        // since when it has said that it is above this node
    std::optional<Instant> asked_after;  // when its word for that was asked after last, if it has no vote
    bool pruned = false;                 // it has said that it does not keep the next block
};

struct WhyFacts {
    std::string chain;
    consensus::Waiting waiting;
    std::vector<SeenValidator> validators;  // of the height in agreement, in their order
    Instant now;
    Instant last_block;                    // when this node stored one, or started
    Instant last_block_time;               // as it says
    std::size_t missing_transactions = 0;  // of proposals that wait for them
    std::optional<std::string> refused;    // why the last proposal of this height was refused here
    Duration writing{0};                   // how long the last write took, or the one under way has taken
    Duration executing{0};                 // how long the execution under way has taken
    std::optional<Joining> joining;        // begins with a snapshot, and takes no blocks
};

rpc::Why explain(const WhyFacts& facts);

}  // namespace pcq::node
