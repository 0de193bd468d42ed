// The two-sided platform of the paper (Sustainability 2024, 16, 5810, section 3.2), corrected, in exact
// fractions: what src/economics/two_sided.h rounds, and what is analysis only.
//
//     U_d = v_d + q beta_d + alpha_d N_s - c N_s - f_d      U_s = v_s + q beta_s + alpha_s N_d - f_s
//
// One family for 3.2.1 (m = 2, alpha_d = 0, alpha_s = 1) and 3.2.2 (m = 1). Abbreviations as in the
// specification: A = 1 + q beta, sigma = c - alpha_d, g = alpha_s - sigma, M = 1 + sigma alpha_s. No units. A
// negative coefficient, or a service cost that is not positive, is a bad_param. Pure; thread-safe.
#pragma once

#include "src/economics/exact/rational.h"
#include "src/economics/objective.h"
#include "src/economics/status.h"

namespace pcq::econ::exact {

struct Platform {
    Rational service_level;     // q
    Rational sens_d;            // beta_d
    Rational sens_s;            // beta_s
    Rational ask_price;         // c of section 3.2
    Rational cross_d = 0;       // alpha_d
    Rational cross_s = 1;       // alpha_s
    Rational service_cost = 1;  // k
};

struct Terms {
    Rational appeal_d;  // A_d
    Rational appeal_s;  // A_s
    Rational sigma;
    Rational g;
    Rational big_m;  // M
};
Terms terms(const Platform& platform);
bool valid(const Platform& platform);
Rational weight(Objective objective);                // m
Rational service_expense(const Platform& platform);  // k q^2 / 2

struct Fees {
    Rational d;
    Rational s;
};
struct Scales {
    Rational d;
    Rational s;
};

// Who joins at these fees, with both scales kept in 0..1: interior or box_*. degenerate if M <= 0, where the
// answer is not unique.
Solved<Scales> scales(const Platform& platform, const Fees& fees);
// The fees that make the marginal users those of these scales.
Fees fees_for(const Platform& platform, const Scales& scales);

// Second derivatives of the objective with respect to the fees. degenerate if M = 0.
struct Hessian {
    Rational dd;
    Rational ds;
    Rational ss;
    bool negative_definite = false;  // |g| < m
};
Solved<Hessian> hessian(const Platform& platform, Objective objective);

struct PlatformOptimum {
    Rational scale_d;
    Rational scale_s;
    Rational fee_d;
    Rational fee_s;
    Rational profit;
    Rational surplus_d;
    Rational surplus_s;
    Rational welfare;
};
// What the platform and its users have at these scales and fees.
PlatformOptimum outcome(const Platform& platform, const Scales& scales, const Fees& fees);

// The best scales, and the best ones when demanders pay nothing, whether or not they are shares of people
// (specification, sections 3.3 and 4); |g| < m.
Scales interior_scales(const Platform& platform, Objective objective);
Scales free_entry_scales(const Platform& platform, Objective objective);

// The best pair of fees. interior or fee_d_zero; errors in this order: bad_param, not_concave, scale_range,
// deficit.
Solved<PlatformOptimum> two_sided(const Platform& platform, Objective objective, FeePolicy policy);

// What the interior optimum needs, each condition by itself (specification, sections 3.3 and 4).
struct Conditions {
    bool concave = false;       // |g| < m
    bool not_empty = false;     // N_d >= 0 and N_s >= 0
    bool not_full = false;      // N_d <= 1 and N_s <= 1
    bool funded = false;        // profit >= 0 without outside money
    bool unsubsidised = false;  // f_d >= 0
};
Conditions conditions(const Platform& platform, Objective objective);

// The best scales with 0 <= N_d, N_s <= 1, for any g: the maximum of A_d N_d + A_s N_s - m/2 (N_d^2 + N_s^2)
// + g N_d N_s. Status interior or box_*, of equals the first in the specification's order.
struct BoxedScales {
    Status status = Status::interior;
    Scales scales;
    Rational value;
};
BoxedScales boxed_scales(const Terms& terms, Objective objective);

// The same as an outcome; the fees are the largest that support it.
Solved<PlatformOptimum> two_sided_boxed(const Platform& platform, Objective objective);

}  // namespace pcq::econ::exact
