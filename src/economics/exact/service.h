// The service level q of the two-sided platform: the best one, and how the best outcome moves with it and
// with the other parameters (paper, section 3.2; Results 1 and 2; economics specification, sections 3.4 and
// 5).
//
// In exact fractions without unit. platform.service_level is read by sensitivities only. Pure; thread-safe.
#pragma once

#include "src/economics/exact/two_sided.h"

namespace pcq::econ::exact {

// k (m^2 - g^2) - m (beta_d^2 + beta_s^2) - 2 g beta_d beta_s: positive if and only if the value of the
// interior optimum is strictly concave in q (Result 1 (3), for |g| < m).
Rational service_bracket(const Platform& platform, Objective objective);

// q*. Errors: bad_param, not_concave, no_optimum (bracket not positive), scale_range at q*.
struct ServiceOptimum {
    Rational service_level;
    Rational profit;
    Rational welfare;
    Rational scale_d;
    Rational scale_s;
};
Solved<ServiceOptimum> service_optimum(const Platform& platform, Objective objective);

// The same with 0 <= N <= 1: exists always. Status says which bounds hold there.
struct BoxedServiceOptimum {
    Rational service_level;
    Rational objective_value;
    Rational scale_d;
    Rational scale_s;
};
Solved<BoxedServiceOptimum> service_optimum_boxed(const Platform& platform, Objective objective);

// Derivatives of the interior optimum; V is the value of the objective (profit or welfare), by the envelope
// theorem. Errors as two_sided with policy free.
struct Sensitivities {
    Rational value_by_sens_d;  // dV/dbeta_d, Result 1 (1)
    Rational value_by_sens_s;
    Rational value_by_ask;  // dV/dc, Result 1 (2); alpha_s is held
    Rational value_by_service;
    Rational scale_d_by_sens_d;  // dN_d/dbeta_d, Result 2 (2)
    Rational scale_d_by_sens_s;
    Rational scale_d_by_service;
    Rational scale_s_by_service;
};
Solved<Sensitivities> sensitivities(const Platform& platform, Objective objective);

}  // namespace pcq::econ::exact
