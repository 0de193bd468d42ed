// What liars say instead of what the protocol asks of them. Each is a real replica, which keeps its lies in
// touch with the height and view of the others; only its words are changed.
#include <algorithm>

#include "src/crypto/hash.h"
#include "src/ledger/block.h"
#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr Duration kSoon{10};
constexpr std::uint64_t kLateMs = 2'500;
constexpr int kFloodAtOnce = 20;

}  // namespace

void Network::lie(std::uint32_t from, const proto::ConsensusMessage& original) {
    proto::ConsensusMessage message = original;
    if (faults_.false_blocks && message.has_status() && chance() < 0.5) {
        message.mutable_status()->set_height(message.status().height() + 1 +
                                             (chance() < 0.5 ? below(4) : below(1'000'000)));
        message = signed_by(from, message);
    }
    const std::uint32_t n = members_->at(consensus::height_of(message)).size();
    const std::size_t others = n - 1;
    switch (faults_.byzantine) {
        case Behaviour::honest:
        case Behaviour::invalid_blocks:  // in build()
        case Behaviour::flooding:        // beside what it should say
            return to_all(from, message);
        case Behaviour::silent:
            return message.has_pre_prepare() ? void() : to_all(from, message);
        case Behaviour::equivocating:
            return message.has_pre_prepare() ? equivocate(from, message) : to_all(from, message);
        case Behaviour::slow:
            return to_all(from, message, up_to(kLateMs));
        case Behaviour::stingy: {
            const std::size_t one_too_few = (n + (n - 1) / 3) / 2 - 1;
            return to_some(from, message, message.has_pre_prepare() ? one_too_few : others);
        }
        case Behaviour::withholding:
            return withhold(from, message);
        case Behaviour::hoarding:
            return message.has_view_change() ? come_first(from, message) : to_all(from, message);
        case Behaviour::selective:
            return to_some(from, message, below(others + 1));
        case Behaviour::secretive:
            return message.has_status() ? void() : to_some(from, message, 1 + below(others));
        case Behaviour::fickle:
            return message.has_view_change() ? change_views_early(from, message) : to_all(from, message);
        case Behaviour::overriding:
            return message.has_pre_prepare() && message.pre_prepare().view() > 0
                       ? override_prepared(from, message)
                       : to_some(from, message, below(2) * others);
        case Behaviour::forging:
            return forge(from, message);
        case Behaviour::replaying:  // beside what it should say
            return message.has_pre_prepare() && by_chance(0.5) ? void() : to_all(from, message);
        case Behaviour::anything:
            break;
    }
    switch (below(10)) {
        case 0:
            return;
        case 1:
            return to_all(from, message, up_to(kLateMs));
        case 2:
            return to_some(from, message, below(others + 1));
        case 3:
            return message.has_pre_prepare() ? equivocate(from, message) : vote_twice(from, message);
        case 4:
            return withhold(from, message);
        case 5:
            return message.has_view_change() ? change_views_early(from, message) : to_all(from, message);
        case 6:
        case 7:
            return forge(from, message);
        default:
            return to_all(from, message);
    }
}

// A second block for the same place, to the other half of the network. One of them sees both.
void Network::equivocate(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage other = message;
    proto::Header header;
    header.ParseFromString(message.pre_prepare().header());
    header.set_time_ms(header.time_ms() + 1);
    other.mutable_pre_prepare()->set_header(header.SerializeAsString());
    other = signed_by(from, other);
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to == from) continue;
        deliver(from, to, to % 2 == 0 ? message : other);
        if (to + 1 == nodes_.size()) deliver(from, to, to % 2 == 0 ? other : message);
    }
    // It also votes for both, to those who have seen each.
    const auto prepare = [&](const proto::ConsensusMessage& proposal) {
        proto::ConsensusMessage vote;
        auto& fields = *vote.mutable_prepare();
        fields.set_height(consensus::height_of(message));
        fields.set_view(consensus::view_of(message));
        fields.set_block_hash(consensus::block_hash(voters_.chain, proposal.pre_prepare().header()).bytes());
        return vote;
    };
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to == from) continue;
        auto vote = prepare(to % 2 == 0 ? message : other);
        deliver(from, to, signed_by(from, vote));
        *vote.mutable_commit() = proto::Vote(vote.prepare());
        deliver(from, to, signed_by(from, vote));
    }
}

// Is gone to the next view before the primary of this one has built its block, and may hide what it has
// prepared.
void Network::change_views_early(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage now = message;
    if (chance() < 0.5) {
        now.mutable_view_change()->clear_prepared();
        now.mutable_view_change()->clear_header();
        now.mutable_view_change()->clear_transactions();
    }
    to_all(from, signed_by(from, now));
    now.mutable_view_change()->set_view(message.view_change().view() + 1);
    to_all(from, signed_by(from, now), kSoon + up_to(20));
}

// In all the views to come, so that each primary hears of what it has prepared before anything else.
void Network::come_first(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage now = message;
    for (std::uint32_t view = message.view_change().view(); view <= message.view_change().view() + 1;
         ++view) {
        now.mutable_view_change()->set_view(view);
        to_all(from, signed_by(from, now));
    }
}

