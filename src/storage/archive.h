// Certified blocks of one chain in one file, to be moved, kept or handed over (docs/archive.md):
//
//   archive = head, frame*, end
//   head    = "PCQARCH\n", u32 version (1), chain id, u64 height of the first block, u32 length, genesis
//             document, sum
//   frame   = "BLKS", u64 height of its first block, u32 number of blocks, u32 bytes of them, u32 bytes of
//   the
//             zstd frame, zstd frame, sum
//   blocks  = (u32 length, encoded CertifiedBlock)*, in the zstd frame
//   end     = "DONE", u64 height of the last block, u64 number of blocks, u64 number of transactions, sum
//   sum     = SHA-256 of the sum before it (32 zero bytes in the head) and of its part up to here
//
// Numbers are big-endian. Each sum covers everything before it, so that parts can be neither changed nor left
// out, added or put in another order. Sums find accidents, not lies: who imports an archive checks every
// block's certificate. The same blocks give the same file, with one version of zstd.
#pragma once

#include "proto/pcq/v1/block.pb.h"

#include "src/ledger/block.h"

namespace pcq::storage {

inline constexpr BytesView kArchiveMagic{"PCQARCH\n", 8};
inline constexpr std::uint32_t kArchiveVersion = 1;
inline constexpr BytesView kFrameMark{"BLKS", 4};
inline constexpr BytesView kEndMark{"DONE", 4};
inline constexpr std::size_t kHeadBytes = 8 + 4 + ChainId::kSize + 8 + 4;  // up to the document
inline constexpr std::size_t kFrameHeadBytes = 4 + 8 + 4 + 4 + 4;
inline constexpr std::size_t kEndBytes = 4 + 8 + 8 + 8;

inline constexpr std::size_t kDocumentBytesMax = std::size_t{1} << 20;
// A block as it is executed at most, and its certificate.
inline constexpr std::size_t kCertifiedBytesMax =
    ledger::kBlockBytesMax + ledger::kHeaderBytesMax + std::size_t{64} * 1024;
// A frame is closed before it would exceed the first number, but holds at least one block.
inline constexpr std::size_t kFrameBytesTarget = std::size_t{4} << 20;
inline constexpr std::size_t kFrameBytesMax = kCertifiedBytesMax + 4;

// What is in an archive.
struct ArchiveSummary {
    std::uint64_t first_height = 0;
    std::uint64_t last_height = 0;  // one less than the first while there is no block
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t frames = 0;
    std::uint64_t block_bytes = 0;  // of the certified blocks, unpacked
    std::uint64_t file_bytes = 0;
    std::uint64_t first_time_ms = 0;  // of the first block, and of the last
    std::uint64_t last_time_ms = 0;
};

// Blocks that stand one on another, counted. Neither certificates nor results are looked at.
class BlockRun {
public:
    BlockRun(const ChainId& chain, std::uint64_t first_height);

    // bad_encoding, bad_header: the block is none of this chain, or not the next one, or has other
    // transactions than its header says. Nothing has changed then.
    Result<> add(const proto::CertifiedBlock& certified);
    const ArchiveSummary& summary() const { return summary_; }
    std::uint64_t next_height() const { return summary_.last_height + 1; }

private:
    ChainId chain_;
    std::optional<Hash> last_;
    ArchiveSummary summary_;
};

}  // namespace pcq::storage
