// Files that prove something of one person without any node: statements and certificates of surrender
// (docs/audit.md has their form).
//
// They come from anybody. Read here, believed only after check(): a file of more than 8 MiB, or of another
// form, is none. Pure; thread-safe.
#pragma once

#include <string_view>
#include <variant>

#include "src/audit/rehearsal.h"
#include "src/audit/statement.h"

namespace pcq::audit {

// As many movements as a statement lists take less than 6 MiB, whatever is in them.
inline constexpr std::size_t kProofFileMax = 8 << 20;
inline constexpr const char* kStatementFormat = "pcq-statement-1";
inline constexpr const char* kCertificateFormat = "pcq-settlement-certificate-1";

struct ProofFile {
    // Which chain it says it is of, for choosing the genesis document: the header is held against that.
    ChainId chain;
    std::variant<ProvenStatement, SettlementCertificate> proof;
};

// bad_argument: it is neither; bad_encoding: it says that it is, and something in it cannot be read.
Result<ProofFile> proof_from(std::string_view text);

}  // namespace pcq::audit
