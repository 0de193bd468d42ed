// Numbers with units, as people write them to `pcq model` and read them there.
//
// "0.2 CNY/kg", "200 CNY/t", "7/10", "70 %", "2e11 kg", "200 Mt": exact fractions, nothing is rounded on the
// way in. On the way out a decimal with some digits, and the fraction beside it where it is short. Pure;
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/economics/exact/rational.h"

namespace pcq::cli::model {

using econ::exact::Rational;

// The units of the paper's model: what a plain number means.
enum class Unit {
    one,  // shares, ratios, and everything of section 3.2
    kg,
    kg_per_person,
    people,
    cny_per_kg,
    kg2_per_cny,
    cny,
};

std::string name(Unit unit);  // "CNY/kg"; "1" for a number without unit

// A number without unit is in `unit`. bad_argument says what is expected.
Result<Rational> quantity_from(std::string_view text, Unit unit);
// The value of a TOML float: the shortest decimal that is this double.
Rational rational_from(double value);

// How a unit may be written in a key of a parameter file ("_cny_per_kg", "_cny_per_t"), and what it is worth.
struct KeyUnit {
    std::string suffix;
    Rational worth;
};
std::vector<KeyUnit> key_units(Unit unit);

// At least six digits that count, no zeros at the end: "0.730882", "2800000000".
std::string decimal_text(const Rational& value);
// With the fraction if it is short and the decimal is not all of it: "0.730882 (497/680)".
std::string full_text(const Rational& value);
// The same with its unit.
std::string text_of(const Rational& value, Unit unit);

double to_double(const Rational& value);  // for drawing

}  // namespace pcq::cli::model
