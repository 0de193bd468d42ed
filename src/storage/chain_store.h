// The chain on disk: blocks, receipts, certificates, state and tree of one chain in one RocksDB.
//
// A block is one synced atomic batch: after a crash it is wholly there or not at all. State and tree are
// versioned (versioned_map.h, docs/decisions/0005), so a reader of any height needs no lock and no database
// snapshot. commit() and write_genesis() are for one thread at a time; everything else is safe from any
// thread. A value that cannot be read is never taken for absent: the reader's owner is told through
// Options::on_damage and the process ends.
//
// A store may be told to keep the newest blocks only (horizon.h, docs/decisions/0010): whoever asks for older
// ones is answered height_pruned. A view is good for as long as it lives.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "src/ledger/executor.h"
#include "src/storage/horizon.h"
#include "src/storage/recent.h"
#include "src/storage/snapshot.h"

namespace rocksdb {
class DB;
class ColumnFamilyHandle;
class WriteBatch;
}  // namespace rocksdb

namespace pcq::storage {

// What must be left on a store's file system: the database cannot be trusted to end well when it runs out of
// it.
inline constexpr std::uint64_t kFreeLeast = 64ULL << 20;
// The same beside a whole copy of a state that is written meanwhile: it must not take the last room from the
// stores of this node.
inline constexpr std::uint64_t kFreeForCopies = 4 * kFreeLeast;

// Bytes that this process may still write there; nothing if that cannot be told.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& path);
using FreeBytes = std::function<std::optional<std::uint64_t>(const std::filesystem::path&)>;
// disk_full: less is left there.
Result<> require_space(const FreeBytes& free_bytes, const std::filesystem::path& path, std::uint64_t least);

struct Options {
    std::filesystem::path path;
    std::uint64_t cache_bytes = 256ULL << 20;  // half for blocks of the database, a quarter each for values
                                               // and tree pages as they are used
    std::function<void(const Error&)> on_damage;     // told before the process stops; may be empty
    bool read_only = false;                          // for auditors of a stopped node
    std::uint64_t keep_blocks = 0;                   // the newest so many, and their states; 0: all
    std::uint64_t write_buffer_bytes = 64ULL << 20;  // of each kind of record, before it goes into a file
    // Asked before the store is opened for writing and before every block: disk_full below kFreeLeast.
    FreeBytes free_bytes = storage::free_bytes;
};

// What a block leaves behind.
struct BlockWrite {
    const ledger::Header& header;
    const Bytes& block;        // encoded proto::Block
    const Bytes& certificate;  // encoded proto::CommitCertificate
    const std::vector<Hash>& transactions;
    const ledger::Executed& executed;
};

struct TransactionPlace {
    std::uint64_t height = 0;
    std::uint32_t index = 0;
};

// State after the block at `height`.
class StateView final : public ledger::StateReader, public ledger::PageReader {
public:
    std::optional<Bytes> get(BytesView key) const override;
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override;
    ledger::TreeRoot root() const { return root_; }
    std::uint64_t height() const { return height_; }

private:
    friend class ChainStore;
    StateView(const class ChainStore& store, Horizon::Pin pin, std::uint64_t height, ledger::TreeRoot root)
        : store_(store), pin_(std::move(pin)), height_(height), root_(root) {}
    const ChainStore& store_;
    const Horizon::Pin pin_;
    std::uint64_t height_;
    ledger::TreeRoot root_;
};

// What commit() and write_genesis() have written since the store was opened.
struct WriteCounts {
    std::uint64_t batches = 0;
    std::uint64_t puts = 0;
    std::uint64_t bytes = 0;  // of keys and values, before compression
};

struct VerifyReport {
    std::uint64_t base = 0;    // the lowest height that was there
    std::uint64_t blocks = 0;  // from there on
    std::uint64_t records = 0;
    std::uint64_t pages = 0;
};

class ChainStore {
public:
    // Opens or creates. Another chain's folder, a newer format, a lock held by another process: each says so.
    static Result<std::unique_ptr<ChainStore>> open(Options options);
    ~ChainStore();

    // False until write_genesis().
    bool has_genesis() const { return tip_.has_value(); }
    Result<> write_genesis(const ledger::Genesis& genesis, const ledger::GenesisBlock& block);
    Result<Bytes> genesis_document() const;
    Result<> commit(const BlockWrite& write);

    const Options& options() const { return options_; }
    // From the thread that commits.
    const WriteCounts& written() const { return written_; }

    std::shared_ptr<const ledger::Header> tip() const;
    // The lowest height whose block and state are kept.
    std::uint64_t base() const { return horizon_->base(); }

    // Of a height below the base: height_pruned. There are still the headers and certificates that name new
    // validators, the headers right below the base, and that of genesis.
    Result<std::optional<ledger::Header>> header(std::uint64_t height) const;
    Result<std::optional<Bytes>> block(std::uint64_t height) const;        // encoded proto::Block
    Result<std::optional<Bytes>> receipts(std::uint64_t height) const;     // encoded proto::Receipts
    Result<std::optional<Bytes>> certificate(std::uint64_t height) const;  // encoded; none for genesis
    // Nothing of what is pruned.
    Result<std::optional<TransactionPlace>> find_transaction(const Hash& hash) const;
    Result<std::optional<std::uint64_t>> find_block(const Hash& hash) const;

