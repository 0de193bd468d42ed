#include "deploy/demo/terms.h"

#include <algorithm>

#include "src/base/wide.h"
#include "src/economics/offset.h"

namespace pcq::demo {
namespace {

constexpr std::int64_t kBankingRatio = 500'000'000;

econ::AbatementEase ease_of(const Terms& terms, Grams excess) {
    const Int128 ease = static_cast<Int128>(excess.value()) * 1'000'000 / terms.full_abatement_cost.value();
    return econ::AbatementEase(static_cast<std::int64_t>(std::clamp<Int128>(ease, 1, econ::kEaseMax)));
}

}  // namespace

proto::OpenPeriod opening(const Terms& terms, const Expected& expected) {
    proto::OpenPeriod open;
    auto& policy = *open.mutable_policy();
    policy.set_banking_ratio_ppb(kBankingRatio);
    policy.set_effort_cost_uy_per_kg(terms.effort_cost.value());
    policy.set_market_price_uy_per_kg(terms.market_price.value());
    policy.set_penalty_uy_per_kg(terms.penalty.value());
    auto& estimates = *open.mutable_estimates();
    const std::int64_t people = std::max<std::int64_t>(1, expected.people);
    const econ::AbatementEase ease = ease_of(terms, expected.excess);
    estimates.set_excess_g(std::max<std::int64_t>(1, expected.excess.value()));
    estimates.set_people(people);
    estimates.set_reduction_g(std::max<std::int64_t>(1, expected.surplus.value() / people));
    estimates.set_abatement_ease(ease.value());

    const auto best = econ::offset_optimum({.quota_cap = Grams(estimates.excess_g()),
                                            .supply_max = Grams(estimates.reduction_g() * people),
                                            .effort_cost = terms.effort_cost,
                                            .market_price = terms.market_price,
                                            .abatement_ease = ease});
    if (best.status == econ::Status::interior) {
        open.set_optimal_offset(true);
    } else {
        policy.set_offset_ratio_ppb(terms.offset_ratio.value());
        open.set_override_reason("no best share lies inside its range for these households: " +
                                 std::string(econ::name(best.status)));
    }
    return open;
}

}  // namespace pcq::demo
