// Result 2 (1) of the paper (Sustainability 2024, 16, 5810, section 4): whether welfare with the blockchain
// service is higher than without, by the printed formula, by the corrected closed form, and with scales kept
// in 0..1.
//
// In exact fractions without unit. Pure; thread-safe.
#pragma once

#include "src/economics/printed/welfare_platform.h"

namespace pcq::econ::exact {

// The regions that the paper names: R1 is alpha_s - 1 < sigma < 1, R2 is -1 < sigma < alpha_s -
// sqrt(alpha_s^2 + 1); decided exactly. Both are sign boundaries of the Hessian, not comparisons of welfare.
struct ResultRegions {
    bool first = false;
    bool second = false;
};
ResultRegions result_regions(const Rational& sigma, const Rational& cross_s);

// W*(q) - W*(0). degenerate where |g| = 1; the closed form is a maximum only if optimum_exists.
struct WelfareGain {
    Rational printed;
    Rational closed_form;
    Rational boxed;
    ResultRegions regions;
    bool optimum_exists = false;  // |g| < 1
};
Solved<WelfareGain> welfare_gain(const printed::WelfarePlatform& platform);

}  // namespace pcq::econ::exact
