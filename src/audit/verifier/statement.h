// A person's statement, or a certificate of surrender, as a file (docs/audit.md), checked without any
// node: the header by the chain's validators, each record by its proof, and the figures by the rules of the
// period's policy, written here once more.
#pragma once

#include "src/audit/verifier/chain.h"

namespace pcq::verifier {

constexpr std::size_t kStatementBytesMax = 8 << 20;

struct Statement {
    ChainId chain;
    AccountId account;
    std::uint32_t period = 0;
    std::uint64_t height = 0;
    bool is_settled = false;
    std::string text;  // of the figures, for people
};

// Which chain a file is of; nothing if it does not say so. bad_encoding: it is no statement.
Result<std::optional<ChainId>> chain_of(const Bytes& file);
// `chain` is a copy: what the file proves of its validators counts for this statement alone. bad_encoding,
// bad_header, bad_certificate, bad_proof; conservation_violated: the figures are not what the rules give.
Result<Statement> check_statement(const Bytes& file, Chain chain);

}  // namespace pcq::verifier
