// What the tests of the ledger stand on: a chain's id, people with keys, a state and a tree in memory, and
// contracts of a few lines.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "src/crypto/key.h"
#include "src/ledger/executor.h"

namespace pcq::ledger {

inline const ChainId kChain = *ChainId::from(Bytes(32, 'c'));

Bytes hex(std::string_view text);

// The same key for the same number, always.
crypto::SigningKey signing_key(int number, crypto::KeyType type = crypto::KeyType::ed25519);
void fill(proto::PublicKey& fields, const crypto::PublicKey& key);

// Records by key, changed only through apply().
class MapState final : public StateReader {
public:
    std::optional<Bytes> get(BytesView key) const override;
    void apply(const StateChanges& changes);
    const std::map<Bytes, Bytes, std::less<>>& records() const { return records_; }

    friend bool operator==(const MapState& a, const MapState& b) { return a.records_ == b.records_; }

private:
    std::map<Bytes, Bytes, std::less<>> records_;
};

// Every page ever written; asking for one that was not, or that was dropped, ends the test.
class MapPages final : public PageReader {
public:
    Bytes page(const PagePath& path, std::uint64_t version) const override;
    void add(std::uint64_t version, const TreeUpdate& update);
    void drop(const std::vector<std::pair<PagePath, std::uint64_t>>& stale);
    std::size_t size() const { return pages_.size(); }

private:
    std::map<std::pair<PagePath, std::uint64_t>, Bytes> pages_;
};

// Four accounts of one Ed25519 key each, and what they sign.
struct Wanted {
    std::uint64_t sequence = 1;
    std::uint64_t valid_until = 100;
    std::int64_t amount = 1;
};
class People {
public:
    explicit People(std::size_t count = 4);
    const crypto::SigningKey& key(std::size_t person) const { return keys_.at(person); }
    AccountId account(std::size_t person) const;
    proto::AccountRecord record(std::size_t person) const;
    // The state in which they are registered and have done nothing.
    StateChanges registrations() const;

    proto::TransactionBody body(std::size_t person, const Wanted& wanted = {}) const;  // transfers cash
    RawTransaction raw(const proto::TransactionBody& body, std::size_t signer) const;
    VerifiedTransaction transaction(std::size_t person, const Wanted& wanted = {}) const;
    VerifiedTransaction transaction(const proto::TransactionBody& body, std::size_t signer) const;

private:
    std::vector<crypto::SigningKey> keys_;
};

VerifiedTransaction verified(const RawTransaction& bytes);

}  // namespace pcq::ledger
