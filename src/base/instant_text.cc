#include "src/base/instant_text.h"

namespace pcq {
namespace {

constexpr std::uint64_t kDayMs = 86'400'000;
constexpr std::uint64_t kYear10000 = 253'402'300'800'000;

std::string padded(std::uint64_t number, std::size_t digits) {
    const std::string text = std::to_string(number);
    return std::string(digits - text.size(), '0') + text;
}

constexpr bool is_leap(std::uint64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr std::uint64_t days_of(std::uint64_t year) {
    return is_leap(year) ? 366 : 365;
}

}  // namespace

std::string utc_text(std::uint64_t ms) {
    if (ms >= kYear10000) return std::to_string(ms) + " ms";
    std::uint64_t days = ms / kDayMs;
    std::uint64_t year = 1970;
    for (; days >= days_of(year); ++year) days -= days_of(year);
    const std::uint64_t lengths[] = {31, is_leap(year) ? 29U : 28U, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::size_t month = 0;
    for (; days >= lengths[month]; ++month) days -= lengths[month];
    const std::uint64_t rest = ms % kDayMs;
    return padded(year, 4) + "-" + padded(month + 1, 2) + "-" + padded(days + 1, 2) + "T" +
           padded(rest / 3'600'000, 2) + ":" + padded(rest / 60'000 % 60, 2) + ":" +
           padded(rest / 1'000 % 60, 2) + "." + padded(rest % 1'000, 3) + "Z";
}

}  // namespace pcq
