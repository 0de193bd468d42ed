// A run of households as `pcq model simulate` and `pcq model report` make it.
#pragma once

#include <filesystem>

#include "src/cli/model/agents.h"
#include "src/cli/model/parameters.h"

namespace pcq::cli::model {

inline const std::vector<std::string> kHouseholdKeys = {"offset_ratio", "effort_cost", "op_cost",
                                                        "chain_cost", "market_price"};

struct SimulateOptions {
    Inputs inputs{kHouseholdKeys, "households"};
    std::string file;  // empty: the households that come with the program
    int year = 0;
    std::string cap = "90%";
    std::string draw = "random";
    std::uint64_t seed = 1;
    unsigned periods = 24;
    std::string start_price;
    std::string plot;
};

struct Households {
    std::string file;
    Homes homes;
    MarketRules rules;
    Simulation simulation;
};

// The households that come with the program: beside it as installed, or in the source tree.
std::filesystem::path own_homes();

// After inputs.read().
Result<Households> run_households(const SimulateOptions& options);
std::string households_summary(const SimulateOptions& options, const Households& run);

}  // namespace pcq::cli::model
