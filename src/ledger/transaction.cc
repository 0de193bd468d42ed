#include "src/ledger/transaction.h"

#include <algorithm>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"

namespace pcq::ledger {
namespace {

Error bad_transaction(const std::string& what) {
    return Error{Code::bad_encoding, "transaction refused: " + what};
}

Result<std::vector<TransactionSignature>> decode_signatures(const proto::Transaction& envelope) {
    const auto count = static_cast<std::size_t>(envelope.signatures_size());
    if (count == 0 || count > kSignaturesMax) {
        return bad_transaction("it has " + std::to_string(count) + " signatures, 1 to 16 are allowed");
    }
    std::vector<TransactionSignature> signatures;
    signatures.reserve(count);
    for (const auto& entry : envelope.signatures()) {
        auto key = crypto::PublicKey::named(entry.public_key().type(), entry.public_key().data());
        if (!key) return key.error();
        if (entry.signature().size() != crypto::kSignatureBytes) {
            return bad_transaction("a signature has " + std::to_string(entry.signature().size()) +
                                   " bytes, expected 64");
        }
        if (!signatures.empty() && !(signatures.back().key < *key))
            return bad_transaction("signatures are not in ascending order of their keys");
        signatures.push_back(TransactionSignature{*std::move(key), entry.signature()});
    }
    return signatures;
}

}  // namespace

Hash transaction_hash(const ChainId& chain, const RawTransaction& bytes) {
    return crypto::tagged_hash("transaction", chain, bytes);
}

Result<DecodedTransaction> DecodedTransaction::from(RawTransaction bytes, const ChainId& chain) {
    if (bytes.size() > kTransactionBytesMax) {
        return Error{Code::transaction_too_large,
                     "transaction has " + std::to_string(bytes.size()) + " bytes, at most " +
                         std::to_string(kTransactionBytesMax) + " are allowed; split the batch"};
    }
    proto::Transaction envelope;
    if (!decode_canonical(bytes, envelope))
        return bad_transaction("its bytes are no canonical pcq.v1.Transaction");
    DecodedTransaction decoded;
    if (!decode_canonical(envelope.body(), decoded.body_))
        return bad_transaction("its body is no canonical pcq.v1.TransactionBody");
    if (decoded.body_.chain_id().size() != ChainId::kSize) {
        return Error{Code::transaction_wrong_chain, "transaction names no chain: its chain_id has " +
                                                        std::to_string(decoded.body_.chain_id().size()) +
                                                        " bytes, expected 32; this is chain " +
                                                        to_hex(chain)};
    }
    if (decoded.body_.chain_id() != chain.view()) {
        return Error{Code::transaction_wrong_chain, "transaction is for chain " +
                                                        to_hex(decoded.body_.chain_id()) +
                                                        ", this is chain " + to_hex(chain)};
    }
    const auto account = AccountId::from(decoded.body_.account());
    if (!account)
        return bad_transaction("its account has " + std::to_string(decoded.body_.account().size()) +
                               " bytes, expected 32");
    if (decoded.body_.action_case() == proto::TransactionBody::ACTION_NOT_SET) {
        return Error{Code::action_unknown, "transaction names no action that this version knows"};
    }
    auto signatures = decode_signatures(envelope);
    if (!signatures) return signatures.error();

    decoded.account_ = *account;
    decoded.signatures_ = *std::move(signatures);
    decoded.signing_hash_ = crypto::tagged_hash("transaction-body", chain, envelope.body());
    decoded.hash_ = transaction_hash(chain, bytes);
    decoded.bytes_ = std::move(bytes);
    return decoded;
}

Result<VerifiedTransaction> verify_signatures(DecodedTransaction transaction) {
    for (const auto& entry : transaction.signatures()) {
        if (!crypto::verify(entry.key, transaction.signing_hash(), entry.signature)) {
            return Error{Code::bad_signature, "the signature of key " + to_hex(entry.key.data()) +
                                                  " does not hold for transaction " +
                                                  to_hex(transaction.hash())};
        }
    }
    return VerifiedTransaction(std::make_shared<const DecodedTransaction>(std::move(transaction)));
}

RawTransaction sign_transaction(const proto::TransactionBody& body,
                                const std::vector<const crypto::SigningKey*>& keys) {
    proto::Transaction envelope;
    envelope.set_body(body.SerializeAsString());
    const auto chain = ChainId::from(body.chain_id());
    PCQ_INVARIANT(chain.has_value());
    const Hash digest = crypto::tagged_hash("transaction-body", *chain, envelope.body());

    auto ordered = keys;
    std::sort(ordered.begin(), ordered.end(),
              [](const auto* a, const auto* b) { return a->public_key() < b->public_key(); });
    for (const auto* key : ordered) {
        auto& entry = *envelope.add_signatures();
        entry.mutable_public_key()->set_type(static_cast<proto::KeyType>(key->public_key().type()));
        entry.mutable_public_key()->set_data(Bytes(key->public_key().data()));
        entry.set_signature(key->sign(digest));
    }
    return envelope.SerializeAsString();
}

}  // namespace pcq::ledger
