// Green points: avoided emissions as an asset class of their own, kept apart from quota until they are
// converted.
//
// A methodology says how many milligrams one unit of an activity avoids, by which source; it is data that the
// government sets, every version stays readable, and the latest alone is in force. A meter reports
// activities, each once on the whole chain; grams = floor(units x milligrams / 1000), and they belong to
// (account, period). While the period runs the owner may convert them into quota: floor(grams x the policy's
// rate), up to the policy's share of the quota issued to the person, and never beyond the reserve that the
// main chain issued under its cap. Converting in pieces gives never more than converting at once. What is
// left at settlement expires. Nothing is ever negative: minted = converted + expired + what is left.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::emissions {

Result<> validate(const proto::SetMethodology& action);
Result<> validate(const proto::ReportAvoided& action);
Result<> validate(const proto::ConvertCredits& action);

Result<Outcome> set_methodology(Context& context, const proto::SetMethodology& action);  // government
Result<Outcome> report_avoided(Context& context, const proto::ReportAvoided& action);    // meter
Result<Outcome> convert_credits(Context& context, const proto::ConvertCredits& action);  // owner

// The account is being settled for the period: what is left of its credits lapses.
void expire_credits(Overlay& state, const AccountId& account, Period period);

std::optional<proto::MethodologyRecord> methodology(const StateReader& state, const std::string& id,
                                                    std::uint32_t version);
proto::CreditRecord credits(const StateReader& state, const AccountId& account, Period period);
Grams left(const proto::CreditRecord& credits);

}  // namespace pcq::contracts::emissions
