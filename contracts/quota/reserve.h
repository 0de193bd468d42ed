// The reserve of a period: quota under the cap that credits of avoided emissions are converted into.
//
// The government issues it on the main chain, where it counts as issued from the first moment; it travels to
// the side chain as a message. Quota that is converted is issued to the person, from the reserve alone, and
// has accrued at once.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::quota {

Result<> validate(const proto::IssueReserve& action);
// Main chain; government.
Result<Outcome> issue_reserve(Context& context, const proto::IssueReserve& action);

// Side chain; through the bridge.
void take_reserve(Overlay& state, const proto::ReserveIssued& issued);
proto::ReserveRecord reserve(const StateReader& state, Period period);
// The reserve has as much; the person's holding and the vintage's totals grow by it.
void credit_from_reserve(Overlay& state, const AccountId& account, Period period, Grams grams);

}  // namespace pcq::contracts::quota
