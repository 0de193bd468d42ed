#include "src/economics/offset.h"

#include <algorithm>
#include <array>

#include "src/economics/limits.h"
#include "src/economics/rounding.h"
#include "src/economics/wide_rounding.h"

namespace pcq::econ {
namespace {

Status check(const OffsetIn& in) {
    return first_error(std::array{in_range(in.quota_cap), in_range(in.supply_max), in_range(in.effort_cost),
                                  in_range(in.market_price), in_range(in.abatement_ease.value(), kEaseMax),
                                  positive(in.quota_cap), positive(in.supply_max), positive(in.effort_cost),
                                  positive(in.market_price), positive(in.abatement_ease)});
}

struct Place {
    Status status = Status::ok;
    Ratio ratio;
};

// min(1, D W/N), rounded down.
Place top(const OffsetIn& in) {
    if (in.supply_max.value() >= in.quota_cap.value()) return {Status::corner_one, Ratio(kRatioOne)};
    const Int128 most =
        floor_div(static_cast<Int128>(in.supply_max.value()) * kRatioOne, in.quota_cap.value());
    return {Status::corner_supply, Ratio(static_cast<std::int64_t>(most))};
}

// The maximum of a concave objective whose stationary point is S low / (N width), width > 0.
Place stationary(const OffsetIn& in, const Int256& low, const Int256& width) {
    if (low <= 0) return {Status::corner_zero, Ratio(0)};
    const Int256 s = in.supply_max.value();
    if (s * low >= std::min(in.quota_cap.value(), in.supply_max.value()) * width) return top(in);
    // Below the top, hence below one.
    const auto ratio = floor_to_int64(s * low * kRatioOne, in.quota_cap.value() * width);
    return {Status::interior, Ratio(ratio.value_or(kRatioOne))};
}

}  // namespace

Solved<OffsetOptimum> offset_optimum(const OffsetIn& in) {
    if (const Status checked = check(in); is_error(checked)) return checked;
    const Int256 n = in.quota_cap.value();
    const Int256 s = in.supply_max.value();
    const Int256 e = in.effort_cost.value();
    const Int256 p = in.market_price.value();
    const Int256 k = in.abatement_ease.value();

    const Int256 width = 2'000'000 * s - 3 * e * k;
    const Int256 low = 2'000'000 * n - p * k;
    OffsetOptimum optimum{.offset_ratio = Ratio(0),
                          .concave = width > 0,
                          .lower_bound = low > 0,
                          .upper_bound = s * p > 3 * e * n};
    Place place;
    if (optimum.concave) {
        place = stationary(in, low, width);
    } else {
        // Convex: one of the ends. The sign of welfare at the top less welfare at zero.
        const Int256 gain = 2 * s * low - std::min(n, s) * width;
        if (gain > 0) {
            place = top(in);
        } else {
            place.status = gain == 0 ? Status::tie : Status::corner_zero;
        }
    }
    optimum.offset_ratio = place.ratio;
    return {place.status, optimum};
}

Solved<ext::FullOptimum> ext::offset_optimum_full(const OffsetIn& in, const Costs& costs) {
    const Status checked =
        first_error(std::array{check(in), in_range(costs.op_cost), in_range(costs.chain_cost)});
    if (is_error(checked)) return checked;
    const Int256 n = in.quota_cap.value();
    const Int256 s = in.supply_max.value();
    const Int256 e = in.effort_cost.value();
    const Int256 k = in.abatement_ease.value();
    const Int256 cost = costs.op_cost.value() + costs.chain_cost.value();

    const Place place = stationary(in, 2'000'000 * n - k * cost, 2'000'000 * s + e * k);
    const auto offset = static_cast<std::int64_t>(
        floor_div(static_cast<Int128>(in.quota_cap.value()) * place.ratio.value(), kRatioOne));
    const Int256 q = offset;
    const Int256 r = in.quota_cap.value() - offset;
    const auto welfare = floor_to_int64(
        2 * s * k * (in.market_price.value() * n - cost * q) - e * k * q * q - 2'000'000 * s * r * r,
        2000 * s * k);
    if (!welfare) return Status::overflow;
    return {place.status, FullOptimum{place.ratio, MicroYuan(*welfare)}};
}

}  // namespace pcq::econ
