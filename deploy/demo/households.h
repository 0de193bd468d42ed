// Reads the households of a demonstration: one row per home and month, in the columns of
// deploy/demo/data/london_2013.csv.gz.
//
// Thread-safe; a malformed file gives Code::bad_argument naming the file, the line and what is expected
// there.
#pragma once

#include <array>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "src/base/amount.h"
#include "src/base/result.h"

namespace pcq::demo {

inline constexpr std::size_t kMonths = 12;

struct MonthReading {
    Grams emitted;
    std::uint32_t days_measured = 0;  // 0: no reading at all
};

struct Household {
    std::string id;
    std::array<MonthReading, kMonths> months;  // January first

    Grams emitted() const;
    std::uint32_t days_measured() const;
};

struct Households {
    std::uint32_t year = 0;
    std::vector<Household> homes;  // complete ones, in the order in which they first appear
    std::size_t incomplete = 0;    // homes left out because too few days of the year were metered
};

// A home counts if this many days of the year were metered; the trial's own rule.
inline constexpr std::uint32_t kCompleteDays = 360;

// Plain or gzip-compressed. Rows of other years are checked and passed over.
Result<Households> load_households(const std::filesystem::path& file, std::uint32_t year);
Result<Households> read_households(std::istream& in, const std::string& name, std::uint32_t year);

}  // namespace pcq::demo
