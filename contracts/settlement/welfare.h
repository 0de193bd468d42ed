// The government's view of a settled period: welfare (9) and (11) of the paper (Sustainability 2024, 16,
// 5810, section 3.1) as they came about, from the platform's books, the sums of settlement, and the estimates
// that the period was opened with. Nothing of it is stored: all it needs stays readable. Pure.
#pragma once

#include "contracts/check.h"
#include "src/economics/welfare.h"

namespace pcq::contracts::settlement {

struct RealisedWelfare {
    econ::ext::RealisedIn in;
    econ::Solved<econ::Welfare> out;
};

// Side chain. period_wrong_phase: the period is not settled. Where the estimates give no k, or sums are
// beyond the model's range, the status of `out` says so.
Result<RealisedWelfare> realised_welfare(const StateReader& state, const ChainId& chain, Period period);

}  // namespace pcq::contracts::settlement
