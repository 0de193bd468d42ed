#include "contracts/check.h"

#include <limits>

namespace pcq::contracts {

Error malformed(const std::string& what) {
    return Error{Code::action_malformed, what};
}

Result<AccountId> account_id(const Bytes& bytes, const char* what) {
    const auto id = AccountId::from(bytes);
    if (!id) return malformed(std::string(what) + " must have 32 bytes, has " + std::to_string(bytes.size()));
    return *id;
}

Result<ChainId> chain_id(const Bytes& bytes, const char* what) {
    const auto id = ChainId::from(bytes);
    if (!id) return malformed(std::string(what) + " must have 32 bytes, has " + std::to_string(bytes.size()));
    return *id;
}

Result<> in_range(std::int64_t value, Range range, const char* what) {
    if (value < range.least || value > range.most) {
        return malformed(std::string(what) + " must be " + std::to_string(range.least) + " to " +
                         std::to_string(range.most) + ", is " + std::to_string(value));
    }
    return {};
}

Result<> text_length(const std::string& text, std::size_t most, const char* what) {
    if (text.empty() || text.size() > most) {
        return malformed(std::string(what) + " must have 1 to " + std::to_string(most) + " bytes, has " +
                         std::to_string(text.size()));
    }
    return {};
}

Result<> identifier(const std::string& text, const char* what) {
    constexpr std::size_t kIdentifierBytesMax = 64;
    if (auto length = text_length(text, kIdentifierBytesMax, what); !length) return length.error();
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos)
        return malformed(std::string(what) + " may have a-z, 0-9, _ and - only");
    return {};
}

Result<> require_role(const Context& context, proto::Role role) {
    if (ledger::has_role(context.record, role)) return {};
    return Error{Code::not_authorised, "this action needs the role " + role_name(role) +
                                           ", which the signing account does not have"};
}

std::int64_t capped_sum(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::string role_name(proto::Role role) {
    switch (role) {
        case proto::ROLE_GOVERNMENT:
            return "government";
        case proto::ROLE_PLATFORM:
            return "platform";
        case proto::ROLE_METER:
            return "meter";
        case proto::ROLE_BANK:
            return "bank";
        case proto::ROLE_AUDITOR:
            return "auditor";
        default:
            return "unknown";
    }
}

}  // namespace pcq::contracts
