#include "src/economics/two_sided.h"

#include <array>

#include "src/economics/limits.h"
#include "src/economics/wide_rounding.h"

namespace pcq::econ {
namespace {

constexpr Int256 kE9 = kRatioOne;
constexpr Int256 kE18 = kE9 * kE9;

Status check(const Platform& platform) {
    const auto coefficient = [](Nano value) { return in_range(value.value(), kNanoMax); };
    return first_error(std::array{coefficient(platform.sens_d), coefficient(platform.sens_s),
                                  coefficient(platform.ask_price), coefficient(platform.cross_d),
                                  coefficient(platform.cross_s), coefficient(platform.service_cost),
                                  positive(platform.service_cost), coefficient(platform.service_level)});
}

// The abbreviations of the specification with their scale: A and M are in 1e-18, the others in 1e-9.
struct Terms {
    Int256 m;
    Int256 a_d;    // A_d = 1 + q beta_d
    Int256 a_s;    // A_s = 1 + q beta_s
    Int256 sigma;  // c - alpha_d
    Int256 alpha_s;
    Int256 g;      // alpha_s - sigma
    Int256 big_m;  // M = 1 + sigma alpha_s
    Int256 z;      // m^2 - g^2, in 1e-18
};

Terms terms(const Platform& platform, Objective objective) {
    const Int256 q = platform.service_level.value();
    Terms t;
    t.m = static_cast<int>(objective);
    t.a_d = kE18 + q * platform.sens_d.value();
    t.a_s = kE18 + q * platform.sens_s.value();
    t.sigma = platform.ask_price.value() - platform.cross_d.value();
    t.alpha_s = platform.cross_s.value();
    t.g = t.alpha_s - t.sigma;
    t.big_m = kE18 + t.sigma * t.alpha_s;
    t.z = t.m * t.m * kE18 - t.g * t.g;
    return t;
}

struct Fraction {  // in nano
    Int256 dividend;
    Int256 divisor;  // positive
};

bool is_share(const Fraction& share) {
    return share.dividend >= 0 && share.dividend <= kE9 * share.divisor;
}

// Scales and fees before any rounding.
struct Exact {
    Fraction scale_d;
    Fraction scale_s;
    Fraction fee_d;
    Fraction fee_s;
};

Exact interior(const Terms& t, Objective objective) {
    const Int256 x_d = t.m * kE9 * t.a_d + t.g * t.a_s;
    const Int256 x_s = t.m * kE9 * t.a_s + t.g * t.a_d;
    const Int256 divisor = t.z * kE9;
    Exact exact{{x_d, t.z}, {x_s, t.z}, {-t.alpha_s * x_s, divisor}, {t.sigma * x_d, divisor}};
    if (objective == Objective::profit) {
        const Int256 cross = (t.sigma + t.alpha_s) * kE9;
        exact.fee_d.dividend = t.a_d * (2 * kE18 - t.g * t.alpha_s) - cross * t.a_s;
        exact.fee_s.dividend = t.a_s * (2 * kE18 + t.g * t.sigma) + cross * t.a_d;
    }
    return exact;
}

// The best supplier's fee when demanders pay nothing. Both divisors are positive because |g| < m.
Exact free_for_demanders(const Terms& t, Objective objective) {
    if (objective == Objective::profit) {
        const Int256 y = kE9 * t.a_s + t.alpha_s * t.a_d;
        return Exact{
            {2 * t.big_m * t.a_d - t.sigma * y, 2 * t.big_m * kE9}, {y, 2 * t.big_m}, {0, 1}, {y, 2 * kE18}};
    }
    const Int256 width = kE18 + 2 * t.sigma * t.alpha_s - t.sigma * t.sigma;
    const Int256 y = kE9 * t.a_s + t.g * t.a_d;
    const Int256 x = width * t.a_d - t.sigma * y;
    return Exact{
        {x, width * kE9}, {y, width}, {0, 1}, {kE9 * t.a_s * width - kE18 * y + t.alpha_s * x, width * kE18}};
}

// Rounds the shares and fees, and takes the rest from what was rounded.
Solved<PlatformOptimum> posted(const Platform& platform, const Exact& exact, Status status) {
    const auto scale_d = floor_to_int64(exact.scale_d.dividend, exact.scale_d.divisor);
    const auto scale_s = floor_to_int64(exact.scale_s.dividend, exact.scale_s.divisor);
    const auto fee_d = ceil_to_int64(exact.fee_d.dividend, exact.fee_d.divisor);
    const auto fee_s = ceil_to_int64(exact.fee_s.dividend, exact.fee_s.divisor);
    if (!scale_d || !scale_s || !fee_d || !fee_s) return Status::overflow;

    const Int256 n_d = *scale_d;
    const Int256 n_s = *scale_s;
    const Int256 q = platform.service_level.value();
    const Int256 cost = platform.service_cost.value() * q * q;  // in 1e-27, as the next two, each times 2
    const Int256 revenue = 2 * kE9 * (*fee_d * n_d + *fee_s * n_s);
    const Int256 surplus = kE9 * (n_d * n_d + n_s * n_s);
    const auto profit = floor_to_int64(revenue - cost, 2 * kE18);
    const auto welfare = floor_to_int64(revenue + surplus - cost, 2 * kE18);
    const auto surplus_d = floor_to_int64(n_d * n_d, 2 * kE9);
    const auto surplus_s = floor_to_int64(n_s * n_s, 2 * kE9);
    if (!profit || !welfare || !surplus_d || !surplus_s) return Status::overflow;
    return {status, PlatformOptimum{.scale_d = Nano(*scale_d),
                                    .scale_s = Nano(*scale_s),
                                    .fee_d = Nano(*fee_d),
                                    .fee_s = Nano(*fee_s),
                                    .profit = Nano(*profit),
                                    .surplus_d = Nano(*surplus_d),
                                    .surplus_s = Nano(*surplus_s),
                                    .welfare = Nano(*welfare)}};
}

}  // namespace

Solved<PlatformOptimum> two_sided(const Platform& platform, Objective objective, FeePolicy policy) {
    if (const Status checked = check(platform); is_error(checked)) return checked;
    const Terms t = terms(platform, objective);
    if (t.z <= 0) return Status::not_concave;

    Status status = Status::interior;
    Exact exact = interior(t, objective);
    if (policy == FeePolicy::none && exact.fee_d.dividend < 0) {
        status = Status::fee_d_zero;
        exact = free_for_demanders(t, objective);
    }
    if (!is_share(exact.scale_d) || !is_share(exact.scale_s)) return Status::scale_range;
    auto optimum = posted(platform, exact, status);
    if (optimum.ok() && policy != FeePolicy::free && optimum.value.profit.is_negative())
        return Status::deficit;
    return optimum;
}

Solved<ServiceOptimum> service_optimum(const Platform& platform, Objective objective) {
    Platform best = platform;
    best.service_level = Nano(0);
    if (const Status checked = check(best); is_error(checked)) return checked;
    const Terms t = terms(best, objective);
    if (t.z <= 0) return Status::not_concave;

    const Int256 b_d = platform.sens_d.value();
    const Int256 b_s = platform.sens_s.value();
    const Int256 bracket =
        platform.service_cost.value() * t.z - t.m * kE9 * (b_d * b_d + b_s * b_s) - 2 * t.g * b_d * b_s;
    if (bracket <= 0) return Status::no_optimum;
    const auto level = floor_to_int64((b_d + b_s) * (t.m * kE9 + t.g) * kE18, bracket);
    if (!level) return Status::overflow;
    best.service_level = Nano(*level);
    const auto optimum = two_sided(best, objective, FeePolicy::free);
    if (!optimum.ok()) return optimum.status;
    return {Status::interior, ServiceOptimum{best.service_level, optimum.value}};
}

}  // namespace pcq::econ
