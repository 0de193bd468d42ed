// Registration fees f_d and f_s of a period's market: from the two-sided platform (the paper's section 3.2,
// corrected) with the service that the platform has posted and the model that the government's policy sets,
// under the government's caps. They are fixed for the whole period when the first person joins; every input
// stays in the record. Where the model has no answer, the fees fixed last stay.
#pragma once

#include "contracts/check.h"
#include "src/economics/two_sided.h"

namespace pcq::contracts::pricing {

Result<> validate(const proto::PostService& action);
Result<> validate(const proto::FeeModel& model);
Result<Outcome> post_service(Context& context, const proto::PostService& action);  // platform

// What the platform has posted; nothing if it never did.
std::optional<proto::PostService> service(const StateReader& state);
// p as it counts in an epoch that begins now: what is posted, at most the policy's cap.
MicroYuan trade_fee(const StateReader& state, const proto::Policy& policy);

// The period's fees: fixed, or what they would be if somebody joined now.
proto::FeeRecord fees(const StateReader& state, const proto::PeriodRecord& period);
// What joining both sides costs at once: the flat fee is for the market as a whole, each side of the model
// has its own. Checked against overflow.
Result<MicroYuan> charge_for_both(const proto::FeeRecord& fees);
// Fixes them if nobody has joined before.
proto::FeeRecord fix_fees(const BlockContext& block, Overlay& state, const proto::PeriodRecord& period);

}  // namespace pcq::contracts::pricing
