// The market of the paper, section 3.1 (Sustainability 2024, 16, 5810), corrected, in integers: what
// contracts apply.
//
// People have surplus D W in all and sell if P_ph covers their own effort theta e, theta uniform on (0, 1);
// the platform buys at P_ph, sells at P_c and bears c + c_b per kilogram. Equations in brackets are the
// paper's. Each result is the exact rational rounded once: users pay up, users receive down, P_ph up so that
// the integer market clears. Intermediates have 128 bits (102 are needed), the one analytic figure 256. Pure;
// thread-safe.
#pragma once

#include "src/base/amount.h"
#include "src/economics/limits.h"
#include "src/economics/status.h"

namespace pcq::econ {

// D W: what would be offered if everybody took part.
Solved<Grams> supply_max(std::int64_t population, Grams avg_reduction);

// (2): what selling brings a person beyond the effort, theta in ppb of 1, x the share sold.
struct SellerIn {
    PricePerKg buy_price;
    PricePerKg effort_cost;
    Ratio perception;  // theta
    Grams reduction;   // D_i
    Ratio sell_prob;   // x
};
Solved<MicroYuan> seller_utility(const SellerIn& in);
// The comparison behind it, exact: theta e <= P_ph.
bool sells(Ratio perception, PricePerKg effort_cost, PricePerKg buy_price);

// (3): share of the people who sell. Rounded down.
Solved<Ratio> sell_share(PricePerKg buy_price, PricePerKg effort_cost);

// (4): what is offered at this price. Rounded down.
Solved<Grams> supply(PricePerKg buy_price, PricePerKg effort_cost, Grams supply_max);

struct Costs {
    PricePerKg op_cost;     // c
    PricePerKg chain_cost;  // c_b
};

// (1), and (5) with c_b = 0.
struct ProfitIn {
    PricePerKg buy_price;
    PricePerKg sell_price;
    PricePerKg effort_cost;
    Costs costs;
    Grams supply_max;
};
Solved<MicroYuan> platform_profit(const ProfitIn& in);

// (6): the platform's best P_ph when P_c is given.
struct BestPrice {
    PricePerKg buy_price;
    Grams supply;
    MicroYuan profit;
};
Solved<BestPrice> best_buy_price(PricePerKg sell_price, PricePerKg effort_cost, const Costs& costs,
                                 Grams supply_max);

// (7), Proposition 1, with every bound: the pair (P_ph, P_c) that clears, the short market, the ceiling.
struct MarketIn {
    Grams quota_cap;         // N
    Ratio offset_ratio;      // delta
    PricePerKg effort_cost;  // e
    Costs costs;
    PricePerKg market_price;  // P, the ceiling of P_c; 0 is none
    Grams supply_max;         // D W
};
struct MarketPrices {
    Grams demand;  // N delta
    PricePerKg buy_price;
    PricePerKg sell_price;
    Ratio share;
    Grams supply;
    Grams traded;
    Grams unmet;
    MicroYuan profit;
    MicroYuan seller_surplus;
};
Solved<MarketPrices> market_prices(const MarketIn& in);

namespace ext {

// Ours, where the paper is silent: the next epoch's P_ph after demand and supply were seen, so that what is
// offered moves towards what is wanted; at most halved or doubled, at most e. Rounded up.
struct NextPriceIn {
    PricePerKg buy_price;  // of the epoch that was seen, positive
    Grams demand;
    Grams supply;  // what was offered at that price
    PricePerKg effort_cost;
};
Solved<PricePerKg> next_buy_price(const NextPriceIn& in);

// Ours: Proposition 1 with P_ph moving by at most `change` of itself since the epoch before, or by 1 uCNY/kg
// where that is more. The ceiling goes before the bound, and so does a market without demand. The status is
// that of the pair without the bound.
struct PriceBound {
    PricePerKg previous;  // P_ph of the epoch before; 0: there is nothing to measure from
    Ratio change;         // 0: no bound
};
struct BoundedPrices {
    MarketPrices prices;
    PricePerKg cleared_buy_price;  // P_ph without the bound
    bool moved = false;            // by the bound
};
Solved<BoundedPrices> bounded_prices(const MarketIn& in, const PriceBound& bound);

}  // namespace ext

// What one quantity costs at the platform's two prices: buyer_pays = seller_gets + platform_gets, and
// platform_gets = cost_part + margin_part, always exactly.
struct Trade {
    MicroYuan buyer_pays;   // rounded up
    MicroYuan seller_gets;  // rounded down
    MicroYuan platform_gets;
    MicroYuan cost_part;  // rounded up
    MicroYuan margin_part;
};
Solved<Trade> settle_trade(Grams quantity, PricePerKg buy_price, PricePerKg sell_price, const Costs& costs);

}  // namespace pcq::econ
