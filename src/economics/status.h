// How a formula of the model ended: one code per result (economics specification, section 7.3). Codes from
// 100 are errors and come without results. The numbers are public: prices on chain carry them.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace pcq::econ {

enum class Status : std::uint32_t {
    ok = 0,
    cleared = 1,       // the market clears
    short_supply = 2,  // even if everybody sold there would not be enough
    short_cap = 3,     // the ceiling on P_c binds
    no_demand = 4,

    interior = 10,       // the optimum lies inside its range
    corner_zero = 11,    // at its lower end
    corner_one = 12,     // at its upper end, which is 1
    corner_supply = 13,  // at its upper end, which is what people can supply
    tie = 14,            // both ends are equally good; the smaller is taken

    fee_d_zero = 20,  // no negative fee is allowed, so demanders pay nothing

    // Which bounds of 0 <= N_d, N_s <= 1 hold the scales (analysis only).
    box_nd1 = 30,
    box_ns1 = 31,
    box_nd0 = 32,
    box_ns0 = 33,
    box_11 = 34,  // N_d, then N_s
    box_10 = 35,
    box_01 = 36,
    box_00 = 37,

    bad_param = 100,    // negative or zero where not allowed, ratio outside 0 to 1
    overflow = 101,     // above its limit, or a result that does not fit
    no_supply = 102,    // nobody has a surplus
    no_margin = 103,    // the ceiling, or P_c, is below what the platform's costs need
    degenerate = 104,   // 1 + sigma alpha_s is not positive, or a formula divides by zero
    not_concave = 105,  // cross-side effects too strong: no best pair of fees
    scale_range = 106,  // a share of people below 0 or above 1
    deficit = 107,      // the platform would need outside money
    no_optimum = 108,   // service so cheap that more is always better
    supply_cap = 109,   // more is to be offset than people can supply
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
    Solved(Status status_, T value_) : status(status_), value(std::move(value_)) {}
    bool ok() const { return !is_error(status); }
};

}  // namespace pcq::econ
