// Division of 256-bit integers with the rounding named, for the analytic formulas; beside rounding.h, because
// what moves money or quota needs 128 bits only.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>

namespace pcq::econ {

using Int256 = boost::multiprecision::int256_t;

// What an int64 holds on both sides of zero.
inline std::optional<std::int64_t> to_int64(const Int256& value) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (value > kMost || value < -kMost) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

// The divisor is positive; nothing if the quotient does not fit.
inline std::optional<std::int64_t> floor_to_int64(const Int256& dividend, const Int256& divisor) {
    Int256 quotient = dividend / divisor;
    if (dividend % divisor < 0) --quotient;
    return to_int64(quotient);
}
inline std::optional<std::int64_t> ceil_to_int64(const Int256& dividend, const Int256& divisor) {
    Int256 quotient = dividend / divisor;
    if (dividend % divisor > 0) ++quotient;
    return to_int64(quotient);
}

}  // namespace pcq::econ
