#include "src/economics/exact/two_sided.h"

#include <optional>
#include <vector>

namespace pcq::econ::exact {
namespace {

bool is_share(const Rational& value) {
    return value >= 0 && value <= 1;
}
bool in_box(const Scales& scales) {
    return is_share(scales.d) && is_share(scales.s);
}

struct Candidate {
    Status status;
    Scales scales;
};

// Stationary scales of the objective; |g| < m.
Scales interior(const Terms& t, const Rational& m) {
    const Rational z = m * m - t.g * t.g;
    return {(m * t.appeal_d + t.g * t.appeal_s) / z, (m * t.appeal_s + t.g * t.appeal_d) / z};
}

}  // namespace

Terms terms(const Platform& platform) {
    const Rational sigma = platform.ask_price - platform.cross_d;
    return {.appeal_d = 1 + platform.service_level * platform.sens_d,
            .appeal_s = 1 + platform.service_level * platform.sens_s,
            .sigma = sigma,
            .g = platform.cross_s - sigma,
            .big_m = 1 + sigma * platform.cross_s};
}

bool valid(const Platform& platform) {
    return platform.service_level >= 0 && platform.sens_d >= 0 && platform.sens_s >= 0 &&
           platform.ask_price >= 0 && platform.cross_d >= 0 && platform.cross_s >= 0 &&
           platform.service_cost > 0;
}

Rational weight(Objective objective) {
    return static_cast<int>(objective);
}

Rational service_expense(const Platform& platform) {
    return platform.service_cost * platform.service_level * platform.service_level / 2;
}

Solved<Scales> scales(const Platform& platform, const Fees& fees) {
    if (!valid(platform)) return Status::bad_param;
    const Terms t = terms(platform);
    if (t.big_m <= 0) return Status::degenerate;
    const Rational d = t.appeal_d - fees.d;
    const Rational s = t.appeal_s - fees.s;
    // What one side does when the other is as large as this.
    const auto demanders = [&](const Rational& n_s) -> Rational { return d - t.sigma * n_s; };
    const auto suppliers = [&](const Rational& n_d) -> Rational { return s + platform.cross_s * n_d; };

    const std::vector<Candidate> candidates{
        {Status::interior, {(d - t.sigma * s) / t.big_m, (s + platform.cross_s * d) / t.big_m}},
        {Status::box_nd1, {1, suppliers(1)}},
        {Status::box_nd0, {0, suppliers(0)}},
        {Status::box_ns1, {demanders(1), 1}},
        {Status::box_ns0, {demanders(0), 0}},
        {Status::box_11, {1, 1}},
        {Status::box_10, {1, 0}},
        {Status::box_01, {0, 1}},
        {Status::box_00, {0, 0}}};
    for (const auto& [status, at] : candidates) {
        if (in_box(at) && at.d == clamp_to_unit(demanders(at.s)) && at.s == clamp_to_unit(suppliers(at.d))) {
            return {status, at};
        }
    }
    return Status::degenerate;
}

Fees fees_for(const Platform& platform, const Scales& scales) {
    const Terms t = terms(platform);
    return {t.appeal_d - scales.d - t.sigma * scales.s, t.appeal_s - scales.s + platform.cross_s * scales.d};
}

Solved<Hessian> hessian(const Platform& platform, Objective objective) {
    if (!valid(platform)) return Status::bad_param;
    const Terms t = terms(platform);
    if (t.big_m == 0) return Status::degenerate;
    const bool definite = abs(t.g) < weight(objective);
    if (objective == Objective::profit) {
        return {Status::ok, Hessian{-2 / t.big_m, -t.g / t.big_m, -2 / t.big_m, definite}};
    }
    const Rational& alpha = platform.cross_s;
    const Rational square = t.big_m * t.big_m;
    const Rational common = 1 + 2 * t.sigma * alpha;
    return {Status::ok, Hessian{(alpha * alpha - common) / square, -t.g * t.sigma * alpha / square,
                                (t.sigma * t.sigma - common) / square, definite}};
}

PlatformOptimum outcome(const Platform& platform, const Scales& scales, const Fees& fees) {
    const Rational profit = fees.d * scales.d + fees.s * scales.s - service_expense(platform);
    const Rational surplus_d = scales.d * scales.d / 2;
    const Rational surplus_s = scales.s * scales.s / 2;
    return {.scale_d = scales.d,
            .scale_s = scales.s,
            .fee_d = fees.d,
            .fee_s = fees.s,
            .profit = profit,
            .surplus_d = surplus_d,
            .surplus_s = surplus_s,
            .welfare = profit + surplus_d + surplus_s};
}

Scales interior_scales(const Platform& platform, Objective objective) {
    return interior(terms(platform), weight(objective));
}

Scales free_entry_scales(const Platform& platform, Objective objective) {
    const Terms t = terms(platform);
    const Rational s = objective == Objective::profit
                           ? Rational((t.appeal_s + platform.cross_s * t.appeal_d) / (2 * t.big_m))
                           : Rational((t.appeal_s + t.g * t.appeal_d) /
                                      (1 + 2 * t.sigma * platform.cross_s - t.sigma * t.sigma));
    return {t.appeal_d - t.sigma * s, s};
}

Solved<PlatformOptimum> two_sided(const Platform& platform, Objective objective, FeePolicy policy) {
    if (!valid(platform)) return Status::bad_param;
    if (abs(terms(platform).g) >= weight(objective)) return Status::not_concave;

    Status status = Status::interior;
    Scales best = interior_scales(platform, objective);
    Fees fees = fees_for(platform, best);
    if (policy == FeePolicy::none && fees.d < 0) {
        status = Status::fee_d_zero;
        best = free_entry_scales(platform, objective);
        fees = fees_for(platform, best);
    }
    if (!in_box(best)) return Status::scale_range;
    auto optimum = outcome(platform, best, fees);
    if (policy != FeePolicy::free && optimum.profit < 0) return Status::deficit;
    return {status, std::move(optimum)};
}

Conditions conditions(const Platform& platform, Objective objective) {
    Conditions found;
    found.concave = abs(terms(platform).g) < weight(objective);
    if (!found.concave) return found;  // no optimum of which to speak
    const Scales best = interior_scales(platform, objective);
    const PlatformOptimum optimum = outcome(platform, best, fees_for(platform, best));
    found.not_empty = best.d >= 0 && best.s >= 0;
    found.not_full = best.d <= 1 && best.s <= 1;
    found.funded = optimum.profit >= 0;
    found.unsubsidised = optimum.fee_d >= 0;
    return found;
}

BoxedScales boxed_scales(const Terms& t, Objective objective) {
    const Rational m = weight(objective);
    std::vector<Candidate> candidates;
    if (abs(t.g) < m) candidates.push_back({Status::interior, interior(t, m)});
    candidates.insert(candidates.end(), {{Status::box_nd1, {1, (t.appeal_s + t.g) / m}},
                                         {Status::box_ns1, {(t.appeal_d + t.g) / m, 1}},
                                         {Status::box_nd0, {0, t.appeal_s / m}},
                                         {Status::box_ns0, {t.appeal_d / m, 0}},
                                         {Status::box_11, {1, 1}},
                                         {Status::box_10, {1, 0}},
                                         {Status::box_01, {0, 1}},
                                         {Status::box_00, {0, 0}}});
    std::optional<BoxedScales> best;
    for (const auto& [status, at] : candidates) {
        if (!in_box(at)) continue;
        const Rational value =
            t.appeal_d * at.d + t.appeal_s * at.s - m / 2 * (at.d * at.d + at.s * at.s) + t.g * at.d * at.s;
        if (!best || value > best->value) best = BoxedScales{status, at, value};
    }
    return best.value_or(BoxedScales{});  // the corners are always in the box
}

Solved<PlatformOptimum> two_sided_boxed(const Platform& platform, Objective objective) {
    if (!valid(platform)) return Status::bad_param;
    const BoxedScales best = boxed_scales(terms(platform), objective);
    return {best.status, outcome(platform, best.scales, fees_for(platform, best.scales))};
}

}  // namespace pcq::econ::exact
