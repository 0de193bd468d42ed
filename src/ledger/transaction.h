// A signed transaction on its way through the house. The type tells how far it came:
//
//   RawTransaction       bytes from a client or peer, nothing checked
//   DecodedTransaction   canonical encoding, sizes and chain checked; signatures not yet
//   VerifiedTransaction  every signature holds; only verify_signatures() makes one
//
// Whether the keys are the account's, and the sequence and expiry good, depends on state and is asked
// by the mempool and again by the executor (src/ledger/account.h). Values; thread-safe to read.
#pragma once

#include <memory>
#include <vector>

#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"
#include "src/crypto/key.h"
#include "src/ledger/canonical.h"

namespace pcq::ledger {

inline constexpr std::size_t kTransactionBytesMax = std::size_t{256} * 1024;
inline constexpr std::size_t kSignaturesMax = 16;
inline constexpr std::uint64_t kExpiryHeightsMax = 10'000;

using RawTransaction = Bytes;

struct TransactionSignature {
    crypto::PublicKey key;  // as named by the signer: the account's own keys, which are checked, decide
    Bytes signature;
};

// What identifies a transaction on a chain: H("transaction", chain, bytes).
Hash transaction_hash(const ChainId& chain, const RawTransaction& bytes);

class DecodedTransaction {
public:
    // transaction_too_large, bad_encoding (with the rule broken), transaction_wrong_chain,
    // bad_public_key, action_unknown.
    static Result<DecodedTransaction> from(RawTransaction bytes, const ChainId& chain);

    const RawTransaction& bytes() const { return bytes_; }
    const Hash& hash() const { return hash_; }
    const Hash& signing_hash() const { return signing_hash_; }
    const AccountId& account() const { return account_; }
    std::uint64_t sequence() const { return body_.sequence(); }
    std::uint64_t valid_until_height() const { return body_.valid_until_height(); }
    const proto::TransactionBody& body() const { return body_; }
    const std::vector<TransactionSignature>& signatures() const { return signatures_; }

private:
    DecodedTransaction() = default;
    RawTransaction bytes_;
    Hash hash_;
    Hash signing_hash_;
    AccountId account_;
    proto::TransactionBody body_;
    std::vector<TransactionSignature> signatures_;
};

// Shared, never changed: the mempool, the builder and the executor hold the same one.
class VerifiedTransaction {
public:
    const DecodedTransaction& operator*() const { return *decoded_; }
    const DecodedTransaction* operator->() const { return decoded_.get(); }

private:
    friend Result<VerifiedTransaction> verify_signatures(DecodedTransaction transaction);
    explicit VerifiedTransaction(std::shared_ptr<const DecodedTransaction> decoded)
        : decoded_(std::move(decoded)) {}
    std::shared_ptr<const DecodedTransaction> decoded_;
};

// The expensive step, once per node and transaction. bad_signature names the key that failed.
Result<VerifiedTransaction> verify_signatures(DecodedTransaction transaction);

// The client's side: body bytes signed by each key, signatures in the order the rule asks for.
RawTransaction sign_transaction(const proto::TransactionBody& body,
                                const std::vector<const crypto::SigningKey*>& keys);

}  // namespace pcq::ledger
