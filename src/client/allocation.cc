#include "src/client/allocation.h"

#include "src/base/wide.h"

namespace pcq::client {
namespace {

constexpr std::int64_t kValueMax = 1'000'000;
constexpr std::int64_t kGramsMax = 4'000'000'000'000'000'000;
constexpr std::int64_t kWhole = 1'000'000'000;
constexpr std::size_t kReasonBytesMax = 64;

// 500,000,000 is "0.5", 1,000,000,000 is "1".
std::string share_text(std::int64_t ppb) {
    std::string text = std::to_string(ppb / kWhole);
    std::string rest = std::to_string(kWhole + ppb % kWhole).substr(1);
    rest.erase(rest.find_last_not_of('0') + 1);
    return rest.empty() ? text : text + "." + rest;
}

// "child 0.5 x 2", "rural 120000 g": what is added or taken, without its sign.
std::string row_text(const proto::AllocationRow& row, std::int64_t times) {
    std::string text = row.label();
    if (row.share_ppb() != 0) text += " " + share_text(std::abs(row.share_ppb()));
    if (row.grams() != 0) text += " " + std::to_string(std::abs(row.grams())) + " g";
    if (row.each()) text += " x " + std::to_string(times);
    return text;
}

Int128 floor_share(std::int64_t base, std::int64_t ppb) {
    const Int128 product = static_cast<Int128>(base) * ppb;
    const Int128 quotient = product / kWhole;
    return product % kWhole < 0 ? quotient - 1 : quotient;
}

}  // namespace

Result<Allocation> allocate(const proto::AllocationRuleRecord& rule, const Attributes& attributes) {
    for (const auto& [name, value] : attributes) {
        if (value < 0 || value > kValueMax) {
            return Error{Code::bad_argument, "the attribute " + name + " must be 0 to " +
                                                 std::to_string(kValueMax) + ", is " + std::to_string(value)};
        }
    }
    Int128 grams = rule.base_g();
    std::string reason = rule.base_label() + " 1";
    int applied = 0;
    for (const auto& row : rule.rows()) {
        const auto at = attributes.find(row.attribute());
        if (at == attributes.end() || at->second < row.least() || at->second > row.most()) continue;
        const std::int64_t times = row.each() ? at->second : 1;
        if (times == 0) continue;
        grams += (row.grams() + floor_share(rule.base_g(), row.share_ppb())) * times;
        const bool takes = row.share_ppb() < 0 || (row.share_ppb() == 0 && row.grams() < 0);
        reason += (takes ? " - " : " + ") + row_text(row, times);
        ++applied;
    }
    if (grams < 0) grams = 0;
    if (grams > kGramsMax)
        return Error{Code::amount_overflow, "the rule gives more grams than a quota may have"};
    if (reason.size() > kReasonBytesMax)
        reason = rule.base_label() + " 1 and " + std::to_string(applied) + " rows of the rule";
    return Allocation{Grams(static_cast<std::int64_t>(grams)), reason};
}

}  // namespace pcq::client
