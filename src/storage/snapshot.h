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
// Nor more records than this: of a frame that is taken, each has three fields (network::Session).
inline constexpr std::size_t kChunkRecordsMax = 80'000;
// Up to this height all pages of a joined store have one version, and chunks are cut no finer than groups of
// pages are (JoiningStore).
inline constexpr std::uint64_t kYoungHeight = 256;

std::size_t chunk_depth(std::uint64_t state_bytes);
std::size_t deepest_chunk(std::uint64_t height);
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

// How two heads stand to each other that both hold together. A set that has gone certifies nothing above its
// last height, but whoever has its keys may still sign: the one head shows then that the other one's
// validators had gone. If neither does, and they cannot be of one chain, a quorum has certified two.
enum class Standing : std::uint8_t { together, first_has_gone, second_has_gone, contradict };
Standing compare(const VerifiedHead& first, const VerifiedHead& second);

}  // namespace pcq::storage
