// Lists of people that a government keeps as comma-separated text, a header line first.
//
//   people         account,child,rural            attributes by which an allocation rule gives; whole numbers
//                  pcq1q...,2,1
//   allotments     account,grams,reason           what each gets, in whole grams; the reason may hold commas
//                  pcq1q...,2120000,adult 1 + child 0.5 x 2
//
// bad_argument names file, line and what is expected. Blocking.
#pragma once

#include <filesystem>
#include <vector>

#include "src/client/actions.h"
#include "src/client/allocation.h"

namespace pcq::cli {

struct PersonRow {
    AccountId account;
    client::Attributes attributes;
};
Result<std::vector<PersonRow>> people_from(const std::filesystem::path& file);
// Each account once.
Result<std::vector<client::Allotment>> allotments_from(const std::filesystem::path& file);
// The line of such a list.
std::string allotment_line(const client::Allotment& allotment);

}  // namespace pcq::cli
