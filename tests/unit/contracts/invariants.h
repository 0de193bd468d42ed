// The equations of the contracts, recomputed from every record of a state and from nothing else.
#pragma once

#include <map>
#include <string>

#include "proto/pcq/v1/block.pb.h"

#include "src/ledger/canonical.h"
#include "src/ledger/state.h"

namespace pcq::contracts::testing {

// A record that must be one.
template <class Record>
Record decoded(BytesView bytes) {
    auto record = ledger::decode<Record>(bytes);
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

// Empty, or the first of these that does not hold: per vintage issued = held + inventory + surrendered +
// expired, summed over all holdings and books, is what the totals say; deposited less withdrawn is the sum of
// all balances; nothing is negative; nobody has sold more than accrued; the header certifies the same totals.
std::string broken_invariant(const std::map<Bytes, Bytes, std::less<>>& records, const proto::Header& header);

// Empty, or why a holding or cash that a block has changed does not follow from the one before by one link
// (docs/contracts.md, movements), worked out here once more.
std::string broken_movement(const std::map<Bytes, Bytes, std::less<>>& before,
                            const ledger::StateChanges& changes, const proto::Header& header);

}  // namespace pcq::contracts::testing
