// Market: people join a side and pay its registration fee, then sell surplus to the platform at P_ph and buy
// from its inventory at P_c (paper, section 3.1), or place orders to trade with each other inside that band
// (orders.h). Nobody sells what the period's reported emissions already need, nobody buys more than delta of
// what they lack, the platform sells only what it holds and pays only what it has. Each trade costs each side
// the platform's fee p beside its price.
#pragma once

#include "contracts/check.h"
#include "contracts/pricing/pricing.h"

namespace pcq::contracts::market {

Result<> validate(const proto::JoinMarket& action);
Result<> validate(const proto::SellSurplus& action);
Result<> validate(const proto::BuyQuota& action);

Result<Outcome> join(Context& context, const proto::JoinMarket& action);
Result<Outcome> sell_surplus(Context& context, const proto::SellSurplus& action);
Result<Outcome> buy_quota(Context& context, const proto::BuyQuota& action);

// market_not_joined unless the account has joined this side.
Result<> require_member(const StateReader& state, const AccountId& account, Period period,
                        proto::MarketSide side);
// The pair of prices, if the market is open at this block time: it is not paused, and what a frozen platform
// owns stays.
Result<pricing::Price> open_price(const StateReader& state, Period period, Instant time);

// The platform's books of a period; realised profit is received + fees - paid - cost.
proto::BookRecord book(const StateReader& state, Period period);

// What an account may trade now, beside what its open orders offer already.
struct Allowance {
    Grams sell;  // surplus of the months that are over
    Grams buy;   // delta of what it lacks, less what it has bought
};
Allowance allowance(const StateReader& state, const AccountId& account, Period period);

// The second of them from the records alone: delta of what an account lacks, less what it has bought.
Grams may_buy(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted);

}  // namespace pcq::contracts::market
