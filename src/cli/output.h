// How pcq speaks: tables for people, JSON for machines, errors on stderr, exit codes that mean something.
#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "src/base/result.h"

namespace pcq::cli {

// 0 done; 1 refused or not found; 2 wrong arguments; 3 no node could be asked; 4 a proof or a sum does not
// hold.
enum class Exit : int { done = 0, refused = 1, usage = 2, unreachable = 3, broken = 4 };

Exit exit_of(Code code);
// "pcq: what was wrong (name, number)" on stderr.
Exit fail(const Error& error);

using Rows = std::vector<std::pair<std::string, std::string>>;
void print_rows(const Rows& rows);
void print_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
void print_json(const boost::json::value& value);

// Amounts as people read them; "-" for what is not there.
std::string grams_text(const boost::json::value& value);
std::string money_text(const boost::json::value& value);
std::string price_text(const boost::json::value& value);
std::string time_text(const boost::json::value& value);  // milliseconds since 1970; UTC, as ISO 8601 has it
std::string plain_text(const boost::json::value& value);

// What a receipt says its signer has now: cash, and what is held of each vintage; none if it says nothing.
Rows balance_rows(const boost::json::value& receipt);

}  // namespace pcq::cli
