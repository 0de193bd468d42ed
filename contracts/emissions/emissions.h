// Emissions: what meters report of each person, month by month, each reading once; a wrong reading is
// replaced by a correction that a meter proposes and the government approves, so that two see it.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::emissions {

Result<> validate(const proto::ReportEmissions& action);
Result<> validate(const proto::ProposeCorrection& action);

Result<Outcome> report(Context& context, const proto::ReportEmissions& action);
Result<Outcome> propose_correction(Context& context, const proto::ProposeCorrection& action);
Result<Outcome> approve_correction(Context& context, const proto::ApproveCorrection& action);

proto::EmissionRecord emissions(const StateReader& state, const AccountId& account, Period period);
// Emitted in the period so far, by the readings booked.
Grams emitted(const StateReader& state, const AccountId& account, Period period);

}  // namespace pcq::contracts::emissions
