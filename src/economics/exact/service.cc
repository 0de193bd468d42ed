#include "src/economics/exact/service.h"

#include <optional>
#include <set>

namespace pcq::econ::exact {
namespace {

Platform at(Platform platform, const Rational& service_level) {
    platform.service_level = service_level;
    return platform;
}

Rational interior_level(const Platform& platform, Objective objective, const Rational& bracket) {
    const Rational g = terms(platform).g;
    return (platform.sens_d + platform.sens_s) * (weight(objective) + g) / bracket;
}

// Where the best of a regime can lie: everybody out, both full, one side full or empty, nobody bound.
std::set<Rational> candidate_levels(const Platform& platform, Objective objective) {
    const Rational m = weight(objective);
    const Rational g = terms(platform).g;
    const Rational& k = platform.service_cost;
    std::set<Rational> levels{0, (platform.sens_d + platform.sens_s) / k, platform.sens_d / k,
                              platform.sens_s / k};
    const Rational bracket = service_bracket(platform, objective);
    if (abs(g) < m && bracket > 0) levels.insert(interior_level(platform, objective, bracket));
    const auto edge = [&](const Rational& bound, const Rational& free) {
        const Rational divisor = m * k - free * free;
        if (divisor <= 0) return;
        const Rational full = (m * bound + free * (1 + g)) / divisor;
        if (full >= 0) levels.insert(full);
        levels.insert(free / divisor);
    };
    edge(platform.sens_d, platform.sens_s);
    edge(platform.sens_s, platform.sens_d);
    return levels;
}

}  // namespace

Rational service_bracket(const Platform& platform, Objective objective) {
    const Rational m = weight(objective);
    const Rational g = terms(platform).g;
    const Rational& b_d = platform.sens_d;
    const Rational& b_s = platform.sens_s;
    return platform.service_cost * (m * m - g * g) - m * (b_d * b_d + b_s * b_s) - 2 * g * b_d * b_s;
}

Solved<ServiceOptimum> service_optimum(const Platform& platform, Objective objective) {
    if (!valid(at(platform, 0))) return Status::bad_param;
    if (abs(terms(platform).g) >= weight(objective)) return Status::not_concave;
    const Rational bracket = service_bracket(platform, objective);
    if (bracket <= 0) return Status::no_optimum;
    const Rational level = interior_level(platform, objective, bracket);
    const auto best = two_sided(at(platform, level), objective, FeePolicy::free);
    if (!best.ok()) return best.status;
    const PlatformOptimum& found = best.value;
    return {Status::interior,
            ServiceOptimum{level, found.profit, found.welfare, found.scale_d, found.scale_s}};
}

Solved<BoxedServiceOptimum> service_optimum_boxed(const Platform& platform, Objective objective) {
    if (!valid(at(platform, 0))) return Status::bad_param;
    std::optional<BoxedServiceOptimum> best;
    Status status = Status::ok;
    for (const Rational& level : candidate_levels(platform, objective)) {
        const Platform there = at(platform, level);
        const BoxedScales found = boxed_scales(terms(there), objective);
        const Rational value = found.value - service_expense(there);
        if (!best || value > best->objective_value) {
            status = found.status;
            best = BoxedServiceOptimum{level, value, found.scales.d, found.scales.s};
        }
    }
    return {status, best.value_or(BoxedServiceOptimum{})};  // there is always the level 0
}

Solved<Sensitivities> sensitivities(const Platform& platform, Objective objective) {
    const auto solved = two_sided(platform, objective, FeePolicy::free);
    if (!solved.ok()) return solved.status;
    const Rational m = weight(objective);
    const Rational g = terms(platform).g;
    const Rational z = m * m - g * g;
    const Rational& q = platform.service_level;
    const Rational& b_d = platform.sens_d;
    const Rational& b_s = platform.sens_s;
    const Rational& n_d = solved.value.scale_d;
    const Rational& n_s = solved.value.scale_s;
    return {Status::ok, Sensitivities{.value_by_sens_d = q * n_d,
                                      .value_by_sens_s = q * n_s,
                                      .value_by_ask = -n_d * n_s,
                                      .value_by_service = b_d * n_d + b_s * n_s - platform.service_cost * q,
                                      .scale_d_by_sens_d = q * m / z,
                                      .scale_d_by_sens_s = q * g / z,
                                      .scale_d_by_service = (m * b_d + g * b_s) / z,
                                      .scale_s_by_service = (m * b_s + g * b_d) / z}};
}

}  // namespace pcq::econ::exact
