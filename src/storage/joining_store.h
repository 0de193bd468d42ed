// A chain store in the making: a snapshot, chunk by chunk, in a folder of its own that becomes the store.
//
// Nothing is written that was not verified, and each chunk is one synced batch with the note that it is
// there: after a crash it goes on with the chunks that are missing. finish() writes what makes it a store, in
// one batch; install() puts its folder in the old one's place. One thread at a time.
//
// All records have the snapshot's height as their version, and so have the tree's upper pages. Pages from the
// fourth digit on have one below it for each two digits before, so that a group has some kilobytes as in a
// store that has grown (page_group.h), and a chunk's pages are no others' record.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "src/ledger/state_chunk.h"
#include "src/storage/chain_store.h"
#include "src/storage/snapshot.h"

namespace rocksdb {
class DB;
class ColumnFamilyHandle;
}  // namespace rocksdb

namespace pcq::storage {

class JoiningStore {
public:
    // Goes on with what is in the folder if it is of the same block and depth, or finished and of the same
    // block, and begins anew else.
    static Result<std::unique_ptr<JoiningStore>> open(const std::filesystem::path& folder,
                                                      const ledger::Genesis& genesis,
                                                      const ledger::Header& genesis_header, SnapshotHead head,
                                                      std::size_t depth,
                                                      FreeBytes free_bytes = storage::free_bytes);
    ~JoiningStore();

    const ledger::Header& header() const { return verified_.header; }
    const VerifiedHead& verified() const { return verified_; }
    std::size_t depth() const { return depth_; }
    std::uint64_t missing() const { return chunk_count(depth_) - there_.size(); }
    bool has(const ledger::PagePath& path) const { return there_.count(path) != 0; }
    // bad_proof: it is not what it says, and nothing is written. disk_full: there is not the room for it, and
    // nothing is lost.
    Result<> add(const ledger::PagePath& path, const ledger::StateChanges& records,
                 const ledger::StateProof& proof);
    // A record of the state, if its chunk is there.
    Result<std::optional<Bytes>> record(BytesView key) const;
    // With all chunks there. The folder is a store then, and no more to be used as this.
    Result<> finish();

    // In a node's folder for a chain: where it is made; that it is finished and closed; and that, if it is,
    // it takes the place of `store`, which nobody has open. What was interrupted is done again.
    static std::filesystem::path folder(const std::filesystem::path& chain_folder);
    static Result<> mark_finished(const std::filesystem::path& chain_folder);
    static Result<> install(const std::filesystem::path& chain_folder);

private:
    JoiningStore(const ledger::Genesis& genesis, const ledger::Header& genesis_header, SnapshotHead head,
                 VerifiedHead verified, std::size_t depth, FreeBytes free_bytes);
    Result<> open_database(const std::filesystem::path& folder);
    Result<> load();
    Result<bool> is_finished() const;
    Result<> require_room() const;
    std::size_t split() const;
    std::uint64_t version_of(const ledger::PagePath& part) const;

    const ledger::Genesis genesis_;
    const ledger::Header genesis_header_;
    const SnapshotHead head_;
    const VerifiedHead verified_;
    const std::size_t depth_;
    const FreeBytes free_bytes_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
    bool finished_ = false;
    std::set<ledger::PagePath> there_;                    // chunks
    std::map<ledger::PagePath, ledger::TreeSlot> slots_;  // what stands at each path of split() digits
};

}  // namespace pcq::storage
