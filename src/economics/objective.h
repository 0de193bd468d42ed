// What the two-sided platform of section 3.2 is run for, and which fees it may take: words that the integer
// and the exact layer share.
#pragma once

#include <cstdint>

namespace pcq::econ {

// m in the formulas: the weight of a user's own surplus that the platform does not see.
enum class Objective : std::uint8_t {
    welfare = 1,  // section 3.2.2: users' surplus and profit
    profit = 2,   // section 3.2.1
};

enum class FeePolicy : std::uint8_t {
    cross,  // any sign, but the platform needs no outside money
    none,   // no negative fee, no outside money
    free,   // anything (analysis)
};

}  // namespace pcq::econ
