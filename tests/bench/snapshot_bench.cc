// A state of a million records given as a snapshot and made a store of again: time, and the most memory that
// both sides took together. PCQ_RECORDS=n takes another number; PCQ_STATE=FOLDER leaves the state there, or
// takes the one that is there: tens of millions of records take longer to make than to give.
#include <cstdlib>

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/crypto/hash.h"
#include "src/storage/horizon.h"
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

// Pages of a state at a lower height have no versions of their own, and it is cut into few chunks
// (JoiningStore).
constexpr std::uint64_t kHeight = 300;

std::size_t depth() {
    return storage::chunk_depth(record_count() * 150);
}

// What an account of the side chain takes, about.
Bytes key_of(std::uint32_t record) {
    return "account with a key of some length " + std::to_string(record);
}
Bytes value_of(std::uint32_t record) {
    Bytes value(100, static_cast<char>(record % 251));
    append_u64(value, record * 0x9e3779b97f4a7c15);
    return value;
}

// Which records each chunk has.
std::vector<std::vector<std::uint32_t>> records_by_chunk() {
    std::vector<std::vector<std::uint32_t>> chunks(storage::chunk_count(depth()));
    for (std::uint32_t record = 0; record < record_count(); ++record) {
        const Hash hash = crypto::sha256({key_of(record)});
        std::size_t chunk = 0;
        for (std::size_t at = 0; at < depth(); ++at) chunk = chunk * 16 + ledger::slot_of(hash, at);
        chunks[chunk].push_back(record);
    }
    return chunks;
}

ledger::StateChanges records_of(const std::vector<std::uint32_t>& chunk) {
    ledger::StateChanges records;
    for (const std::uint32_t record : chunk) records[key_of(record)] = value_of(record);
    return records;
}

// The tree above the chunks.
class UpperPages final : public ledger::PageReader {
public:
    explicit UpperPages(ledger::TreeUpdate tree) : tree_(std::move(tree)) {}
    Bytes page(const ledger::PagePath& path, std::uint64_t) const override { return tree_.pages.at(path); }
    const ledger::TreeRoot& root() const { return tree_.root; }

private:
    ledger::TreeUpdate tree_;
};

UpperPages upper_pages(const std::vector<std::vector<std::uint32_t>>& chunks) {
    std::map<ledger::PagePath, ledger::TreeSlot> slots;
    for (std::size_t at = 0; at < chunks.size(); ++at) {
        const auto path = storage::chunk_path(depth(), at);
        if (!chunks[at].empty())
            slots[path] = ledger::build_subtree(path, kHeight, records_of(chunks[at])).slot;
    }
    return UpperPages(ledger::join_subtrees(kHeight, std::move(slots)));
}

// A block at kHeight with this state, and the headers before it.
storage::SnapshotHead head_of(const storage::TestChain& chain, const ledger::TreeRoot& state) {
    const auto& genesis = chain.genesis();
    storage::SnapshotHead head;
    ledger::Header parent = chain.genesis_block().header;
    ledger::Executed executed;
    executed.transactions_root = ledger::transactions_root({});
    executed.receipts_root = ledger::receipts_root(genesis.chain, {});
    executed.tree.root = chain.genesis_block().executed.tree.root;
    storage::Kept kept;
    kept.base = kHeight;
    for (std::uint64_t height = 1; height <= kHeight; ++height) {
        if (height == kHeight) executed.tree.root = state;
        auto header = ledger::make_header(
            {genesis.chain, height, Instant{static_cast<std::int64_t>(height)}},
            {parent, /*view=*/0, genesis.validators.members()[0].key, genesis.validators}, executed, 0);
        if (height >= kept.first_header() && height < kHeight) head.lead.push_back(header.bytes());
        parent = std::move(header);
    }
    proto::Block block;
    block.set_header(parent.bytes());
    head.block = block.SerializeAsString();
    head.receipts = proto::Receipts().SerializeAsString();
    head.certificate = chain.certify(parent);
    return head;
}

// As a node makes one that joins: block by block it would take hours. Nobody looks at certificates here.
void write_records(const std::filesystem::path& path) {
    const storage::TestChain chain;
    const auto chunks = records_by_chunk();
    const auto upper = upper_pages(chunks);
    auto joining = JoiningStore::open(path, chain.genesis(), chain.genesis_block().header,
                                      head_of(chain, upper.root()), depth());
    PCQ_INVARIANT(joining.has_value());
    for (std::size_t at = 0; at < chunks.size(); ++at) {
        const auto chunk = storage::chunk_path(depth(), at);
        const auto proof = ledger::prove_below(upper, upper.root(), chunk);
        PCQ_INVARIANT((*joining)->add(chunk, records_of(chunks[at]), proof));
    }
    PCQ_INVARIANT((*joining)->finish());
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
