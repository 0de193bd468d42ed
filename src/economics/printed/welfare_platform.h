// The welfare-seeking two-sided platform exactly as the paper prints it (Sustainability 2024, 16, 5810,
// section 3.2.2), with the paper's delta read as sigma = c - alpha_d. Its third line (profit) cannot be
// evaluated and is left out; the table of the specification's section 4 says what is right and what is not.
//
// For comparison only; a contract never calls it. No units, no bounds; sigma may be negative. degenerate
// where a formula divides by zero. Pure; thread-safe.
#pragma once

#include "src/economics/exact/two_sided.h"

namespace pcq::econ::printed {

using exact::Rational;

struct WelfarePlatform {
    Rational service_level;  // q
    Rational sens_d;         // beta_d
    Rational sens_s;         // beta_s
    Rational sigma;
    Rational cross_s;           // alpha_s
    Rational service_cost = 1;  // k
};
// The same platform for the corrected formulas: alpha_d = 0, so that sigma = c.
exact::Platform corrected(const WelfarePlatform& platform);

Solved<exact::Scales> welfare_scales(const WelfarePlatform& platform, const exact::Fees& fees);

struct Surplus {
    Rational d;
    Rational s;
};
Solved<Surplus> welfare_surplus(const WelfarePlatform& platform, const exact::Fees& fees);

Solved<exact::Fees> welfare_fees(const WelfarePlatform& platform);

struct WelfareHessian {
    Rational dd;
    Rational ds;
    Rational ss;
};
Solved<WelfareHessian> welfare_hessian(const WelfarePlatform& platform);

// N*, profit and W*.
struct WelfareEquilibrium {
    Rational scale_d;
    Rational scale_s;
    Rational profit;
    Rational welfare;
};
Solved<WelfareEquilibrium> welfare_equilibrium(const WelfarePlatform& platform);

}  // namespace pcq::econ::printed
