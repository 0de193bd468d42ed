// The checks that many handlers share: identifiers, ranges, texts, roles. Pure.
#pragma once

#include <string>

#include "contracts/tables.h"
#include "src/base/amount.h"
#include "src/economics/limits.h"
#include "src/ledger/executor.h"

namespace pcq::contracts {

using ledger::BlockContext;
using ledger::Context;
using ledger::Outcome;
using ledger::Overlay;
using ledger::StateReader;

inline constexpr std::size_t kReasonBytesMax = 256;

Error malformed(const std::string& what);

// What `what` names must be exactly 32 bytes.
Result<AccountId> account_id(const Bytes& bytes, const char* what);
Result<ChainId> chain_id(const Bytes& bytes, const char* what);

struct Range {
    std::int64_t least = 0;
    std::int64_t most = 0;
};
inline constexpr Range kGramsRange{1, econ::kGramsMax};
Result<> in_range(std::int64_t value, Range range, const char* what);
// 1 to 64 of a-z, 0-9, _ and -: what people name things by.
Result<> identifier(const std::string& text, const char* what);
Result<> text_length(const std::string& text, std::size_t most, const char* what);  // 1 to most bytes

// not_authorised unless the signing account has the role.
Result<> require_role(const Context& context, proto::Role role);

// The sum of two amounts that are not negative, at most the largest number there is: for figures that are
// reported and never paid.
std::int64_t capped_sum(std::int64_t a, std::int64_t b);

std::string role_name(proto::Role role);

}  // namespace pcq::contracts
