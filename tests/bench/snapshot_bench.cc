// A state of a million records given as a snapshot and made a store of again: time, and the most memory that
// both sides took together. PCQ_RECORDS=n takes another number; PCQ_STATE=FOLDER leaves the state there, or
// takes the one that is there: tens of millions of records take longer to make than to give.
#include <cstdlib>

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/storage/joining_store.h"
#include "src/storage/snapshot_source.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::bench {
namespace {

using storage::JoiningStore;
using storage::SnapshotSource;

std::size_t record_count() {
    const char* given = std::getenv("PCQ_RECORDS");
    return given == nullptr ? 1'000'000 : std::stoull(given);
}

double peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Each block writes upper pages of the tree anew, so few of them are made of what is wanted.
std::size_t records_per_block() {
    return std::max<std::size_t>(500'000, record_count() / 8);
}

// What an account of the side chain takes, about.
ledger::StateChanges some_records(std::size_t from, std::size_t to) {
    ledger::StateChanges records;
    for (std::size_t i = from; i < to; ++i) {
        Bytes value(100, static_cast<char>(i % 251));
        append_u64(value, i * 0x9e3779b97f4a7c15);
        records["account with a key of some length " + std::to_string(i)] = std::move(value);
    }
    return records;
}

// Block after block on what is stored, so that no more than one is in memory. Nobody looks at certificates
// here.
void write_records(const std::filesystem::path& path) {
    const storage::TestChain chain;
    storage::Options options;
    options.path = path;
    const auto store = storage::open_store(std::move(options));
    PCQ_INVARIANT(store->write_genesis(chain.genesis(), chain.genesis_block()));
    ledger::TreeRoot root = chain.genesis_block().executed.tree.root;
    ledger::Header parent = chain.genesis_block().header;
    for (std::size_t from = 0; from < record_count(); from += records_per_block()) {
        const std::uint64_t next = parent->height() + 1;
        ledger::Executed executed;
        executed.transactions_root = ledger::transactions_root({});
        executed.receipts_root = ledger::receipts_root(chain.genesis().chain, {});
        executed.changes = some_records(from, std::min(record_count(), from + records_per_block()));
        executed.tree = ledger::update_tree(**store->at(parent->height()), root, next, executed.changes);
        root = executed.tree.root;
        auto header = ledger::make_header(
            {chain.genesis().chain, next, Instant{static_cast<std::int64_t>(next)}},
            {parent, /*view=*/0, chain.genesis().validators.members()[0].key, chain.genesis().validators},
            executed, 0);
        proto::Block body;
        body.set_header(header.bytes());
        PCQ_INVARIANT(store->commit(
            {header, body.SerializeAsString(), chain.certify(header), {}, std::move(executed)}));
        parent = std::move(header);
    }
}

class Source {
public:
    Source() {
        if (const char* kept = std::getenv("PCQ_STATE"); kept != nullptr) path_ = kept;
        if (!std::filesystem::exists(path_ / "CURRENT")) make();
        storage::Options options;
        options.path = path_;
        options.cache_bytes = 16 << 20;
        store_ = storage::open_store(std::move(options));
    }
    std::unique_ptr<SnapshotSource> snapshot() const {
        static const std::atomic<bool> kGoOn{false};
        auto made =
            SnapshotSource::make(*store_, (*store_->tip())->height(), folder_.path() / "snapshot", kGoOn);
        PCQ_INVARIANT(made.has_value());
        return *std::move(made);
    }

private:
    // In a process of its own, whose memory does not count.
    void make() const {
        const pid_t child = fork();
        if (child == 0) {
            write_records(path_);
            storage::open_store(path_).reset();  // the log becomes files, which nobody has to repeat
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        PCQ_INVARIANT(status == 0);
    }

    const storage::TestFolder folder_;
    std::filesystem::path path_ = folder_.path() / "state";
    std::unique_ptr<storage::ChainStore> store_;
};

const Source& source() {
    static const Source instance;
    return instance;
}

void prepare_snapshot(benchmark::State& state) {
    static_cast<void>(source());
    for (auto _ : state) {
        const auto made = source().snapshot();
        state.counters["records"] = static_cast<double>(made->records());
        state.counters["depth"] = static_cast<double>(made->depth());
    }
    state.counters["peak_mib"] = peak_mib();
}
BENCHMARK(prepare_snapshot)->Iterations(1)->Unit(benchmark::kMillisecond);

// Every chunk read, proven, checked, written and synced; the upper pages built.
void join_by_snapshot(benchmark::State& state) {
    const auto made = source().snapshot();
    const storage::TestChain chain;
    std::size_t largest = 0;
    for (auto _ : state) {
        const storage::TestFolder folder;
        auto joining = JoiningStore::open(folder.path(), chain.genesis(), chain.genesis_block().header,
                                          made->head(), made->depth());
        PCQ_INVARIANT(joining.has_value());
        for (std::uint64_t at = 0; at < storage::chunk_count((*joining)->depth()); ++at) {
            const auto path = storage::chunk_path((*joining)->depth(), at);
            const auto chunk = made->chunk(path);
            PCQ_INVARIANT(chunk && (*joining)->add(path, chunk->records, chunk->proof));
            std::size_t bytes = 0;
            for (const auto& [key, value] : chunk->records) bytes += key.size() + value->size();
            largest = std::max(largest, bytes);
        }
        PCQ_INVARIANT((*joining)->finish());
    }
    state.counters["largest_chunk_kib"] = static_cast<double>(largest) / 1024;
    state.counters["peak_mib"] = peak_mib();
}
BENCHMARK(join_by_snapshot)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pcq::bench
