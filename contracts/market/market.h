// Market: the platform as dealer. People who joined sell surplus to it at P_ph and buy from its inventory at
// P_c (paper, section 3.1). Nobody sells what the period's reported emissions already need, nobody buys more
// than delta of what they lack, the platform sells only what it holds and pays only what it has.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::market {

Result<> validate(const proto::JoinMarket& action);
Result<> validate(const proto::SellSurplus& action);
Result<> validate(const proto::BuyQuota& action);

Result<Outcome> join(Context& context, const proto::JoinMarket& action);
Result<Outcome> sell_surplus(Context& context, const proto::SellSurplus& action);
Result<Outcome> buy_quota(Context& context, const proto::BuyQuota& action);

// The platform's books of a period; realised profit is received + fees - paid - cost.
proto::BookRecord book(const StateReader& state, Period period);

// How much more an account may buy now: delta of what it lacks, less what it has bought.
Grams may_buy(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted);

}  // namespace pcq::contracts::market
