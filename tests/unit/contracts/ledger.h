// One chain as the contracts see it, without a node: the real executor and the real contracts on a state in
// memory, blocks of signed transactions, headers certified by the keys of real validators.
//
// Every block is checked: its state root against the tree made anew from the records alone, and the equations
// of invariants.h. A block that the executor refuses ends the test.
#pragma once

#include <map>

#include <gtest/gtest.h>

#include "contracts/tables.h"
#include "src/client/wallet.h"
#include "src/ledger/executor.h"

namespace pcq::contracts::testing {

using Records = std::map<Bytes, Bytes, std::less<>>;

// The same name, the same key, in every test.
crypto::SigningKey key_of(const std::string& name);
void fill(proto::PublicKey& fields, const crypto::PublicKey& key);

// Keys of validators, ascending as a validator set lists them.
std::vector<crypto::SigningKey> validator_keys(const std::string& of, int count);
proto::ValidatorSet validator_set(const std::vector<crypto::SigningKey>& keys);

void add_organisation(proto::Genesis& fields, const std::string& name, proto::Role role);
proto::Genesis main_genesis(const proto::ValidatorSet& validators);
proto::Genesis side_genesis(const proto::ValidatorSet& validators, const ChainId& main,
                            const proto::ValidatorSet& main_validators);
ledger::Genesis genesis_of(const proto::Genesis& fields);

struct Certified {
    Bytes header;
    Bytes certificate;
};

// What became of one action in a block of its own.
struct Attempt {
    Code code = Code::ok;
    std::string text;
    // The block's state root is that of the state before with nothing but the sender's sequence used.
    bool only_sequence_changed = false;
};

// Refused with this code, and nothing but the sender's sequence changed.
::testing::AssertionResult refused(const Attempt& attempt, Code code);

class TestLedger final : public ledger::StateReader, ledger::PageReader {
public:
    // Certified by validator_keys(of, count), which the genesis document must list.
    TestLedger(const proto::Genesis& fields, const std::string& of, int count);

    ChainId chain() const { return genesis_.chain; }
    const ledger::Dispatch& contracts() const { return *contracts_; }
    // Of the next block.
    const std::vector<crypto::SigningKey>& validators() const { return *validators_; }
    // Whose key may become a validator's.
    void know(const std::string& name) { known_.push_back(name); }
    // How the validators have changed, as another chain is told; and from which height on.
    struct Succession {
        std::uint64_t from_height = 0;
        proto::UpdateValidators action;
    };
    const std::vector<Succession>& successions() const { return successions_; }
    const Records& records() const { return records_; }
    const ledger::Header& tip() const { return headers_.back(); }
    std::optional<Bytes> get(BytesView key) const override;

    // The account that a name's key opens.
    client::Wallet wallet(const std::string& name) const { return client::Wallet(chain(), key_of(name)); }

    template <class Action>
    ledger::VerifiedTransaction sign(client::Wallet& by, const Action& action) const {
        auto transaction = by.sign(action, tip()->height() + 1000);
        PCQ_INVARIANT(transaction.has_value());
        by.committed(transaction->sequence);
        return verified(transaction->bytes);
    }
    ledger::VerifiedTransaction verified(const ledger::RawTransaction& bytes) const;

    // The next block; its receipts, the block's own last if it has one. Time moves on by a second.
    std::vector<proto::Receipt> block(const std::vector<ledger::VerifiedTransaction>& transactions);
    // The first receipt of a block of this alone.
    template <class Action>
    proto::Receipt run(client::Wallet& by, const Action& action) {
        return block({sign(by, action)}).front();
    }
    // The same, compared with a block that only uses the sequence. No sweep may be under way.
    template <class Action>
    Attempt attempt(client::Wallet& by, const Action& action) {
        return attempt_signed(sign(by, action));
    }
    // Fails the test if the action is refused.
    template <class Action>
    proto::Receipt must(client::Wallet& by, const Action& action) {
        auto receipt = run(by, action);
        expect_done(receipt);
        return receipt;
    }
    // Empty blocks until no work is due: settlement sweeps and epochs. Returns how many there were.
    int finish_work();
    // The next block, empty, by other contracts; nothing is kept.
    Result<ledger::Executed> execute_with(const ledger::Dispatch& contracts) const;
    bool has_work() const;  // at the time of the next block
    void set_time(Instant time) { time_ = time; }

    // The last header with a certificate by the first validators that make a quorum, or by those named.
    Certified certified() const;
    Certified certified_by(const std::vector<std::uint32_t>& signers) const;
    // Any header as if a quorum of this chain's validators had decided it: what a dishonest one could do.
    Certified certify(const ledger::Header& header) const;
    std::uint32_t quorum() const;
    // A record of the last state with its proof.
    proto::ProvenRecord proven(const Bytes& key) const;

private:
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override;
    ledger::ParentState parent() const { return {*this, *this, root_}; }
    void keep(const ledger::Header& header, const ledger::Executed& executed);
    Attempt attempt_signed(const ledger::VerifiedTransaction& transaction);
    Certified certify(const ledger::Header& header, const std::vector<std::uint32_t>& signers) const;
    void change_validators(const ledger::ValidatorSet& next);
    static void expect_done(const proto::Receipt& receipt);

    ledger::Genesis genesis_;
    std::shared_ptr<const std::vector<crypto::SigningKey>> validators_;
    std::shared_ptr<const std::vector<crypto::SigningKey>> certifiers_;  // of the last block
    std::vector<std::string> known_;
    std::vector<Succession> successions_;
    ledger::ValidatorSet set_;
    std::unique_ptr<const ledger::Dispatch> contracts_;
    Records records_;
    std::map<std::pair<ledger::PagePath, std::uint64_t>, Bytes> pages_;
    ledger::TreeRoot root_;
    std::vector<ledger::Header> headers_;
    Instant time_;
};

// The root of the tree over these records, made from nothing.
Hash root_of(const Records& records);

}  // namespace pcq::contracts::testing
