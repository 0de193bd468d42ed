#include "src/cli/json_difference.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownMax = 100;  // bytes of a value in an error message

std::optional<Difference> object_difference(const json::object& said, const json::object& proven,
                                            const std::string& place) {
    const auto below = [&place](std::string_view name) {
        return place.empty() ? std::string(name) : place + "." + std::string(name);
    };
    for (const auto& [name, value] : proven) {
        const auto* other = said.if_contains(name);
        if (other == nullptr) return Difference{below(name), "nothing", shown(value)};
        if (auto found = difference(*other, value, below(name))) return found;
    }
    for (const auto& [name, value] : said) {
        if (!proven.contains(name)) return Difference{below(name), shown(value), "nothing"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Difference> difference(const json::value& said, const json::value& proven, std::string place) {
    if (said == proven) return std::nullopt;
    if (said.is_object() && proven.is_object())
        return object_difference(said.get_object(), proven.get_object(), place);
    if (said.is_array() && proven.is_array()) {
        const auto& many = said.get_array();
        const auto& all = proven.get_array();
        for (std::size_t i = 0; i < std::min(many.size(), all.size()); ++i) {
            if (auto found = difference(many[i], all[i], place + "[" + std::to_string(i) + "]")) return found;
        }
        return Difference{place, std::to_string(many.size()) + " entries", std::to_string(all.size())};
    }
    return Difference{std::move(place), shown(said), shown(proven)};
}

std::string shown(const json::value& value) {
    std::string text = json::serialize(value);
    if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "...";
    return text;
}

}  // namespace pcq::cli
