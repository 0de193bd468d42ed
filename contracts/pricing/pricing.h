// Pricing: P_ph and P_c of Proposition 1 (the paper's equation 7, corrected), computed by the contract at
// each epoch from state.
//
// An epoch begins when a month of the period ends. A sweep over all people, spread over blocks, adds up what
// they could sell (D W) and what they lack (N); then the pair of prices is fixed and the market opens.
// P_ph moves by at most the share of itself that the policy names. Surplus counts what has been sold already,
// and lack does not count what has been bought, so both are sums since the period began, as the model's
// supply and demand are. The inputs and the outcome stay in the epoch's record.
#pragma once

#include "contracts/check.h"
#include "src/economics/market.h"

namespace pcq::contracts::pricing {

Result<> validate(const proto::PostCosts& action);
Result<Outcome> post_costs(Context& context, const proto::PostCosts& action);  // platform

void begin_epoch(Overlay& state, proto::PeriodRecord period);
// Fixes the price from the finished sweep and returns what to publish.
proto::Event finish_epoch(const BlockContext& block, Overlay& state, const proto::SweepRecord& sweep);

struct Price {
    PricePerKg buy;   // P_ph
    PricePerKg sell;  // P_c
    econ::Costs costs;
    MicroYuan trade_fee;  // p
    PricePerKg tick;      // of the order book
    std::uint32_t epoch = 0;
};
// market_closed if the period has no price now.
Result<Price> price(const StateReader& state, Period period);

proto::CostsRecord costs(const StateReader& state);
std::optional<proto::EpochRecord> epoch(const StateReader& state, Period period, std::uint32_t epoch);
// What the running epoch's record adds up. A sum that does not fit stops at the largest number.
struct EpochCounts {
    Grams sold{};    // by people to the platform
    Grams bought{};  // by people from the platform
    MicroYuan paid{};
    MicroYuan received{};
    MicroYuan cost{};
    MicroYuan fees{};
    Grams offered{};          // in orders placed
    Grams matched{};          // moved between people by orders, each gram once
    MicroYuan matched_for{};  // paid to sellers for it
    std::uint64_t orders = 0;
};
void count(Overlay& state, Period period, const EpochCounts& counts);

// A person's standing in a period, as prices and trades see it.
struct Standing {
    Grams surplus;  // accrued, not emitted and not sold: what may be sold now
    Grams excess;   // emitted beyond what has accrued and was not sold: what is lacked
};
Standing standing(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted);

}  // namespace pcq::contracts::pricing
