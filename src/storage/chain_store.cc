#include "src/storage/chain_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>

#include "src/base/hex.h"
#include "src/storage/page_group.h"
#include "src/storage/prune_filter.h"
#include "src/storage/store_database.h"
#include "src/storage/tables.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

constexpr std::uint64_t kFileLevelBuffers = 4;  // write buffers in the first level of sorted files
// RocksDB's sixteen for each of the store's families would be eighty threads at every start, for some files
// each.
constexpr int kOpeningThreads = 2;
constexpr std::uint64_t kCompactedEverySeconds = 24ULL * 60 * 60;

rocksdb::Slice slice(BytesView bytes) {
    return {bytes.data(), bytes.size()};
}

Error failed(const std::string& what, const rocksdb::Status& status) {
    return Error{status.IsCorruption() ? Code::store_damaged : Code::io_failed,
                 what + ": " + status.ToString()};
}

Bytes encode_root(const ledger::TreeRoot& root) {
    Bytes out = root.hash.bytes();
    append_u64(out, root.version);
    return out;
}

rocksdb::ColumnFamilyOptions family_options(const Options& store,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
    auto table = bounded_tables(cache);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = rocksdb::kZSTD;
    // A block's keys come in ascending order, so each is found in the memtable from the one before.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
    options.write_buffer_size = store.write_buffer_bytes;
    options.target_file_size_base = store.write_buffer_bytes;
    options.max_bytes_for_level_base = kFileLevelBuffers * store.write_buffer_bytes;
    return options;
}

// An archive has nothing to drop. What lies still in a store that is no archive is looked at once a day.
std::vector<rocksdb::ColumnFamilyDescriptor> families(const Options& store,
                                                      const std::shared_ptr<Horizon>& horizon) {
    const auto cache = rocksdb::NewLRUCache(store.cache_bytes / 2);
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    for (const char* name : kFamilyNames) all.emplace_back(name, family_options(store, cache));
    if (store.keep_blocks == 0 || store.read_only) return all;
    for (const auto& [family, what] :
         {std::pair(kIndex, Pruned::index), {kState, Pruned::state}, {kTree, Pruned::tree}}) {
        all[family].options.compaction_filter_factory = prune_filter(what, horizon);
    }
    for (auto& family : all) {
        family.options.ttl = kCompactedEverySeconds;
        family.options.periodic_compaction_seconds = kCompactedEverySeconds;
    }
    return all;
}

}  // namespace

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& path) {
    std::error_code failure;
    const auto space = std::filesystem::space(path, failure);
    if (failure) return std::nullopt;
    return space.available;
}

Result<> require_space(const FreeBytes& free_bytes, const std::filesystem::path& path, std::uint64_t least) {
    const auto left = free_bytes(path);
    if (!left || *left >= least) return {};
    return Error{Code::disk_full, "the file system of " + path.string() + " has " +
                                      std::to_string(*left >> 20) + " MiB left, at least " +
                                      std::to_string(least >> 20) +
                                      " MiB are needed; make room and start again"};
}

ChainStore::ChainStore(Options options, std::shared_ptr<Horizon> horizon, std::unique_ptr<Database> database)
    : options_(std::move(options)),
      horizon_(std::move(horizon)),
      database_(std::move(database)),
      values_(options_.cache_bytes / 4),
      pages_(options_.cache_bytes / 4) {}
ChainStore::~ChainStore() = default;

Result<std::unique_ptr<ChainStore>> ChainStore::open(Options options) {
    std::error_code failure;
    if (!options.read_only) std::filesystem::create_directories(options.path, failure);
    if (failure)
        return Error{Code::io_failed, "cannot create " + options.path.string() + ": " + failure.message()};

    if (!options.read_only) {
        auto space = require_space(options.free_bytes, options.path, kFreeLeast);
        if (!space) return space.error();
    }
    rocksdb::DBOptions settings;
    settings.create_if_missing = !options.read_only;
    settings.create_missing_column_families = !options.read_only;
    settings.paranoid_checks = true;
    settings.max_background_jobs = 2;
    settings.max_file_opening_threads = kOpeningThreads;
    settings.keep_log_file_num = 2;
    // A torn last batch was never promised to anybody; anything else that is wrong in the log is damage.
    settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    const auto horizon = std::make_shared<Horizon>();
    const auto described = families(options, horizon);
    auto database = std::make_unique<Database>();
    rocksdb::DB* db = nullptr;
    const auto status = options.read_only ? rocksdb::DB::OpenForReadOnly(settings, options.path.string(),
                                                                         described, &database->families, &db)
                                          : rocksdb::DB::Open(settings, options.path.string(), described,
                                                              &database->families, &db);
    if (!status.ok()) {
        const bool locked = status.ToString().find("lock") != std::string::npos;
        return failed("cannot open the store in " + options.path.string() +
                          (locked ? " (is another process running on it?)" : ""),
                      status);
    }
    database->db.reset(db);
    std::unique_ptr<ChainStore> store(new ChainStore(std::move(options), horizon, std::move(database)));
    if (auto loaded = store->load(); !loaded) return loaded.error();
    return store;
}

