// The emergency pause of a side chain's market: the government or the platform alone stops trading for a
// bounded time, and it ends by itself. Settlement, reports and cash go on, and orders can be cancelled.
//
// After a pause the market runs at least as long before the platform may pause it again; the government may
// at any time. An epoch of prices begins with its month all the same: it moves neither quota nor cash, it
// counts what is there, and trade that begins again finds the prices of today.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::governance {

Result<> validate(const proto::PauseMarket& action);
Result<> validate(const proto::ResumeMarket& action);

Result<Outcome> pause_market(Context& context, const proto::PauseMarket& action);    // government, platform
Result<Outcome> resume_market(Context& context, const proto::ResumeMarket& action);  // government

// The pause that stands at this block time; nothing if the market runs.
std::optional<proto::PauseRecord> market_paused(const StateReader& state, Instant now);
// market_paused with who, why and until when.
Result<> require_market(const StateReader& state, Instant now);

}  // namespace pcq::contracts::governance
