#include "tests/unit/ledger/fixture.h"

#include <gtest/gtest.h>

#include "src/base/hex.h"

namespace pcq::ledger {

Bytes hex(std::string_view text) {
    auto bytes = from_hex(text);
    PCQ_INVARIANT(bytes.has_value());
    return *std::move(bytes);
}

crypto::SigningKey signing_key(int number, crypto::KeyType type) {
    return *crypto::SigningKey::from_secret(type, Bytes(32, static_cast<char>(number)));
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

std::optional<Bytes> MapState::get(BytesView key) const {
    const auto at = records_.find(key);
    return at == records_.end() ? std::nullopt : std::optional(at->second);
}

void MapState::apply(const StateChanges& changes) {
    for (const auto& [key, value] : changes) {
        if (value) {
            records_[key] = *value;
        } else {
            records_.erase(key);
        }
    }
}

Bytes MapPages::page(const PagePath& path, std::uint64_t version) const {
    const auto at = pages_.find({path, version});
    PCQ_INVARIANT(at != pages_.end());
    return at->second;
}

void MapPages::add(std::uint64_t version, const TreeUpdate& update) {
    for (const auto& [path, page] : update.pages)
        EXPECT_TRUE(pages_.emplace(std::pair(path, version), page).second) << "a page is written once";
}

void MapPages::drop(const std::vector<std::pair<PagePath, std::uint64_t>>& stale) {
    for (const auto& page : stale) EXPECT_EQ(pages_.erase(page), 1u) << "a stale page was there";
}

People::People(std::size_t count) {
    for (std::size_t number = 1; number <= count; ++number)
        keys_.push_back(signing_key(static_cast<int>(number)));
}

AccountId People::account(std::size_t person) const {
    return crypto::account_of(key(person).public_key());
}

proto::AccountRecord People::record(std::size_t person) const {
    proto::AccountRecord record;
    fill(*record.add_keys(), key(person).public_key());
    record.set_threshold(1);
    return record;
}

StateChanges People::registrations() const {
    StateChanges changes;
    for (std::size_t person = 0; person < keys_.size(); ++person)
        changes[kAccounts.key(account(person))] = encode(record(person));
    return changes;
}

proto::TransactionBody People::body(std::size_t person, const Wanted& wanted) const {
    proto::TransactionBody body;
    body.set_chain_id(kChain.bytes());
    body.set_account(account(person).bytes());
    body.set_sequence(wanted.sequence);
    body.set_valid_until_height(wanted.valid_until);
    body.mutable_transfer_cash()->set_to(Bytes(32, 't'));
    body.mutable_transfer_cash()->set_amount_uy(wanted.amount);
    return body;
}

RawTransaction People::raw(const proto::TransactionBody& body, std::size_t signer) const {
    return sign_transaction(body, {&key(signer)});
}

VerifiedTransaction People::transaction(std::size_t person, const Wanted& wanted) const {
    return transaction(body(person, wanted), person);
}

VerifiedTransaction People::transaction(const proto::TransactionBody& body, std::size_t signer) const {
    return verified(raw(body, signer));
}

VerifiedTransaction verified(const RawTransaction& bytes) {
    auto decoded = DecodedTransaction::from(bytes, kChain);
    PCQ_INVARIANT(decoded.has_value());
    auto transaction = verify_signatures(*std::move(decoded));
    PCQ_INVARIANT(transaction.has_value());
    return *std::move(transaction);
}

}  // namespace pcq::ledger
