// A part of the state that whoever knows the header can check by itself: all records whose key hashes begin
// with one path of nibbles, and the siblings from the root down to there (docs/decisions/0011-state-sync.md).
//
// Two or more records stand in a subtree at the path. One may stand alone further up, and so may another
// leaf, or nothing, where the path has no records. The proof has a sibling for each level down to what stands
// there. Pure.
#pragma once

#include "src/ledger/merkle.h"

namespace pcq::ledger {

// The subtree that these records make, in pages of `version`, if they are all there are below `path` in the
// state of this root. bad_proof: one is missing, changed, too many or elsewhere, or the proof is of another
// root.
Result<Subtree> verify_chunk(const Hash& state_root, const PagePath& path, const StateChanges& records,
                             const StateProof& proof, std::uint64_t version);

}  // namespace pcq::ledger
