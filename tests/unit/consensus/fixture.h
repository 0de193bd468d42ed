// Four validators at height 1 and their words, for tests of single steps. Signatures are keyed hashes that
// name the signer: cheap, and wrong for everybody else.
#pragma once

#include <algorithm>

#include <gtest/gtest.h>

#include "proto/pcq/v1/block.pb.h"

#include "consensus/replica.h"
#include "src/crypto/hash.h"

namespace pcq::consensus {

inline constexpr Instant kNow{1'700'000'000'000};

inline Bytes cheap_sign(const crypto::PublicKey& key, const Hash& digest) {
    const Hash tag = crypto::sha256({key.encoded(), digest.view()});
    return tag.bytes() + tag.bytes();
}
inline bool cheap_check(const crypto::PublicKey& key, const Hash& digest, BytesView signature) {
    return cheap_sign(key, digest) == signature;
}
inline Hash list_root(const std::vector<Hash>& transactions) {
    Bytes data;
    for (const auto& hash : transactions) data.append(hash.view());
    return crypto::sha256({data});
}
inline const Checks kChecks{cheap_check, list_root};

// Who speaks, in which view (the height is 1 unless said otherwise).
struct At {
    std::uint32_t sender = 0;
    std::uint32_t view = 0;
    std::uint64_t height = 1;
};

struct World {
    explicit World(std::uint32_t n = 4) {
        voters.chain = *ChainId::from(crypto::sha256({"unit"}).view());
        for (std::uint32_t i = 0; i < n; ++i) {
            const Hash secret = crypto::sha256({"validator", std::to_string(i)});
            voters.keys.push_back(
                crypto::SigningKey::from_secret(crypto::KeyType::ed25519, secret.view())->public_key());
        }
        std::sort(voters.keys.begin(), voters.keys.end());
        last.hash = crypto::sha256({"genesis"});
        last.time_ms = static_cast<std::uint64_t>(kNow.ms) - 1000;
    }

    // A block on `last`, first proposed by the primary of this view; `mark` tells blocks apart.
    Proposal block(std::uint32_t view = 0, const std::string& mark = "a") const {
        Proposal proposal;
        proposal.transactions = {crypto::sha256({mark})};
        proto::Header header;
        header.set_version(1);
        header.set_height(last.height + 1);
        header.set_view(view);
        header.set_time_ms(static_cast<std::uint64_t>(kNow.ms));
        header.set_previous_hash(last.hash.bytes());
        header.set_proposer(voters.keys[(last.height + 1 + view) % voters.size()].encoded());
        header.set_transaction_count(1);
        header.set_transactions_root(list_root(proposal.transactions).bytes());
        proposal.header = header.SerializeAsString();
        return proposal;
    }
    Hash hash(const Proposal& proposal) const { return block_hash(voters.chain, proposal.header); }

    proto::ConsensusMessage sign(std::uint32_t sender, proto::ConsensusMessage message) const {
        message.set_sender(sender);
        message.set_signature(cheap_sign(voters.keys[sender], digest(voters.chain, message)));
        return message;
    }
    proto::ConsensusMessage pre_prepare(
        At at, const Proposal& proposal,
        const std::vector<proto::ConsensusMessage>& justification = {}) const {
        proto::ConsensusMessage message;
        auto& fields = *message.mutable_pre_prepare();
        fields.set_height(at.height);
        fields.set_view(at.view);
        fields.set_header(proposal.header);
        for (const auto& transaction : proposal.transactions) fields.add_transactions(transaction.bytes());
        for (auto change : justification) {
            change.mutable_view_change()->clear_header();
            change.mutable_view_change()->clear_transactions();
            *fields.add_justification() = change;
        }
        return sign(at.sender, message);
    }
    proto::ConsensusMessage prepare(At at, const Hash& block) const {
        proto::ConsensusMessage message;
        fill(*message.mutable_prepare(), at, block);
        return sign(at.sender, message);
    }
    proto::ConsensusMessage commit(At at, const Hash& block) const {
        proto::ConsensusMessage message;
        fill(*message.mutable_commit(), at, block);
        return sign(at.sender, message);
    }
    proto::PreparedCertificate certificate(const Proposal& proposal, std::uint32_t view,
                                           const std::vector<std::uint32_t>& signers) const {
        proto::PreparedCertificate certificate;
        certificate.set_height(last.height + 1);
        certificate.set_view(view);
        certificate.set_block_hash(hash(proposal).bytes());
        for (const auto signer : signers) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(signer);
            entry.set_signature(prepare({signer, view, certificate.height()}, hash(proposal)).signature());
        }
        return certificate;
    }
    proto::ConsensusMessage view_change(At at) const {
        proto::ConsensusMessage message;
        message.mutable_view_change()->set_height(at.height);
        message.mutable_view_change()->set_view(at.view);
        return sign(at.sender, message);
    }
    proto::ConsensusMessage view_change(At at, const Proposal& proposal,
                                        const proto::PreparedCertificate& prepared) const {
        proto::ConsensusMessage message = view_change(at);
        auto& fields = *message.mutable_view_change();
        *fields.mutable_prepared() = prepared;
        fields.set_header(proposal.header);
        for (const auto& transaction : proposal.transactions) fields.add_transactions(transaction.bytes());
        return sign(at.sender, message);
    }
    proto::ConsensusMessage status(At at) const {
        proto::ConsensusMessage message;
        message.mutable_status()->set_height(at.height);
        message.mutable_status()->set_view(at.view);
        message.mutable_status()->set_last_hash(Hash().bytes());
        return sign(at.sender, message);
    }

