// The Merkle tree over a list (the shape of RFC 6962, section 2.1): transactions and receipts of a block,
// leaves of an issuance batch.
//
//   leaf   SHA-256(0x00, hash)      inner  SHA-256(0x01, left, right)
//   the left half holds the largest power of two smaller than the count; an empty list is 32 zero bytes
//
// A proof of the run [first, first + size) is the hashes of the largest subtrees outside the run, in the
// order in which a walk from the left meets them. A root says nothing of the count: who verifies takes the
// count from where the root is from. Pure.
#pragma once

#include <vector>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::ledger {

Hash list_root(const std::vector<Hash>& hashes);

struct ListRange {
    std::size_t first = 0;
    std::size_t size = 1;  // at least 1
};

// The range must lie inside the list.
std::vector<Hash> prove_range(const std::vector<Hash>& hashes, ListRange range);

// ok only if `run` are the hashes at `first` onwards of the list of `count` hashes under `root`.
// Code::bad_proof.
Result<> verify_range(const Hash& root, std::size_t count, std::size_t first, const std::vector<Hash>& run,
                      const std::vector<Hash>& proof);

}  // namespace pcq::ledger
