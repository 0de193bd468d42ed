// Settlement, rationing and the registration charge in exact fractions: what settle_trade
// (src/economics/market.h) and src/economics/settlement.h round, for showing what rounding costs. kg, CNY/kg,
// CNY. Pure; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "src/economics/exact/market.h"

namespace pcq::econ::exact {

struct TradeIn {
    Rational quantity;  // positive
    Rational buy_price;
    Rational sell_price;  // at least buy_price + c + c_b, else no_margin
    Costs costs;
};
struct Trade {
    Rational buyer_pays;
    Rational seller_gets;
    Rational platform_gets;
    Rational cost_part;
    Rational margin_part;
};
Solved<Trade> settle_trade(const TradeIn& in);

// Everybody gets the same part of the order. cleared or short_supply; bad_param if nothing is ordered.
Solved<std::vector<Rational>> prorate(std::span<const Rational> orders, const Rational& available);

// CNY, negative for a subsidy.
Solved<Rational> registration_charge(const Rational& fee, const Rational& value_unit);

}  // namespace pcq::econ::exact
