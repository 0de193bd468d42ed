#include "src/economics/welfare.h"

#include <array>

#include "src/economics/limits.h"
#include "src/economics/rounding.h"
#include "src/economics/wide_rounding.h"

namespace pcq::econ {

Solved<Welfare> welfare_terms(const WelfareIn& in) {
    const Status ratio = is_error(in_range(in.offset_ratio)) ? Status::bad_param : Status::ok;
    const Status checked = first_error(
        std::array{in_range(in.quota_cap), in_range(in.supply_max), in_range(in.effort_cost),
                   in_range(in.market_price), in_range(in.abatement_ease.value(), kEaseMax),
                   positive(in.supply_max), positive(in.abatement_ease), positive(in.effort_cost), ratio});
    if (is_error(checked)) return checked;

    const auto offset = static_cast<std::int64_t>(
        floor_div(static_cast<Int128>(in.quota_cap.value()) * in.offset_ratio.value(), kRatioOne));
    if (offset > in.supply_max.value()) return Status::supply_cap;
    const Int256 q = offset;
    const Int256 r = in.quota_cap.value() - offset;
    const Int256 s = in.supply_max.value();
    const Int256 e = in.effort_cost.value();
    const Int256 p = in.market_price.value();
    const Int256 k = in.abatement_ease.value();

    const Int256 effort = e * q * q;
    const auto surplus = floor_to_int64(effort, 2000 * s);
    const auto profit = floor_to_int64(effort, 1000 * s);
    const auto both = floor_to_int64(3 * effort, 2000 * s);
    const auto cost = floor_to_int64(r * 1'000'000, k);
    const auto benefit = floor_to_int64(p * r * k - 1'000'000 * r * r, 1000 * k);
    const auto total =
        floor_to_int64(2 * s * k * p * r - 2'000'000 * s * r * r + 3 * k * effort, 2000 * s * k);
    if (!surplus || !profit || !both || !cost || !benefit || !total) return Status::overflow;
    return {Status::ok, Welfare{.seller_surplus = MicroYuan(*surplus),
                                .platform_profit = MicroYuan(*profit),
                                .profit_plus_surplus = MicroYuan(*both),
                                .abatement_cost = PricePerKg(*cost),
                                .enterprise_benefit = MicroYuan(*benefit),
                                .total_welfare = MicroYuan(*total)}};
}

namespace ext {

Solved<Welfare> realised_welfare(const RealisedIn& in) {
    const Status checked =
        first_error(std::array{in_range(in.sold), in_range(in.supply_max), in_range(in.abated),
                               in_range(in.effort_cost), in_range(in.market_price),
                               in_range(in.abatement_ease.value(), kEaseMax), positive(in.abatement_ease)});
    if (is_error(checked)) return checked;
    if (in.sold > in.supply_max) return Status::supply_cap;
    const Int256 r = in.abated.value();
    const Int256 k = in.abatement_ease.value();
    const Int256 s = in.sold.value();
    const Int256 effort = in.sold.is_zero() ? Int256(0) : Int256(in.effort_cost.value() * s * s);
    const Int256 supply = in.sold.is_zero() ? Int256(1) : Int256(in.supply_max.value());

    const auto surplus = floor_to_int64(2000 * supply * in.paid.value() - effort, 2000 * supply);
    const auto cost = floor_to_int64(r * 1'000'000, k);
    const auto benefit =
        floor_to_int64(Int256(in.market_price.value()) * r * k - 1'000'000 * r * r, 1000 * k);
    if (!surplus || !cost || !benefit) return Status::overflow;
    const auto both = to_int64(Int256(*surplus) + in.profit.value());
    const auto total = to_int64(Int256(*surplus) + in.profit.value() + *benefit);
    if (!both || !total) return Status::overflow;
    return {Status::ok, Welfare{.seller_surplus = MicroYuan(*surplus),
                                .platform_profit = in.profit,
                                .profit_plus_surplus = MicroYuan(*both),
                                .abatement_cost = PricePerKg(*cost),
                                .enterprise_benefit = MicroYuan(*benefit),
                                .total_welfare = MicroYuan(*total)}};
}

}  // namespace ext

Solved<EmissionChange> emission_change(const MarketIn& in, Ratio displacement) {
    const auto market = market_prices(in);
    if (!market.ok()) return market.status;
    if (const Status checked = in_range(displacement); is_error(checked)) return checked;
    const Grams traded = market.value.traded;
    const Int128 change =
        floor_div(static_cast<Int128>(kRatioOne - displacement.value()) * traded.value(), kRatioOne);
    return {market.status, EmissionChange{.consumer_reduction = traded,
                                          .net_change = Grams(-static_cast<std::int64_t>(change)),
                                          .platform_profit = market.value.profit}};
}

}  // namespace pcq::econ
