// The state at one height, sorted by key hash, for nodes that join.
//
// A store is sorted by key, chunks are by key hash. So the records are copied once, when somebody first asks,
// into a database of their own in which a chunk is one run; from then on the height's view stays open. Memory
// is that of a few write buffers, whatever the state's size. Making blocks its thread; reading is safe from
// any thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "src/storage/chain_store.h"
#include "src/storage/snapshot.h"

namespace rocksdb {
class DB;
}

namespace pcq::storage {

class SnapshotSource {
public:
    // In `folder`, which is emptied first and removed at the end. `stop` ends it early: Code::stopped.
    // disk_full as soon as the chain's own store would be left with little.
    // height_pruned, not_found as ChainStore::at().
    static Result<std::unique_ptr<SnapshotSource>> make(const ChainStore& store, std::uint64_t height,
                                                        const std::filesystem::path& folder,
                                                        const std::atomic<bool>& stop);
    ~SnapshotSource();

    std::uint64_t height() const { return state_->height(); }
    std::uint64_t records() const { return records_; }
    std::size_t depth() const { return depth_; }
    const SnapshotHead& head() const { return head_; }

    struct Chunk {
        ledger::StateChanges records;
        ledger::StateProof proof;
    };
    // limit_reached: more than kChunkBytesMax or kChunkRecordsMax, which no path of depth() should have.
    Result<Chunk> chunk(const ledger::PagePath& path) const;

private:
    SnapshotSource(std::shared_ptr<const StateView> state, std::filesystem::path folder);
    Result<> copy(const ChainStore& store, const std::atomic<bool>& stop);

    const std::shared_ptr<const StateView> state_;
    const std::filesystem::path folder_;
    std::unique_ptr<rocksdb::DB> sorted_;
    std::uint64_t records_ = 0;
    std::size_t depth_ = kChunkDepthLeast;
    SnapshotHead head_;
};

}  // namespace pcq::storage
