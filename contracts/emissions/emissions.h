// Emissions: what meters report of each person, month by month. Several meters may report on one person, each
// its own part (utility, transport, app); a reading counts once per (meter, account, month), and what the
// person emitted is the sum over all of them.
//
// The running month and the one before are booked at once. What comes later, and what replaces a reading, is
// a correction: the meter proposes it with a reason, the government approves it by another account, so that
// two see it. A person may dispute a reading, once at a time and three times in all; an approved correction
// upholds the dispute, the government rejects it with a reason, and the record stays.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::emissions {

Result<> validate(const proto::ReportEmissions& action);
Result<> validate(const proto::ProposeCorrection& action);
Result<> validate(const proto::DisputeReading& action);
Result<> validate(const proto::RejectDispute& action);

Result<Outcome> report(Context& context, const proto::ReportEmissions& action);                // meter
Result<Outcome> propose_correction(Context& context, const proto::ProposeCorrection& action);  // meter
Result<Outcome> approve_correction(Context& context, const proto::ApproveCorrection& action);  // government
Result<Outcome> dispute(Context& context, const proto::DisputeReading& action);                // owner
Result<Outcome> reject_dispute(Context& context, const proto::RejectDispute& action);          // government

proto::EmissionRecord emissions(const StateReader& state, const AccountId& account, Period period);
// Emitted in the period so far, by the readings booked.
Grams emitted(const StateReader& state, const AccountId& account, Period period);

}  // namespace pcq::contracts::emissions
