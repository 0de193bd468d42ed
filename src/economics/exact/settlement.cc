#include "src/economics/exact/settlement.h"

namespace pcq::econ::exact {

Solved<Trade> settle_trade(const TradeIn& in) {
    if (in.quantity <= 0 || in.buy_price < 0 || in.costs.op_cost < 0 || in.costs.chain_cost < 0) {
        return Status::bad_param;
    }
    const Rational cost = in.costs.op_cost + in.costs.chain_cost;
    if (in.sell_price < in.buy_price + cost) return Status::no_margin;
    return {Status::ok, Trade{.buyer_pays = in.sell_price * in.quantity,
                              .seller_gets = in.buy_price * in.quantity,
                              .platform_gets = (in.sell_price - in.buy_price) * in.quantity,
                              .cost_part = cost * in.quantity,
                              .margin_part = (in.sell_price - in.buy_price - cost) * in.quantity}};
}

Solved<std::vector<Rational>> prorate(std::span<const Rational> orders, const Rational& available) {
    Rational total = 0;
    for (const Rational& order : orders) {
        if (order < 0) return Status::bad_param;
        total += order;
    }
    if (total == 0 || available < 0) return Status::bad_param;
    const bool enough = available >= total;
    const Rational part = enough ? Rational(1) : available / total;
    std::vector<Rational> fills;
    fills.reserve(orders.size());
    for (const Rational& order : orders) fills.push_back(order * part);
    return {enough ? Status::cleared : Status::short_supply, std::move(fills)};
}

Solved<Rational> registration_charge(const Rational& fee, const Rational& value_unit) {
    if (value_unit < 0) return Status::bad_param;
    return {Status::ok, fee * value_unit};
}

}  // namespace pcq::econ::exact
