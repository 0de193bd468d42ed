// Who gains what at a given offset ratio delta: equations (8) to (11) of the paper (Sustainability 2024, 16,
// 5810, section 3.1) and the claim of its section 5, in integers.
//
// Q = N delta is bought from people, R = N - Q abated by the enterprises at c_1 = R / k. Each figure is the
// exact rational rounded down once; a loss is negative. 256-bit intermediates (227 are needed). (8) to (11)
// hold where people can supply Q; beyond that the answer is supply_cap. Pure; thread-safe.
#pragma once

#include "src/base/amount.h"
#include "src/economics/market.h"
#include "src/economics/status.h"

namespace pcq::econ {

using AbatementEase = Amount<struct AbatementEaseUnit>;  // k: grams per (CNY/kg); 1 kg^2/CNY = 1000

struct WelfareIn {
    Grams quota_cap;               // N
    Ratio offset_ratio;            // delta
    Grams supply_max;              // D W
    PricePerKg effort_cost;        // e
    PricePerKg market_price;       // P
    AbatementEase abatement_ease;  // k
};
struct Welfare {
    MicroYuan seller_surplus;       // (8) U
    MicroYuan platform_profit;      // (5) at the clearing prices
    MicroYuan profit_plus_surplus;  // (9)
    PricePerKg abatement_cost;      // c_1
    MicroYuan enterprise_benefit;   // (10)
    MicroYuan total_welfare;        // (11) = (10) + (9); counts the platform's revenue but nobody's payment
};
Solved<Welfare> welfare_terms(const WelfareIn& in);

namespace ext {

// Ours: (8) to (11) of what came about instead of what the model expects. The people who sold are taken to be
// those of the least effort, as in the model: selling s of the surplus D W cost them e s^2 / (2 D W). Fees
// are in the platform's profit and in nobody's loss, as its revenue is in (9).
struct RealisedIn {
    Grams sold;                    // by people, to the platform and to each other
    Grams supply_max;              // D W, at least what was sold
    MicroYuan paid;                // to the people who sold
    MicroYuan profit;              // of the platform
    Grams abated;                  // R: excess that nothing offset
    PricePerKg effort_cost;        // e
    PricePerKg market_price;       // P
    AbatementEase abatement_ease;  // k
};
Solved<Welfare> realised_welfare(const RealisedIn& in);

}  // namespace ext

// Section 5: what trading does to emissions. `displacement` is the part of the bought quota that replaces
// abatement which the buyer would have done; at 1 the total stays N.
struct EmissionChange {
    Grams consumer_reduction;  // what low-carbon people emit less
    Grams net_change;          // of all emissions, not positive; its size is rounded down
    MicroYuan platform_profit;
};
Solved<EmissionChange> emission_change(const MarketIn& in, Ratio displacement);

}  // namespace pcq::econ
