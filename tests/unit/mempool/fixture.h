// A chain's state with a few accounts, people who sign for them, and a contract that refuses one action; a
// mempool is judged against them.
#pragma once

#include <map>

#include <gtest/gtest.h>

#include "src/ledger/executor.h"
#include "src/mempool/mempool.h"

namespace pcq::mempool {

inline const ChainId kChain = *ChainId::from(Bytes(32, 'c'));

class State final : public ledger::StateReader {
public:
    std::optional<Bytes> get(BytesView key) const override {
        const auto at = records_.find(key);
        return at == records_.end() ? std::nullopt : std::optional<Bytes>(at->second);
    }
    void put(const AccountId& account, const proto::AccountRecord& record) {
        records_[ledger::kAccounts.key(account)] = ledger::encode(record);
    }

private:
    std::map<Bytes, Bytes, std::less<>> records_;
};

// Moving nothing is malformed; nothing else is asked of it by a mempool.
class Contracts final : public ledger::Dispatch {
public:
    Result<> check_version(const ledger::StateReader&) const override { return {}; }
    Result<> validate(const proto::TransactionBody& body) const override {
        if (body.transfer_cash().amount_uy() == 0) return Error{Code::action_malformed, "nothing to move"};
        return {};
    }
    Result<ledger::Outcome> apply(ledger::Context&, const proto::TransactionBody&) const override {
        return Error{Code::internal, "a mempool executes nothing"};
    }
    ledger::Outcome finish_block(const ledger::BlockContext&, ledger::Overlay&) const override { return {}; }
    bool has_due_work(const ledger::StateReader&, Instant) const override { return false; }
    proto::Totals totals(const ledger::StateReader&) const override { return {}; }
    Result<> check(const ledger::StateReader&, const ledger::Overlay&) const override { return {}; }
    std::optional<ledger::ValidatorSet> changed_validators(const ledger::Overlay&) const override {
        return std::nullopt;
    }
    Result<> write_genesis(const ledger::Genesis&, ledger::Overlay&) const override { return {}; }
};

class Person {
public:
    explicit Person(int number);
    const AccountId& account() const { return account_; }
    const crypto::SigningKey& key() const { return key_; }
    proto::AccountRecord new_record() const;

private:
    crypto::SigningKey key_;
    AccountId account_;
};

struct Wanted {
    std::uint64_t sequence = 1;
    std::uint64_t valid_until = 1'000;
    std::int64_t amount = 1;
    std::size_t padding = 0;  // bytes more
};

class MempoolTest : public testing::Test {
protected:
    static constexpr int kPeople = 4;

    MempoolTest();
    void limit(const Options& options) { pool_.emplace(options, kChain); }

    proto::TransactionBody body(const Person& from, const Wanted& wanted) const;
    ledger::RawTransaction transaction(const Person& from, const Wanted& wanted) const;
    static Hash hash_of(const ledger::RawTransaction& bytes) {
        return ledger::transaction_hash(kChain, bytes);
    }

    Judge judge() const { return {contracts_, state_, next_height_}; }
    // ok, or why the first step refused.
    Code offer(const ledger::RawTransaction& bytes);
    // Through both steps.
    Code admit(const ledger::RawTransaction& bytes);
    // A block with these: their sequences are used, the height moves on, the mempool is told. Returns what
    // left the mempool without being in the block.
    std::vector<Hash> commit(const std::vector<ledger::RawTransaction>& block);
    // Another way for an account to change in a block.
    void change(const Person& person, const std::function<void(proto::AccountRecord&)>& how);

    std::vector<Person> people_;
    State state_;
    Contracts contracts_;
    std::uint64_t next_height_ = 10;
    std::optional<Mempool> pool_;

private:
    ledger::StateChanges changes_;
};

}  // namespace pcq::mempool
