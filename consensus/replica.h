// One validator's PBFT for one chain (Castro and Liskov 1999, sections 4.2 to 4.4), one height in agreement
// at a time, executed before it is voted on, as a pure state machine: an event goes in, effects come out.
//
// Nothing here reads a clock, a socket, a file or a random source; nothing blocks or throws. The same events
// in the same order give the same effects on every machine. Time is the wall clock's, since blocks carry it;
// timers run on what passes of it, so that a clock set back stops none. Signatures of received messages have
// been checked (VerifiedMessage). Not thread-safe: one strand owns it. docs/consensus.md is the
// specification.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/flight.pb.h"

#include "consensus/messages.h"
#include "consensus/quorum.h"
#include "consensus/safety.h"
#include "consensus/view_change.h"
#include "consensus/votes.h"
#include "consensus/waiting.h"
#include "src/base/instant.h"

namespace pcq::consensus {

struct Options {
    Duration timeout_min{300};  // of view 0; the time-out adapts between these two
    Duration timeout_max{5'000};
    Duration timeout_cap{30'000};  // of any view
    Duration resend{500};          // what is stuck is said again
    Duration status{2'000};        // an idle replica says where it is
    Duration clock_ahead{2'000};   // a proposal's time may be this far ahead of the local clock
};

// The last decided block, as far as the next one depends on it.
struct Decided {
    std::uint64_t height = 0;
    Hash hash;
    std::uint64_t time_ms = 0;
    std::uint32_t view = 0;  // of its header
};

// Who validates, and this node's index among them; nothing for an observer.
struct Membership {
    Voters voters;
    std::optional<std::uint32_t> self;
};

// Events.
struct Received {
    VerifiedMessage message;
};
struct Tick {};
struct Work {
    bool waiting = false;  // transactions or due work for the next block
};
struct Built {  // the answer to Effects::build
    std::uint32_t view = 0;
    Proposal proposal;
};
struct Executed {  // the answer to Effects::execute
    Hash block;
    bool valid = false;  // false: no honest primary proposes this
};
// The next block has come by catching up and is about to be stored. One at a time: Advanced comes before the
// next of these.
struct Fetched {};
// A block is decided and on disk, by this replica's decision or by catching up. One event for each height, in
// order: primaries are a function of the last n headers.
struct Advanced {
    Decided last;
    std::optional<Membership> from_here{};  // who validates from the next height on, if that has changed
};
using Event = std::variant<Received, Tick, Work, Built, Executed, Fetched, Advanced>;

struct Build {
    std::uint64_t height = 0;
    std::uint32_t view = 0;
};
struct Execute {
    Hash block;
    Proposal proposal;
    std::uint32_t from = 0;  // who proposed it: has the transactions
};
// What is likely to be wanted once `parent`, of this height and valid here, is decided: for whoever likes to
// work ahead. Nothing answers it; Build and Execute come all the same, and whatever was found on another
// parent is worth nothing.
struct LookAhead {
    Hash parent;
    bool build = false;              // this replica is the next primary, if the validators stay the same
    std::optional<Execute> execute;  // the next primary has decided, and proposes this
};
struct Decision {
    Hash block;
    Proposal proposal;
    Bytes certificate;  // encoded proto::CommitCertificate
};
struct Fetch {
    // Blocks up to here: f + 1 validators claim them, so they exist. Fewer claimants may be lying, so that
    // for them this is only the next block.
    std::uint64_t height = 0;
    std::uint32_t from = 0;  // a validator that claims it; if it does not answer, ask another
};
struct Evidence {
    proto::ConsensusMessage first;
    proto::ConsensusMessage second;
};

// In this order. `persist` is synced to disk before anything in `send` leaves.
struct Effects {
    std::optional<proto::VoteRecord> persist;
    std::vector<proto::ConsensusMessage> send;                             // signed, to every other validator
    std::vector<std::pair<std::uint32_t, proto::ConsensusMessage>> reply;  // signed, to one
    std::optional<Build>
        build;  // answered by Built; in view 0 only if there is something to build, above it always
    // Each answered by Executed; may stay unanswered while transactions are missing. The same block again
    // means that somebody else has it too: ask there.
    std::vector<Execute> execute;
    std::optional<Decision> decide;  // final: store it, then answer by Advanced
    std::optional<Fetch> fetch;      // catch up by certified blocks, Advanced for each of them
    std::optional<Code> ignored;     // why the event changed nothing
    std::vector<LookAhead> look_ahead;
    std::vector<Evidence> evidence;
    Instant wake_at = Instant::max();  // step(Tick) by then, if nothing comes before
};

struct Stats {
    std::uint64_t decided = 0;
    std::uint64_t view_changes = 0;
    std::uint64_t evidence = 0;
    std::uint64_t ignored = 0;
    std::uint64_t kept = 0;  // messages, votes and blocks of this height and the next, now
};

class Replica {
public:
    // `recent` are the last recent_headers(n) decided ones, ascending; of those that the same set of
    // validators has certified, since turns are theirs.
    Replica(const Options& options, Membership membership, Sign sign, const Decided& last,
            std::vector<DecidedView> recent);

    // What was said before a restart. Nothing with `fresh`: there is neither a record nor a block, so this
    // validator has never voted, unless the block from which on it validates turns out to be older than its
    // start. An observer keeps a record too: it may be a validator soon. Nothing
    // without, or a record older than the chain: it is lost, and the replica only observes until the second
    // height is decided while it watches.
    Effects start(const std::optional<proto::VoteRecord>& said, bool fresh, Instant now);
    Effects step(const Event& event, Instant now);
    // Why a message would change nothing, whoever signed it: its signature need not be checked. step()
    // refuses it for the same reason.
    std::optional<Code> refusal(const proto::ConsensusMessage& message) const;

    std::uint64_t height() const { return last_.height + 1; }
    std::uint32_t view() const { return safety_.height() == height() ? safety_.view() : 0; }
    // What to have on record before this chain is replaced by one that ends with this height: with what was
    // said so far it ends in time, or it would be thought lost. Nothing if it is lost, or is above that
    // anyway.
    std::optional<proto::VoteRecord> record_after(std::uint64_t height) const;
    bool votes() const { return self_.has_value() && remembers(); }
    // Whether anything may still come of this block of the height in agreement: what its transactions and
    // their results are kept for.
    bool keeps(const Hash& block) const { return round_.candidates.count(block) != 0; }
    std::uint32_t primary_now() const;
    Stats stats() const;
    const ChainId& chain() const { return voters_.chain; }
    std::uint32_t validators() const { return n(); }
    // For the flight recorder: this replica between two heights, or before its start, and such a one again.
    // archive_damaged if the checkpoint cannot be one.
    proto::FlightCheckpoint checkpoint() const;
    static Result<Replica> restored(const Options& options, Sign sign, const proto::FlightCheckpoint& from);
    // What stands between now and the next block.
    Waiting waiting() const;

private:
    enum class Execution { unknown, asked, valid, invalid };
    struct Candidate {
        Proposal proposal;
        Execution execution = Execution::unknown;
        std::uint32_t from = 0;
    };

    void on(const Received& event, Effects& effects);
    void on(const Tick&, Effects& effects);
    void on(const Work& event, Effects& effects);
    void on(const Built& event, Effects& effects);
    void on(const Executed& event, Effects& effects);
    void on(const Fetched&, Effects& effects);
    void on(const Advanced& event, Effects& effects);

    void take(const VerifiedMessage& message, Effects& effects);
    void take_pre_prepare(const VerifiedMessage& message, Effects& effects);
    void take_vote(const VerifiedMessage& message, Effects& effects);
    void take_view_change(const VerifiedMessage& message, Effects& effects);
    void note_quorum();
    void take_ahead(const VerifiedMessage& message, Effects& effects);
    void look_ahead(const proto::ConsensusMessage& proposal, Effects& effects);
    std::uint32_t primary_after(const Proposal& block) const;
    void answer_straggler(std::uint32_t straggler, Effects& effects);

    void proceed(Effects& effects);
    void consider_proposal(Effects& effects);
    void vote_for(const Hash& block, Effects& effects);
    void commit_if_prepared(Effects& effects);
    void decide_if_committed(Effects& effects);
    void join_higher_view(Effects& effects);
    void propose_if_primary(Effects& effects);
    void propose(const Proposal& proposal, Effects& effects);
    void change_view(std::uint32_t view, Effects& effects);
    void forget_left_views();
    void refuse(Effects& effects);
    void announce_view(Effects& effects);
    void recall(Effects& effects);
    void resend(Effects& effects);
    void ask_execution(const Hash& block, std::uint32_t from, Effects& effects);

    std::optional<Code> refusal_ahead(const proto::ConsensusMessage& message) const;
    std::optional<Code> not_kept(const proto::ConsensusMessage& message) const;
    std::optional<Code> unjustified(const proto::PrePrepare& proposal) const;
    bool may_answer(std::uint32_t straggler) const;
    bool is_acceptable(const proto::PrePrepare& proposal) const;
    bool extends_last(const proto::Header& header) const;
    bool is_active() const;
    void pass(Instant now);
    bool remembers() const { return watch_ == 0 && safety_.height() == height(); }
    void change_membership(const Membership& membership);
    void keep_up(Effects& effects) const;
    void watch_if_older(const Decided& first, Effects& effects);
    std::vector<const proto::ConsensusMessage*> changes_to(std::uint32_t view) const;
    bool has_quorum_reached(std::uint32_t view) const;
    std::optional<Allowed> justify();
    std::optional<Fetch> behind() const;
    Awaits awaited(Waiting& found) const;
    Duration early(const proto::PrePrepare& proposal) const;
    proto::ConsensusMessage vote_message(bool is_prepare, const Hash& block) const;
    Duration timeout() const;
    void restart_timer();
    void note_evidence(const proto::ConsensusMessage& earlier, const proto::ConsensusMessage& later,
                       Effects& effects);
    proto::ConsensusMessage rebuilt_vote(bool is_prepare, std::uint32_t view, std::uint32_t sender) const;
    void note_hidden_certificate(std::uint32_t sender, Effects& effects);
    void send(proto::ConsensusMessage message, Effects& effects);
    proto::ConsensusMessage signed_by_me(proto::ConsensusMessage message) const;
    proto::ConsensusMessage status() const;
    std::uint32_t n() const { return voters_.size(); }
    // What is of lower views of this height is not kept.
    std::uint32_t lowest_kept() const { return view() > n() ? view() - n() : 0; }
    std::uint32_t primary_of(std::uint32_t view) const { return primary(height(), view, n(), recent_); }

    const Options options_;
    const Sign sign_;
    Voters voters_;
    std::optional<std::uint32_t> self_;

    // Across heights.
    Decided last_;
    std::vector<DecidedView> recent_;
    Safety safety_;
    std::uint32_t watch_ = 0;  // heights to see decided before voting again
    // The first start with neither record nor block, until it validates and there is a block.
    std::optional<Instant> new_since_;
    std::uint64_t recorded_ = 0;       // the height of the record on disk
    std::vector<Duration> durations_;  // of the last decisions
    std::map<std::pair<std::uint32_t, int>, VerifiedMessage> next_height_;  // by sender and kind
    std::map<std::uint32_t, Instant> replied_;                              // last status sent to a straggler
    std::map<std::uint32_t, std::uint64_t> claimed_;  // by sender, a height it says is decided
    bool work_ = false;
    Instant started_;  // by the wall clock
    Instant wall_;
    Instant now_;  // what timers run on: never goes back
    Stats stats_;

    // Of the height in agreement.
    struct Round {
        std::map<std::uint32_t, VerifiedMessage> proposals;  // by view
        std::map<Hash, Candidate> candidates;
        Votes prepares;  // pre-prepares included
        Votes commits;
        std::map<std::uint32_t, VerifiedMessage> changes;  // the highest view change of each sender
        // By which this replica, as primary, proposes in its view: the first quorum it has seen. Whoever
        // leaves the view or shows a certificate later changes nothing, or one liar could spoil every
        // proposal.
        std::vector<proto::ConsensusMessage> justification;
        std::optional<std::uint32_t> commit_sent;  // in this view
        std::optional<std::uint32_t> build_asked;  // for this view
        std::set<std::uint32_t> accused;           // evidence is kept once a sender
        Duration early{0};                         // a proposal was refused that far ahead of the clock
        bool quorum_changed = false;               // a quorum wants the present view
        bool deciding = false;
        bool looked_ahead = false;  // at a proposal of the next height: once, whatever its primary sends
        std::optional<Instant> active_since;
        std::optional<Instant> deadline;
    };
    Round round_;
    Instant resend_at_ = Instant::max();
    Instant status_at_;
};

}  // namespace pcq::consensus