// Finds the tip and checks that its parts belong together.
Result<> ChainStore::load() {
    const auto format = get(kMeta, "format");
    if (!format) return format.error();
    if (!*format) return check_never_used();
    const std::uint64_t number = (*format)->size() == 8 ? load_u64(**format) : 0;
    if (number != kFormatWhole && number != kFormatPruned) {
        return Error{Code::store_damaged, "the store in " + options_.path.string() +
                                              " has a format that this version does not know"};
    }
    const auto chain = get(kMeta, "chain");
    const auto tip = get(kMeta, "tip");
    const auto root = get(kMeta, "root");
    const auto base = get(kMeta, "base");
    if (!chain || !tip || !root || !base)
        return Error{Code::store_damaged, "the store's own records cannot be read"};
    const auto id = *chain ? ChainId::from(**chain) : std::nullopt;
    if (!id || !*tip || (*tip)->size() != 8 || !*root || (*root)->size() != Hash::kSize + 8) {
        return Error{Code::store_damaged, "the store's own records (chain, tip, root) are damaged"};
    }
    chain_ = id;
    const std::uint64_t height = load_u64(**tip);
    const auto kept = *base ? Kept::decode(**base) : Kept();
    if (!kept || kept->base > height || base->has_value() != (number == kFormatPruned)) {
        return Error{Code::store_damaged,
                     "the store's own record of the lowest height that it keeps is damaged"};
    }
    horizon_->announce(*kept);
    horizon_->settle();
    auto header = this->header(height);
    if (!header) return header.error();
    if (!*header)
        return Error{Code::store_damaged,
                     "the header of the tip, height " + std::to_string(height) + ", is missing"};
    const ledger::TreeRoot tree{*Hash::from(BytesView(**root).substr(0, Hash::kSize)),
                                load_u64(BytesView(**root).substr(Hash::kSize))};
    if (tree.hash != (*header)->state_root()) {
        return Error{Code::store_damaged,
                     "the stored state root is not that of the header at height " + std::to_string(height)};
    }
    set_tip(**header, tree);
    return {};
}

// A store whose format record is gone must not be taken for a new one and written over.
Result<> ChainStore::check_never_used() const {
    for (auto* family : database_->families) {
        const std::unique_ptr<rocksdb::Iterator> at(
            database_->db->NewIterator(rocksdb::ReadOptions(), family));
        at->SeekToFirst();
        if (!at->status().ok()) return failed("the store cannot be read", at->status());
        if (at->Valid())
            return Error{Code::store_damaged, "the store in " + options_.path.string() +
                                                  " has records, but not the one that tells its format"};
    }
    return {};
}

void ChainStore::set_tip(const ledger::Header& header, const ledger::TreeRoot& root) {
    const std::lock_guard lock(tip_mutex_);
    tip_header_ = std::make_shared<const ledger::Header>(header);
    tip_ = root;
    values_.finish(header->height());
}

std::shared_ptr<const ledger::Header> ChainStore::tip() const {
    const std::lock_guard lock(tip_mutex_);
    return tip_header_;
}

