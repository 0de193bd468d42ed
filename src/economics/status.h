// How a formula of the model ended: one code per result (economics specification, section 7.3). Codes from
// 100 are errors and come without results. The numbers are public: prices on chain carry them.
#pragma once

#include <cstdint>
#include <string_view>

namespace pcq::econ {

enum class Status : std::uint32_t {
    ok = 0,
    cleared = 1,       // the market clears
    short_supply = 2,  // even if everybody sold there would not be enough
    short_cap = 3,     // the ceiling on P_c binds
    no_demand = 4,

    bad_param = 100,  // negative or zero where not allowed, ratio outside 0 to 1
    overflow = 101,   // above its limit, or a result that does not fit
    no_supply = 102,  // nobody has a surplus
    no_margin = 103,  // the ceiling, or P_c, is below what the platform's costs need
};

constexpr bool is_error(Status status) {
    return static_cast<std::uint32_t>(status) >= 100;
}
std::string_view name(Status status);  // as in the specification: "CLEARED", "E_NO_MARGIN", ...

// A result that is there unless status is an error.
template <class T>
struct Solved {
    Status status = Status::ok;
    T value{};

    Solved(Status status_) : status(status_) {}  // NOLINT: an error stands for the whole result
    Solved(Status status_, T value_) : status(status_), value(value_) {}
    bool ok() const { return !is_error(status); }
};

}  // namespace pcq::econ
