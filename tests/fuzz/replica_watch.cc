#include "tests/fuzz/replica_watch.h"

#include "proto/pcq/v1/block.pb.h"

#include "consensus/quorum.h"

namespace pcq::fuzz {

using namespace consensus;

namespace {

Bytes block_of(const World& world, const proto::ConsensusMessage& message) {
    if (message.has_prepare()) return message.prepare().block_hash();
    return block_hash(world.voters.chain, message.pre_prepare().header()).bytes();
}

}  // namespace

void Watch::told(const proto::ConsensusMessage& message) {
    Heard& heard = heard_[height_of(message)];
    const std::uint32_t view = view_of(message);
    const std::uint32_t sender = message.sender();
    if (message.has_prepare() || message.has_pre_prepare())
        heard.prepares[{view, block_of(world_, message)}].insert(sender);
    if (message.has_commit()) heard.commits[{view, message.commit().block_hash()}].insert(sender);
    if (message.has_view_change()) heard.changes[view].insert(sender);
    for (const auto& change : message.pre_prepare().justification())
        heard.changes[view_of(change)].insert(change.sender());
}

void Watch::executed(const Hash& block, bool is_valid) {
    executed_[block.bytes()] = is_valid;
}

void Watch::restarted() {
    executed_.clear();
}

void Watch::check(const Effects& effects, const Replica& replica) {
    if (effects.persist) check_record(*effects.persist);
    for (const auto& message : effects.send) check_message(message);
    for (const auto& [to, message] : effects.reply) {
        PCQ_INVARIANT(to != self_ && to < world_.voters.size());
        PCQ_INVARIANT(message.has_status());
        check_message(message);
    }
    for (const auto& evidence : effects.evidence) check_evidence(evidence);
    if (effects.decide) check_decision(*effects.decide, replica.height());
    check_bounds(effects, replica);
}

// The record only grows, but for the one that says that nothing may be relied on.
void Watch::check_record(const proto::VoteRecord& record) {
    const bool gives_up = record.height() == 0 && !record.voted() && !record.has_prepared();
    if (record_ && !gives_up) {
        const auto place = [](const proto::VoteRecord& r) { return std::pair(r.height(), r.view()); };
        PCQ_INVARIANT(place(*record_) <= place(record));
        if (place(*record_) == place(record) && record_->voted())
            PCQ_INVARIANT(record.voted() && record.voted_hash() == record_->voted_hash());
        if (record_->height() == record.height() && record_->has_prepared())
            PCQ_INVARIANT(record.has_prepared() && record.prepared().view() >= record_->prepared().view());
    }
    record_ = record;
}

// Said to others, so they must take it, and it must be on disk.
void Watch::check_message(const proto::ConsensusMessage& message) {
    PCQ_INVARIANT(message.sender() == self_);
    const auto decoded = decode(message.SerializeAsString(), world_.voters.size());
    PCQ_INVARIANT(decoded.has_value() && verify(world_.voters, kChecks, *decoded).has_value());
    const std::uint64_t height = height_of(message);
    const std::uint32_t view = view_of(message);
    if (message.has_status()) return;
    if (!message.has_view_change()) PCQ_INVARIANT(view >= said_[height].left_below);
    // What was on disk when it was first said may be said again.
    if (!words_.insert(message.SerializeAsString()).second) return;
    // In the same step it may have gone on to a further view, where it says nothing of this one any more.
    PCQ_INVARIANT(record_.has_value() && record_->height() == height && record_->view() >= view);
    if (message.has_view_change()) return check_change(message.view_change());
    if (message.has_commit()) return check_commit(message.commit());
    if (message.has_pre_prepare()) check_justification(message.pre_prepare());
    check_prepare(height, view, block_of(world_, message));
}

void Watch::once(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& block) {
    PCQ_INVARIANT(words.emplace(view, block).first->second == block);
}

// A block that was executed here, in a view that a quorum wants.
void Watch::check_prepare(std::uint64_t height, std::uint32_t view, const Bytes& block) {
    const bool is_new = said_[height].prepares.count(view) == 0;
    once(said_[height].prepares, view, block);
    PCQ_INVARIANT(record_->view() > view || (record_->voted() && record_->voted_hash() == block));
    heard_[height].prepares[{view, block}].insert(self_);
    if (!is_new) return;  // a primary's proposal, after a restart as a vote
    const auto known = executed_.find(block);
    PCQ_INVARIANT(known != executed_.end() && known->second);
    if (view > 0) PCQ_INVARIANT(heard_[height].changes[view].size() >= quorum(world_.voters.size()));
}

// Never without a quorum that has prepared the block in this view.
void Watch::check_commit(const proto::Vote& vote) {
    once(said_[vote.height()].commits, vote.view(), vote.block_hash());
    PCQ_INVARIANT(record_->has_prepared() && record_->prepared().view() == vote.view());
    PCQ_INVARIANT(record_->prepared().block_hash() == vote.block_hash());
    Heard& heard = heard_[vote.height()];
    PCQ_INVARIANT(heard.prepares[std::pair(vote.view(), vote.block_hash())].size() >=
                  quorum(world_.voters.size()));
    heard.commits[std::pair(vote.view(), vote.block_hash())].insert(self_);
}

// Shows the certificate behind every commit below its view.
void Watch::check_change(const proto::ViewChange& change) {
    Said& said = said_[change.height()];
    PCQ_INVARIANT(change.view() >= said.left_below);
    said.left_below = change.view();
    heard_[change.height()].changes[change.view()].insert(self_);
    if (!record_->has_prepared() || record_->prepared().view() < change.view()) {
        PCQ_INVARIANT(change.has_prepared() == record_->has_prepared());
        PCQ_INVARIANT(change.prepared().SerializeAsString() == record_->prepared().SerializeAsString());
    }
    const auto above = said.commits.lower_bound(change.view());
    if (above == said.commits.begin()) return;
    PCQ_INVARIANT(change.has_prepared() && change.prepared().view() >= std::prev(above)->first);
}

void Watch::check_justification(const proto::PrePrepare& proposal) {
    if (proposal.view() == 0) return;
    std::vector<const proto::ConsensusMessage*> shown;
    for (const auto& change : proposal.justification()) shown.push_back(&change);
    const auto allowed = allowed_by(shown, {proposal.height(), proposal.view()}, world_.voters.size());
    PCQ_INVARIANT(allowed.has_value());
    const Hash block = block_hash(world_.voters.chain, proposal.header());
    PCQ_INVARIANT(!allowed->block() || *allowed->block() == block);
}

// Two words of one validator, both signed by it, that no honest one says both; never its own.
void Watch::check_evidence(const Evidence& evidence) const {
    const auto& [first, second] = evidence;
    PCQ_INVARIANT(first.sender() == second.sender() && first.sender() != self_);
    PCQ_INVARIANT(height_of(first) == height_of(second));
    for (const auto* message : {&first, &second}) {
        PCQ_INVARIANT(cheap_check(world_.voters.keys[message->sender()],
                                  digest(world_.voters.chain, *message), message->signature()));
    }
    if (second.has_view_change()) {
        const auto& change = second.view_change();
        PCQ_INVARIANT(first.has_commit() && first.commit().view() < change.view());
        PCQ_INVARIANT(!change.has_prepared() || change.prepared().view() < first.commit().view());
        return;
    }
    PCQ_INVARIANT(view_of(first) == view_of(second) && first.has_commit() == second.has_commit());
    if (first.has_commit()) {
        PCQ_INVARIANT(first.commit().block_hash() != second.commit().block_hash());
    } else {
        PCQ_INVARIANT(block_of(world_, first) != block_of(world_, second));
    }
}

void Watch::check_decision(const Decision& decision, std::uint64_t height) {
    PCQ_INVARIANT(block_hash(world_.voters.chain, decision.proposal.header) == decision.block);
    const auto known = executed_.find(decision.block.bytes());
    PCQ_INVARIANT(known != executed_.end() && known->second);
    proto::CommitCertificate certificate;
    PCQ_INVARIANT(certificate.ParseFromString(decision.certificate));
    PCQ_INVARIANT(certificate.height() == height && certificate.block_hash() == decision.block.view());
    const Hash digest =
        vote_digest(world_.voters.chain, proto::VOTE_KIND_COMMIT, height, certificate.view(), decision.block);
    std::int64_t previous = -1;
    for (const auto& entry : certificate.signatures()) {
        PCQ_INVARIANT(entry.validator() > previous && entry.validator() < world_.voters.size());
        previous = entry.validator();
        PCQ_INVARIANT(cheap_check(world_.voters.keys[entry.validator()], digest, entry.signature()));
    }
    PCQ_INVARIANT(certificate.signatures_size() >= static_cast<int>(quorum(world_.voters.size())));
}

// Whatever others send, what is kept grows with the views that this replica has been in, and not with words.
void Watch::check_bounds(const Effects& effects, const Replica& replica) {
    const std::size_t n = world_.voters.size();
    if (replica.height() != height_) {
        views_.clear();
        words_.clear();
    }
    height_ = replica.height();
    views_.insert(replica.view());
    const std::size_t views = views_.size() * (n + 1);
    PCQ_INVARIANT(replica.stats().kept <= views * (2 * n + 3) + 8 * n);
    PCQ_INVARIANT(effects.send.size() <= 8 && effects.reply.size() <= n);
    PCQ_INVARIANT(effects.execute.size() <= 4 && effects.evidence.size() <= n);
    heard_.erase(heard_.begin(), heard_.lower_bound(height_));
}

}  // namespace pcq::fuzz
