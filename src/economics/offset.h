// Which share of its cap a region should let people offset: Proposition 2 of the paper (Sustainability 2024,
// 16, 5810, section 3.1), corrected, in integers.
//
// Total welfare (11) is a delta^2 + b delta + const on 0 <= delta <= min(1, D W/N). Every test is on exact
// signs; the ratio is rounded down once. Status: interior, corner_zero, corner_one (top is 1), corner_supply
// (top is D W/N) or tie. All inputs positive, else bad_param. 256-bit intermediates (193 are needed). Pure;
// thread-safe.
#pragma once

#include "src/base/amount.h"
#include "src/economics/market.h"
#include "src/economics/status.h"
#include "src/economics/welfare.h"

namespace pcq::econ {

struct OffsetIn {
    Grams quota_cap;               // N
    Grams supply_max;              // D W
    PricePerKg effort_cost;        // e
    PricePerKg market_price;       // P
    AbatementEase abatement_ease;  // k
};
// With D W >= N the maximum lies strictly inside (0, 1) if and only if both bounds hold; concavity follows
// then.
struct OffsetOptimum {
    Ratio offset_ratio;
    bool concave = false;      // 3 e k < 2 D W: the second-order condition
    bool lower_bound = false;  // P k < 2 N: some offsetting is better than none
    bool upper_bound = false;  // 3 e N < D W P: some abatement is better than none
};
Solved<OffsetOptimum> offset_optimum(const OffsetIn& in);

namespace ext {

// Ours: welfare in which the buyers' saving (P - P_c) N delta counts too, so that all payments cancel. Always
// concave. The welfare is that of the rounded ratio.
struct FullOptimum {
    Ratio offset_ratio;
    MicroYuan total_welfare;
};
Solved<FullOptimum> offset_optimum_full(const OffsetIn& in, const Costs& costs);

}  // namespace ext
}  // namespace pcq::econ
