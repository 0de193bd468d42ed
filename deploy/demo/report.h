// What a demonstration ends with: the period's figures, read back from both chains and held against each
// other.
#pragma once

#include <chrono>
#include <vector>

#include "deploy/demo/scenario.h"
#include "src/base/amount.h"
#include "src/client/network_client.h"
#include "src/ledger/block.h"

namespace pcq::demo {

struct Figures {
    std::int64_t started_ms = 0;
    std::int64_t first_trade_ms = 0;
    std::int64_t finished_ms = 0;
    std::uint64_t transactions = 0;
    std::uint64_t trades = 0;
    std::chrono::steady_clock::duration trading_time{0};
    std::vector<std::chrono::microseconds> latencies;
    Grams surplus;  // of the households below their quota, and what the others emitted above theirs
    Grams excess;
    AccountId example;  // a household to look at

    double trades_per_second() const {
        const double seconds = std::chrono::duration<double>(trading_time).count();
        return seconds > 0 ? static_cast<double>(trades) / seconds : 0;
    }
};

// An Error if the chains' own figures do not add up, or the nodes' state roots differ.
Result<> print_report(client::NetworkClient& client, const ScenarioOptions& options,
                      const ledger::Genesis& main, const ledger::Genesis& side, const Figures& figures);

}  // namespace pcq::demo
