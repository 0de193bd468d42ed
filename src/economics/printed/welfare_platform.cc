#include "src/economics/printed/welfare_platform.h"

namespace pcq::econ::printed {

exact::Platform corrected(const WelfarePlatform& platform) {
    return {.service_level = platform.service_level,
            .sens_d = platform.sens_d,
            .sens_s = platform.sens_s,
            .ask_price = platform.sigma,
            .cross_d = 0,
            .cross_s = platform.cross_s,
            .service_cost = platform.service_cost};
}

Solved<exact::Scales> welfare_scales(const WelfarePlatform& platform, const exact::Fees& fees) {
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(corrected(platform));
    const Rational& alpha = platform.cross_s;
    if (big_m == 0) return Status::degenerate;
    return {Status::ok, exact::Scales{(a_d - fees.d + sigma * (fees.s - a_d)) / big_m,
                                      (a_d + a_d * alpha - fees.s - fees.d * alpha) / big_m}};
}

Solved<Surplus> welfare_surplus(const WelfarePlatform& platform, const exact::Fees& fees) {
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(corrected(platform));
    if (big_m == 0) return Status::degenerate;
    const Rational divisor = 2 * big_m * big_m;
    return {Status::ok, Surplus{(a_d - fees.d + sigma * (fees.s * a_d * a_d)) / divisor,
                                (fees.s + platform.cross_s * a_s - a_d * a_d) / divisor}};
}

Solved<exact::Fees> welfare_fees(const WelfarePlatform& platform) {
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(corrected(platform));
    const Rational& alpha = platform.cross_s;
    const Rational z = 1 - g * g;
    if (z == 0) return Status::degenerate;
    return {Status::ok, exact::Fees{(alpha * g * a_s + alpha * a_d) / -z, (sigma * g * a_d + a_s) / z}};
}

Solved<WelfareHessian> welfare_hessian(const WelfarePlatform& platform) {
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(corrected(platform));
    const Rational& alpha = platform.cross_s;
    if (big_m == 0) return Status::degenerate;
    const Rational square = big_m * big_m;
    return {Status::ok, WelfareHessian{(alpha * alpha - 1 - 2 * sigma * alpha) / square,
                                       sigma * (sigma - alpha) * alpha / square,
                                       (sigma * sigma - 2 * sigma * alpha - 1) / square}};
}

Solved<WelfareEquilibrium> welfare_equilibrium(const WelfarePlatform& platform) {
    const exact::Platform same = corrected(platform);
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(same);
    const Rational z = g * g - 1;
    if (z == 0) return Status::degenerate;
    const Rational gap = a_d - a_s;
    const Rational cost = exact::service_expense(same);
    return {Status::ok, WelfareEquilibrium{.scale_d = (-g * a_s - a_d) / z,
                                           .scale_s = (-g * a_d - a_s) / z,
                                           .profit = -g * (-g * a_d - a_s) / (z * z) - cost,
                                           .welfare = (-2 * g * a_d * a_s - gap * gap) / (2 * z) - cost}};
}

}  // namespace pcq::econ::printed
