// Households of open data, for simulations and demonstrations, in either of two shapes, plain or
// gzip-compressed:
//
//     a row a household:            household_id, people, kg_total, ...
//     a row a household and month:  household_id, period (YYYY-MM), days_in_month, days_metered, kg_co2e, ...
//
// Columns are found by their names, in any order; others are passed over, but for "year" of the first shape.
// Emissions are grams. Of monthly rows one calendar year is taken, and the homes with at least 360 metered
// days in it; a row a household is spread over the months of its year. A malformed row is a bad_argument with
// file, line and what is expected. Thread-safe.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/amount.h"
#include "src/base/result.h"

namespace pcq::cli {

inline constexpr std::size_t kMonths = 12;
inline constexpr int kCompleteDays = 360;

struct MonthReading {
    Grams emitted;  // on the metered days, not scaled up for missing ones
    std::uint32_t days_measured = 0;
};

struct Home {
    std::string id;
    std::int64_t people = 1;
    Grams emitted;                               // in a year; of monthly rows scaled to its days
    std::array<MonthReading, kMonths> months{};  // January first

    Grams metered() const;  // the sum of the months
};

struct Homes {
    std::vector<Home> all;  // in the order in which they first appear
    bool knows_people = false;
    std::optional<int> year;     // that the rows are of, if they say
    std::size_t incomplete = 0;  // homes left out for too few metered days
};

// `year` 0: of monthly rows the one with the most complete homes, of equals the first; otherwise the rows'
// own. Another year than the rows' own is refused.
Result<Homes> load_homes(const std::filesystem::path& file, int year);
Result<Homes> homes_from(const std::string& text, const std::string& name, int year);

}  // namespace pcq::cli