// As if nothing had been prepared: a block of its own, under the justification that shows better.
void Network::override_prepared(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage other = message;
    auto& fields = *other.mutable_pre_prepare();
    proto::Header header;
    header.ParseFromString(fields.header());
    header.set_view(fields.view());
    header.set_proposer(voters_.keys[nodes_[from]->validator].encoded());
    header.set_time_ms(header.time_ms() + 1);
    fields.set_header(header.SerializeAsString());
    to_all(from, signed_by(from, other));
    proto::ConsensusMessage vote;
    auto& commit = *vote.mutable_commit();
    commit.set_height(fields.height());
    commit.set_view(fields.view());
    commit.set_block_hash(consensus::block_hash(voters_.chain, fields.header()).bytes());
    to_all(from, signed_by(from, vote));
}

void Network::vote_twice(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage other = message;
    const Bytes block = crypto::sha256({std::to_string(below(3))}).bytes();
    if (other.has_prepare()) other.mutable_prepare()->set_block_hash(block);
    if (other.has_commit()) other.mutable_commit()->set_block_hash(block);
    other = signed_by(from, other);
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to != from) deliver(from, to, chance() < 0.5 ? message : other);
    }
}

void Network::to_some(std::uint32_t from, const proto::ConsensusMessage& message, std::size_t most) {
    std::vector<std::uint32_t> others;
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to != from) others.push_back(to);
    }
    std::shuffle(others.begin(), others.end(), random_);
    for (std::size_t i = 0; i < others.size() && i < most; ++i) deliver(from, others[i], message);
}

// Proposes what only it has the transactions of, or a few others too. What it proposes again others have.
void Network::withhold(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::Header header;
    header.ParseFromString(message.pre_prepare().header());
    if (message.has_pre_prepare() && header.view() == message.pre_prepare().view()) {
        const Hash block = consensus::block_hash(voters_.chain, message.pre_prepare().header());
        if (holders_.count(block) == 0 && handed_out_.count(block) == 0 &&
            message.pre_prepare().transactions_size() > 0) {
            auto& holders = holders_[block];
            holders.insert(from);
            while (chance() < 0.4) holders.insert(static_cast<std::uint32_t>(below(nodes_.size())));
        }
    }
    to_all(from, message);
}

// Everything at once that a validator can sign: votes for all views and blocks, view changes, proposals,
// words of other heights; and bytes that are nothing.
void Network::flood(std::uint32_t from) {
    on_flood_again(from);
    const Node& node = *nodes_[from];
    if (!node.replica) return;
    for (int i = 0; i < kFloodAtOnce; ++i) {
        const std::uint64_t height = node.replica->height() + below(4) - (node.replica->height() > 1 ? 1 : 0);
        const auto view = static_cast<std::uint32_t>(chance() < 0.7 ? below(6) : below(1'000'000));
        const Hash block = crypto::sha256({std::to_string(random_())});
        proto::ConsensusMessage message;
        switch (below(5)) {
            case 0:
            case 1: {
                auto& vote = chance() < 0.5 ? *message.mutable_prepare() : *message.mutable_commit();
                vote.set_height(height);
                vote.set_view(view);
                vote.set_block_hash(block.bytes());
                break;
            }
            case 2:
                message.mutable_view_change()->set_height(height);
                message.mutable_view_change()->set_view(view + 1);
                break;
            case 3: {
                proto::Header header;
                header.set_height(height);
                header.set_state_root(block.bytes());
                header.set_transactions_root(ledger::transactions_root({}).bytes());
                message.mutable_pre_prepare()->set_height(height);
                message.mutable_pre_prepare()->set_view(view);
                message.mutable_pre_prepare()->set_header(header.SerializeAsString());
                break;
            }
            default:
                message.mutable_status()->set_height(height);
                message.mutable_status()->set_last_hash(block.bytes());
        }
        to_all(from, signed_by(from, message));
    }
}

void Network::on_flood_again(std::uint32_t from) {
    happen({50}, [this, from] { flood(from); });
}

// To somebody who catches up: nothing, an endless promise, a weak or foreign certificate, another block.
void Network::falsify(Answer& answer) {
    switch (below(6)) {
        case 0:
            answer = {};
            return;
        case 1:
            answer.blocks.clear();
            answer.tip += 1'000'000;
            return;
        case 2:
            ++answer.from_height;
            return;
        default:
            break;
    }
    for (auto& [block, bytes] : answer.blocks) {
        if (chance() < 0.3) continue;
        proto::CommitCertificate certificate;
        certificate.ParseFromString(bytes);
        proto::Header header;
        header.ParseFromString(block.header);
        switch (below(4)) {
            case 0:
                certificate.mutable_signatures()->RemoveLast();
                break;
            case 1:
                if (certificate.signatures_size() > 1)
                    *certificate.mutable_signatures(1) = certificate.signatures(0);
                break;
            case 2:
                certificate.set_view(certificate.view() + 1);
                break;
            default:
                spoil(header);
                block.header = header.SerializeAsString();
                certificate.set_block_hash(consensus::block_hash(voters_.chain, block.header).bytes());
        }
        bytes = certificate.SerializeAsString();
    }
}

// A field that does not hold; the header's other ones, and what it commits to, may be as they should.
void Network::spoil(proto::Header& header) {
    const Bytes wrong = crypto::sha256({"wrong"}).bytes();
    switch (below(5)) {
        case 0:
            return header.set_state_root(wrong);
        case 1:
            return header.set_previous_hash(wrong);
        case 2:
            return header.set_time_ms(header.time_ms() - 3'600'000);
        case 3:
            return header.set_time_ms(header.time_ms() + 3'600'000);
        default:
            return header.set_proposer(voters_.keys.back().encoded());
    }
}

}  // namespace pcq::simulation
