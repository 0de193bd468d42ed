// The conservation equations of a chain's totals, as every header certifies them and auditors attest them.
#pragma once

#include "proto/pcq/v1/block.pb.h"

#include "src/base/result.h"
#include "src/ledger/canonical.h"

namespace pcq::ledger {

// conservation_violated: issued = held + inventory + escrow + surrendered + expired + exported does not hold
// for a vintage, or deposited - withdrawn = held does not hold for cash. In exact integers.
Result<> check_equations(const proto::Totals& totals);

}  // namespace pcq::ledger
