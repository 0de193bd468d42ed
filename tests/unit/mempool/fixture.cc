#include "tests/unit/mempool/fixture.h"

#include "src/ledger/account.h"

namespace pcq::mempool {

Person::Person(int number)
    : key_(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                            Bytes(32, static_cast<char>(number + 1)))),
      account_(crypto::account_of(key_.public_key())) {}

proto::AccountRecord Person::new_record() const {
    proto::AccountRecord record;
    auto& key = *record.add_keys();
    key.set_type(proto::KEY_TYPE_ED25519);
    key.set_data(Bytes(key_.public_key().data()));
    record.set_threshold(1);
    record.set_status(proto::ACCOUNT_STATUS_OPEN);
    return record;
}

MempoolTest::MempoolTest() {
    for (int number = 0; number < kPeople; ++number) {
        people_.emplace_back(number);
        state_.put(people_.back().account(), people_.back().new_record());
    }
    limit(Options());
}

proto::TransactionBody MempoolTest::body(const Person& from, const Wanted& wanted) const {
    proto::TransactionBody body;
    body.set_chain_id(kChain.bytes());
    body.set_account(from.account().bytes());
    body.set_sequence(wanted.sequence);
    body.set_valid_until_height(wanted.valid_until);
    body.mutable_transfer_cash()->set_to(Bytes(32 + wanted.padding, 't'));
    body.mutable_transfer_cash()->set_amount_uy(wanted.amount);
    return body;
}

ledger::RawTransaction MempoolTest::transaction(const Person& from, const Wanted& wanted) const {
    return ledger::sign_transaction(body(from, wanted), {&from.key()});
}

Code MempoolTest::offer(const ledger::RawTransaction& bytes) {
    const auto offered = pool_->offer(bytes, judge());
    return offered ? Code::ok : offered.error().code;
}

Code MempoolTest::admit(const ledger::RawTransaction& bytes) {
    auto offered = pool_->offer(bytes, judge());
    if (!offered) return offered.error().code;
    const Hash hash = offered->hash();
    const auto verified = ledger::verify_signatures(*std::move(offered));
    if (!verified) {
        pool_->failed(hash, verified.error().code);
        return verified.error().code;
    }
    const auto admitted = pool_->verified(*verified, judge());
    if (!admitted) return admitted.error().code;
    EXPECT_EQ(*admitted, hash);
    return Code::ok;
}

void MempoolTest::change(const Person& person, const std::function<void(proto::AccountRecord&)>& how) {
    auto record = *ledger::kAccounts.find(state_, person.account());
    how(record);
    state_.put(person.account(), record);
    changes_[ledger::kAccounts.key(person.account())] = ledger::encode(record);
}

std::vector<Hash> MempoolTest::commit(const std::vector<ledger::RawTransaction>& block) {
    std::vector<Hash> hashes;
    for (const auto& bytes : block) {
        const auto decoded = ledger::DecodedTransaction::from(bytes, kChain);
        PCQ_INVARIANT(decoded.has_value());
        hashes.push_back(decoded->hash());
        for (const auto& person : people_) {
            if (person.account() != decoded->account()) continue;
            change(person, [&](auto& record) { ledger::use_sequence(record, decoded->sequence()); });
        }
    }
    ++next_height_;
    return pool_->committed(hashes, std::exchange(changes_, {}), judge());
}

}  // namespace pcq::mempool
