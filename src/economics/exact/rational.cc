#include "src/economics/exact/rational.h"

#include <algorithm>

namespace pcq::econ::exact {
namespace {

constexpr std::size_t kTextMax = 200;

Integer power_of_ten(std::size_t exponent) {
    return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

// Only digits, at least one.
std::optional<Integer> parse_digits(std::string_view text) {
    if (text.empty()) return std::nullopt;
    Integer value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    return value;
}

Integer floor_of(const Integer& dividend, const Integer& divisor) {
    Integer quotient = dividend / divisor;
    if (dividend % divisor < 0) --quotient;
    return quotient;
}

// The nearest integer to value * scale, half to even.
Integer nearest(const Rational& value, const Integer& scale) {
    const Integer dividend = numerator(value) * scale;
    const Integer divisor = denominator(value);
    Integer quotient = floor_of(dividend, divisor);
    const Integer twice = 2 * (dividend - quotient * divisor);
    if (twice > divisor || (twice == divisor && quotient % 2 != 0)) ++quotient;
    return quotient;
}

}  // namespace

std::optional<Rational> parse(std::string_view text) {
    if (text.size() > kTextMax) return std::nullopt;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    Integer dividend;
    Integer divisor = 1;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const auto above = parse_digits(text.substr(0, slash));
        const auto below = parse_digits(text.substr(slash + 1));
        if (!above || !below || *below == 0) return std::nullopt;
        dividend = *above;
        divisor = *below;
    } else {
        const auto point = std::min(text.find('.'), text.size());
        const auto whole = parse_digits(text.substr(0, point));
        if (!whole) return std::nullopt;
        dividend = *whole;
        if (point < text.size()) {
            const std::string_view behind = text.substr(point + 1);
            const auto part = parse_digits(behind);
            if (!part) return std::nullopt;
            divisor = power_of_ten(behind.size());
            dividend = dividend * divisor + *part;
        }
    }
    if (negative) dividend = -dividend;
    return Rational(dividend, divisor);
}

std::string to_text(const Rational& value) {
    const std::string above = numerator(value).str();
    return denominator(value) == 1 ? above : above + "/" + denominator(value).str();
}

std::string to_decimal(const Rational& value, unsigned digits) {
    // Half to even is the same on both sides of zero.
    const Integer scaled = nearest(value, power_of_ten(digits));
    std::string text = Integer(abs(scaled)).str();
    if (text.size() <= digits) text.insert(0, digits + 1 - text.size(), '0');
    if (digits > 0) text.insert(text.size() - digits, ".");
    return scaled < 0 ? "-" + text : text;
}

Integer floor_on(const Rational& value, std::int64_t units) {
    return floor_of(numerator(value) * units, denominator(value));
}

Rational rounded(const Rational& value, unsigned digits) {
    const Integer scale = power_of_ten(digits);
    return Rational(nearest(value, scale), scale);
}

Rational sqrt_below(const Rational& value, unsigned digits) {
    const Integer scale = power_of_ten(digits);
    const Integer square = floor_of(numerator(value) * scale * scale, denominator(value));
    return Rational(Integer(sqrt(square)), scale);
}

Rational clamp_to_unit(const Rational& value) {
    return std::clamp(value, Rational(0), Rational(1));
}

bool is_between(const Rational& low, const Rational& value, const Rational& high) {
    return low < value && value < high;
}

}  // namespace pcq::econ::exact
