// Whether the main chain and a side chain agree: what each has taken from the other is what the other has.
//
// Each chain by itself was replayed (replay.h), so every proof and certificate in it holds. What no chain
// can see alone is a second history: validators that have signed one header for the other chain and another
// one at home. So every header that one chain has accepted of the other is held against the other's own,
// and every anchor, message, batch and report against where it came from.
#pragma once

#include "src/storage/chain_store.h"

namespace pcq::audit {

struct Disagreement {
    std::string what;      // header, anchor, message, batch, report, issuance, genesis
    std::string at;        // which one
    std::string expected;  // what the chain that it came from has
    std::string found;     // what the other one has
};
std::string to_text(const Disagreement& disagreement);

struct Agreement {
    std::string main;
    std::string side;
    // Looked at, and equal.
    std::uint64_t headers = 0;
    std::uint64_t anchors = 0;
    std::uint64_t messages = 0;
    std::uint64_t batches = 0;
    std::uint64_t reports = 0;
    // Of headers and anchors: above what was replayed of the chain that they are of.
    std::uint64_t beyond = 0;
    std::uint64_t newest_anchor = 0;
    std::optional<Disagreement> disagreement;  // the first
};

// Stores that hold all blocks. An Error: one cannot be read, or bad_argument: they are no main and side
// chain.
Result<Agreement> check_agreement(const storage::ChainStore& main, const storage::ChainStore& side);

}  // namespace pcq::audit
