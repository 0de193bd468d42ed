// What a node that joins a chain gets from the others instead of its blocks: everything about one height, its
// base, but the records of its state, which come in chunks (docs/decisions/0011-state-sync.md).
#pragma once

#include <vector>

#include "src/ledger/certificate.h"

namespace pcq::storage {

// Chunks are those of all paths of this many nibbles.
inline constexpr std::size_t kChunkDepthLeast = 1;
inline constexpr std::size_t kChunkDepthMost = 4;
// A state of so many bytes is cut so that a chunk has less than this on average, and never much more.
inline constexpr std::uint64_t kChunkBytes = 512ULL << 10;
inline constexpr std::uint64_t kChunkBytesMax = 8ULL << 20;

std::size_t chunk_depth(std::uint64_t state_bytes);
std::uint64_t chunk_count(std::size_t depth);
ledger::PagePath chunk_path(std::size_t depth, std::uint64_t number);

struct SnapshotHead {
    std::vector<ledger::Succession> changes;  // of validators, from the genesis set to those of this height
    std::vector<Bytes> lead;                  // exact headers right below it, ascending
    Bytes block;                              // encoded proto::Block
    Bytes receipts;                           // encoded proto::Receipts
    Bytes certificate;                        // encoded proto::CommitCertificate
    Bytes next_validators;                    // encoded proto::ValidatorSet, if the block names new ones
};

// A head that holds together: what its block says, certified by validators that are followed from genesis.
struct VerifiedHead {
    ledger::Header header;
    std::vector<ledger::Header> lead;
    std::vector<ledger::Header> changes;
    std::vector<Hash> transactions;
};
// bad_header, bad_certificate, bad_encoding, bad_proof: it does not.
Result<VerifiedHead> verify_head(const ledger::Genesis& genesis, const SnapshotHead& head);

}  // namespace pcq::storage
