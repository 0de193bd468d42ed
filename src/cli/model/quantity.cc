#include "src/cli/model/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace pcq::cli::model {
namespace {

using econ::exact::parse;
using econ::exact::to_decimal;

constexpr std::size_t kDigits = 6;        // that count, in a table
constexpr std::size_t kFractionMax = 24;  // characters
constexpr unsigned kExponentMax = 60;

struct Written {
    std::string text;
    Rational worth;
};

std::vector<Written> masses(const std::string& per) {
    return {{"g" + per, Rational(1, 1'000)},
            {"kg" + per, 1},
            {"t" + per, 1'000},
            {"kt" + per, 1'000'000},
            {"Mt" + per, 1'000'000'000},
            {"Gt" + per, 1'000'000'000'000}};
}

std::vector<Written> units_of(Unit unit) {
    switch (unit) {
        case Unit::one:
            return {{"1", 1}, {"%", Rational(1, 100)}, {"ppm", Rational(1, 1'000'000)}};
        case Unit::kg:
            return masses("");
        case Unit::kg_per_person: {
            auto all = masses("/person");
            for (auto& plain : masses("")) all.push_back(std::move(plain));
            return all;
        }
        case Unit::people:
            return {{"people", 1}, {"persons", 1}};
        case Unit::cny_per_kg:
            return {{"CNY/kg", 1}, {"CNY/t", Rational(1, 1'000)}, {"uCNY/kg", Rational(1, 1'000'000)}};
        case Unit::kg2_per_cny:
            return {{"kg^2/CNY", 1}, {"kg2/CNY", 1}, {"t^2/CNY", 1'000'000}, {"t2/CNY", 1'000'000}};
        case Unit::cny:
            return {{"CNY", 1}, {"uCNY", Rational(1, 1'000'000)}};
    }
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool is_of_number(char letter) {
    return (letter >= '0' && letter <= '9') || letter == '.' || letter == '/' || letter == '-';
}

Rational power_of_ten(unsigned exponent) {
    Rational power = 1;
    for (unsigned i = 0; i < exponent; ++i) power *= 10;
    return power;
}

// The longest beginning that is a number, with a power of ten ("2e11"), and what follows it.
std::optional<std::pair<Rational, std::string_view>> number_from(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_of_number(text[end])) ++end;
    auto value = parse(text.substr(0, end));
    if (!value) return std::nullopt;
    if (end + 1 < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        std::string_view digits = text.substr(end + 1);
        const bool down = digits.front() == '-';
        if (down || digits.front() == '+') digits.remove_prefix(1);
        unsigned exponent = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (parsed.ec != std::errc() || exponent > kExponentMax) return std::nullopt;
        value = down ? *value / power_of_ten(exponent) : *value * power_of_ten(exponent);
        end = static_cast<std::size_t>(parsed.ptr - text.data());
    }
    return std::pair{*value, trimmed(text.substr(end))};
}

std::string expected(Unit unit) {
    std::string text = "a number";
    const auto units = units_of(unit);
    if (unit != Unit::one) text += " in " + units[unit == Unit::kg || unit == Unit::kg_per_person].text;
    text += ", a decimal or a fraction";
    std::string others;
    for (const auto& written : units) {
        if (written.text != "1") others += (others.empty() ? "" : ", ") + written.text;
    }
    return text + ", which may be followed by " + others;
}

}  // namespace

std::string name(Unit unit) {
    switch (unit) {
        case Unit::one:
            return "1";
        case Unit::kg:
            return "kg";
        case Unit::kg_per_person:
            return "kg/person";
        case Unit::people:
            return "people";
        case Unit::cny_per_kg:
            return "CNY/kg";
        case Unit::kg2_per_cny:
            return "kg^2/CNY";
        case Unit::cny:
            return "CNY";
    }
    return "";
}

Result<Rational> quantity_from(std::string_view text, Unit unit) {
    const auto refused =
        Error{Code::bad_argument, "must be " + expected(unit) + "; it is \"" + std::string(text) + "\""};
    const auto number = number_from(trimmed(text));
    if (!number) return refused;
    if (number->second.empty()) return number->first;
    for (const auto& written : units_of(unit)) {
        if (written.text == number->second) return Rational(number->first * written.worth);
    }
    return refused;
}

Rational rational_from(double value) {
    std::array<char, 512> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const auto parsed = parse({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
    return parsed.value_or(Rational(0));
}

std::vector<KeyUnit> key_units(Unit unit) {
    switch (unit) {
        case Unit::one:
            return {{"", 1}};
        case Unit::people:
            return {{"", 1}, {"_people", 1}};
        case Unit::kg:
            return {{"_kg", 1}, {"_g", Rational(1, 1'000)}, {"_t", 1'000}};
        case Unit::kg_per_person:
            return {{"_kg_per_person", 1}, {"_kg", 1}, {"_g", Rational(1, 1'000)}, {"_t", 1'000}};
        case Unit::cny_per_kg:
            return {{"_cny_per_kg", 1}, {"_cny_per_t", Rational(1, 1'000)}};
        case Unit::kg2_per_cny:
            return {{"_kg2_per_cny", 1}};
        case Unit::cny:
            return {{"_cny", 1}};
    }
    return {};
}

std::string decimal_text(const Rational& value) {
    // Digits after the point, so that six count: none before a million, more below one.
    Rational size = value < 0 ? Rational(-value) : value;
    unsigned digits = kDigits;
    for (; digits > 0 && size >= 10; --digits) size /= 10;
    for (; digits < 18 && size != 0 && size < Rational(1, 10); ++digits) size *= 10;
    std::string text = to_decimal(value, digits);
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    return text;
}

std::string full_text(const Rational& value) {
    const std::string decimal = decimal_text(value);
    if (parse(decimal) == value) return decimal;
    const std::string fraction = econ::exact::to_text(value);
    return fraction.size() <= kFractionMax ? decimal + " (" + fraction + ")" : decimal;
}

std::string text_of(const Rational& value, Unit unit) {
    return full_text(value) + (unit == Unit::one ? "" : " " + name(unit));
}

double to_double(const Rational& value) {
    return value.convert_to<double>();
}

}  // namespace pcq::cli::model
