// Amounts as people write them on a command line, read exactly: no floating point on the way.
//
//   quota    a number with its unit: 1500g, 1.5kg, "1.5 kg", 0.0015t; whole grams only
//   money    CNY, at most six decimals: 12.5
//   price    CNY per kilogram, at most six decimals: 0.055
//
// Pure. bad_argument says what was written and what is expected.
#pragma once

#include <string_view>

#include "src/base/amount.h"

namespace pcq::cli {

Result<Grams> grams_from(std::string_view text);
Result<MicroYuan> money_from(std::string_view text);
Result<PricePerKg> price_from(std::string_view text);

}  // namespace pcq::cli
