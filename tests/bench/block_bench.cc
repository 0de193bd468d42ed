// A block of 1,000 trades on a store: executing it on what the disk holds, and writing it.
#include <cstdlib>

#include <benchmark/benchmark.h>

#include "src/storage/chain_store.h"
#include "tests/bench/town.h"

namespace pcq::bench {
namespace {

constexpr std::size_t kPeople = 10'000;
constexpr std::size_t kTrades = 1'000;

// A town's chain in a temporary folder.
class StoredTown {
public:
    StoredTown() : town_(kPeople) {
        std::string name = (std::filesystem::temp_directory_path() / "pcq_bench_XXXXXX").string();
        PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
        folder_ = name;
        storage::Options options;
        options.path = folder_ / "store";
        auto opened = storage::ChainStore::open(std::move(options));
        PCQ_INVARIANT(opened.has_value());
        store_ = *std::move(opened);
        PCQ_INVARIANT(store_->write_genesis(town_.genesis(), town_.block()).has_value());
    }
    ~StoredTown() {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    StoredTown(const StoredTown&) = delete;
    StoredTown& operator=(const StoredTown&) = delete;

    const Town& town() const { return town_; }
    storage::ChainStore& store() { return *store_; }

    // One trade each of the people whose turn it is at this height.
    std::vector<ledger::VerifiedTransaction> trades() const {
        return town_.trades(kTrades, (*store_->tip())->height() + 1);
    }
    Result<ledger::Executed> execute(const std::vector<ledger::VerifiedTransaction>& trades) const {
        const auto parent = store_->tip();
        const auto state = store_->at((*parent)->height());
        const ledger::BlockContext block{town_.genesis().chain, (*parent)->height() + 1,
                                         Instant{static_cast<std::int64_t>((*parent)->time_ms()) + 1}};
        return ledger::execute(town_.contracts(), {**state, **state, (*state)->root()}, block, trades);
    }
    Result<> commit(const std::vector<ledger::VerifiedTransaction>& trades,
                    const ledger::Executed& executed) {
        const auto header = town_.header(*store_->tip(), executed, trades.size());
        const Bytes certificate = town_.certify(header).SerializeAsString();
        proto::Block block;
        block.set_header(header.bytes());
        std::vector<Hash> hashes;
        for (const auto& trade : trades) {
            block.add_transactions(trade->bytes());
            hashes.push_back(trade->hash());
        }
        const Bytes encoded = block.SerializeAsString();
        return store_->commit({header, encoded, certificate, hashes, executed});
    }

private:
    Town town_;
    std::filesystem::path folder_;
    std::unique_ptr<storage::ChainStore> store_;
};

benchmark::Counter per_trade() {
    return benchmark::Counter(kTrades,
                              benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// After a few blocks, so that records have more than one version.
void execute_stored_1000_trades(benchmark::State& state) {
    StoredTown stored;
    for (int i = 0; i < 5; ++i) {
        const auto trades = stored.trades();
        const auto executed = stored.execute(trades);
        if (!executed || !stored.commit(trades, *executed)) return state.SkipWithError("no block");
    }
    const auto trades = stored.trades();
    for (auto _ : state) {
        const auto executed = stored.execute(trades);
        if (!executed) return state.SkipWithError(executed.error().message.c_str());
    }
    state.counters["per_trade"] = per_trade();
}
BENCHMARK(execute_stored_1000_trades)->Unit(benchmark::kMillisecond);

// One synced batch. Puts and bytes are those that RocksDB is given.
void store_1000_trades(benchmark::State& state) {
    StoredTown stored;
    const auto before = stored.store().written();
    for (auto _ : state) {
        state.PauseTiming();
        const auto trades = stored.trades();
        const auto executed = stored.execute(trades);
        if (!executed) return state.SkipWithError(executed.error().message.c_str());
        state.ResumeTiming();
        const auto done = stored.commit(trades, *executed);
        if (!done) return state.SkipWithError(done.error().message.c_str());
    }
    const auto& after = stored.store().written();
    const double trades = static_cast<double>(after.batches - before.batches) * kTrades;
    state.counters["per_trade"] = per_trade();
    state.counters["puts/trade"] = static_cast<double>(after.puts - before.puts) / trades;
    state.counters["bytes/trade"] = static_cast<double>(after.bytes - before.bytes) / trades;
}
BENCHMARK(store_1000_trades)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pcq::bench
