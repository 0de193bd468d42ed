// Random numbers for the properties of the model, the same in every run: the seed stands in the test.
#pragma once

#include <cstdint>
#include <random>

#include "src/economics/exact/rational.h"

namespace pcq::econ {

class Draw {
public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}

    std::int64_t number(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
    }
    // Of every size up to the most, small ones as often as large ones.
    std::int64_t any_size(std::int64_t most) { return number(0, most) >> number(0, 40); }
    // Between two whole numbers, both included, in hundredths.
    exact::Rational fraction(std::int64_t least, std::int64_t most) {
        return exact::Rational(number(least * 100, most * 100), 100);
    }

private:
    std::mt19937_64 random_;
};

}  // namespace pcq::econ
