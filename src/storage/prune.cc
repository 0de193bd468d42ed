// How a chain store's base moves on: in the batch of a block, a bounded number of heights at a time. Blocks
// are dropped here; versions of state and tree, and the index of transactions, as they are compacted
// (prune_filter.h).
#include <algorithm>

#include <rocksdb/db.h>

#include "src/storage/chain_store.h"
#include "src/storage/store_database.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

constexpr std::uint64_t kStepMax = 16;         // heights that the base waits for, to move less often
constexpr std::uint64_t kHeightsAtOnce = 256;  // by which it moves with one block
constexpr std::size_t kRemovedAtOnce = 64;

}  // namespace

// What moving the base takes, when the block at `height` is stored; nothing if it stays.
Result<std::optional<Kept>> ChainStore::put_base(rocksdb::WriteBatch& batch, std::uint64_t height) const {
    if (options_.keep_blocks == 0) return std::optional<Kept>();
    drop_removed(batch);
    Kept kept = horizon_->kept();
    const std::uint64_t before = kept.base;
    const std::uint64_t first_header = kept.first_header();
    const std::uint64_t wanted = height + 1 - std::min(height + 1, options_.keep_blocks);
    if (wanted < before + std::clamp<std::uint64_t>(options_.keep_blocks / 16, 1, kStepMax))
        return std::optional<Kept>();

    for (kept.base = before; kept.base < std::min(wanted, before + kHeightsAtOnce); ++kept.base) {
        if (auto dropped = drop_block(batch, kept.base, kept); !dropped) return dropped.error();
    }
    for (std::uint64_t at = std::max<std::uint64_t>(1, first_header); at < kept.first_header(); ++at) {
        if (kept.names_validators(at)) continue;
        if (auto dropped = drop_header(batch, at); !dropped) return dropped.error();
    }
    Bytes format;
    append_u64(format, kFormatPruned);
    batch.Put(database_->families[kMeta], "format", format);
    batch.Put(database_->families[kMeta], "base", kept.encode());
    return std::optional(std::move(kept));
}

// All but the header; and but the certificate, if the block named new validators.
Result<> ChainStore::drop_block(rocksdb::WriteBatch& batch, std::uint64_t height, Kept& kept) const {
    auto* blocks = database_->families[kBlocks];
    const auto validators = get(kBlocks, block_key(height, 'v'));
    if (!validators) return validators.error();
    if (*validators) {
        kept.changes.push_back(height);
    } else if (height != 0) {
        batch.Delete(blocks, block_key(height, 'c'));
    }
    if (height != 0) batch.Delete(blocks, block_key(height, 'b'));
    batch.Delete(blocks, block_key(height, 'r'));
    return {};
}

Result<> ChainStore::drop_header(rocksdb::WriteBatch& batch, std::uint64_t height) const {
    const auto header = this->header(height);
    if (!header) return header.error();
    if (!*header)
        return Error{Code::store_damaged, "the header at height " + std::to_string(height) + " is missing"};
    batch.Delete(database_->families[kBlocks], block_key(height, 'h'));
    batch.Delete(database_->families[kIndex], hash_key((*header)->hash()));
    return {};
}

// Records of removal that hide nothing any more.
void ChainStore::drop_removed(rocksdb::WriteBatch& batch) const {
    const auto removed = horizon_->take_removed(kRemovedAtOnce);
    if (removed.empty()) return;
    auto* state = database_->families[kState];
    const std::unique_ptr<rocksdb::Iterator> at(database_->db->NewIterator(rocksdb::ReadOptions(), state));
    for (const Bytes& record : removed) {
        at->Seek(record);
        if (!at->Valid() || at->key() != rocksdb::Slice(record)) continue;
        at->Next();
        const rocksdb::Slice key(record.data(), record.size() - 8);
        if (at->status().ok() && !(at->Valid() && at->key().starts_with(key))) batch.Delete(state, record);
    }
}

}  // namespace pcq::storage
