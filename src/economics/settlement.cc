#include "src/economics/settlement.h"

#include "src/economics/limits.h"
#include "src/economics/rounding.h"

namespace pcq::econ {

Solved<std::vector<Grams>> prorate(std::span<const Grams> orders, Grams available) {
    Int128 total = 0;
    for (const Grams order : orders) {
        if (const Status checked = in_range(order); is_error(checked)) return checked;
        total += order.value();
    }
    if (const Status checked = in_range(available); is_error(checked)) return checked;
    if (total == 0) return Status::bad_param;
    if (total > kGramsMax) return Status::overflow;
    if (available.value() >= total)
        return {Status::cleared, std::vector<Grams>(orders.begin(), orders.end())};

    std::vector<Grams> fills;
    fills.reserve(orders.size());
    Int128 ordered = 0;
    Int128 filled = 0;
    for (const Grams order : orders) {
        ordered += order.value();
        const Int128 now = floor_div(available.value() * ordered, total);
        fills.emplace_back(static_cast<std::int64_t>(now - filled));
        filled = now;
    }
    return {Status::short_supply, std::move(fills)};
}

Solved<MicroYuan> registration_charge(Nano fee, MicroYuan value_unit) {
    // The size of a fee is bounded on both sides of zero; neither sign is a bad parameter.
    if (fee.value() > kNanoMax || fee.value() < -kNanoMax) return Status::overflow;
    if (const Status checked = in_range(value_unit.value(), kValueUnitMax); is_error(checked)) return checked;
    const Int128 charge = ceil_div(static_cast<Int128>(fee.value()) * value_unit.value(), kRatioOne);
    return {Status::ok, MicroYuan(static_cast<std::int64_t>(charge))};  // at most 1e18
}

}  // namespace pcq::econ
