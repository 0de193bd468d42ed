// The households of `pcq model simulate`, from open data in either of two shapes, plain or gzip-compressed:
//
//     a row a household:            household_id, people, kg_total, ...
//     a row a household and month:  household_id, period (YYYY-MM), days_in_month, days_metered, kg_co2e, ...
//
// Columns are found by their names, in any order; others are passed over. Emissions are grams. Of monthly
// rows one calendar year is taken, and the homes with at least 360 metered days in it, their sum scaled to
// the days of the year. A malformed row is a bad_argument with file, line and what is expected. Thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/amount.h"
#include "src/base/result.h"

namespace pcq::cli::model {

struct Home {
    std::string id;
    std::int64_t people = 1;
    Grams emitted;  // in a year
};

struct Homes {
    std::vector<Home> all;
    bool knows_people = false;
    std::optional<int> year;     // of monthly rows
    std::size_t incomplete = 0;  // homes left out for too few metered days
};

inline constexpr int kCompleteDays = 360;

// `year` 0: the one with the most complete homes, of equals the first. Only monthly rows have years.
Result<Homes> load_homes(const std::filesystem::path& file, int year);
Result<Homes> homes_from(const std::string& text, const std::string& name, int year);

// The households that come with the program: beside it as installed, or in the source tree.
std::filesystem::path own_homes();

}  // namespace pcq::cli::model
