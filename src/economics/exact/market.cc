#include "src/economics/exact/market.h"

#include <algorithm>

namespace pcq::econ::exact {
namespace {

Rational unit_cost(const Costs& costs) {
    return costs.op_cost + costs.chain_cost;
}
bool negative(const Costs& costs) {
    return costs.op_cost < 0 || costs.chain_cost < 0;
}

}  // namespace

Solved<Rational> seller_utility(const SellerIn& in) {
    return {Status::ok, (in.buy_price - in.perception * in.effort_cost) * in.reduction * in.sell_prob};
}

Solved<Rational> sell_share(const Rational& buy_price, const Rational& effort_cost) {
    if (effort_cost <= 0 || buy_price < 0) return Status::bad_param;
    return {Status::ok, clamp_to_unit(buy_price / effort_cost)};
}

Solved<Rational> supply(const Rational& buy_price, const Rational& effort_cost, const Rational& supply_max) {
    const auto share = sell_share(buy_price, effort_cost);
    if (!share.ok()) return share.status;
    if (supply_max < 0) return Status::bad_param;
    return {Status::ok, share.value * supply_max};
}

Solved<Rational> platform_profit(const ProfitIn& in) {
    if (in.sell_price < 0 || negative(in.costs)) return Status::bad_param;
    const auto offered = supply(in.buy_price, in.effort_cost, in.supply_max);
    if (!offered.ok()) return offered.status;
    return {Status::ok, (in.sell_price - in.buy_price - unit_cost(in.costs)) * offered.value};
}

Solved<BestPrice> best_buy_price(const BestPriceIn& in) {
    if (in.effort_cost <= 0 || in.sell_price < 0 || negative(in.costs) || in.supply_max < 0) {
        return Status::bad_param;
    }
    const Rational margin = in.sell_price - unit_cost(in.costs);
    if (margin < 0) return Status::no_margin;
    const Rational best = std::min<Rational>(margin / 2, in.effort_cost);
    const Rational offered = best / in.effort_cost * in.supply_max;
    return {Status::ok, BestPrice{best, offered, (margin - best) * offered}};
}

Solved<MarketPrices> market_prices(const MarketIn& in) {
    const Rational& e = in.effort_cost;
    const Rational& most = in.supply_max;
    if (e <= 0 || negative(in.costs) || in.market_price < 0 || in.quota_cap < 0 || in.offset_ratio < 0 ||
        in.offset_ratio > 1 || most < 0) {
        return Status::bad_param;
    }
    if (most == 0) return Status::no_supply;
    const Rational cost = unit_cost(in.costs);
    if (in.market_price > 0 && in.market_price < cost) return Status::no_margin;

    const Rational demand = in.quota_cap * in.offset_ratio;
    Status status = Status::cleared;
    if (demand == 0) status = Status::no_demand;
    if (demand > most) status = Status::short_supply;
    Rational buy = std::min<Rational>(e * demand / most, e);
    Rational sell = 2 * buy + cost;
    if (in.market_price > 0 && sell > in.market_price) {
        status = Status::short_cap;
        sell = in.market_price;
        buy = (in.market_price - cost) / 2;
    }
    const Rational offered = most * buy / e;
    const Rational traded = std::min(offered, demand);
    return {status, MarketPrices{.demand = demand,
                                 .buy_price = buy,
                                 .sell_price = sell,
                                 .share = buy / e,
                                 .supply = offered,
                                 .traded = traded,
                                 .unmet = demand - traded,
                                 .profit = (sell - buy - cost) * traded,
                                 .seller_surplus = buy * traded - e * traded * traded / (2 * most)}};
}

Solved<Rational> ext::next_buy_price(const NextPriceIn& in) {
    if (in.effort_cost <= 0 || in.buy_price <= 0 || in.demand < 0 || in.supply < 0) return Status::bad_param;
    if (in.supply == 0) return Status::no_supply;
    const Rational wanted = in.buy_price * in.demand / in.supply;
    const Rational bounded = std::clamp<Rational>(wanted, in.buy_price / 2, 2 * in.buy_price);
    return {Status::ok, std::min(bounded, in.effort_cost)};
}

}  // namespace pcq::econ::exact
