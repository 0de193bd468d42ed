// One full period on real households: what deploy/demo.sh runs against a network that is up.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pcq::demo {

struct ScenarioOptions {
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

// Prints progress and the closing table to standard output. The Error says at which step the network did not
// do what was expected.
Result<> run_scenario(const ScenarioOptions& options);

}  // namespace pcq::demo
