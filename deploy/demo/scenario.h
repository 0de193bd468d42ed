// One full period on real households: what deploy/demo.sh runs against a network that is up.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pcq::demo {

// Who trades with whom.
enum class Kind : std::uint8_t {
    trade,     // with the platform, at P_ph and P_c: the paper's market
    no_trade,  // nobody: what a household lacks is penalised
    p2p,       // people with each other, in the auction of each block
};
const char* name(Kind kind);

struct ScenarioOptions {
    Kind kind = Kind::trade;
    std::filesystem::path network;  // folder of `pcq net init`: keys/, main.json, side.json
    std::filesystem::path data;
    std::vector<std::string> nodes;  // RPC addresses
    std::uint32_t year = 0;          // 0: the one with the most complete households
    std::size_t households = 0;      // the first so many; 0: all
    std::uint64_t seed = 2013;
    std::int64_t cap_percent = 90;  // of the households' emissions: what is issued
    std::int64_t started_ms = 0;    // when the network was started, for the time to the first trade; 0: now
};

// The households that a run would take, read and thrown away: whether the data is good.
Result<> check_data(const ScenarioOptions& options);

// The table of the outcomes that runs left in these files (outcome.h), side by side.
Result<> compare_outcomes(const std::vector<std::filesystem::path>& files);

// Leaves its outcome in the network's folder. Prints progress and the closing table to standard output. The
// Error says at which step the network did not do what was expected.
Result<> run_scenario(const ScenarioOptions& options);

}  // namespace pcq::demo
