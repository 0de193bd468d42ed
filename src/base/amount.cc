#include "src/base/amount.h"

namespace pcq {
namespace {

// The integer with a decimal point `places` digits from the right; right for INT64_MIN too.
std::string with_point(std::int64_t value, std::size_t places) {
    const bool negative = value < 0;
    const std::uint64_t magnitude =
        negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    std::string digits = std::to_string(magnitude);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, ".");
    return negative ? "-" + digits : digits;
}

}  // namespace

std::string to_text(Grams grams) {
    return with_point(grams.value(), 3) + " kg";
}
std::string to_text(MicroYuan money) {
    return with_point(money.value(), 6) + " CNY";
}
std::string to_text(PricePerKg price) {
    return with_point(price.value(), 6) + " CNY/kg";
}
std::string to_text(Ratio ratio) {
    return with_point(ratio.value(), 7) + " %";
}

}  // namespace pcq