Result<std::optional<Bytes>> ChainStore::get(int family, BytesView key) const {
    Bytes value;
    const auto at = static_cast<std::size_t>(family);
    const auto status =
        database_->db->Get(rocksdb::ReadOptions(), database_->families[at], slice(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok())
        return failed("the store cannot be read (" + std::string(kFamilyNames[at]) + ")", status);
    return std::optional<Bytes>(std::move(value));
}

void ChainStore::put_executed(rocksdb::WriteBatch& batch, std::uint64_t height,
                              const ledger::Executed& executed) const {
    proto::Receipts receipts;
    for (const auto& receipt : executed.receipts) receipts.add_receipts(receipt);
    batch.Put(database_->families[kBlocks], block_key(height, 'r'), receipts.SerializeAsString());
    for (const auto& [key, value] : executed.changes) {
        batch.Put(database_->families[kState], versioned_key(key, height),
                  value ? present(*value) : removed());
    }
    for (const auto& [group, entries] : pack_pages(executed.tree.pages)) {
        batch.Put(database_->families[kTree], versioned_key(group, height), present(entries));
    }
    Bytes tip;
    append_u64(tip, height);
    batch.Put(database_->families[kMeta], "tip", tip);
    batch.Put(database_->families[kMeta], "root", encode_root(executed.tree.root));
}

Result<> ChainStore::write(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions options;
    options.sync = true;
    values_.begin();
    const auto status = database_->db->Write(options, &batch);
    if (!status.ok())
        return failed("a block cannot be stored; free space or replace the disk, then start again", status);
    ++written_.batches;
    written_.puts += batch.Count();
    written_.bytes += batch.GetDataSize();
    return {};
}

// What has just been written will be read again first of all.
void ChainStore::remember(std::uint64_t height, const ledger::Executed& executed) {
    for (const auto& [key, value] : executed.changes) values_.write(key, height, value);
    for (const auto& [path, page] : executed.tree.pages) pages_.put(path, height, page);
}

Result<> ChainStore::write_genesis(const ledger::Genesis& genesis, const ledger::GenesisBlock& block) {
    if (has_genesis()) {
        if (*chain_ == genesis.chain) return {};
        return Error{Code::bad_argument, "the store in " + options_.path.string() + " is of chain " +
                                             to_hex(*chain_) + ", the genesis document is of " +
                                             to_hex(genesis.chain) +
                                             "; use another data_dir or the right document"};
    }
    rocksdb::WriteBatch batch;
    Bytes format;
    append_u64(format, kFormatWhole);
    batch.Put(database_->families[kMeta], "format", format);
    batch.Put(database_->families[kMeta], "chain", slice(genesis.chain.view()));
    batch.Put(database_->families[kMeta], "genesis", genesis.document);
    Bytes height;
    append_u64(height, 0);
    batch.Put(database_->families[kBlocks], block_key(0, 'h'), block.header.bytes());
    batch.Put(database_->families[kIndex], hash_key(block.header.hash()), height);
    put_executed(batch, 0, block.executed);
    if (auto written = write(batch); !written) return written.error();
    remember(0, block.executed);
    chain_ = genesis.chain;
    set_tip(block.header, block.executed.tree.root);
    return {};
}

Result<Bytes> ChainStore::genesis_document() const {
    auto document = get(kMeta, "genesis");
    if (!document) return document.error();
    if (!*document) return Error{Code::not_found, "the store has no genesis document yet"};
    return **std::move(document);
}

Result<> ChainStore::commit(const BlockWrite& write_request) {
    const auto parent = tip();
    const std::uint64_t height = write_request.header->height();
    PCQ_INVARIANT(parent && height == (*parent)->height() + 1 &&
                  write_request.header.previous_hash() == parent->hash());
    if (auto space = require_space(options_.free_bytes, options_.path, kFreeLeast); !space) return space;

    rocksdb::WriteBatch batch;
    batch.Put(database_->families[kBlocks], block_key(height, 'h'), write_request.header.bytes());
    batch.Put(database_->families[kBlocks], block_key(height, 'b'), write_request.block);
    batch.Put(database_->families[kBlocks], block_key(height, 'c'), write_request.certificate);
    Bytes place;
    append_u64(place, height);
    batch.Put(database_->families[kIndex], hash_key(write_request.header.hash()), place);
    for (std::size_t i = 0; i < write_request.transactions.size(); ++i) {
        Bytes value = place;
        append_u32(value, static_cast<std::uint32_t>(i));
        batch.Put(database_->families[kIndex], transaction_key(write_request.transactions[i]), value);
    }
    // Whoever verifies the blocks needs the set itself, of which headers hold the hash.
    if (const auto& next = write_request.executed.next_validators)
        batch.Put(database_->families[kBlocks], block_key(height, 'v'), ledger::encode(next->fields()));
    put_executed(batch, height, write_request.executed);
    auto moved = put_base(batch, height);
    if (!moved) return moved.error();
    if (*moved) horizon_->announce(**std::move(moved));
    if (auto written = write(batch); !written) return written.error();
    horizon_->settle();
    remember(height, write_request.executed);
    set_tip(write_request.header, write_request.executed.tree.root);
    return {};
}

Result<std::optional<ledger::Header>> ChainStore::header(std::uint64_t height) const {
    auto bytes = get(kBlocks, block_key(height, 'h'));
    if (!bytes) return bytes.error();
    if (!*bytes && height < base()) return pruned(height);
    if (!*bytes || !chain_) return std::optional<ledger::Header>();
    auto header = ledger::Header::from(**std::move(bytes), *chain_);
    if (!header) {
        return Error{Code::store_damaged, "the stored header at height " + std::to_string(height) +
                                              " is damaged: " + header.error().message};
    }
    return std::optional<ledger::Header>(*std::move(header));
}

// Asked for the base afterwards, since it may move meanwhile.
Result<std::optional<Bytes>> ChainStore::get_kept(std::uint64_t height, char part) const {
    auto found = get(kBlocks, block_key(height, part));
    if (found && !*found && height < base()) return pruned(height);
    return found;
}

Error ChainStore::pruned(std::uint64_t height) const {
    return Error{Code::height_pruned, "height " + std::to_string(height) +
                                          " is pruned on this node, which keeps heights " +
                                          std::to_string(base()) + " to " +
                                          std::to_string((*tip())->height()) + "; ask one that keeps more"};
}

Result<std::optional<Bytes>> ChainStore::block(std::uint64_t height) const {
    return get_kept(height, 'b');
}
Result<std::optional<Bytes>> ChainStore::receipts(std::uint64_t height) const {
    return get_kept(height, 'r');
}
Result<std::optional<Bytes>> ChainStore::certificate(std::uint64_t height) const {
    return get_kept(height, 'c');
}

Result<std::optional<TransactionPlace>> ChainStore::find_transaction(const Hash& hash) const {
    const auto value = get(kIndex, transaction_key(hash));
    if (!value) return value.error();
    if (!*value) return std::optional<TransactionPlace>();
    if ((*value)->size() != 12)
        return Error{Code::store_damaged, "the index entry of transaction " + to_hex(hash) + " is damaged"};
    const TransactionPlace place{load_u64(**value), load_u32(BytesView(**value).substr(8))};
    return place.height < base() ? std::nullopt : std::optional(place);
}

Result<std::optional<std::uint64_t>> ChainStore::find_block(const Hash& hash) const {
    const auto value = get(kIndex, hash_key(hash));
    if (!value) return value.error();
    if (!*value) return std::optional<std::uint64_t>();
    if ((*value)->size() != 8)
        return Error{Code::store_damaged, "the index entry of block " + to_hex(hash) + " is damaged"};
    const std::uint64_t height = load_u64(**value);
    return horizon_->has_header(height) ? std::optional(height) : std::nullopt;
}

Result<std::shared_ptr<const StateView>> ChainStore::at(std::uint64_t height) const {
    auto pin = Horizon::pin(horizon_, height);
    if (!pin) return pruned(height);
    {
        const std::lock_guard lock(tip_mutex_);
        if (tip_header_ && (*tip_header_)->height() == height)
            return std::shared_ptr<const StateView>(new StateView(*this, *std::move(pin), height, *tip_));
        // A block that is being written is in the database before its values can be told from older ones.
        if (!tip_header_ || (*tip_header_)->height() < height) {
            const std::string newest = tip_header_
                                           ? "; the newest is " + std::to_string((*tip_header_)->height())
                                           : ", nor any other yet";
            return Error{Code::not_found, "there is no block at height " + std::to_string(height) + newest};
        }
    }
    auto header = this->header(height);
    if (!header) return header.error();
    if (!*header) return Error{Code::not_found, "there is no block at height " + std::to_string(height)};
    // The root page is the newest one at or below the height; its version is found by looking for it.
    const Hash hash = (*header)->state_root();
    ledger::TreeRoot root{hash, 0};
    if (!hash.is_zero()) {
        const Bytes from = versioned_key("", height);
        const std::unique_ptr<rocksdb::Iterator> found(
            database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kTree]));
        found->Seek(from);
        const auto entry =
            found->Valid() ? parse_versioned_key({found->key().data(), found->key().size()}) : std::nullopt;
        if (!entry || !entry->key.empty())
            return Error{Code::store_damaged,
                         "the root page at height " + std::to_string(height) + " is missing"};
        root.version = entry->version;
    }
    return std::shared_ptr<const StateView>(new StateView(*this, *std::move(pin), height, root));
}

