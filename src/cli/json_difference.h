// The first place where two JSON values differ, for people. Pure.
#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

namespace pcq::cli {

struct Difference {
    std::string place;  // "value.periods[0].held_g"
    std::string said;
    std::string proven;
};

// `place`: that of the values themselves.
std::optional<Difference> difference(const boost::json::value& said, const boost::json::value& proven,
                                     std::string place);

// As text, cut where it is long.
std::string shown(const boost::json::value& value);

}  // namespace pcq::cli
