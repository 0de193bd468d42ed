#include "src/economics/exact/results.h"

namespace pcq::econ::exact {
namespace {

// W* of the corrected model; |g| is not 1.
Rational closed_form(const Platform& platform) {
    const auto& [a_d, a_s, sigma, g, big_m] = terms(platform);
    return (a_d * a_d + a_s * a_s + 2 * g * a_d * a_s) / (2 * (1 - g * g)) - service_expense(platform);
}

Rational boxed(const Platform& platform) {
    return boxed_scales(terms(platform), Objective::welfare).value - service_expense(platform);
}

}  // namespace

ResultRegions result_regions(const Rational& sigma, const Rational& cross_s) {
    const Rational g = cross_s - sigma;
    // sigma < alpha_s - sqrt(alpha_s^2 + 1) if and only if g is positive and g^2 > alpha_s^2 + 1.
    return {.first = is_between(cross_s - 1, sigma, 1),
            .second = sigma > -1 && g > 0 && g * g > cross_s * cross_s + 1};
}

Solved<WelfareGain> welfare_gain(const printed::WelfarePlatform& platform) {
    printed::WelfarePlatform without = platform;
    without.service_level = 0;
    const auto printed_with = printed::welfare_equilibrium(platform);
    const auto printed_without = printed::welfare_equilibrium(without);
    if (!printed_with.ok() || !printed_without.ok()) return Status::degenerate;
    const Platform with_service = printed::corrected(platform);
    const Platform no_service = printed::corrected(without);
    return {Status::ok, WelfareGain{.printed = printed_with.value.welfare - printed_without.value.welfare,
                                    .closed_form = closed_form(with_service) - closed_form(no_service),
                                    .boxed = boxed(with_service) - boxed(no_service),
                                    .regions = result_regions(platform.sigma, platform.cross_s),
                                    .optimum_exists = abs(terms(with_service).g) < 1}};
}

}  // namespace pcq::econ::exact
