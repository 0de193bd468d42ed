// The load of `pcq bench`: as many trades as the network takes, from all traders in turn, and what came of
// them.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "src/cli/bench_market.h"

namespace pcq::cli {

struct LoadPlan {
    std::chrono::seconds duration{10};
    client::Flow flow;
    std::function<void(const std::string&)> progress;
    std::function<bool()> interrupted;  // asked now and then; ends the load early
};

struct LoadFigures {
    double seconds = 0;        // from the first trade sent to the end of the load
    std::uint64_t trades = 0;  // final and accepted within that time: what the rate counts
    std::uint64_t sold = 0;    // of these, to the platform
    std::uint64_t late = 0;    // sent within it, final after it
    std::uint64_t refused = 0;
    std::uint64_t unanswered = 0;
    std::string first_trouble;                         // why one of the last two
    std::vector<std::chrono::microseconds> latencies;  // of trades and late ones, ascending
    std::uint64_t blocks = 0;                          // that hold them

    double trades_per_second() const { return seconds > 0 ? static_cast<double>(trades) / seconds : 0; }
    double trades_per_block() const {
        return blocks > 0 ? static_cast<double>(latencies.size()) / static_cast<double>(blocks) : 0;
    }
    // 0 to 100.
    std::chrono::microseconds latency(std::size_t percent) const;
};

Result<LoadFigures> run_load(client::NetworkClient& client, BenchMarket& market, const LoadPlan& plan);

}  // namespace pcq::cli
