// The market exactly as the paper prints it (Sustainability 2024, 16, 5810, sections 3 and 3.1): no bound on
// shares, no ceiling, no chain cost in (7), and the condition of Proposition 2 with its k too many.
//
// For comparison only; a contract never calls it. Units as in src/economics/exact/market.h. Where a formula
// divides by zero the answer is degenerate, unless said otherwise. Pure; thread-safe.
#pragma once

#include "src/economics/exact/welfare.h"

namespace pcq::econ::printed {

using exact::Rational;

// (3), (4), (1) and (5); bad_param if the effort cost is not positive.
Solved<Rational> sell_share(const Rational& buy_price, const Rational& effort_cost);
Solved<Rational> supply(const Rational& buy_price, const Rational& effort_cost, const Rational& supply_max);
Solved<Rational> platform_profit(const exact::ProfitIn& in);

// (6), (7): P_ph for a given P_c, without c_b.
Rational best_buy_price(const Rational& sell_price, const Rational& op_cost);

// (7); no_supply if D W = 0. The ceiling and c_b of `in` are not read.
struct Prices {
    Rational buy_price;
    Rational sell_price;
};
Solved<Prices> market_prices(const exact::MarketIn& in);

// Proposition 2: the stationary point of (11), be it maximum, minimum or outside of 0..1, and whether the
// printed condition k < min(2 N/P, 2 D W/(3 e k)), N < D W P/(3 e) holds. Its truth depends on the unit of
// mass.
struct OffsetOptimum {
    Rational offset_ratio;
    bool condition = false;
};
Solved<OffsetOptimum> offset_optimum(const exact::Region& region);

}  // namespace pcq::econ::printed