std::optional<Bytes> StateView::get(BytesView key) const {
    if (auto known = store_.values_.find(key, height_)) return *std::move(known);
    const bool may_learn = store_.values_.is_newest(height_);
    auto value = read_at(*store_.database_->db, store_.database_->families[kState], key, height_);
    if (!value) store_.damaged(value.error());
    if (may_learn) store_.values_.learn(key, height_, *value);
    return *std::move(value);
}

Bytes StateView::page(const ledger::PagePath& path, std::uint64_t version) const {
    if (auto known = store_.pages_.find(path, version)) return *std::move(known);
    auto bytes = store_.tree_page(path, version);
    if (!bytes) store_.damaged(bytes.error());
    store_.pages_.put(path, version, *bytes);
    return *std::move(bytes);
}

Result<Bytes> ChainStore::tree_page(const ledger::PagePath& path, std::uint64_t version) const {
    const auto value = get(kTree, versioned_key(group_of(path), version));
    if (!value) return value.error();
    const bool present = *value && **value != removed() && is_marked(**value);
    const auto page = present ? find_page(BytesView(**value).substr(1), path) : std::nullopt;
    if (!page) {
        return Error{Code::store_damaged, "tree page " + to_hex(path) + " of version " +
                                              std::to_string(version) + " is missing or damaged"};
    }
    return Bytes(*page);
}

void ChainStore::damaged(const Error& error) const {
    if (options_.on_damage) options_.on_damage(error);
    invariant_failed(error.message.c_str(), "store", 0);
}

}  // namespace pcq::storage
