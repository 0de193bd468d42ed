// A chain of four validators at its genesis, with blocks and certificates made by hand.
#pragma once

#include <algorithm>

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "contracts/chain.h"
#include "src/ledger/certificate.h"
#include "src/node/builder.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::node {

inline constexpr Instant kGenesisTime{1'700'000'000'000};

class Building : public testing::Test {
protected:
    Building() {
        for (int number = 1; number <= 4; ++number)
            keys_.push_back(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                                             Bytes(32, static_cast<char>(number))));
        std::sort(keys_.begin(), keys_.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        genesis_.emplace(document());
        contracts_ = contracts::contracts_of(genesis_->fields.kind());
        const auto block = ledger::make_genesis(*contracts_, *genesis_);
        PCQ_INVARIANT(block && store_->write_genesis(*genesis_, *block));
    }

    ledger::Genesis document() const {
        proto::Genesis fields;
        fields.set_format(1);
        fields.set_name("test");
        fields.set_kind(proto::CHAIN_KIND_MAIN);
        fields.set_time_ms(static_cast<std::uint64_t>(kGenesisTime.ms));
        const auto fill = [](proto::PublicKey& to, const crypto::PublicKey& key) {
            to.set_type(static_cast<proto::KeyType>(key.type()));
            to.set_data(Bytes(key.data()));
        };
        for (const auto& key : keys_) {
            auto& member = *fields.mutable_validators()->add_validators();
            fill(*member.mutable_public_key(), key.public_key());
            member.set_name("validator");
        }
        auto& organisation = *fields.add_organisations();
        organisation.set_name("government");
        organisation.add_roles(proto::ROLE_GOVERNMENT);
        fill(*organisation.add_keys(), keys_[0].public_key());
        organisation.set_threshold(1);
        fields.mutable_parameters()->set_settlement_per_block(100);
        fields.mutable_parameters()->set_anchor_interval(10);
        std::string json;
        PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &json).ok());
        return *ledger::Genesis::from(std::move(json));
    }

    // Signed by the government and of no use: it fails in its contract, which is allowed.
    ledger::VerifiedTransaction transaction(std::uint64_t sequence, std::size_t bytes = 0) const {
        proto::TransactionBody body;
        body.mutable_deliver_messages()->set_header(Bytes(bytes, 'x'));
        body.mutable_deliver_messages()->add_messages();
        return sign(std::move(body), 0, sequence);
    }
    ledger::VerifiedTransaction sign(proto::TransactionBody body, std::size_t validator,
                                     std::uint64_t sequence, std::uint64_t valid_until = 100) const {
        body.set_chain_id(genesis_->chain.bytes());
        body.set_account(crypto::account_of(keys_[validator].public_key()).bytes());
        body.set_sequence(sequence);
        body.set_valid_until_height(valid_until);
        auto decoded = ledger::DecodedTransaction::from(ledger::sign_transaction(body, {&keys_[validator]}),
                                                        genesis_->chain);
        PCQ_INVARIANT(decoded.has_value());
        return *ledger::verify_signatures(*std::move(decoded));
    }
    // A quorum votes in block 1 for contracts that this program does not know, from height 11 on.
    std::vector<ledger::VerifiedTransaction> vote_for_unknown_contracts() const {
        proto::TransactionBody proposal;
        auto& change = *proposal.mutable_propose_change();
        change.mutable_change()->set_contracts_version(2);
        change.set_activate_height(11);
        change.set_reason("a newer program");
        proto::TransactionBody approval;
        approval.mutable_vote_on_change()->set_proposal(1);
        approval.mutable_vote_on_change()->set_approve(true);
        return {sign(proposal, 0, 1), sign(approval, 1, 1), sign(approval, 2, 1)};
    }
    void store(const ExecutedBlock& block) const {
        const auto stored = certified(block, [](proto::Header&) {});
        PCQ_INVARIANT(store_->commit(
            {block.header, block.block, stored.certificate(), block.transactions, block.executed}));
    }

    BuildContext context() const { return {*contracts_, *store_, genesis_->validators}; }
    std::shared_ptr<const ExecutedBlock> build(
        const std::vector<ledger::VerifiedTransaction>& transactions) const {
        return build_block(context(), keys_[1].public_key(), 0, kGenesisTime + Duration{1'000}, transactions)
            ->block;
    }
    Code checked(const Bytes& header, const std::vector<ledger::VerifiedTransaction>& transactions) const {
        const auto block = check_block(context(), header, transactions);
        return block ? Code::ok : block.error().code;
    }
    // With `spoil` applied to its header, certified by all.
    proto::CertifiedBlock certified(const ExecutedBlock& block,
                                    const std::function<void(proto::Header&)>& spoil) const {
        proto::Header fields = *block.header;
        spoil(fields);
        const auto header = ledger::Header::encode(fields);
        proto::Block body;
        body.ParseFromString(block.block);
        body.set_header(header.bytes());
        proto::CommitCertificate certificate;
        certificate.set_height(header->height());
        certificate.set_block_hash(header.hash().bytes());
        const Hash digest =
            ledger::vote_digest(genesis_->chain, proto::VOTE_KIND_COMMIT, header->height(), 0, header.hash());
        for (std::uint32_t i = 0; i < keys_.size(); ++i) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(i);
            entry.set_signature(keys_[i].sign(digest));
        }
        proto::CertifiedBlock result;
        result.set_block(body.SerializeAsString());
        result.set_certificate(certificate.SerializeAsString());
        return result;
    }

    storage::TestFolder folder_;
    std::unique_ptr<storage::ChainStore> store_ = storage::open_store(folder_.path());
    std::vector<crypto::SigningKey> keys_;
    std::optional<ledger::Genesis> genesis_;
    std::unique_ptr<const ledger::Dispatch> contracts_;
};

}  // namespace pcq::node
