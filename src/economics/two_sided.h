// The two-sided platform of the paper (Sustainability 2024, 16, 5810, section 3.2), corrected, in integers:
// what the contract of registration fees calls.
//
//     U_d = v_d + q beta_d + alpha_d N_s - c N_s - f_d      U_s = v_s + q beta_s + alpha_s N_d - f_s
//
// with v uniform on (0, 1); N is the share that joins. Everything is in nano (1e-9) without unit: shares
// rounded down, fees rounded up (a subsidy shrinks), profit and welfare from the rounded shares and fees,
// rounded down. Every test is on exact numerators. 256-bit intermediates (200 are needed). Errors in this
// order: bad_param and overflow of inputs, not_concave, scale_range, overflow of results, deficit. Pure;
// thread-safe.
#pragma once

#include "src/base/amount.h"
#include "src/economics/objective.h"
#include "src/economics/settlement.h"
#include "src/economics/status.h"

namespace pcq::econ {

struct Platform {
    Nano service_level;       // q, 0 is "no blockchain service"
    Nano sens_d;              // beta_d
    Nano sens_s;              // beta_s
    Nano ask_price;           // c of section 3.2
    Nano cross_d;             // alpha_d
    Nano cross_s{kRatioOne};  // alpha_s; 0 and 1 give section 3.2.1
    Nano service_cost;        // k > 0: the service costs k q^2 / 2
};
struct PlatformOptimum {
    Nano scale_d;  // N_d
    Nano scale_s;  // N_s
    Nano fee_d;    // f_d
    Nano fee_s;    // f_s
    Nano profit;
    Nano surplus_d;  // N_d^2 / 2
    Nano surplus_s;  // N_s^2 / 2
    Nano welfare;    // profit and both surpluses
};
// The best pair of fees. interior, or fee_d_zero where policy `none` forbids to pay demanders.
Solved<PlatformOptimum> two_sided(const Platform& platform, Objective objective, FeePolicy policy);

// q*: the service level (rounded down) whose best pair of fees is best; platform.service_level is not read.
// no_optimum if more service is always better; advisory, hence without a test for a deficit.
struct ServiceOptimum {
    Nano service_level;
    PlatformOptimum platform;
};
Solved<ServiceOptimum> service_optimum(const Platform& platform, Objective objective);

}  // namespace pcq::econ
