#include "src/cli/amounts.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pcq::cli {
namespace {

// A number from 0 in units of 10^-places; nothing if it is none, has more decimals, or does not fit.
std::optional<std::int64_t> scaled(std::string_view text, std::size_t places) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (whole.empty() || decimals.size() > places || (point != std::string_view::npos && decimals.empty()))
        return std::nullopt;
    std::string digits(whole);
    digits.append(decimals).append(places - decimals.size(), '0');
    if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (parsed.ec != std::errc()) return std::nullopt;
    return value;
}

}  // namespace

Result<Grams> grams_from(std::string_view text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    std::string_view unit = text.substr(end);
    unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
    const std::size_t places = unit == "g" ? 0 : unit == "kg" ? 3 : unit == "t" ? 6 : SIZE_MAX;
    if (places == SIZE_MAX) {
        return Error{Code::bad_argument, "\"" + std::string(text) +
                                             "\" is no amount of quota; write it with its unit, as 1500g, "
                                             "1.5kg or 0.2t"};
    }
    const auto grams = scaled(text.substr(0, end), places);
    if (!grams || *grams == 0) {
        return Error{Code::bad_argument,
                     "\"" + std::string(text) +
                         "\" is no amount of quota: it must be one gram or more, and whole grams"};
    }
    return Grams(*grams);
}

Result<MicroYuan> money_from(std::string_view text) {
    const auto money = scaled(text, 6);
    if (money) return MicroYuan(*money);
    return Error{Code::bad_argument,
                 "\"" + std::string(text) + "\" is no amount of money; write it in CNY, as 12.5"};
}

Result<PricePerKg> price_from(std::string_view text) {
    const auto price = scaled(text, 6);
    if (price) return PricePerKg(*price);
    return Error{Code::bad_argument,
                 "\"" + std::string(text) + "\" is no price; write it in CNY per kilogram, as 0.055"};
}

}  // namespace pcq::cli
