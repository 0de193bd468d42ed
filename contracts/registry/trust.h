// What protects a person whose key somebody else has got hold of: quota goes to nobody but counterparties
// whom the owner named a while ago, and there is a limit to what quota and cash may leave in a day.
//
// A counterparty counts after parameters.trust_delay_ms; the limits are parameters.transfer_day_g for quota,
// and transfer_day_uy for a person's cash to accounts that are not trusted. A day is a day of UTC by block
// time.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::registry {

Result<> check_parameters(const proto::Parameters& parameters);

Result<> validate(const proto::AddTrusted& action);
Result<> validate(const proto::RemoveTrusted& action);
Result<Outcome> add_trusted(Context& context, const proto::AddTrusted& action);        // owner, a person
Result<Outcome> remove_trusted(Context& context, const proto::RemoveTrusted& action);  // owner

proto::TrustedRecord trusted(const StateReader& state, const AccountId& owner);
// not_trusted unless the owner's list names the account and the delay is over.
Result<> require_trusted(const StateReader& state, const AccountId& owner, const AccountId& account,
                         Instant now);

// What leaves the signing account now, counted to its day; day_limit_exceeded names what is left of it.
Result<> count_quota(Context& context, Grams grams);
Result<> count_cash(Context& context, MicroYuan amount);
proto::DayRecord day(const StateReader& state, const AccountId& account, Instant now);

}  // namespace pcq::contracts::registry
