// How a shortage is shared and what a registration costs, in integers (economics specification, section 7.2):
// ours, for the paper stops at prices. The price of a single trade is settle_trade (market.h).
//
// Quota is rounded down and users pay rounded up, so nothing is created. 128-bit intermediates. Pure;
// thread-safe.
#pragma once

#include <span>
#include <vector>

#include "src/base/amount.h"
#include "src/economics/status.h"

namespace pcq::econ {

using Nano =
    Amount<struct NanoUnit>;  // 1e-9 of a number without unit: fees, shares, coefficients of section 3.2

// Each order's part of `available` in the given order, from the differences of the rounded running total:
// they add up to min(available, orders) exactly and none exceeds its order. cleared if everybody gets all of
// it, else short_supply; bad_param if nothing is ordered.
Solved<std::vector<Grams>> prorate(std::span<const Grams> orders, Grams available);

// What the normalised fee costs when 1 of utility is worth `value_unit`; a subsidy is negative. Rounded up,
// which shrinks a subsidy.
Solved<MicroYuan> registration_charge(Nano fee, MicroYuan value_unit);

}  // namespace pcq::econ
