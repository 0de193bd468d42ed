#include "src/economics/market.h"

#include <algorithm>
#include <array>

#include "src/economics/limits.h"
#include "src/economics/rounding.h"
#include "src/economics/wide_rounding.h"

namespace pcq::econ {
namespace {

constexpr Int128 kGramsPerKg = 1000;
constexpr Int128 kOne = kRatioOne;

Int128 unit_cost(const Costs& costs) {
    return static_cast<Int128>(costs.op_cost.value()) + costs.chain_cost.value();
}

std::int64_t supply_at(std::int64_t buy_price, std::int64_t effort_cost, std::int64_t most) {
    if (buy_price >= effort_cost) return most;
    return static_cast<std::int64_t>(floor_div(static_cast<Int128>(most) * buy_price, effort_cost));
}

std::int64_t share_at(std::int64_t buy_price, std::int64_t effort_cost) {
    if (buy_price >= effort_cost) return kRatioOne;
    return static_cast<std::int64_t>(floor_div(buy_price * kOne, effort_cost));
}

struct Pair {
    Status status;
    Int128 buy_price;
    Int128 sell_price;
};

Pair under_ceiling(const MarketIn& in, const Pair& pair) {
    const Int128 ceiling = in.market_price.value();
    if (ceiling == 0 || pair.sell_price <= ceiling) return pair;
    return {Status::short_cap, floor_div(ceiling - unit_cost(in.costs), 2), ceiling};
}

// (7) with the short market and the ceiling; demand and supply are checked already.
Pair clearing_pair(const MarketIn& in, Int128 demand) {
    const Int128 cost = unit_cost(in.costs);
    const Int128 effort = in.effort_cost.value();
    const Int128 most = in.supply_max.value();
    Pair pair{Status::cleared, std::min(ceil_div(effort * demand, most), effort), 0};
    pair.sell_price = 2 * pair.buy_price + cost;
    if (demand == 0) pair.status = Status::no_demand;
    if (demand > most) pair.status = Status::short_supply;
    return under_ceiling(in, pair);
}

Status check(const MarketIn& in) {
    const Status checked = first_error(
        std::array{in_range(in.effort_cost), in_range(in.costs.op_cost), in_range(in.costs.chain_cost),
                   in_range(in.market_price), positive(in.effort_cost), in_range(in.quota_cap),
                   in_range(in.offset_ratio) == Status::ok ? Status::ok : Status::bad_param,
                   in_range(in.supply_max), in.supply_max.is_zero() ? Status::no_supply : Status::ok});
    if (is_error(checked)) return checked;
    const bool too_low = in.market_price.is_positive() && in.market_price.value() < unit_cost(in.costs);
    return too_low ? Status::no_margin : Status::ok;
}

Int128 demanded(const MarketIn& in) {
    return floor_div(static_cast<Int128>(in.quota_cap.value()) * in.offset_ratio.value(), kOne);
}

// What is traded at a pair of prices, and what that brings.
Solved<MarketPrices> at_pair(const MarketIn& in, Int128 demand, Pair pair) {
    const auto buy = static_cast<std::int64_t>(pair.buy_price);
    const std::int64_t offered = supply_at(buy, in.effort_cost.value(), in.supply_max.value());
    const Int128 traded = std::min<Int128>(offered, demand);
    // Only the rounding of P_ph touched the ceiling: everybody is served all the same.
    if (pair.status == Status::short_cap && traded == demand) pair.status = Status::cleared;

    const auto profit =
        to_int64(floor_div((pair.sell_price - pair.buy_price - unit_cost(in.costs)) * traded, kGramsPerKg));
    const Int256 q = static_cast<std::int64_t>(traded);
    const Int256 most = in.supply_max.value();
    const auto surplus =
        floor_to_int64(2 * Int256(buy) * q * most - Int256(in.effort_cost.value()) * q * q, 2000 * most);
    if (!profit || !surplus) return Status::overflow;
    return {pair.status, MarketPrices{.demand = Grams(static_cast<std::int64_t>(demand)),
                                      .buy_price = PricePerKg(buy),
                                      .sell_price = PricePerKg(static_cast<std::int64_t>(pair.sell_price)),
                                      .share = Ratio(share_at(buy, in.effort_cost.value())),
                                      .supply = Grams(offered),
                                      .traded = Grams(static_cast<std::int64_t>(traded)),
                                      .unmet = Grams(static_cast<std::int64_t>(demand - traded)),
                                      .profit = MicroYuan(*profit),
                                      .seller_surplus = MicroYuan(*surplus)}};
}

}  // namespace

Solved<Grams> supply_max(std::int64_t population, Grams avg_reduction) {
    const Status checked = first_error(
        std::array{in_range(population, kPopulationMax), in_range(avg_reduction.value(), kReductionMax)});
    if (is_error(checked)) return checked;
    const Int128 product = static_cast<Int128>(population) * avg_reduction.value();
    if (product > kGramsMax) return Status::overflow;
    return {Status::ok, Grams(static_cast<std::int64_t>(product))};
}

Solved<MicroYuan> seller_utility(const SellerIn& in) {
    const Status checked =
        first_error(std::array{in_range(in.buy_price), in_range(in.effort_cost), in_range(in.perception),
                               in_range(in.sell_prob), in_range(in.reduction.value(), kReductionMax)});
    if (is_error(checked)) return checked;
    const Int256 margin =
        Int256(in.buy_price.value()) * kRatioOne - Int256(in.perception.value()) * in.effort_cost.value();
    const Int256 scale = Int256(kRatioOne) * kRatioOne * 1000;
    const auto utility = floor_to_int64(margin * in.reduction.value() * in.sell_prob.value(), scale);
    if (!utility) return Status::overflow;
    return {Status::ok, MicroYuan(*utility)};
}

bool sells(Ratio perception, PricePerKg effort_cost, PricePerKg buy_price) {
    return static_cast<Int128>(perception.value()) * effort_cost.value() <= buy_price.value() * kOne;
}

Solved<Ratio> sell_share(PricePerKg buy_price, PricePerKg effort_cost) {
    const Status checked =
        first_error(std::array{in_range(buy_price), in_range(effort_cost), positive(effort_cost)});
    if (is_error(checked)) return checked;
    return {Status::ok, Ratio(share_at(buy_price.value(), effort_cost.value()))};
}

Solved<Grams> supply(PricePerKg buy_price, PricePerKg effort_cost, Grams supply_max) {
    const Status checked = first_error(
        std::array{in_range(buy_price), in_range(effort_cost), positive(effort_cost), in_range(supply_max)});
    if (is_error(checked)) return checked;
    return {Status::ok, Grams(supply_at(buy_price.value(), effort_cost.value(), supply_max.value()))};
}

Solved<MicroYuan> platform_profit(const ProfitIn& in) {
    const Status checked =
        first_error(std::array{in_range(in.buy_price), in_range(in.sell_price), in_range(in.effort_cost),
                               in_range(in.costs.op_cost), in_range(in.costs.chain_cost)});
    if (is_error(checked)) return checked;
    const auto offered = supply(in.buy_price, in.effort_cost, in.supply_max);
    if (!offered.ok()) return offered.status;
    const Int128 margin =
        in.sell_price.value() - static_cast<Int128>(in.buy_price.value()) - unit_cost(in.costs);
    const auto profit = to_int64(floor_div(margin * offered.value.value(), kGramsPerKg));
    if (!profit) return Status::overflow;
    return {Status::ok, MicroYuan(*profit)};
}

Solved<BestPrice> best_buy_price(PricePerKg sell_price, PricePerKg effort_cost, const Costs& costs,
                                 Grams supply_max) {
    const Status checked =
        first_error(std::array{in_range(sell_price), in_range(effort_cost), in_range(costs.op_cost),
                               in_range(costs.chain_cost), positive(effort_cost), in_range(supply_max)});
    if (is_error(checked)) return checked;
    const Int128 margin = sell_price.value() - unit_cost(costs);
    if (margin < 0) return Status::no_margin;
    const auto best = static_cast<std::int64_t>(std::min<Int128>(margin / 2, effort_cost.value()));
    const std::int64_t offered = supply_at(best, effort_cost.value(), supply_max.value());
    const auto profit = to_int64(floor_div((margin - best) * offered, kGramsPerKg));
    if (!profit) return Status::overflow;
    return {Status::ok, BestPrice{PricePerKg(best), Grams(offered), MicroYuan(*profit)}};
}

Solved<MarketPrices> market_prices(const MarketIn& in) {
    const Status checked = check(in);
    if (is_error(checked)) return checked;
    const Int128 demand = demanded(in);
    return at_pair(in, demand, clearing_pair(in, demand));
}

Solved<ext::BoundedPrices> ext::bounded_prices(const MarketIn& in, const PriceBound& bound) {
    const auto cleared = market_prices(in);
    const Status checked =
        first_error(std::array{cleared.status, in_range(bound.previous),
                               in_range(bound.change) == Status::ok ? Status::ok : Status::bad_param});
    if (is_error(checked)) return checked;
    BoundedPrices result{cleared.value, cleared.value.buy_price, false};
    if (bound.previous.is_zero() || bound.change.is_zero() || cleared.status == Status::no_demand)
        return {cleared.status, result};
    const Int128 previous = bound.previous.value();
    // By one micro-yuan at least: the share of a small price is none, and it could never move again.
    const Int128 lowest =
        std::min<Int128>(ceil_div(previous * (kOne - bound.change.value()), kOne), previous - 1);
    const Int128 highest =
        std::max<Int128>(floor_div(previous * (kOne + bound.change.value()), kOne), previous + 1);
    const Int128 wanted = cleared.value.buy_price.value();
    const Int128 price = std::min<Int128>(std::clamp(wanted, lowest, highest), in.effort_cost.value());
    if (price == wanted) return {cleared.status, result};
    const auto bounded = at_pair(in, demanded(in),
                                 under_ceiling(in, {cleared.status, price, 2 * price + unit_cost(in.costs)}));
    if (!bounded.ok()) return bounded.status;
    result.prices = bounded.value;
    result.moved = bounded.value.buy_price != cleared.value.buy_price;
    return {cleared.status, result};
}

Solved<PricePerKg> ext::next_buy_price(const NextPriceIn& in) {
    const Status checked =
        first_error(std::array{in_range(in.buy_price), in_range(in.effort_cost), in_range(in.demand),
                               in_range(in.supply), positive(in.effort_cost), positive(in.buy_price),
                               in.supply.is_positive() ? Status::ok : Status::no_supply});
    if (is_error(checked)) return checked;
    const Int128 price = in.buy_price.value();
    const Int128 wanted = ceil_div(price * in.demand.value(), in.supply.value());
    const Int128 bounded = std::clamp(wanted, std::max<Int128>(1, price / 2), 2 * price);
    return {Status::ok,
            PricePerKg(static_cast<std::int64_t>(std::min<Int128>(bounded, in.effort_cost.value())))};
}

Solved<Trade> settle_trade(Grams quantity, PricePerKg buy_price, PricePerKg sell_price, const Costs& costs) {
    const Status checked = first_error(std::array{
        quantity.is_positive() ? Status::ok : Status::bad_param, in_range(quantity), in_range(buy_price),
        in_range(costs.op_cost), in_range(costs.chain_cost), in_range(sell_price.value(), 4 * kPriceMax)});
    if (is_error(checked)) return checked;
    const Int128 cost = unit_cost(costs);
    if (sell_price.value() < buy_price.value() + cost) return Status::no_margin;
    const Int128 q = quantity.value();
    const auto pays = to_int64(ceil_div(q * sell_price.value(), kGramsPerKg));
    if (!pays) return Status::overflow;
    // No larger than what the buyer pays, so they fit.
    const auto gets = static_cast<std::int64_t>(floor_div(q * buy_price.value(), kGramsPerKg));
    const auto cost_part = static_cast<std::int64_t>(ceil_div(q * cost, kGramsPerKg));
    return {Status::ok, Trade{.buyer_pays = MicroYuan(*pays),
                              .seller_gets = MicroYuan(gets),
                              .platform_gets = MicroYuan(*pays - gets),
                              .cost_part = MicroYuan(cost_part),
                              .margin_part = MicroYuan(*pays - gets - cost_part)}};
}

}  // namespace pcq::econ
