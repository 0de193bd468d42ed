// What the replica takes of the messages that come in, and which are not worth a look.
#include <algorithm>

#include "consensus/replica.h"

namespace pcq::consensus {

// From cheap to dear. Nothing here relies on the signature: a forger can at most have its own message
// refused.
std::optional<Code> Replica::refusal(const proto::ConsensusMessage& message) const {
    const std::uint64_t at = height_of(message);
    if (message.sender() >= n()) return Code::consensus_unknown_sender;   // of another set
    if (self_ == message.sender()) return Code::consensus_repeated_vote;  // an echo, or a twin of ours
    if (at < height()) {
        return may_answer(message.sender()) ? std::nullopt : std::optional(Code::consensus_other_height);
    }
    if (at > height()) return refusal_ahead(message);
    if (message.has_status()) return Code::consensus_other_height;  // where we are ourselves
    const bool is_change = message.has_view_change();
    const std::uint32_t in = view_of(message);
    if (!is_change && (in > view() + n() || in < lowest_kept())) return Code::consensus_other_view;
    if (is_change) {
        const auto known = round_.changes.find(message.sender());
        const bool is_newer = known == round_.changes.end() ||
                              known->second->view_change().view() < message.view_change().view();
        return is_newer ? std::nullopt : std::optional(Code::consensus_repeated_vote);
    }
    const bool is_accused = round_.accused.count(message.sender()) != 0;
    if (message.has_pre_prepare()) {
        if (message.sender() != primary_of(in)) return Code::consensus_not_primary;
        const auto known = round_.proposals.find(in);
        if (known == round_.proposals.end()) return unjustified(message.pre_prepare());
        if (known->second->pre_prepare().header() == message.pre_prepare().header())
            return Code::consensus_repeated_vote;  // signed once more, perhaps
        return is_accused ? std::optional(Code::consensus_equivocation) : std::nullopt;
    }
    const proto::Vote& vote = message.has_prepare() ? message.prepare() : message.commit();
    const auto cast =
        (message.has_prepare() ? round_.prepares : round_.commits).of(vote.view(), message.sender());
    if (!cast) return std::nullopt;
    if (cast->view() == vote.block_hash()) return Code::consensus_repeated_vote;
    return is_accused ? std::optional(Code::consensus_equivocation) : std::nullopt;
}

// What is not kept says at most that its sender is there; cheap messages say that too.
std::optional<Code> Replica::refusal_ahead(const proto::ConsensusMessage& message) const {
    const auto why = not_kept(message);
    if (!why || message.has_pre_prepare() || message.has_view_change()) return why;
    const auto claim = claimed_.find(message.sender());
    const bool is_claimed = claim != claimed_.end() && claim->second >= height_of(message) - 1;
    return is_claimed ? std::optional(Code::consensus_repeated_vote) : std::nullopt;
}

// Of the next height, which begins in view 0, the highest word of each sender and kind is kept, unless it is
// known already that it will be refused. Of heights above it nothing is.
std::optional<Code> Replica::not_kept(const proto::ConsensusMessage& message) const {
    const std::uint64_t at = height_of(message);
    const std::uint32_t in = view_of(message);
    if (at > height() + 1 || message.has_status()) return Code::consensus_other_height;
    if (!message.has_view_change() && in > n()) return Code::consensus_other_view;
    if (message.has_pre_prepare() && !may_be_primary(message.sender(), at, in, n()))
        return Code::consensus_not_primary;
    const auto kept = next_height_.find({message.sender(), static_cast<int>(message.content_case())});
    if (kept != next_height_.end() && view_of(*kept->second) >= in) return Code::consensus_repeated_vote;
    return message.has_pre_prepare() ? unjustified(message.pre_prepare()) : std::nullopt;
}

// By what it shows, whoever signed that: who proposes without a quorum behind it costs nobody a signature
// check. A proposal's signature does not cover what it shows, so anybody may show something else under it:
// what does not justify this block is passed over, and among all that does it makes no difference which.
std::optional<Code> Replica::unjustified(const proto::PrePrepare& proposal) const {
    if (proposal.view() == 0) return std::nullopt;
    std::vector<const proto::ConsensusMessage*> shown;
    for (const auto& change : proposal.justification()) shown.push_back(&change);
    const auto allowed = allowed_by(shown, {proposal.height(), proposal.view()}, n());
    if (!allowed) return Code::consensus_not_justified;
    proto::Header header;
    const bool is_allowed =
        allowed->block() ? *allowed->block() == block_hash(voters_.chain, proposal.header())
                         : header.ParseFromString(proposal.header()) && header.view() == proposal.view();
    return is_allowed ? std::nullopt : std::optional(Code::consensus_not_justified);
}

void Replica::take(const VerifiedMessage& message, Effects& effects) {
    effects.ignored = refusal(*message);
    if (effects.ignored) return;
    const std::uint64_t at = height_of(*message);
    if (at < height()) {
        answer_straggler(message->sender(), effects);
    } else if (at > height()) {
        take_ahead(message, effects);
    } else if (message->has_pre_prepare()) {
        take_pre_prepare(message, effects);
    } else if (message->has_view_change()) {
        take_view_change(message, effects);
    } else {
        take_vote(message, effects);
    }
}

// Not more often than what is stuck is repeated.
bool Replica::may_answer(std::uint32_t straggler) const {
    const auto last = replied_.find(straggler);
    return self_ && (last == replied_.end() || now_ - last->second >= options_.resend);
}

// A status tells it where to fetch from.
void Replica::answer_straggler(std::uint32_t straggler, Effects& effects) {
    replied_[straggler] = now_;
    effects.reply.emplace_back(straggler, status());
    effects.ignored = Code::consensus_other_height;
}

void Replica::take_ahead(const VerifiedMessage& message, Effects& effects) {
    const std::uint64_t at = height_of(*message);
    claimed_[message->sender()] = at - 1;
    // One height ahead is usual while the last commits travel; more is not.
    if (at > height() + 1 || message->has_status()) effects.fetch = behind();
    effects.ignored = not_kept(*message);
    if (effects.ignored) return;
    next_height_.insert_or_assign({message->sender(), static_cast<int>(message->content_case())}, message);
    if (message->has_pre_prepare()) look_ahead(*message, effects);
}

// Its sender has decided and stored the block that is still in agreement here.
void Replica::look_ahead(const proto::ConsensusMessage& message, Effects& effects) {
    const proto::PrePrepare& proposal = message.pre_prepare();
    proto::Header header;
    if (!votes() || round_.looked_ahead || proposal.view() != 0 ||
        !header.ParseFromString(proposal.header()) || header.height() != height() + 1 ||
        header.proposer() != voters_.keys[message.sender()].encoded())
        return;
    const auto parent = Hash::from(header.previous_hash());
    const auto at = parent ? round_.candidates.find(*parent) : round_.candidates.end();
    if (at == round_.candidates.end() || at->second.execution != Execution::valid ||
        primary_after(at->second.proposal) != message.sender())
        return;
    round_.looked_ahead = true;
    Execute execute{block_hash(voters_.chain, proposal.header()), {proposal.header(), {}}, message.sender()};
    for (const auto& hash : proposal.transactions())
        execute.proposal.transactions.push_back(*Hash::from(hash));
    effects.look_ahead.push_back({*parent, false, std::move(execute)});
}

void Replica::take_pre_prepare(const VerifiedMessage& message, Effects& effects) {
    const proto::PrePrepare& proposal = message->pre_prepare();
    const Hash block = block_hash(voters_.chain, proposal.header());
    if (const auto known = round_.proposals.find(proposal.view()); known != round_.proposals.end()) {
        effects.ignored = Code::consensus_repeated_vote;
        if (block_hash(voters_.chain, known->second->pre_prepare().header()) == block) return;
        effects.ignored = Code::consensus_equivocation;
        note_evidence(*known->second, *message, effects);
        if (votes() && proposal.view() == view() && !round_.deciding) change_view(view() + 1, effects);
        return;
    }
    round_.proposals.emplace(proposal.view(), message);
    auto& candidate = round_.candidates[block];
    if (candidate.proposal.header.empty()) {
        candidate.proposal.header = proposal.header();
        for (const auto& hash : proposal.transactions())
            candidate.proposal.transactions.push_back(*Hash::from(hash));
        candidate.from = message->sender();
    }
    const auto noted =
        round_.prepares.note(proposal.view(), message->sender(), {block, message->signature()});
    if (noted == Votes::Noted::conflicting)
        note_evidence(rebuilt_vote(/*is_prepare=*/true, proposal.view(), message->sender()), *message,
                      effects);
    note_quorum();
}

void Replica::take_view_change(const VerifiedMessage& message, Effects& effects) {
    round_.changes.insert_or_assign(message->sender(), message);
    note_hidden_certificate(message->sender(), effects);
    note_quorum();
}

// Rule 7: where the others say they are. Up to f of them may lie.
std::optional<Fetch> Replica::behind() const {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> claims;
    for (const auto& [sender, decided] : claimed_) {
        if (decided > last_.height) claims.emplace_back(decided, sender);
    }
    if (claims.empty()) return std::nullopt;
    std::sort(claims.rbegin(), claims.rend());
    const std::size_t honest = faults(n());  // in descending order, one of the claims up to here is true
    if (claims.size() <= honest) return Fetch{height(), claims.front().second};
    return Fetch{claims[honest].first, claims[honest].second};
}

void Replica::take_vote(const VerifiedMessage& message, Effects& effects) {
    const bool is_prepare = message->has_prepare();
    const proto::Vote& vote = is_prepare ? message->prepare() : message->commit();
    Votes& votes = is_prepare ? round_.prepares : round_.commits;
    switch (
        votes.note(vote.view(), message->sender(), {*Hash::from(vote.block_hash()), message->signature()})) {
        case Votes::Noted::first:
            if (!is_prepare) note_hidden_certificate(message->sender(), effects);
            return;
        case Votes::Noted::repeated:
            effects.ignored = Code::consensus_repeated_vote;
            return;
        case Votes::Noted::conflicting:
            effects.ignored = Code::consensus_equivocation;
            note_evidence(rebuilt_vote(is_prepare, vote.view(), message->sender()), *message, effects);
            return;
    }
}

}  // namespace pcq::consensus
