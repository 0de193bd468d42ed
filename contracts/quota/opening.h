// What a period's policy must stand up to before the period is opened: Proposition 2 of the paper
// (Sustainability 2024, 16, 5810, section 3.1), corrected, on the government's own estimates. Pure.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::quota {

// action_malformed: a rule or an estimate outside its range.
Result<> validate_terms(const proto::OpenPeriod& action);

// What the policy was held against, for the period's record; its optimal_offset_ratio_ppb is the delta of the
// period if that was left to the contract. policy_breaks_conditions names every condition that does not hold
// and the values, unless the action gives a reason to open all the same. policy_no_optimum: delta was
// left to the contract and cannot be found.
Result<proto::OpeningRecord> judge(const proto::OpenPeriod& action);

}  // namespace pcq::contracts::quota
