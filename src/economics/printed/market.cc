#include "src/economics/printed/market.h"

namespace pcq::econ::printed {

Solved<Rational> sell_share(const Rational& buy_price, const Rational& effort_cost) {
    if (effort_cost <= 0) return Status::bad_param;
    return {Status::ok, buy_price / effort_cost};
}

Solved<Rational> supply(const Rational& buy_price, const Rational& effort_cost, const Rational& supply_max) {
    const auto share = sell_share(buy_price, effort_cost);
    if (!share.ok()) return share.status;
    return {Status::ok, share.value * supply_max};
}

Solved<Rational> platform_profit(const exact::ProfitIn& in) {
    const auto offered = supply(in.buy_price, in.effort_cost, in.supply_max);
    if (!offered.ok()) return offered.status;
    const Rational margin = in.sell_price - in.buy_price - in.costs.op_cost - in.costs.chain_cost;
    return {Status::ok, margin * offered.value};
}

Rational best_buy_price(const Rational& sell_price, const Rational& op_cost) {
    return (sell_price - op_cost) / 2;
}

Solved<Prices> market_prices(const exact::MarketIn& in) {
    if (in.supply_max == 0) return Status::no_supply;
    const Rational buy = in.quota_cap * in.offset_ratio * in.effort_cost / in.supply_max;
    return {Status::ok, Prices{buy, 2 * buy + in.costs.op_cost}};
}

Solved<OffsetOptimum> offset_optimum(const exact::Region& region) {
    const auto& [n, s, e, p, k] = region;
    if (s == 0 || e == 0 || p == 0 || k == 0) return Status::degenerate;
    const auto [a, b] = exact::welfare_parabola(region);
    if (a == 0) return Status::degenerate;
    const bool condition = k < 2 * n / p && k < 2 * s / (3 * e * k) && n < s * p / (3 * e);
    return {Status::ok, OffsetOptimum{-b / (2 * a), condition}};
}

}  // namespace pcq::econ::printed
