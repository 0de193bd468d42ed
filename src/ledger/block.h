// Blocks and headers as views over exact bytes, and the validator sets that certify them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/genesis.pb.h"

#include "src/ledger/transaction.h"

namespace pcq::ledger {

// Of a block: bytes of its transactions as proto::Block holds them, their number, bytes of its header. A
// block beyond them is executed by nobody.
inline constexpr std::size_t kBlockBytesMax = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kBlockTransactionsMax = 10'000;
inline constexpr std::size_t kHeaderBytesMax = std::size_t{8} * 1024;

// A decoded header together with the bytes it came from and their hash.
class Header {
public:
    // bad_header with the rule broken: canonical encoding, sizes of all hashes, version, chain.
    static Result<Header> from(Bytes bytes, const ChainId& chain);
    static Header encode(const proto::Header& fields);  // our own, already valid

    const Bytes& bytes() const { return bytes_; }
    const Hash& hash() const { return hash_; }
    const proto::Header* operator->() const { return &fields_; }
    const proto::Header& operator*() const { return fields_; }
    ChainId chain() const;
    Hash previous_hash() const;
    Hash state_root() const;
    Hash transactions_root() const;
    Hash receipts_root() const;
    Hash validators_hash() const;
    Hash next_validators_hash() const;

private:
    Header() = default;
    Bytes bytes_;
    Hash hash_;
    proto::Header fields_;
};

// At least 4 and at most 100 validators, ascending by key.
class ValidatorSet {
public:
    struct Member {
        crypto::PublicKey key;
        std::string name;
    };
    // bad_encoding with the rule broken (size, order, repeated key, key type).
    static Result<ValidatorSet> from(const proto::ValidatorSet& fields);

    const std::vector<Member>& members() const { return *members_; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(members_->size()); }
    std::optional<std::uint32_t> index_of(const crypto::PublicKey& key) const;
    Hash hash(const ChainId& chain) const;  // H("validators", chain, canonical bytes)
    const proto::ValidatorSet& fields() const { return fields_; }

private:
    ValidatorSet() = default;
    std::shared_ptr<const std::vector<Member>> members_;
    proto::ValidatorSet fields_;
};

// Hash of a transaction list and of receipts, as the header commits to them.
Hash transactions_root(const std::vector<Hash>& transaction_hashes);
Hash receipts_root(const ChainId& chain, const std::vector<Bytes>& receipts);

// A genesis document: exact bytes and what they say.
struct Genesis {
    ChainId chain;
    Bytes document;
    proto::Genesis fields;
    ValidatorSet validators;

    // bad_encoding: the JSON error, or the field and the rule it breaks.
    static Result<Genesis> from(Bytes document);
};

}  // namespace pcq::ledger
