// Claw-backs: the government takes quota or cash back from a person, because a law or a court says so. Two
// accounts with its role must have seen it. Quota expires, cash goes to the government. What is not there any
// more is owed: grams by the person's next settlement, money as a debt that is due at once.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::clawback {

Result<> validate(const proto::ProposeClawback& action);
Result<Outcome> propose(Context& context, const proto::ProposeClawback& action);  // government
Result<Outcome> approve(Context& context,
                        const proto::ApproveClawback& action);  // government, another account

std::optional<proto::ClawbackRecord> clawback(const StateReader& state, std::uint64_t number);
std::uint64_t count(const StateReader& state);

}  // namespace pcq::contracts::clawback
