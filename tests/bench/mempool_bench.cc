// Admission of a trade without its signature: decoding, the checks against state, the mempool's books; and
// leaving it with a block.
#include <benchmark/benchmark.h>

#include "src/mempool/mempool.h"
#include "tests/bench/town.h"

namespace pcq::bench {
namespace {

constexpr std::size_t kPeople = 1'000;

void admit_1000_trades(benchmark::State& state) {
    const Town town(kPeople);
    const TownState ledger_state(town);
    const mempool::Judge judge{town.contracts(), ledger_state, 1};
    std::vector<ledger::RawTransaction> raw;
    for (std::size_t i = 0; i < kPeople; ++i) raw.push_back(town.trade(i, 1));
    const auto verified = town.trades(kPeople, 1);  // the signatures are checked elsewhere
    std::vector<Hash> hashes;
    for (const auto& transaction : verified) hashes.push_back(transaction->hash());
    for (auto _ : state) {
        mempool::Mempool pool(mempool::Options{}, town.genesis().chain);
        for (std::size_t i = 0; i < kPeople; ++i) {
            if (!pool.offer(raw[i], judge)) return state.SkipWithError("not offered");
            if (!pool.verified(verified[i], judge)) return state.SkipWithError("not admitted");
        }
        benchmark::DoNotOptimize(pool.take({.count = kPeople, .bytes = 1 << 20}));
        pool.committed(hashes, {}, judge);
        if (!pool.empty()) return state.SkipWithError("something stayed");
    }
    state.counters["per_trade"] = benchmark::Counter(
        kPeople, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(admit_1000_trades)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pcq::bench
