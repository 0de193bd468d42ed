#include "src/storage/snapshot_source.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>

#include "src/crypto/hash.h"
#include "src/storage/store_database.h"
#include "src/storage/tables.h"

namespace pcq::storage {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::uint64_t kSortBuffer = 16ULL << 20;

Error not_prepared(const rocksdb::Status& status) {
    return Error{Code::io_failed, "a snapshot cannot be prepared: " + status.ToString()};
}

rocksdb::Options sorted_options() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(
        rocksdb::NewBlockBasedTableFactory(bounded_tables(rocksdb::NewLRUCache(kSortBuffer))));
    options.compression = rocksdb::kLZ4Compression;
    options.write_buffer_size = kSortBuffer;
    options.max_background_jobs = 1;
    options.keep_log_file_num = 1;
    options.avoid_flush_during_shutdown = true;  // what goes is not to be written first
    bound_merges(options);
    return options;
}

// Of one record: how long the key is, key, value.
Bytes packed(BytesView key, BytesView value) {
    Bytes out;
    append_u32(out, static_cast<std::uint32_t>(key.size()));
    out.append(key);
    out.append(value);
    return out;
}

// The key hashes below a path begin with its digits; an odd one is half a byte.
Bytes first_below(const ledger::PagePath& path) {
    Bytes first((path.size() + 1) / 2, '\0');
    for (std::size_t i = 0; i < path.size(); ++i) {
        const int digit = static_cast<std::uint8_t>(path[i]) << (i % 2 == 0 ? 4 : 0);
        first[i / 2] = static_cast<char>(static_cast<std::uint8_t>(first[i / 2]) | digit);
    }
    return first;
}

}  // namespace

SnapshotSource::SnapshotSource(std::shared_ptr<const StateView> state, std::filesystem::path folder)
    : state_(std::move(state)), folder_(std::move(folder)) {}

SnapshotSource::~SnapshotSource() {
    sorted_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

Result<SnapshotHead> ChainStore::snapshot_head(std::uint64_t height) const {
    SnapshotHead head;
    const auto part = [&](std::uint64_t at, char letter) -> Result<Bytes> {
        auto found = get_kept(at, letter);
        if (!found) return found.error();
        if (!*found)
            return Error{Code::not_found,
                         "there is no block at height " + std::to_string(at) + " to begin with"};
        return **std::move(found);
    };
    Kept kept = horizon_->kept();
    for (std::uint64_t at = kept.base; at < height; ++at) {
        const auto validators = get(kBlocks, block_key(at, 'v'));
        if (!validators) return validators.error();
        if (*validators) kept.changes.push_back(at);
    }
    for (const std::uint64_t at : kept.changes) {
        auto header = part(at, 'h');
        auto certificate = part(at, 'c');
        auto validators = part(at, 'v');
        if (!header || !certificate || !validators) break;  // less than all is refused by whoever gets it
        head.changes.push_back({*std::move(header), *std::move(certificate), *std::move(validators)});
    }
    kept.base = height;
    for (std::uint64_t at = kept.first_header(); at < height; ++at) {
        auto header = part(at, 'h');
        if (!header) return header.error();
        head.lead.push_back(*std::move(header));
    }
    auto block = part(height, 'b');
    auto receipts = part(height, 'r');
    auto certificate = part(height, 'c');
    for (const auto* found : {&block, &receipts, &certificate}) {
        if (!*found) return found->error();
    }
    head.block = *std::move(block);
    head.receipts = *std::move(receipts);
    head.certificate = *std::move(certificate);
    const auto next = get(kBlocks, block_key(height, 'v'));
    if (!next) return next.error();
    head.next_validators = next->value_or("");
    return head;
}

Result<std::unique_ptr<SnapshotSource>> SnapshotSource::make(const ChainStore& store, std::uint64_t height,
                                                             const std::filesystem::path& folder,
                                                             const std::atomic<bool>& stop) {
    auto state = store.at(height);
    if (!state) return state.error();
    auto head = store.snapshot_head(height);
    if (!head) return head.error();
    std::error_code failure;
    std::filesystem::remove_all(folder, failure);
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{Code::io_failed, "cannot create " + folder.string() + ": " + failure.message()};
    std::unique_ptr<SnapshotSource> source(new SnapshotSource(*std::move(state), folder));
    source->head_ = *std::move(head);
    auto space = require_space(store.options().free_bytes, folder, kFreeForCopies);
    if (!space) return space.error();
    rocksdb::DB* db = nullptr;
    if (const auto status = rocksdb::DB::Open(sorted_options(), folder.string(), &db); !status.ok())
        return not_prepared(status);
    source->sorted_.reset(db);
    if (auto copied = source->copy(store, stop); !copied) return copied.error();
    return source;
}

// It is made anew after a crash, so nothing needs to be in a log. Any peer may ask for a copy: it is given up
// before it takes the room that the chain's own blocks need.
Result<> SnapshotSource::copy(const ChainStore& store, const std::atomic<bool>& stop) {
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    rocksdb::WriteBatch batch;
    rocksdb::Status status;
    std::uint64_t bytes = 0;
    Result<> space;
    const auto flush = [&] {
        space =
            require_space(store.options().free_bytes, folder_, kFreeForCopies + std::min(bytes, kMergedMost));
        if (!space) return false;
        status = sorted_->Write(unlogged, &batch);
        batch.Clear();
        return status.ok();
    };
    auto read = store.for_each_record(*state_, [&](BytesView key, BytesView value) {
        const Bytes record = packed(key, value);
        batch.Put(crypto::sha256({key}).bytes(), record);
        ++records_;
        bytes += record.size();
        return !stop && (batch.GetDataSize() < kBatchBytes || flush());
    });
    if (!read) return read.error();
    if (stop) return Error{Code::stopped, "this chain has stopped on this node"};
    if (space && status.ok()) flush();
    if (!space) return space;
    if (!status.ok()) return not_prepared(status);
    depth_ = std::min(chunk_depth(bytes), deepest_chunk(height()));
    return {};
}

Result<SnapshotSource::Chunk> SnapshotSource::chunk(const ledger::PagePath& path) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(sorted_->NewIterator(options));
    Chunk chunk;
    std::uint64_t bytes = 0;
    for (at->Seek(first_below(path)); at->Valid(); at->Next()) {
        const auto hash = Hash::from(BytesView(at->key().data(), at->key().size()));
        const BytesView record(at->value().data(), at->value().size());
        if (!hash || record.size() < 4 || record.size() - 4 < load_u32(record))
            return Error{Code::store_damaged, "a prepared snapshot is damaged"};
        if (!ledger::is_below(path, *hash)) break;
        bytes += record.size();
        if (bytes > kChunkBytesMax || chunk.records.size() == kChunkRecordsMax)
            return Error{Code::limit_reached, "a chunk of a snapshot has more than " +
                                                  std::to_string(kChunkBytesMax) + " bytes or " +
                                                  std::to_string(kChunkRecordsMax) + " records"};
        const std::size_t length = load_u32(record);
        chunk.records.emplace(record.substr(4, length), Bytes(record.substr(4 + length)));
    }
    if (!at->status().ok()) return not_prepared(at->status());
    chunk.proof = ledger::prove_below(*state_, state_->root(), path);
    return chunk;
}

}  // namespace pcq::storage
