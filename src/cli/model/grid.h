// Regions of parameters for claims: evenly spaced fractions, and points in words. Pure; thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "src/economics/exact/rational.h"

namespace pcq::cli::model {

using econ::exact::Rational;

// low, ..., high in n steps.
inline std::vector<Rational> steps(const Rational& low, const Rational& high, unsigned n) {
    std::vector<Rational> all;
    for (unsigned i = 0; i <= n; ++i) all.push_back(low + (high - low) * i / n);
    return all;
}

// "c = 29/20, beta_d = 0".
inline std::string at_point(std::initializer_list<std::pair<const char*, Rational>> values) {
    std::string text;
    for (const auto& [name, value] : values) {
        text += (text.empty() ? "" : ", ") + std::string(name) + " = " + econ::exact::to_text(value);
    }
    return text;
}

}  // namespace pcq::cli::model
