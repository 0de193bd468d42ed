#include "src/storage/joining_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "src/crypto/hash.h"
#include "src/storage/horizon.h"
#include "src/storage/page_group.h"
#include "src/storage/store_database.h"
#include "src/storage/tables.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

using ledger::PagePath;
using ledger::TreeSlot;

constexpr const char* kTarget = "joining";
constexpr const char* kMark = "joined";
constexpr std::size_t kSplit = kChunkDepthMost;  // digits below which pages have versions of their own
constexpr std::size_t kBuffer = 16 << 20;

Error failed(const rocksdb::Status& status) {
    return Error{Code::io_failed, "a snapshot cannot be stored: " + status.ToString()};
}

Bytes number(std::uint64_t value) {
    Bytes out;
    append_u64(out, value);
    return out;
}

Bytes chunk_key(const PagePath& path) {
    return "chunk" + path;
}

// Of those below one chunk that are not empty: path, then 1 and a leaf, or 2 and a child.
Bytes encode_slots(const std::map<PagePath, TreeSlot>& slots) {
    Bytes out;
    for (const auto& [path, slot] : slots) {
        if (const auto* leaf = std::get_if<ledger::TreeLeaf>(&slot)) {
            out += path + '\1';
            out.append(leaf->key_hash.view());
            out.append(leaf->value_hash.view());
        } else if (const auto* child = std::get_if<ledger::TreeChild>(&slot)) {
            out += path + '\2';
            out.append(child->hash.view());
            append_u64(out, child->version);
        }
    }
    return out;
}

bool decode_slots(BytesView bytes, std::size_t digits, std::map<PagePath, TreeSlot>& slots) {
    while (!bytes.empty()) {
        if (bytes.size() < digits + 1) return false;
        const PagePath path(bytes.substr(0, digits));
        const char kind = bytes[digits];
        const std::size_t size = kind == '\1' ? 2 * Hash::kSize : Hash::kSize + 8;
        bytes.remove_prefix(digits + 1);
        if ((kind != '\1' && kind != '\2') || bytes.size() < size) return false;
        const Hash first = *Hash::from(bytes.substr(0, Hash::kSize));
        const BytesView rest = bytes.substr(Hash::kSize, size - Hash::kSize);
        slots[path] = kind == '\1' ? TreeSlot(ledger::TreeLeaf{first, *Hash::from(rest)})
                                   : TreeSlot(ledger::TreeChild{first, load_u64(rest)});
        bytes.remove_prefix(size);
    }
    return true;
}

}  // namespace

JoiningStore::JoiningStore(const ledger::Genesis& genesis, const ledger::Header& genesis_header,
                           SnapshotHead head, VerifiedHead verified, std::size_t depth, FreeBytes free_bytes)
    : genesis_(genesis),
      genesis_header_(genesis_header),
      head_(std::move(head)),
      verified_(std::move(verified)),
      depth_(depth),
      free_bytes_(std::move(free_bytes)) {}

JoiningStore::~JoiningStore() {
    for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
}

// At heights too low for those 256 versions, pages are split where groups are.
std::size_t JoiningStore::split() const {
    return deepest_chunk(verified_.header->height());
}

std::uint64_t JoiningStore::version_of(const PagePath& part) const {
    const std::uint64_t height = verified_.header->height();
    if (split() != kSplit) return height;
    return height - 1 - (static_cast<std::uint64_t>(part[2]) * 16 + static_cast<std::uint64_t>(part[3]));
}

Result<std::unique_ptr<JoiningStore>> JoiningStore::open(const std::filesystem::path& folder,
                                                         const ledger::Genesis& genesis,
                                                         const ledger::Header& genesis_header,
                                                         SnapshotHead head, std::size_t depth,
                                                         FreeBytes free_bytes) {
    auto verified = verify_head(genesis, head);
    if (!verified) return verified.error();
    std::unique_ptr<JoiningStore> store(new JoiningStore(genesis, genesis_header, std::move(head),
                                                         *std::move(verified), depth, std::move(free_bytes)));
    if (depth < kChunkDepthLeast || depth > store->split())
        return Error{Code::bad_argument, "a snapshot cannot be cut at depth " + std::to_string(depth)};
    if (auto opened = store->open_database(folder); !opened) return opened.error();
    if (auto loaded = store->load(); !loaded) return loaded.error();
    return store;
}

