// Files in which a government writes what becomes data of a chain: methodologies of avoided emissions and
// allocation rules, as TOML.
//
//   [[methodology]]                       id = "situations"
//   id = "subway"                         title = "by life situation"
//   title = "subway instead of a car"     text = "..."
//   unit = "trip"                         base_label = "adult"
//   avoided_mg_per_unit = 515500          base = "1000kg"
//   source = "..."                        [[row]]
//   region = "Guangzhou"                  attribute = "child"
//                                         label = "child"
//                                         least = 1
//                                         most = 20
//                                         share = "0.5"       # of the base, "-0.1" takes
//                                         grams = "120kg"     # or so much, "-120kg" takes
//                                         each = true         # times the value
//
// bad_argument names the file, the place and what is expected. Blocking.
#pragma once

#include <filesystem>
#include <vector>

#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/result.h"
#include "src/ledger/canonical.h"

namespace pcq::cli {

Result<std::vector<proto::SetMethodology>> methodologies_from(const std::filesystem::path& file);
Result<proto::SetAllocationRule> rule_from(const std::filesystem::path& file);

}  // namespace pcq::cli
