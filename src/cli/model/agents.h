// The agent-based market: every household has its own theta, sells if P_ph covers its own effort, and the
// platform finds its price by trial (next_buy_price), all in the integers that the chain uses.
//
// Households below their quota may sell what is left, those above may offset the share delta of their excess
// and buy ordinary allowances at P for the rest. Deterministic in the seed; no floating point. Pure;
// thread-safe.
#pragma once

#include <vector>

#include "src/cli/households.h"
#include "src/cli/model/quantity.h"
#include "src/economics/market.h"

namespace pcq::cli::model {

enum class Draw {
    quantiles,  // theta = (i - 1/2)/n of those with a surplus, dealt out in an order drawn from the seed
    random,     // theta drawn from the seed, uniform
};

struct MarketRules {
    Ratio offset_ratio;
    PricePerKg effort_cost;
    econ::Costs costs;
    PricePerKg market_price;  // the ceiling of P_c, and what the rest of a deficit costs; 0: no ceiling
    Ratio cap;                // quota of all / emissions of all
    Draw draw = Draw::random;
    std::uint64_t seed = 1;
    unsigned periods = 12;
    PricePerKg start_price;  // P_ph of the first period
};

struct Agent {
    std::int64_t theta_ppb = 0;
    Grams quota;
    Grams emitted;
    Grams surplus;
    Grams deficit;
    Grams wants;  // delta of the deficit
    // In the last period:
    Grams sold;
    Grams bought;
    MicroYuan cost_before;  // of the whole deficit at P
    MicroYuan cost_after;   // cash: what is bought and the rest at P, less what is sold
};

struct Period {
    PricePerKg buy_price;
    PricePerKg sell_price;
    Grams offered;
    Grams traded;
    MicroYuan profit;
    std::size_t sellers = 0;
};

struct Simulation {
    std::vector<Agent> agents;
    std::vector<Period> periods;
    Grams supply_max;  // D W
    Grams deficit;     // of all; N of the closed form
    Grams demand;      // what is wanted in all
    MicroYuan seller_surplus;
    MicroYuan buyer_saving;  // (P - P_c) of what is bought; 0 without a ceiling
};

// model_infeasible, with the condition that is broken, if nobody has a surplus or P < c + c_b;
// amount_overflow.
Result<Simulation> simulate(const std::vector<Home>& homes, const MarketRules& rules);

// How far the last P_ph may be from the closed form's, in CNY/kg: e times three standard deviations of the
// share of the surplus whose owners' theta is below r = N delta/(D W), theta uniform and independent, and two
// steps of the largest surplus. Where r >= 1 or the ceiling binds the two are the same.
Rational price_bound(const Simulation& simulation, const MarketRules& rules);

// Thetas of n people.
std::vector<std::int64_t> thetas(std::size_t n, Draw draw, std::uint64_t seed);

}  // namespace pcq::cli::model
