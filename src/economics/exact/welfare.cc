#include "src/economics/exact/welfare.h"

#include <algorithm>

namespace pcq::econ::exact {
namespace {

bool all_positive(const Region& region) {
    return region.quota_cap > 0 && region.supply_max > 0 && region.effort_cost > 0 &&
           region.market_price > 0 && region.abatement_ease > 0;
}

struct Place {
    Status status;
    Rational ratio;
};

// min(1, D W/N).
Place top(const Region& region) {
    if (region.supply_max >= region.quota_cap) return {Status::corner_one, Rational(1)};
    return {Status::corner_supply, region.supply_max / region.quota_cap};
}

// The best point of a concave objective that is stationary here.
Place nearest_to(const Rational& stationary, const Region& region) {
    if (stationary <= 0) return {Status::corner_zero, Rational(0)};
    const Place end = top(region);
    return stationary >= end.ratio ? end : Place{Status::interior, stationary};
}

}  // namespace

Solved<Welfare> welfare_terms(const Region& region, const Rational& offset_ratio) {
    const auto& [n, s, e, p, k] = region;
    if (n < 0 || s <= 0 || e <= 0 || p < 0 || k <= 0 || offset_ratio < 0 || offset_ratio > 1) {
        return Status::bad_param;
    }
    const Rational q = n * offset_ratio;
    const Rational r = n - q;
    if (q > s) return Status::supply_cap;
    const Rational profit = e * q * q / s;
    const Rational cost = r / k;
    const Rational benefit = (p - cost) * r;
    const Rational both = profit + profit / 2;
    return {Status::ok, Welfare{.seller_surplus = profit / 2,
                                .platform_profit = profit,
                                .profit_plus_surplus = both,
                                .abatement_cost = cost,
                                .enterprise_benefit = benefit,
                                .total_welfare = benefit + both}};
}

Parabola welfare_parabola(const Region& region) {
    const auto& [n, s, e, p, k] = region;
    return {3 * e * n * n / (2 * s) - n * n / k, 2 * n * n / k - p * n};
}

Solved<OffsetOptimum> offset_optimum(const Region& region) {
    if (!all_positive(region)) return Status::bad_param;
    const auto [a, b] = welfare_parabola(region);
    const auto solved = [&region](const Place& place) -> Solved<OffsetOptimum> {
        const auto& [n, s, e, p, k] = region;
        return {place.status, OffsetOptimum{.offset_ratio = place.ratio,
                                            .concave = 3 * e * k < 2 * s,
                                            .lower_bound = p * k < 2 * n,
                                            .upper_bound = 3 * e * n < s * p}};
    };
    if (a < 0) return solved(nearest_to(-b / (2 * a), region));
    const Place end = top(region);
    const Rational slope = a * end.ratio + b;  // of the chord from zero to the top
    if (slope > 0) return solved(end);
    return solved({slope == 0 ? Status::tie : Status::corner_zero, Rational(0)});
}

Solved<EmissionChange> emission_change(const MarketIn& in, const Rational& displacement) {
    const auto market = market_prices(in);
    if (!market.ok()) return market.status;
    if (displacement < 0 || displacement > 1) return Status::bad_param;
    const Rational& traded = market.value.traded;
    return {market.status, EmissionChange{traded, (displacement - 1) * traded, market.value.profit}};
}

Rational ext::total_welfare_full(const Region& region, const Costs& costs, const Rational& offset_ratio) {
    const auto& [n, s, e, p, k] = region;
    const Rational q = n * offset_ratio;
    const Rational r = n - q;
    return p * n - (costs.op_cost + costs.chain_cost) * q - e * q * q / (2 * s) - r * r / k;
}

Solved<ext::FullOptimum> ext::offset_optimum_full(const Region& region, const Costs& costs) {
    if (!all_positive(region) || costs.op_cost < 0 || costs.chain_cost < 0) return Status::bad_param;
    const auto& [n, s, e, p, k] = region;
    const Rational cost = costs.op_cost + costs.chain_cost;
    const Place place = nearest_to(s * (2 * n - k * cost) / (n * (2 * s + e * k)), region);
    return {place.status, FullOptimum{place.ratio, total_welfare_full(region, costs, place.ratio)}};
}

}  // namespace pcq::econ::exact
