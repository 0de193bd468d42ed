#include "src/economics/printed/profit_platform.h"

namespace pcq::econ::printed {

exact::Scales reaction(const exact::Platform& platform, const exact::Fees& fees,
                       const Rational& scale_other) {
    const exact::Terms t = exact::terms(platform);
    return {t.appeal_d - platform.ask_price * scale_other - fees.d, t.appeal_s - fees.s};
}

Solved<exact::Scales> scales(const exact::Platform& platform, const exact::Fees& fees) {
    const auto& [q, b_d, b_s, c, alpha_d, alpha_s, k] = platform;
    if (1 + c == 0) return Status::degenerate;
    return {Status::ok, exact::Scales{(1 - fees.d + q * b_d + c * (fees.s - q * b_s)) / (1 + c),
                                      (1 - fees.s + q * (b_s + b_d) - fees.d) / (1 + c)}};
}

Solved<exact::Fees> fees(const exact::Platform& platform) {
    const exact::Terms t = exact::terms(platform);
    const Rational& c = platform.ask_price;
    const Rational z = c * c - 4;
    if (z == 0) return Status::degenerate;
    return {Status::ok, exact::Fees{((c - 2) * t.appeal_d + c * t.appeal_s) / z,
                                    (c * (c - 1) - 2 * t.appeal_s - c * t.appeal_d) / z}};
}

Hessian hessian(const exact::Platform& platform) {
    const Rational& c = platform.ask_price;
    const Rational h = c * (c - 1);
    const Rational divisor = 1 + h;  // never below 3/4
    return {.dd = -2 / divisor,
            .ds = (c - 1) / divisor,
            .ss = -2 / divisor,
            .existence = exact::is_between(-2, h, 2),
            .positive = exact::is_between(-2, h, 1)};
}

Solved<Equilibrium> equilibrium(const exact::Platform& platform) {
    const auto& [a_d, a_s, sigma, g, big_m] = exact::terms(platform);
    const Rational& c = platform.ask_price;
    const Rational z = (c - 1) * (c - 1) - 4;
    if (z == 0) return Status::degenerate;
    const Rational income = (a_d * a_d + a_s * a_s + (1 - c) * a_d * a_s) / -z;
    return {Status::ok, Equilibrium{((c - 1) * a_d - 2 * a_s) / z, ((c - 1) * a_s - 2 * a_d) / z,
                                    income - exact::service_expense(platform)}};
}

}  // namespace pcq::econ::printed
