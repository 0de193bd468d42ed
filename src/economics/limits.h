// How large an input of the integer layer may be (economics specification, section 7.1), and the tests for
// it.
//
// With these limits no intermediate of a formula leaves 128 bits where money or quota moves, or 256 bits in
// the analysis. Below its range an input is a bad parameter, above it an overflow. Pure; thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "src/base/amount.h"
#include "src/economics/status.h"

namespace pcq::econ {

inline constexpr std::int64_t kPriceMax =
    1'000'000'000'000;  // of an input, uCNY/kg; P_c may reach four times that
inline constexpr std::int64_t kGramsMax = 4'000'000'000'000'000'000;   // of a total
inline constexpr std::int64_t kReductionMax = 10'000'000'000'000'000;  // g, of one person in a year
inline constexpr std::int64_t kPopulationMax = 2'000'000'000;
inline constexpr std::int64_t kEaseMax = 4'000'000'000'000'000'000;   // g per (CNY/kg)
inline constexpr std::int64_t kNanoMax = 1'000'000'000'000;           // a coefficient of section 3.2, 1e-9
inline constexpr std::int64_t kValueUnitMax = 1'000'000'000'000'000;  // uCNY

// Negative is a bad parameter, too large an overflow; the first of the two decides.
constexpr Status in_range(std::int64_t value, std::int64_t most) {
    if (value < 0) return Status::bad_param;
    return value > most ? Status::overflow : Status::ok;
}
constexpr Status in_range(PricePerKg value) {
    return in_range(value.value(), kPriceMax);
}
constexpr Status in_range(Grams value) {
    return in_range(value.value(), kGramsMax);
}
constexpr Status in_range(Ratio value) {
    return in_range(value.value(), kRatioOne);
}
template <class Unit>
constexpr Status positive(Amount<Unit> value) {
    return value.is_positive() ? Status::ok : Status::bad_param;
}

// The first error among input checks, in the order in which the specification tests them.
template <std::size_t N>
constexpr Status first_error(const std::array<Status, N>& checks) {
    const auto found = std::find_if(checks.begin(), checks.end(), is_error);
    return found == checks.end() ? Status::ok : *found;
}

}  // namespace pcq::econ
