// Why there is no such market, platform or optimum: the condition that the parameters break, and the values
// that break it.
//
// Everything here is an Error of Code::model_infeasible, whose message begins with the status of the
// specification's section 7.3. Pure; thread-safe.
#pragma once

#include "src/base/result.h"
#include "src/cli/model/quantity.h"
#include "src/economics/exact/service.h"
#include "src/economics/exact/welfare.h"

namespace pcq::cli::model {

// `condition` as in "P >= c + c_b", `values` as in "P = 0.01 CNY/kg, c + c_b = 0.015 CNY/kg".
Error infeasible(econ::Status status, const std::string& condition, const std::string& values);

// (7): no_supply, no_margin.
Error why_no_market(econ::Status status, const econ::exact::MarketIn& in);
// (8) to (11): no_supply (as bad_param), supply_cap.
Error why_no_welfare(econ::Status status, const econ::exact::Region& region, const Rational& offset_ratio);
// Proposition 2 needs everything above zero.
Error why_no_offset(econ::Status status, const econ::exact::Region& region);
// The fees of section 3.2: not_concave, scale_range, deficit.
Error why_no_fees(econ::Status status, const econ::exact::Platform& platform, econ::Objective objective,
                  econ::FeePolicy policy);
// q*: not_concave, no_optimum, scale_range.
Error why_no_service(econ::Status status, const econ::exact::Platform& platform, econ::Objective objective);

}  // namespace pcq::cli::model
