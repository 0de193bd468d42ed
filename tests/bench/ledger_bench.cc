// What the ledger does with a trade besides its signature, and with a block's certificate.
#include <benchmark/benchmark.h>

#include "tests/bench/town.h"

namespace pcq::bench {
namespace {

constexpr std::size_t kPeople = 10'000;
constexpr std::size_t kTrades = 1'000;

const Town& town() {
    static const Town instance(kPeople);
    return instance;
}

// From bytes to a checked value: canonical encoding, sizes, chain, both hashes.
void decode_trade(benchmark::State& state) {
    const auto bytes = town().trade(0, 1);
    for (auto _ : state) {
        const auto decoded = ledger::DecodedTransaction::from(bytes, town().genesis().chain);
        if (!decoded) return state.SkipWithError(decoded.error().message.c_str());
    }
    state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(decode_trade);

// Contracts, receipts, conservation and tree on state in memory.
void execute_1000_trades(benchmark::State& state) {
    const TownState before(town());
    const auto trades = town().trades(kTrades, 1);
    const ledger::BlockContext block{town().genesis().chain, 1, Instant{1'700'000'000'001}};
    for (auto _ : state) {
        const auto executed =
            ledger::execute(town().contracts(), {before, before, before.root()}, block, trades);
        if (!executed) return state.SkipWithError(executed.error().message.c_str());
    }
    state.counters["per_trade"] = benchmark::Counter(
        kTrades, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(execute_1000_trades)->Unit(benchmark::kMillisecond);

// The tree alone, for the same changes.
void update_tree_for_1000_trades(benchmark::State& state) {
    const TownState before(town());
    const ledger::BlockContext block{town().genesis().chain, 1, Instant{1'700'000'000'001}};
    const auto executed = ledger::execute(town().contracts(), {before, before, before.root()}, block,
                                          town().trades(kTrades, 1));
    if (!executed) return state.SkipWithError(executed.error().message.c_str());
    for (auto _ : state)
        benchmark::DoNotOptimize(ledger::update_tree(before, before.root(), 1, executed->changes));
    state.counters["changes"] = static_cast<double>(executed->changes.size());
    state.counters["pages"] = static_cast<double>(executed->tree.pages.size());
    state.counters["per_trade"] = benchmark::Counter(
        kTrades, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(update_tree_for_1000_trades)->Unit(benchmark::kMillisecond);

// Three of four signatures.
void verify_certificate(benchmark::State& state) {
    const auto& header = town().block().header;
    const auto certificate = town().certify(header);
    for (auto _ : state) {
        const auto good = ledger::verify_certificate(header, certificate, town().genesis().validators);
        if (!good) return state.SkipWithError(good.error().message.c_str());
    }
}
BENCHMARK(verify_certificate)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pcq::bench
