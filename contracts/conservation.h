// Conservation, recomputed from the records that a block changed and held against the counters that the
// header certifies: a handler that moves quota or cash without its other half, or books a wrong total, makes
// the block invalid on every honest node.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts {

// Side chain: holdings, inventory, cash; nothing negative.
Result<> check_holdings(const StateReader& before, const Overlay& after);
// Side chain: credits of avoided emissions, and the reserve they are converted from.
Result<> check_credits(const StateReader& before, const Overlay& after);
// Main chain: what batches and reserves add is what the vintage's total says.
Result<> check_issuance(const StateReader& before, const Overlay& after);

}  // namespace pcq::contracts
