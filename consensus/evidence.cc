#include "consensus/evidence.h"

namespace pcq::consensus {
namespace {

// Signatures cover a proposal's header, and of a view change its certificate.
proto::ConsensusMessage what_is_signed(proto::ConsensusMessage message) {
    if (message.has_pre_prepare()) {
        message.mutable_pre_prepare()->clear_transactions();
        message.mutable_pre_prepare()->clear_justification();
    }
    if (message.has_view_change()) {
        message.mutable_view_change()->clear_header();
        message.mutable_view_change()->clear_transactions();
    }
    return message;
}

// The block that a proposal, a Prepare or a Commit is for; nothing for other words, or if it is no hash.
std::optional<Hash> block_of(const ChainId& chain, const proto::ConsensusMessage& message) {
    if (message.has_pre_prepare()) return block_hash(chain, message.pre_prepare().header());
    if (message.has_prepare()) return Hash::from(message.prepare().block_hash());
    if (message.has_commit()) return Hash::from(message.commit().block_hash());
    return std::nullopt;
}

// A PrePrepare is its sender's Prepare.
bool is_prepare(const proto::ConsensusMessage& message) {
    return message.has_pre_prepare() || message.has_prepare();
}

// A Commit, and then a view change that shows no certificate as high as the one the Commit stood on.
bool hides(const proto::ConsensusMessage& commit, const proto::ConsensusMessage& change) {
    if (!commit.has_commit() || !change.has_view_change() ||
        change.view_change().view() <= commit.commit().view())
        return false;
    const auto& shown = change.view_change();
    return !shown.has_prepared() || shown.prepared().view() < commit.commit().view();
}

bool contradict(const ChainId& chain, const proto::ConsensusMessage& a, const proto::ConsensusMessage& b) {
    if (height_of(a) != height_of(b)) return false;
    if (hides(a, b) || hides(b, a)) return true;
    const bool is_one_kind = (is_prepare(a) && is_prepare(b)) || (a.has_commit() && b.has_commit());
    if (!is_one_kind || view_of(a) != view_of(b)) return false;
    const auto first = block_of(chain, a);
    const auto second = block_of(chain, b);
    return first && second && *first != *second;
}

}  // namespace

proto::EvidenceRecord evidence_record(const Voters& voters, const Evidence& evidence, Instant seen) {
    proto::EvidenceRecord record;
    record.set_accused(voters.keys[evidence.second.sender()].encoded());
    *record.mutable_first() = what_is_signed(evidence.first);
    *record.mutable_second() = what_is_signed(evidence.second);
    record.set_seen_ms(static_cast<std::uint64_t>(seen.ms));
    return record;
}

Result<> check_evidence(const ChainId& chain, const CheckSignature& check,
                        const proto::EvidenceRecord& record) {
    const auto accused = crypto::PublicKey::from_encoded(record.accused());
    if (!accused) return accused.error();
    for (const auto* message : {&record.first(), &record.second()}) {
        const bool is_vote = is_prepare(*message) || message->has_commit() || message->has_view_change();
        const bool is_whole = !message->has_view_change() || !message->view_change().has_prepared() ||
                              Hash::from(message->view_change().prepared().block_hash());
        if (!is_vote || !is_whole || (!message->has_view_change() && !block_of(chain, *message)))
            return Error{Code::consensus_malformed, "evidence that holds no two votes"};
        if (!check(*accused, digest(chain, *message), message->signature()))
            return Error{Code::consensus_bad_signature, "evidence that the accused has not signed"};
    }
    if (contradict(chain, record.first(), record.second())) return {};
    return Error{Code::bad_proof, "evidence of two words that an honest validator may have said both"};
}

}  // namespace pcq::consensus