    Replica replica(std::optional<std::uint32_t> self) const {
        const auto key = voters.keys[self.value_or(0)];
        return Replica(Options{}, {voters, self},
                       [key](const Hash& digest) { return cheap_sign(key, digest); }, last, {});
    }

    Voters voters;
    Decided last;

private:
    static void fill(proto::Vote& vote, At at, const Hash& block) {
        vote.set_height(at.height);
        vote.set_view(at.view);
        vote.set_block_hash(block.bytes());
    }
};

// A restart, and what was read back: nothing if the record is lost.
struct After {
    std::optional<proto::VoteRecord> record;
    bool fresh = false;
    Instant at = kNow;
};

// One replica, and every effect of its last step.
struct Subject {
    Subject(const World& world_, std::optional<std::uint32_t> self)
        : world(world_), replica(world.replica(self)) {
        replica.start(proto::VoteRecord(), /*fresh=*/true, kNow);
    }

    Subject(const World& world_, std::optional<std::uint32_t> self, const After& restart)
        : world(world_), replica(world.replica(self)), now(restart.at) {
        effects = replica.start(restart.record, restart.fresh, now);
    }

    const Effects& step(const Event& event) { return effects = replica.step(event, now); }
    // As it comes from the wire.
    const Effects& hear(const proto::ConsensusMessage& message) {
        auto decoded = decode(message.SerializeAsString(), world.voters.size());
        PCQ_INVARIANT(decoded.has_value());
        auto verified = verify(world.voters, kChecks, *decoded);
        PCQ_INVARIANT(verified.has_value());
        return step(Received{*verified});
    }
    const Effects& wait(Duration duration) {
        now = now + duration;
        return step(Tick{});
    }
    // Of the last step, those that are no status.
    std::vector<proto::ConsensusMessage> said() const {
        std::vector<proto::ConsensusMessage> found;
        for (const auto& message : effects.send) {
            if (!message.has_status()) found.push_back(message);
        }
        return found;
    }

    const World& world;
    Replica replica;
    Instant now = kNow;
    Effects effects;
};

// Validator 0 of four, at height 1, where validator 1 is the primary of view 0, 2 of view 1, 3 of view 2 and
// 0 of view 3.
class ReplicaStep : public testing::Test {
protected:
    // Prepared in view 0: it has said Prepare and Commit.
    void prepare_block() {
        subject.hear(world.pre_prepare({1}, block));
        subject.step(Executed{hash, true});
        subject.hear(world.prepare({2}, hash));
        ASSERT_EQ(subject.said().size(), 1u);
        ASSERT_TRUE(subject.said()[0].has_commit());
    }
    std::vector<proto::ConsensusMessage> changes(std::uint32_t view) const {
        return {world.view_change({1, view}), world.view_change({2, view}), world.view_change({3, view})};
    }

    World world;
    Proposal block = world.block();
    Hash hash = world.hash(block);
    Subject subject{world, 0};
};

}  // namespace pcq::consensus
