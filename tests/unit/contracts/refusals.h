// How each refusal of a module is provoked; refusals_test.cc runs them all.
#pragma once

#include <functional>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

struct Refusal {
    Code code;
    std::function<Attempt(TestChain&)> provoke;
};

#define REFUSAL(code)    \
    Refusal {            \
        Code::code, code \
    }

// Emissions and credits.
std::vector<Refusal> emission_refusals();
// Votes and pauses.
std::vector<Refusal> governance_refusals();

// Freezes, counterparties, claw-backs, grace, debts, settlement.
std::vector<Refusal> life_refusals();

}  // namespace pcq::contracts::testing