    // not_found above the tip, height_pruned below the base.
    Result<std::shared_ptr<const StateView>> at(std::uint64_t height) const;

    // What a node that begins with this height needs beside the state. not_found, height_pruned.
    Result<SnapshotHead> snapshot_head(std::uint64_t height) const;

    // Reads everything and recomputes it: block hashes and links, transaction and receipt roots,
    // certificates, and every version of every record of the state and of every page of its tree, from the
    // base on; below it what leads from the genesis document to its validators. store_damaged names the first
    // thing that does not fit. `progress` is told parts done of all. Memory: the newest tree.
    Result<VerifyReport> verify(
        const std::function<void(std::uint64_t done, std::uint64_t all)>& progress = {}) const;
    // The same of the blocks from `first` on, above the base, which `validators` begin to certify; of the
    // state nothing. What is damaged elsewhere shows when it is read.
    Result<VerifyReport> verify_from(std::uint64_t first, ledger::ValidatorSet validators) const;
    // Calls `visit` with every key and value of the newest state, in order.
    Result<> for_each_record(const std::function<void(BytesView key, BytesView value)>& visit) const;
    // The same of another height, until `visit` says no.
    Result<> for_each_record(const StateView& state,
                             const std::function<bool(BytesView key, BytesView value)>& visit) const;

    [[noreturn]] void damaged(const Error& error) const;

private:
    friend class StateView;
    struct Database;
    ChainStore(Options options, std::shared_ptr<Horizon> horizon, std::unique_ptr<Database> database);
    Result<> load();
    Result<std::optional<Bytes>> get(int family, BytesView key) const;
    // From the database, not from memory.
    Result<Bytes> tree_page(const ledger::PagePath& path, std::uint64_t version) const;
    Result<> check_never_used() const;
    void put_executed(rocksdb::WriteBatch& batch, std::uint64_t height,
                      const ledger::Executed& executed) const;
    Result<> write(rocksdb::WriteBatch& batch);
    Result<std::optional<Bytes>> get_kept(std::uint64_t height, char part) const;
    Error pruned(std::uint64_t height) const;
    Result<std::optional<Kept>> put_base(rocksdb::WriteBatch& batch, std::uint64_t height) const;
    Result<> drop_block(rocksdb::WriteBatch& batch, std::uint64_t height, Kept& kept) const;
    Result<> drop_header(rocksdb::WriteBatch& batch, std::uint64_t height) const;
    void drop_removed(rocksdb::WriteBatch& batch) const;
    void remember(std::uint64_t height, const ledger::Executed& executed);
    void set_tip(const ledger::Header& header, const ledger::TreeRoot& root);
    struct Counted;
    Result<ledger::ValidatorSet> verify_genesis_document() const;
    Result<ledger::Header> verify_header(std::uint64_t height, const ledger::Header* parent) const;
    Result<> verify_certificate(const ledger::Header& header, const ledger::ValidatorSet& validators) const;
    Result<ledger::Header> verify_block(std::uint64_t height, const ledger::Header* parent,
                                        const ledger::ValidatorSet& validators) const;
    Result<> verify_below(const Kept& kept, ledger::ValidatorSet& validators,
                          std::optional<ledger::Header>& parent, Counted& counted) const;
    Result<ledger::ValidatorSet> next_validators(const ledger::Header& header,
                                                 ledger::ValidatorSet validators) const;
    Result<> verify_nothing_above(std::uint64_t height) const;
    Result<> verify_nothing_else(const Kept& kept, const Counted& counted) const;
    Result<> verify_state(VerifyReport& report) const;
    Result<> verify_trees(class TreeHistory& trees) const;
    Result<std::uint64_t> verify_records(const class TreeHistory& trees) const;
    Result<> verify_newest(const class TreeHistory& trees, VerifyReport& report) const;
    Result<std::uint64_t> entries(int family) const;
    Result<std::uint64_t> entries_of_kept(const Kept& kept) const;
    Result<> verify_left_behind(const class TreeHistory& trees) const;
    Result<std::uint64_t> pages_above(std::uint64_t height) const;
    Result<> each_group(
        const std::function<Result<>(const struct VersionedEntry& entry, BytesView value)>& visit) const;

    Options options_;
    const std::shared_ptr<Horizon> horizon_;
    std::unique_ptr<Database> database_;
    std::optional<ChainId> chain_;
    WriteCounts written_;
    mutable RecentValues values_;
    mutable RecentPages pages_;
    mutable std::mutex tip_mutex_;
    std::shared_ptr<const ledger::Header> tip_header_;
    std::optional<ledger::TreeRoot> tip_;
};

}  // namespace pcq::storage
