// The profit-seeking two-sided platform exactly as the paper prints it (Sustainability 2024, 16, 5810,
// section 3.2.1): equations (14) to (18), the Hessian and the results. They do not follow from one another;
// the register of the specification (D11 to D18) says where they part.
//
// For comparison only; a contract never calls it. No units, no bounds; of the platform c, q, beta_d, beta_s
// and k are read, cross_d and cross_s are not. degenerate where a formula divides by zero. Pure; thread-safe.
#pragma once

#include "src/economics/exact/two_sided.h"

namespace pcq::econ::printed {

using exact::Rational;

// (14), (15): each side's scale when the other side's is `scale_other` (N, read as N_s).
exact::Scales reaction(const exact::Platform& platform, const exact::Fees& fees, const Rational& scale_other);

// N_d and N_s given the fees.
Solved<exact::Scales> scales(const exact::Platform& platform, const exact::Fees& fees);

// (17), (18).
Solved<exact::Fees> fees(const exact::Platform& platform);

struct Hessian {
    Rational dd;
    Rational ds;
    Rational ss;
    bool existence = false;  // -2 < c (c - 1) < 2
    bool positive = false;   // -2 < c (c - 1) < 1
};
Hessian hessian(const exact::Platform& platform);

// N_d*, N_s* (exchanged) and pi* (right).
struct Equilibrium {
    Rational scale_d;
    Rational scale_s;
    Rational profit;
};
Solved<Equilibrium> equilibrium(const exact::Platform& platform);

}  // namespace pcq::econ::printed
