#include "src/cli/amounts.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace pcq::cli {
namespace {

struct Scaled {
    bool is_number = false;
    bool fits = false;
    std::int64_t value = 0;
};

// A number from 0 in units of 10^-places; none if it has more decimals.
Scaled scaled(std::string_view text, std::size_t places) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (whole.empty() || decimals.size() > places || (point != std::string_view::npos && decimals.empty()))
        return {};
    std::string digits(whole);
    digits.append(decimals).append(places - decimals.size(), '0');
    if (digits.find_first_not_of("0123456789") != std::string::npos) return {};
    Scaled number{.is_number = true};
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    number.fits = parsed.ec == std::errc();
    return number;
}

Error too_large(std::string_view text, const std::string& most) {
    return Error{Code::bad_argument, "\"" + std::string(text) + "\" is too large: at most " + most};
}

// Money, or a price: micro-yuan.
Result<std::int64_t> micro_yuan(std::string_view text, const std::string& otherwise) {
    const Scaled money = scaled(text, 6);
    if (!money.is_number) return Error{Code::bad_argument, "\"" + std::string(text) + otherwise};
    if (!money.fits) return too_large(text, to_text(MicroYuan(std::numeric_limits<std::int64_t>::max())));
    return money.value;
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
    const Scaled grams = scaled(text.substr(0, end), places);
    if (!grams.is_number || (grams.fits && grams.value == 0)) {
        return Error{Code::bad_argument,
                     "\"" + std::string(text) +
                         "\" is no amount of quota: it must be one gram or more, and whole grams"};
    }
    if (!grams.fits) return too_large(text, to_text(Grams(std::numeric_limits<std::int64_t>::max())));
    return Grams(grams.value);
}

Result<MicroYuan> money_from(std::string_view text) {
    const auto money =
        micro_yuan(text, "\" is no amount of money; write it in CNY, as 12.5, with at most six decimals");
    if (!money) return money.error();
    return MicroYuan(*money);
}

Result<PricePerKg> price_from(std::string_view text) {
    const auto price =
        micro_yuan(text, "\" is no price; write it in CNY per kilogram, as 0.055, with at most six decimals");
    if (!price) return price.error();
    return PricePerKg(*price);
}

}  // namespace pcq::cli
