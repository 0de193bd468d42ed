// The scenarios that a network must survive, and what a run of one comes to.
#pragma once

#include <string>
#include <vector>

#include "src/base/instant.h"
#include "tests/simulation/faults.h"

namespace pcq::simulation {

struct Scenario {
    const char* name;
    std::uint32_t validators;
    Faults faults;
    int seeds;  // that the tests run
};
const std::vector<Scenario>& scenarios();

struct Outcome {
    std::string failure;  // empty: safe all the time, and everybody moved again when the faults had stopped
    Counts counts;
    Duration lasted;  // virtual time
};
// Twelve virtual seconds, or twelve blocks, with every fault; then five more blocks without. Nodes of even
// seeds work on the next block while the last is being decided.
Outcome run(const Scenario& scenario, std::uint64_t seed);

}  // namespace pcq::simulation
