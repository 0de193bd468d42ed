// Events in, effects out: dispatch, timers, proposals and view changes. What is taken of messages is in
// replica_messages.cc, what is done with votes in replica_votes.cc.
#include "consensus/replica.h"

#include <algorithm>

namespace pcq::consensus {
namespace {

constexpr std::size_t kDurationsKept = 16;
constexpr std::uint32_t kHeightsToWatch = 2;

}  // namespace

Replica::Replica(const Options& options, Membership membership, Sign sign, const Decided& last,
                 std::vector<DecidedView> recent)
    : options_(options),
      sign_(std::move(sign)),
      voters_(std::move(membership.voters)),
      self_(membership.self),
      last_(last),
      recent_(std::move(recent)) {
    safety_.enter_height(height());
}

Effects Replica::start(const std::optional<proto::VoteRecord>& said, bool fresh, Instant now) {
    now_ = wall_ = started_ = now;
    // A record above the chain: the chain was restored from an old copy. Nothing is said until it has caught
    // up with the record. A record below its last block is an old copy itself.
    if (said && said->height() >= height()) safety_ = Safety(*said);
    const bool is_lost = said ? said->height() < last_.height : !fresh;
    if (is_lost) watch_ = kHeightsToWatch;
    const bool is_known = said && said->new_since_ms() != 0;
    const bool is_first_day = is_known || (last_.height == 0 && (!said || said->height() == 0));
    if (!is_lost && is_first_day)
        new_since_ = is_known ? Instant{static_cast<std::int64_t>(said->new_since_ms())} : now;
    recorded_ = said ? said->height() : 0;
    Effects effects;
    if (new_since_ && !is_known) effects.persist = safety_.record();  // so that a restart knows too
    if (last_.height > 0) watch_if_older(last_, effects);
    status_at_ = now_ + options_.status;
    if (self_) send(status(), effects);
    if (votes()) recall(effects);
    proceed(effects);
    return effects;
}

// Whatever was said is of heights that are decided there.
std::optional<proto::VoteRecord> Replica::record_after(std::uint64_t height) const {
    if (watch_ > 0 || safety_.height() > height) return std::nullopt;
    Safety after;
    after.enter_height(height + 1);
    auto record = after.record();
    if (new_since_) record.set_new_since_ms(static_cast<std::uint64_t>(new_since_->ms));
    return record;
}

Effects Replica::step(const Event& event, Instant now) {
    pass(now);
    Effects effects;
    std::visit([this, &effects](const auto& e) { on(e, effects); }, event);
    if (effects.ignored) ++stats_.ignored;
    proceed(effects);
    return effects;
}

// A clock that jumps back stands still for this step.
void Replica::pass(Instant now) {
    if (now > wall_) now_ = now_ + (now - wall_);
    wall_ = now;
}

void Replica::on(const Received& event, Effects& effects) {
    take(event.message, effects);
}

void Replica::on(const Tick&, Effects& effects) {
    if (now_ >= status_at_) {
        status_at_ = now_ + options_.status;
        // Without a vote too: who has left the set may alone have its last block.
        send(status(), effects);
    }
    if (now_ >= resend_at_) resend(effects);
    if (!round_.deadline || now_ < *round_.deadline) return;
    // Alone in a view there is nobody to agree with: say it again and wait for the others.
    if (view() > 0 && !round_.quorum_changed) {
        round_.deadline = now_ + timeout();
    } else {
        change_view(view() + 1, effects);
    }
}

void Replica::on(const Work& event, Effects&) {
    work_ = event.waiting;
}

void Replica::on(const Built& event, Effects& effects) {
    if (event.view != view() || round_.build_asked != event.view || !votes()) {
        effects.ignored = Code::consensus_other_view;
        return;
    }
    proto::Header header;
    if (!header.ParseFromString(event.proposal.header) || !extends_last(header)) {
        effects.ignored = Code::consensus_other_height;  // asked for before a block came by catching up
        return;
    }
    const Hash block = block_hash(voters_.chain, event.proposal.header);
    round_.candidates[block] = Candidate{event.proposal, Execution::valid, *self_};
    if (round_.proposals.count(view()) == 0) propose(event.proposal, effects);
}

void Replica::on(const Executed& event, Effects& effects) {
    const auto at = round_.candidates.find(event.block);
    if (at == round_.candidates.end()) {
        effects.ignored = Code::consensus_other_height;
        return;
    }
    at->second.execution = event.valid ? Execution::valid : Execution::invalid;
}

void Replica::on(const Fetched&, Effects& effects) {
    keep_up(effects);
}

// No block is stored before the record has its height, voted or not: after a crash between the two the record
// would be taken for an old copy, and the replica would watch instead of voting.
void Replica::keep_up(Effects& effects) const {
    if (remembers() && recorded_ < height() && !effects.persist) effects.persist = safety_.record();
}

void Replica::on(const Advanced& event, Effects& effects) {
    if (event.last.height <= last_.height) {
        effects.ignored = Code::consensus_other_height;
        return;
    }
    if (round_.active_since && event.last.height == height()) {
        durations_.push_back(now_ - *round_.active_since);
        if (durations_.size() > kDurationsKept) durations_.erase(durations_.begin());
    }
    // Only what was decided before its eyes counts, and was made after its start: an old block, though its
    // votes are replayed, proves nothing of what this replica may have said since.
    const bool watched = round_.deciding && event.last.height == height() &&
                         static_cast<std::int64_t>(event.last.time_ms) > (started_ + options_.clock_ahead).ms;
    last_ = event.last;
    recent_.push_back({last_.height, last_.view});
    if (recent_.size() > recent_headers(n())) recent_.erase(recent_.begin());
    ++stats_.decided;
    if (watch_ > 0 && watched) --watch_;
    round_ = Round();
    resend_at_ = Instant::max();
    if (event.from_here) change_membership(*event.from_here);
    watch_if_older(last_, effects);
    if (safety_.height() < height()) {
        safety_.enter_height(height());
        // When the watch ends: or the next start would find the record that was lost.
        if (remembers() && recorded_ < last_.height) effects.persist = safety_.record();
    } else if (votes()) {
        recall(effects);  // caught up with a record that was ahead of the chain
    }

    const auto buffered = std::exchange(next_height_, {});
    for (const auto& [key, message] : buffered) take(message, effects);
    effects.ignored.reset();
}

// Indices mean other validators now. What was kept by them is said again by those who still are.
void Replica::change_membership(const Membership& membership) {
    voters_ = membership.voters;
    self_ = membership.self;
    recent_.clear();
    next_height_.clear();
    claimed_.clear();
    replied_.clear();
}

// Neither a record nor a block may mean a first day or a new disk. The block from which on it validates, the
// first one if it does so from genesis on, tells if it is older than that start: others may have been decided
// with this validator's vote. What it has said since is no record of what it said before, and a restart must
// not take it for one.
void Replica::watch_if_older(const Decided& first, Effects& effects) {
    if (!self_) return;
    const auto since = std::exchange(new_since_, std::nullopt);
    if (!since || static_cast<std::int64_t>(first.time_ms) + options_.clock_ahead.ms >= since->ms) return;
    watch_ = kHeightsToWatch;
    effects.persist = proto::VoteRecord();
}

// Everything that may have become possible, in the order of the protocol.
void Replica::proceed(Effects& effects) {
    if (!round_.deciding) {
        decide_if_committed(effects);
        if (votes()) {
            join_higher_view(effects);
            consider_proposal(effects);
            commit_if_prepared(effects);
            propose_if_primary(effects);
            commit_if_prepared(effects);  // with few validators one's own vote may complete a quorum
            decide_if_committed(effects);
        }
    }
    if (is_active() && votes() && !round_.deciding) {
        if (!round_.active_since) round_.active_since = now_;
        if (!round_.deadline) restart_timer();
    } else if (round_.deciding) {
        round_.deadline.reset();  // nobody is waited for any more
    } else {
        round_.deadline.reset();
        round_.active_since.reset();
    }
    if (!is_active() && !behind()) {
        resend_at_ = Instant::max();
    } else if (resend_at_ == Instant::max()) {
        resend_at_ = now_ + options_.resend;
    }
    if (effects.persist) {
        recorded_ = effects.persist->height();
        if (new_since_) effects.persist->set_new_since_ms(static_cast<std::uint64_t>(new_since_->ms));
    }
    const Instant wake = std::min({status_at_, resend_at_, round_.deadline.value_or(Instant::max())});
    effects.wake_at = wall_ + (wake - now_);
}

// Only what an honest primary or a quorum can cause: one liar must not make an idle chain change views.
bool Replica::is_active() const {
    return work_ || view() > 0 || !round_.proposals.empty() || (votes() && safety_.prepared());
}

// From then on it is the primary that keeps us waiting.
void Replica::note_quorum() {
    if (round_.quorum_changed || view() == 0 || !has_quorum_reached(view())) return;
    round_.quorum_changed = true;
    restart_timer();
}

// Rule 6: f + 1 validators above my view include an honest one, so go as far as they do.
void Replica::join_higher_view(Effects& effects) {
    std::vector<std::uint32_t> views;
    for (const auto& [sender, message] : round_.changes) views.push_back(message->view_change().view());
    for (const auto& [at, message] : round_.proposals) {
        if (at > view()) views.insert(views.end(), n(), at);  // its justification is a quorum of view changes
    }
    const std::uint32_t reached = reached_by(std::move(views), faults(n()) + 1);
    if (reached > view()) change_view(reached, effects);
}

void Replica::change_view(std::uint32_t to, Effects& effects) {
    safety_.enter_view(to);
    ++stats_.view_changes;
    round_.commit_sent.reset();
    round_.build_asked.reset();
    round_.justification.clear();
    effects.persist = safety_.record();
    announce_view(effects);
    forget_left_views();
    round_.quorum_changed = has_quorum_reached(to);
    restart_timer();
}

// After a restart: what was said counts again, here too, and whatever needs it can be said again.
void Replica::recall(Effects& effects) {
    const auto& prepared = safety_.prepared();
    if (prepared)
        round_.candidates[*Hash::from(prepared->certificate.block_hash())].proposal = prepared->proposal;
    if (const auto voted = safety_.voted()) {
        round_.prepares.note(view(), *self_, {*voted, vote_message(/*is_prepare=*/true, *voted).signature()});
        round_.quorum_changed = view() > 0;  // the proposal was justified by a quorum of view changes
    }
    if (prepared && prepared->certificate.view() == view()) {
        const Hash block = *Hash::from(prepared->certificate.block_hash());
        round_.commits.note(view(), *self_, {block, vote_message(/*is_prepare=*/false, block).signature()});
        round_.commit_sent = view();
        round_.quorum_changed = view() > 0;
    }
    if (view() > 0) announce_view(effects);
}

// Says, or says again after a restart, that this replica takes part in its view and what it has prepared
// below it.
void Replica::announce_view(Effects& effects) {
    const auto& prepared = safety_.prepared();
    if (prepared && prepared->certificate.view() >= view()) return;  // its votes in this view say more
    proto::ConsensusMessage message;
    auto& change = *message.mutable_view_change();
    change.set_height(height());
    change.set_view(view());
    if (prepared) {
        *change.mutable_prepared() = prepared->certificate;
        change.set_header(prepared->proposal.header);
        for (const auto& hash : prepared->proposal.transactions) change.add_transactions(hash.bytes());
    }
    message = signed_by_me(std::move(message));
    effects.send.push_back(message);
    round_.changes.insert_or_assign(*self_, own(std::move(message)));
}

std::vector<const proto::ConsensusMessage*> Replica::changes_to(std::uint32_t view) const {
    std::vector<const proto::ConsensusMessage*> found;
    for (const auto& [sender, message] : round_.changes) {
        if (message->view_change().view() == view) found.push_back(&*message);
    }
    return found;
}

// By their own words, or as the justification of a proposal shows.
bool Replica::has_quorum_reached(std::uint32_t view) const {
    if (round_.proposals.lower_bound(view) != round_.proposals.end()) return true;
    const auto reached =
        std::count_if(round_.changes.begin(), round_.changes.end(),
                      [view](const auto& entry) { return entry.second->view_change().view() >= view; });
    return reached >= quorum(n());
}

void Replica::propose_if_primary(Effects& effects) {
    if (primary_of(view()) != *self_ || round_.proposals.count(view()) != 0 || round_.deciding) return;
    if (view() == 0) {
        if (work_ && !round_.build_asked && !safety_.voted()) {
            round_.build_asked = 0;
            effects.build = Build{height(), 0};
        }
        return;
    }
    const auto allowed = justify();
    if (!allowed) return;
    const auto block = allowed->block();
    if (!block) {
        if (!round_.build_asked && !safety_.voted()) {
            round_.build_asked = view();
            effects.build = Build{height(), view()};
        }
        return;
    }
    auto& candidate = round_.candidates[*block];
    if (candidate.execution == Execution::valid) {
        propose(candidate.proposal, effects);
    } else {
        ask_execution(*block, allowed->sender, effects);
    }
}

// What this primary may propose in its further view: by the first quorum of view changes, and no other.
std::optional<Allowed> Replica::justify() {
    if (round_.justification.empty()) {
        const auto changes = changes_to(view());
        const auto allowed = allowed_by(changes, {height(), view()}, n());
        if (!allowed) return std::nullopt;
        if (const auto block = allowed->block()) {
            auto& proposal = round_.candidates[*block].proposal;
            if (proposal.header.empty()) {
                proposal.header = allowed->highest->header();
                for (const auto& hash : allowed->highest->transactions())
                    proposal.transactions.push_back(*Hash::from(hash));
            }
        }
        for (const auto* change : changes) round_.justification.push_back(without_block(*change));
    }
    std::vector<const proto::ConsensusMessage*> shown;
    for (const auto& change : round_.justification) shown.push_back(&change);
    return allowed_by(shown, {height(), view()}, n());
}

void Replica::propose(const Proposal& proposal, Effects& effects) {
    const Hash block = block_hash(voters_.chain, proposal.header);
    if (!safety_.may_prepare(block)) return;
    proto::ConsensusMessage message;
    auto& fields = *message.mutable_pre_prepare();
    fields.set_height(height());
    fields.set_view(view());
    fields.set_header(proposal.header);
    for (const auto& hash : proposal.transactions) fields.add_transactions(hash.bytes());
    if (view() > 0) {
        for (const auto& change : round_.justification) *fields.add_justification() = change;
    }
    safety_.prepare(block);
    effects.persist = safety_.record();
    message = signed_by_me(std::move(message));
    effects.send.push_back(message);
    round_.prepares.note(view(), *self_, {block, message.signature()});
    round_.proposals.emplace(view(), own(std::move(message)));
}

// Rule 5: base x 2^view; base at least four times the median of recent decisions.
Duration Replica::timeout() const {
    Duration base = options_.timeout_max / 5;  // nothing is known yet
    if (!durations_.empty()) {
        auto sorted = durations_;
        std::sort(sorted.begin(), sorted.end());
        base = sorted[sorted.size() / 2] * 4;
    }
    base = std::clamp(base, options_.timeout_min, options_.timeout_max);
    const std::uint32_t doublings = std::min(view(), 16u);
    return std::min(base * (std::int64_t{1} << doublings), options_.timeout_cap);
}

void Replica::restart_timer() {
    round_.deadline = now_ + timeout();
}

// Whatever of ours may have been lost.
void Replica::resend(Effects& effects) {
    resend_at_ = now_ + options_.resend;
    effects.fetch = behind();
    claimed_.clear();  // true claims are made again; a lie is asked after once
    if (!votes() || round_.deciding || !is_active()) return;
    send(status(), effects);
    if (const auto at = round_.changes.find(*self_); at != round_.changes.end() && view() > 0)
        effects.send.push_back(*at->second);
    const auto voted = safety_.voted();
    if (!voted) return;
    const auto proposal = round_.proposals.find(view());
    if (proposal != round_.proposals.end() && proposal->second->sender() == *self_) {
        effects.send.push_back(*proposal->second);
    } else {
        effects.send.push_back(vote_message(/*is_prepare=*/true, *voted));
    }
    const auto& prepared = safety_.prepared();
    if (prepared && prepared->certificate.view() == view()) {
        effects.send.push_back(
            vote_message(/*is_prepare=*/false, *Hash::from(prepared->certificate.block_hash())));
    }
}

Stats Replica::stats() const {
    Stats stats = stats_;
    stats.kept = round_.proposals.size() + round_.candidates.size() + round_.prepares.size() +
                 round_.commits.size() + round_.changes.size() + round_.justification.size() +
                 next_height_.size();
    return stats;
}

std::uint32_t Replica::primary_now() const {
    return primary_of(view());
}

proto::ConsensusMessage Replica::signed_by_me(proto::ConsensusMessage message) const {
    message.set_sender(self_.value_or(0));  // a Status is known by the connection
    message.set_signature(sign_(digest(voters_.chain, message)));
    return message;
}

void Replica::send(proto::ConsensusMessage message, Effects& effects) {
    effects.send.push_back(signed_by_me(std::move(message)));
}

// A vote of the present view; what may be voted for has been decided before (safety.h).
proto::ConsensusMessage Replica::vote_message(bool is_prepare, const Hash& block) const {
    proto::ConsensusMessage message;
    auto& vote = is_prepare ? *message.mutable_prepare() : *message.mutable_commit();
    vote.set_height(height());
    vote.set_view(view());
    vote.set_block_hash(block.bytes());
    return signed_by_me(std::move(message));
}

proto::ConsensusMessage Replica::status() const {
    proto::ConsensusMessage message;
    auto& fields = *message.mutable_status();
    fields.set_height(height());
    fields.set_view(view());
    fields.set_last_hash(last_.hash.bytes());
    return signed_by_me(std::move(message));
}

}  // namespace pcq::consensus
