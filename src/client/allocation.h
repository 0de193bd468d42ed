// What an allocation rule gives a person, and the reason in words that goes with it.
//
// The rule is data of the main chain; the person's attributes (members of the household, children, a rural
// home, a medical need) are known to the government alone and never go on chain: only grams and reason do.
//
//   allocate(rule, {{"children", 2}})  ->  2,000,000 g, "adult 1 + child 0.5 x 2"
//
// grams = base + the sum over all rows whose attribute the person has with a value in the row's range of
// (grams + base x share, rounded down), times the value where the row counts each. Less than nothing is
// nothing. Pure; thread-safe.
#pragma once

#include <map>
#include <string>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/amount.h"
#include "src/ledger/canonical.h"

namespace pcq::client {

using Attributes = std::map<std::string, std::int64_t>;

struct Allocation {
    Grams grams;
    std::string reason;  // at most 64 bytes; where the words do not fit, how many rows applied
};

// bad_argument: an attribute above 1,000,000 or below 0; amount_overflow: more grams than a quota may have.
Result<Allocation> allocate(const proto::AllocationRuleRecord& rule, const Attributes& attributes);

}  // namespace pcq::client
