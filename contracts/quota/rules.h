// Allocation rules: how the grams of a quota are set, as data on the main chain that the government signs.
//
// A rule is a table: grams per head, and rows that add to them (or take) for what a person's circumstances
// are. Each change is the next version and the earlier ones stay readable. A batch names the rule and version
// by which its grams were set, and each leaf says in words how that came out for the person. The attributes
// themselves never go on chain; src/client/allocation.h computes grams and words from them.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::quota {

inline constexpr std::size_t kLeafReasonBytesMax = 64;

Result<> validate(const proto::SetAllocationRule& action);
// Main chain; government.
Result<Outcome> set_allocation_rule(Context& context, const proto::SetAllocationRule& action);

std::optional<proto::AllocationRuleRecord> allocation_rule(const StateReader& state, const std::string& id,
                                                           std::uint32_t version);

}  // namespace pcq::contracts::quota
