// Prepare, commit, decide: what the replica does with votes.
#include <algorithm>
#include <limits>

#include "consensus/replica.h"

namespace pcq::consensus {

// A vote from what was kept of it; the primary's own is its pre-prepare.
proto::ConsensusMessage Replica::rebuilt_vote(bool is_prepare, std::uint32_t at, std::uint32_t sender) const {
    const Votes& votes = is_prepare ? round_.prepares : round_.commits;
    const CastVote& cast = votes.views().at(at).at(sender);
    const auto proposal = round_.proposals.find(at);
    if (is_prepare && proposal != round_.proposals.end() && proposal->second->sender() == sender &&
        proposal->second->signature() == cast.signature) {
        return *proposal->second;
    }
    proto::ConsensusMessage message;
    message.set_sender(sender);
    message.set_signature(cast.signature);
    auto& vote = is_prepare ? *message.mutable_prepare() : *message.mutable_commit();
    vote.set_height(height());
    vote.set_view(at);
    vote.set_block_hash(cast.block.bytes());
    return message;
}

void Replica::note_evidence(const proto::ConsensusMessage& earlier, const proto::ConsensusMessage& later,
                            Effects& effects) {
    if (!round_.accused.insert(later.sender()).second) return;
    ++stats_.evidence;
    effects.evidence.push_back(Evidence{earlier, later});
}

// A Commit promises to show its certificate, or a higher one, in every later view change.
void Replica::note_hidden_certificate(std::uint32_t sender, Effects& effects) {
    const auto change = round_.changes.find(sender);
    if (change == round_.changes.end()) return;
    const proto::ViewChange& shown = change->second->view_change();
    for (const auto& [at, votes] : round_.commits.views()) {
        if (at >= shown.view() || votes.count(sender) == 0) continue;
        if (shown.has_prepared() && shown.prepared().view() >= at) continue;
        note_evidence(rebuilt_vote(/*is_prepare=*/false, at, sender), *change->second, effects);
    }
}

// A height that does not end must not fill the memory. What goes, if it matters to anybody, is shown in a
// later view by whoever holds a certificate of it; what this replica itself has prepared is in its record. A
// Commit binds its sender in every later view.
void Replica::forget_left_views() {
    const std::uint32_t lowest = lowest_kept();
    round_.proposals.erase(round_.proposals.begin(), round_.proposals.lower_bound(lowest));
    round_.prepares.forget_below(lowest);
    round_.commits.forget_all_but_last_below(lowest);

    std::set<Hash> wanted;
    if (const auto& prepared = safety_.prepared())
        wanted.insert(*Hash::from(prepared->certificate.block_hash()));
    for (const auto& [at, proposal] : round_.proposals)
        wanted.insert(block_hash(voters_.chain, proposal->pre_prepare().header()));
    for (const auto& [sender, change] : round_.changes) {
        if (change->view_change().has_prepared())
            wanted.insert(*Hash::from(change->view_change().prepared().block_hash()));
    }
    for (const auto& [at, votes] : round_.commits.views()) {
        for (const auto& [sender, vote] : votes) wanted.insert(vote.block);
    }
    std::erase_if(round_.candidates, [&wanted](const auto& entry) { return wanted.count(entry.first) == 0; });
}

bool Replica::extends_last(const proto::Header& header) const {
    return header.height() == height() && header.previous_hash() == last_.hash.view();
}

// What can be said of a header without executing it. A block that is proposed again was accepted once by a
// quorum.
bool Replica::is_acceptable(const proto::PrePrepare& proposal) const {
    proto::Header header;
    if (!header.ParseFromString(proposal.header())) return false;
    if (!extends_last(header)) return false;
    if (header.transaction_count() != static_cast<std::uint32_t>(proposal.transactions_size())) return false;
    if (header.view() > proposal.view()) return false;
    if (header.proposer() != voters_.keys[primary_of(header.view())].encoded()) return false;
    if (header.time_ms() <= last_.time_ms) return false;
    const bool is_again = header.view() < proposal.view();  // or it would not be justified
    if (is_again) return true;
    // One later than the last block always goes, or a chain whose clocks were once ahead would stand still
    // until they are there again.
    const auto latest = static_cast<std::uint64_t>((wall_ + options_.clock_ahead).ms);
    return header.time_ms() <= std::max(latest, last_.time_ms + 1);
}

// By how much its time is further ahead than it may be; 0 if that is not what is wrong with it.
Duration Replica::early(const proto::PrePrepare& proposal) const {
    proto::Header header;
    if (!header.ParseFromString(proposal.header())) return {0};
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const auto time = static_cast<std::int64_t>(std::min(header.time_ms(), kMost));  // as a liar likes
    return {time > (wall_ + options_.clock_ahead).ms ? time - wall_.ms : 0};
}

// Rule 2.
void Replica::consider_proposal(Effects& effects) {
    const auto at = round_.proposals.find(view());
    if (at == round_.proposals.end()) return;
    const std::uint32_t from = at->second->sender();
    const proto::PrePrepare& proposal = at->second->pre_prepare();
    const Hash block = block_hash(voters_.chain, proposal.header());
    const bool has_voted = safety_.voted().has_value();
    if (has_voted && *safety_.voted() != block) return;
    // Also if the block is known from a lower view: others may not know it, and have to judge alike. After a
    // restart a block that has been voted for is executed once more, to commit to it.
    if (!has_voted && !is_acceptable(proposal)) {
        round_.early = std::max(round_.early, early(proposal));
        effects.ignored = Code::consensus_bad_proposal;
        return refuse(effects);
    }
    switch (round_.candidates[block].execution) {
        case Execution::valid:
            if (!has_voted) vote_for(block, effects);
            return;
        case Execution::invalid:
            if (!has_voted) refuse(effects);
            return;
        case Execution::asked:
        case Execution::unknown:
            return ask_execution(block, from, effects);
    }
}

// At once while every primary has its first turn. Where they all were refused, more than liars differ: then
// the timer is waited for, or view would follow view as fast as machines go.
void Replica::refuse(Effects& effects) {
    if (view() < n()) change_view(view() + 1, effects);
}

// Once for each validator in turn that says it has the block: the first one may never hand out its
// transactions.
void Replica::ask_execution(const Hash& block, std::uint32_t from, Effects& effects) {
    auto& candidate = round_.candidates[block];
    const bool is_first = candidate.execution == Execution::unknown;
    const bool is_other = candidate.execution == Execution::asked && candidate.from != from;
    if (!is_first && !is_other) return;
    candidate.execution = Execution::asked;
    candidate.from = from;
    effects.execute.push_back(Execute{block, candidate.proposal, from});
}

void Replica::vote_for(const Hash& block, Effects& effects) {
    if (!safety_.may_prepare(block)) return;
    safety_.prepare(block);
    effects.persist = safety_.record();
    auto message = vote_message(/*is_prepare=*/true, block);
    round_.prepares.note(view(), *self_, {block, message.signature()});
    effects.send.push_back(std::move(message));
}

// Rule 3: with a certificate of the present view, for a block that this replica has executed.
void Replica::commit_if_prepared(Effects& effects) {
    if (round_.commit_sent == view()) return;
    const auto block = round_.prepares.agreed(view(), quorum(n()));
    if (!block) return;
    const auto at = round_.candidates.find(*block);
    if (at == round_.candidates.end() || at->second.execution != Execution::valid) return;

    Prepared prepared;
    prepared.certificate.set_height(height());
    prepared.certificate.set_view(view());
    prepared.certificate.set_block_hash(block->bytes());
    for (const auto& [sender, signature] : round_.prepares.signatures(view(), *block)) {
        auto& entry = *prepared.certificate.add_signatures();
        entry.set_validator(sender);
        entry.set_signature(signature);
    }
    prepared.proposal = at->second.proposal;
    safety_.hold(std::move(prepared));
    effects.persist = safety_.record();
    round_.commit_sent = view();

    auto message = vote_message(/*is_prepare=*/false, *block);
    round_.commits.note(view(), *self_, {*block, message.signature()});
    effects.send.push_back(std::move(message));
    if (primary_after(at->second.proposal) == self_) effects.look_ahead.push_back({*block, true, {}});
}

// Of view 0 of the next height, if this block is decided and changes no validators.
std::uint32_t Replica::primary_after(const Proposal& block) const {
    proto::Header header;
    header.ParseFromString(block.header);
    auto recent = recent_;
    recent.push_back({height(), header.view()});
    if (recent.size() > recent_headers(n())) recent.erase(recent.begin());
    return primary(height() + 1, 0, n(), recent);
}

// Rule 4: a commit certificate of any view that is kept decides, whatever the own view.
void Replica::decide_if_committed(Effects& effects) {
    if (round_.deciding) return;
    for (const auto& [at, votes] : round_.commits.views()) {
        const auto block = round_.commits.agreed(at, quorum(n()));
        if (!block) continue;
        const auto signatures = round_.commits.signatures(at, *block);
        const auto candidate = round_.candidates.find(*block);
        const bool is_known =
            candidate != round_.candidates.end() && !candidate->second.proposal.header.empty();
        if (is_known && candidate->second.execution == Execution::unknown) {
            ask_execution(*block, candidate->second.from, effects);
            return;
        }
        if (!is_known || candidate->second.execution != Execution::valid) {
            // The block or its transactions are missing here. Those who commit to it have it decided, or
            // will: asked for when we resend.
            for (const auto& [sender, signature] : signatures) {
                if (sender == self_) continue;
                auto& claim = claimed_[sender];
                claim = std::max(claim, height());
            }
            return;
        }
        proto::CommitCertificate certificate;
        certificate.set_height(height());
        certificate.set_view(at);
        certificate.set_block_hash(block->bytes());
        for (const auto& [sender, signature] : signatures) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(sender);
            entry.set_signature(signature);
        }
        round_.deciding = true;
        keep_up(effects);
        effects.decide = Decision{*block, candidate->second.proposal, certificate.SerializeAsString()};
        return;
    }
}

}  // namespace pcq::consensus
