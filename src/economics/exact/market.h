// The market of the paper (Sustainability 2024, 16, 5810, section 3.1), corrected, in exact fractions: what
// src/economics/market.h rounds.
//
// Quantities in kg, prices and unit costs in CNY/kg, money in CNY, ratios 0 to 1; supply_max is D W. A
// negative input is a bad_param, as is an effort cost that is not positive. Pure; thread-safe.
#pragma once

#include "src/economics/exact/rational.h"
#include "src/economics/status.h"

namespace pcq::econ::exact {

// (2): what selling brings a person beyond the effort theta e; the whole real line is allowed here.
struct SellerIn {
    Rational buy_price;    // P_ph
    Rational effort_cost;  // e
    Rational perception;   // theta
    Rational reduction;    // D_i
    Rational sell_prob;    // x
};
Solved<Rational> seller_utility(const SellerIn& in);

// (3): the share of the people who sell, 0 to 1.
Solved<Rational> sell_share(const Rational& buy_price, const Rational& effort_cost);

// (4): what they offer.
Solved<Rational> supply(const Rational& buy_price, const Rational& effort_cost, const Rational& supply_max);

struct Costs {
    Rational op_cost;     // c
    Rational chain_cost;  // c_b
};

// (1), and (5) with c_b = 0.
struct ProfitIn {
    Rational buy_price;
    Rational sell_price;  // P_c
    Rational effort_cost;
    Costs costs;
    Rational supply_max;
};
Solved<Rational> platform_profit(const ProfitIn& in);

// (6): the platform's best P_ph when P_c is given; no_margin if P_c does not cover c + c_b.
struct BestPriceIn {
    Rational sell_price;
    Rational effort_cost;
    Costs costs;
    Rational supply_max;
};
struct BestPrice {
    Rational buy_price;
    Rational supply;
    Rational profit;
};
Solved<BestPrice> best_buy_price(const BestPriceIn& in);

// (7), Proposition 1, with every bound. Status: cleared, short_supply, short_cap or no_demand.
struct MarketIn {
    Rational quota_cap;     // N
    Rational offset_ratio;  // delta, 0 to 1
    Rational effort_cost;   // e
    Costs costs;
    Rational market_price;  // P, the ceiling of P_c; 0 is none
    Rational supply_max;    // D W
};
struct MarketPrices {
    Rational demand;  // N delta
    Rational buy_price;
    Rational sell_price;
    Rational share;
    Rational supply;
    Rational traded;
    Rational unmet;
    Rational profit;
    Rational seller_surplus;
};
Solved<MarketPrices> market_prices(const MarketIn& in);

namespace ext {

// Ours: the next epoch's P_ph after demand and supply were seen (economics specification, section 2.4).
struct NextPriceIn {
    Rational buy_price;
    Rational demand;
    Rational supply;
    Rational effort_cost;
};
Solved<Rational> next_buy_price(const NextPriceIn& in);

}  // namespace ext
}  // namespace pcq::econ::exact