Result<> JoiningStore::open_database(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{Code::io_failed, "cannot create " + folder.string() + ": " + failure.message()};
    rocksdb::DBOptions settings;
    settings.create_if_missing = true;
    settings.create_missing_column_families = true;
    settings.paranoid_checks = true;
    settings.keep_log_file_num = 2;
    std::vector<rocksdb::ColumnFamilyDescriptor> described;
    const auto cache = rocksdb::NewLRUCache(kBuffer);
    for (const char* name : kFamilyNames) {
        described.emplace_back(name, rocksdb::ColumnFamilyOptions());
        described.back().options.table_factory.reset(
            rocksdb::NewBlockBasedTableFactory(bounded_tables(cache)));
        described.back().options.compression = rocksdb::kZSTD;
        described.back().options.write_buffer_size = kBuffer;
        bound_merges(described.back().options);
    }
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(settings, folder.string(), described, &families_, &db);
    if (!status.ok()) return failed(status);
    db_.reset(db);
    return {};
}

// By its own last batch, but not marked: the node was stopped between the two.
Result<bool> JoiningStore::is_finished() const {
    const auto is_there = [&](Family family, BytesView key, BytesView value) -> Result<bool> {
        Bytes found;
        const auto status = db_->Get({}, families_[family], rocksdb::Slice(key.data(), key.size()), &found);
        if (!status.ok() && !status.IsNotFound()) return failed(status);
        return status.ok() && found == value;
    };
    const auto& header = verified_.header;
    const auto tip = is_there(kMeta, "tip", number(header->height()));
    if (!tip || !*tip) return tip;
    return is_there(kBlocks, block_key(header->height(), 'h'), header.bytes());
}

// What is there of this very snapshot; what is there of another one goes.
Result<> JoiningStore::load() {
    const Bytes target = verified_.header.hash().bytes() + static_cast<char>(depth_);
    Bytes found;
    auto status = db_->Get({}, families_[kMeta], kTarget, &found);
    if (!status.ok() && !status.IsNotFound()) return failed(status);
    bool is_same = status.ok() && found == target;
    auto finished = is_finished();
    if (!finished) return finished.error();
    finished_ = *finished;
    for (std::uint64_t at = 0; finished_ && at < chunk_count(depth_); ++at)
        there_.insert(chunk_path(depth_, at));
    if (finished_) return {};
    for (std::uint64_t at = 0; is_same && at < chunk_count(depth_); ++at) {
        const PagePath path = chunk_path(depth_, at);
        status = db_->Get({}, families_[kMeta], chunk_key(path), &found);
        if (status.IsNotFound()) continue;
        if (!status.ok()) return failed(status);
        is_same = decode_slots(found, split(), slots_);
        there_.insert(path);
    }
    if (is_same) return {};
    slots_.clear();
    there_.clear();
    rocksdb::WriteBatch batch;
    const Bytes last(64, '\xff');  // no key begins so: text, table numbers, digits and heights do not
    for (auto* family : families_) batch.DeleteRange(family, Bytes(), last);
    batch.Put(families_[kMeta], kTarget, target);
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (status = db_->Write(synced, &batch); !status.ok()) return failed(status);
    return {};
}

