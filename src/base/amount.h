// Amounts that cannot be confused and do not wrap: Grams, MicroYuan, PricePerKg, Ratio.
//
// Each is a signed 64-bit integer of one unit (economics.md 7.1). Sums and differences are checked
// and return Code::amount_overflow; products of two kinds live in src/economics with 128 or 256 bits.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "src/base/result.h"

namespace pcq {

template <class Unit>
class Amount {
public:
    constexpr Amount() = default;
    explicit constexpr Amount(std::int64_t value) : value_(value) {}

    constexpr std::int64_t value() const { return value_; }
    constexpr bool is_zero() const { return value_ == 0; }
    constexpr bool is_negative() const { return value_ < 0; }
    constexpr bool is_positive() const { return value_ > 0; }

    friend constexpr auto operator<=>(const Amount&, const Amount&) = default;
    friend constexpr bool operator==(const Amount&, const Amount&) = default;

private:
    std::int64_t value_ = 0;
};

using Grams = Amount<struct GramsUnit>;            // CO2 equivalent
using MicroYuan = Amount<struct MicroYuanUnit>;    // 1 CNY = 1'000'000
using PricePerKg = Amount<struct PricePerKgUnit>;  // micro-yuan per kilogram of CO2e
using Ratio = Amount<struct RatioUnit>;            // parts per billion, 1 = 1'000'000'000

inline constexpr std::int64_t kRatioOne = 1'000'000'000;

namespace literals {
constexpr Grams operator""_g(unsigned long long value) {
    return Grams(static_cast<std::int64_t>(value));
}
constexpr MicroYuan operator""_uy(unsigned long long value) {
    return MicroYuan(static_cast<std::int64_t>(value));
}
constexpr PricePerKg operator""_uy_per_kg(unsigned long long value) {
    return PricePerKg(static_cast<std::int64_t>(value));
}
constexpr Ratio operator""_ppb(unsigned long long value) {
    return Ratio(static_cast<std::int64_t>(value));
}
}  // namespace literals

template <class Unit>
Result<Amount<Unit>> checked_add(Amount<Unit> a, Amount<Unit> b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.value(), b.value(), &sum)) {
        return Error{Code::amount_overflow, "the sum of " + std::to_string(a.value()) + " and " +
                                                std::to_string(b.value()) + " overflows"};
    }
    return Amount<Unit>(sum);
}

template <class Unit>
Result<Amount<Unit>> checked_sub(Amount<Unit> a, Amount<Unit> b) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.value(), b.value(), &difference)) {
        return Error{Code::amount_overflow,
                     std::to_string(a.value()) + " less " + std::to_string(b.value()) + " overflows"};
    }
    return Amount<Unit>(difference);
}

// For people: "1234.567 kg", "12.340000 CNY", "0.055000 CNY/kg", "70.0000000 %". Exact, no rounding.
std::string to_text(Grams grams);
std::string to_text(MicroYuan money);
std::string to_text(PricePerKg price);
std::string to_text(Ratio ratio);

}  // namespace pcq
