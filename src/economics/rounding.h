// Integer division with the rounding named: C++'s own truncates, which is neither for negative numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "src/base/wide.h"

namespace pcq::econ {

// The divisor is positive.
constexpr Int128 floor_div(Int128 dividend, Int128 divisor) {
    return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}
constexpr Int128 ceil_div(Int128 dividend, Int128 divisor) {
    return dividend / divisor + (dividend % divisor > 0 ? 1 : 0);
}

// The magnitudes that an int64 holds on both sides of zero.
constexpr std::optional<std::int64_t> to_int64(Int128 value) {
    constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
    if (value > kMost || value < -kMost) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

}  // namespace pcq::econ