// Beside it there are this node's other stores, and the database itself does not end well on a full disk.
Result<> JoiningStore::require_room() const {
    std::uint64_t all = 0;
    for (auto* family : families_) {
        std::uint64_t bytes = 0;
        db_->GetIntProperty(family, rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
        all += bytes;
    }
    return require_space(free_bytes_, db_->GetName(), kFreeForCopies + std::min(all, kMergedMost));
}

Result<> JoiningStore::add(const PagePath& path, const ledger::StateChanges& records,
                           const ledger::StateProof& proof) {
    if (path.size() != depth_ || has(path)) return {};
    if (auto room = require_room(); !room) return room;
    const std::uint64_t height = verified_.header->height();
    if (auto verified = ledger::verify_chunk(verified_.header.state_root(), path, records, proof, height);
        !verified)
        return verified.error();
    rocksdb::WriteBatch batch;
    std::map<PagePath, ledger::StateChanges> parts;
    for (const auto& [key, value] : records) {
        const Hash hash = crypto::sha256({key});
        PagePath part;
        for (std::size_t at = 0; at < split(); ++at)
            part.push_back(static_cast<char>(ledger::slot_of(hash, at)));
        parts[part].emplace(key, value);
        batch.Put(families_[kState], versioned_key(key, height), present(*value));
    }
    std::map<PagePath, TreeSlot> slots;
    for (const auto& [part, of_part] : parts) {
        const auto subtree = ledger::build_subtree(part, version_of(part), of_part);
        slots[part] = subtree.slot;
        for (const auto& [group, pages] : pack_pages(subtree.pages))
            batch.Put(families_[kTree], versioned_key(group, version_of(part)), present(pages));
    }
    batch.Put(families_[kMeta], chunk_key(path), encode_slots(slots));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (const auto status = db_->Write(synced, &batch); !status.ok()) return failed(status);
    there_.insert(path);
    slots_.merge(slots);
    return {};
}

Result<std::optional<Bytes>> JoiningStore::record(BytesView key) const {
    return read_at(*db_, families_[kState], key, verified_.header->height());
}

Result<> JoiningStore::finish() {
    PCQ_INVARIANT(missing() == 0);
    if (finished_) return {};
    if (auto room = require_room(); !room) return room;
    const auto& header = verified_.header;
    const std::uint64_t height = header->height();
    const auto top = ledger::join_subtrees(height, slots_);
    if (top.root.hash != header.state_root())
        return Error{Code::store_damaged, "the chunks of a snapshot do not make its state: fetch it again"};
    rocksdb::WriteBatch batch;
    for (const auto& [group, pages] : pack_pages(top.pages))
        batch.Put(families_[kTree], versioned_key(group, height), present(pages));

    Kept kept;
    kept.base = height;
    const auto put_header = [&](const ledger::Header& of) {
        batch.Put(families_[kBlocks], block_key(of->height(), 'h'), of.bytes());
        batch.Put(families_[kIndex], hash_key(of.hash()), number(of->height()));
    };
    for (std::size_t i = 0; i < verified_.changes.size(); ++i) {
        const auto& change = verified_.changes[i];
        kept.changes.push_back(change->height());
        put_header(change);
        batch.Put(families_[kBlocks], block_key(change->height(), 'c'), head_.changes[i].certificate);
        batch.Put(families_[kBlocks], block_key(change->height(), 'v'), head_.changes[i].validators);
    }
    for (const auto& lead : verified_.lead) put_header(lead);
    put_header(header);
    batch.Put(families_[kBlocks], block_key(height, 'b'), head_.block);
    batch.Put(families_[kBlocks], block_key(height, 'r'), head_.receipts);
    batch.Put(families_[kBlocks], block_key(height, 'c'), head_.certificate);
    if (!head_.next_validators.empty())
        batch.Put(families_[kBlocks], block_key(height, 'v'), head_.next_validators);
    for (std::size_t i = 0; i < verified_.transactions.size(); ++i) {
        Bytes place = number(height);
        append_u32(place, static_cast<std::uint32_t>(i));
        batch.Put(families_[kIndex], transaction_key(verified_.transactions[i]), place);
    }
    auto* meta = families_[kMeta];
    batch.Delete(meta, kTarget);
    for (const auto& path : there_) batch.Delete(meta, chunk_key(path));
    put_header(genesis_header_);
    batch.Put(meta, "chain", genesis_.chain.bytes());
    batch.Put(meta, "genesis", genesis_.document);
    batch.Put(meta, "tip", number(height));
    batch.Put(meta, "root", top.root.hash.bytes() + number(top.root.version));
    batch.Put(meta, "base", kept.encode());
    batch.Put(meta, "format", number(kFormatPruned));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (const auto status = db_->Write(synced, &batch); !status.ok()) return failed(status);
    return {};
}

std::filesystem::path JoiningStore::folder(const std::filesystem::path& chain_folder) {
    return chain_folder / "joining";
}

Result<> JoiningStore::mark_finished(const std::filesystem::path& chain_folder) {
    std::error_code failure;
    std::filesystem::create_directory(chain_folder / kMark, failure);
    if (failure)
        return Error{Code::io_failed, "cannot write to " + chain_folder.string() + ": " + failure.message()};
    return {};
}

// The new store has its name before the old one is gone; what is left of a crash between is seen by what is
// there.
Result<> JoiningStore::install(const std::filesystem::path& chain_folder) {
    namespace fs = std::filesystem;
    const fs::path joining = folder(chain_folder);
    const fs::path store = chain_folder / "store";
    const fs::path old = chain_folder / "replaced";
    const fs::path mark = chain_folder / kMark;
    std::error_code failure;
    if (fs::exists(mark, failure)) {
        if (fs::exists(joining, failure)) {
            if (fs::exists(store, failure)) fs::rename(store, old, failure);
            if (!failure) fs::rename(joining, store, failure);
        }
        if (!failure) fs::remove(mark, failure);
    }
    if (!failure) fs::remove_all(old, failure);
    if (failure)
        return Error{Code::io_failed, "the snapshot in " + joining.string() +
                                          " cannot take the store's place: " + failure.message()};
    return {};
}

}  // namespace pcq::storage
