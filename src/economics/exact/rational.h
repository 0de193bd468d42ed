// Exact numbers for the analysis of the model: fractions of any length, and how they meet text and grids.
//
// The layer src/economics/exact has no rounding at all and no limits; a contract never calls it. Numbers are
// in kg, CNY, CNY/kg and kg^2/CNY in sections 3 and 3.1 of the paper, without unit in section 3.2. Division
// by zero must not happen: the formulas test their divisors first. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace pcq::econ::exact {

// Without expression templates, so that `auto` and std::min mean what they say.
using Integer =
    boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;
using Rational = boost::multiprecision::number<
    boost::multiprecision::rational_adaptor<boost::multiprecision::cpp_int_backend<>>,
    boost::multiprecision::et_off>;

// "-7/40", "12", "0.055"; nothing for anything else, a zero divisor, or more than 200 characters.
std::optional<Rational> parse(std::string_view text);
// "-7/40", "12": lowest terms, the sign in front.
std::string to_text(const Rational& value);
// "-0.175000" with so many digits after the point, rounded half to even; zero has no sign.
std::string to_decimal(const Rational& value, unsigned digits);

// The integer below value * units (a grid of the specification: 1000 for kg in grams, 1e6 for CNY in uCNY,
// 1e9 for nano); rounded towards minus infinity.
Integer floor_on(const Rational& value, std::int64_t units);
// value on the nearest multiple of 10^-digits, half to even: keeps long iterations short.
Rational rounded(const Rational& value, unsigned digits);
// The largest multiple of 10^-digits whose square is at most value, which is not negative.
Rational sqrt_below(const Rational& value, unsigned digits);

Rational clamp_to_unit(const Rational& value);                                      // to 0..1
bool is_between(const Rational& low, const Rational& value, const Rational& high);  // and equal to neither

}  // namespace pcq::econ::exact
