// What a scenario came to, beside what the closed form expects of the same households; kept as JSON so that
// scenarios can be set side by side.
//
// The model (Proposition 1, corrected) sees the whole year at once: N is what all households together emitted
// above their quota, D W what the others stayed below it, theta uniform. Amounts are those of
// src/base/amount.h.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "deploy/demo/people.h"
#include "deploy/demo/scenario.h"
#include "deploy/demo/terms.h"

namespace pcq::demo {

inline constexpr std::size_t kDeciles = 10;

// One column of the table: what was measured, or what the model expects.
struct Results {
    Grams offset;                            // of the excess, with purchases
    Grams penalised;                         // left of it
    Grams sold;                              // by people
    PricePerKg buy;                          // what sellers got for a kilogram, on average
    PricePerKg sell;                         // what buyers paid
    MicroYuan profit;                        // of the platform
    MicroYuan seller_surplus;                // (8)
    MicroYuan profit_plus_surplus;           // (9)
    MicroYuan total_welfare;                 // (11)
    std::array<MicroYuan, kDeciles> cost{};  // of a household on average, by tenth of emissions, least first
};

struct Outcome {
    Kind kind = Kind::trade;
    std::size_t households = 0;
    std::uint32_t year = 0;
    Grams cap;      // issued
    Grams emitted;  // by all
    Grams surplus;  // D W at the year's end
    Grams excess;   // N at the year's end
    Ratio offset_ratio;
    Results measured;
    Results model;
    // Why they differ: of the platform's profit, and of what was offset.
    MicroYuan fees;         // registration and trade fees in the measured profit
    Grams unsold;           // that the platform bought and nobody took
    MicroYuan unsold_cost;  // what it had paid for that
    Grams sold_too_early;   // by people who lacked it when the year was over
};

// A household as the chain has it after settlement.
struct Settled {
    Grams issued;
    Grams emitted;
    Grams sold;
    MicroYuan cost;  // fees, purchases and penalties, paid or owed, less what sales brought
};

// What the model expects of these households.
Result<Results> expected_of(const Outcome& outcome, const std::vector<Settled>& people, const Terms& terms);
// The average cost of each tenth of the households, those that emitted least first.
std::array<MicroYuan, kDeciles> by_decile(std::vector<std::pair<Grams, MicroYuan>> costs);

Result<> save_outcome(const Outcome& outcome, const std::filesystem::path& file);
Result<Outcome> load_outcome(const std::filesystem::path& file);
void print_outcome(const Outcome& outcome);
Result<> print_comparison(const std::vector<Outcome>& outcomes);

}  // namespace pcq::demo
