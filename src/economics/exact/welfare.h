// Who gains what, and which offset ratio is best: equations (8) to (11), Proposition 2 and the claim of
// section 5 of the paper (Sustainability 2024, 16, 5810), corrected, in exact fractions: what
// src/economics/welfare.h and offset.h round.
//
// Quantities in kg, prices in CNY/kg, money in CNY, k in kg^2/CNY. Pure; thread-safe.
#pragma once

#include "src/economics/exact/market.h"

namespace pcq::econ::exact {

struct Region {
    Rational quota_cap;       // N
    Rational supply_max;      // D W
    Rational effort_cost;     // e
    Rational market_price;    // P
    Rational abatement_ease;  // k
};

struct Welfare {
    Rational seller_surplus;       // (8)
    Rational platform_profit;      // (5) at the clearing prices
    Rational profit_plus_surplus;  // (9)
    Rational abatement_cost;       // c_1 = N (1 - delta) / k
    Rational enterprise_benefit;   // (10)
    Rational total_welfare;        // (11)
};
// supply_cap beyond what people can supply.
Solved<Welfare> welfare_terms(const Region& region, const Rational& offset_ratio);

// (11) as a delta^2 + b delta + constant. D W and k are not zero.
struct Parabola {
    Rational a;
    Rational b;
};
Parabola welfare_parabola(const Region& region);

// Proposition 2, corrected; the cases of the specification's section 2.2. All inputs positive.
struct OffsetOptimum {
    Rational offset_ratio;
    bool concave = false;      // 3 e k < 2 D W
    bool lower_bound = false;  // P k < 2 N
    bool upper_bound = false;  // 3 e N < D W P
};
Solved<OffsetOptimum> offset_optimum(const Region& region);

// Section 5: what trading does to emissions; displacement 0 to 1 as in src/economics/welfare.h.
struct EmissionChange {
    Rational consumer_reduction;
    Rational net_change;
    Rational platform_profit;
};
Solved<EmissionChange> emission_change(const MarketIn& in, const Rational& displacement);

namespace ext {

// Ours: welfare with the buyers' saving (P - P_c) N delta (specification, section 2.3).
Rational total_welfare_full(const Region& region, const Costs& costs, const Rational& offset_ratio);
struct FullOptimum {
    Rational offset_ratio;
    Rational total_welfare;
};
Solved<FullOptimum> offset_optimum_full(const Region& region, const Costs& costs);

}  // namespace ext
}  // namespace pcq::econ::exact
