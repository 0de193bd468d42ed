// A whole network of replicas in one thread and virtual time: one seed decides every delay, loss,
// duplication, partition, crash, wrong clock and lie, so that a failing run replays exactly.
//
// Each node is a real consensus::Replica and consensus::CatchUp with what their driver keeps: a vote record
// and blocks that survive a crash once they are "synced", and a ledger in which a block's state root is a
// function of its parent's root and its transactions. A liar is such a node too, whose words are changed on
// their way out (liar.cc). A checker watches everything that is signed and decided.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "consensus/catch_up.h"
#include "consensus/replica.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/ledger.h"

namespace pcq::simulation {

// How `liars` of the validators misbehave; no more than faults(n) of a network may.
enum class Behaviour {
    honest,
    silent,          // never proposes
    equivocating,    // proposes one block to some and another to the others
    invalid_blocks,  // proposes what does not hold
    slow,            // says everything late, up to after the time-out
    stingy,          // proposes to one validator less than a quorum
    withholding,     // proposes, but hands out transactions to few or nobody
    selective,       // says everything to some only
    fickle,          // leaves views early, hides its certificates
    overriding,      // proposes its own block in a further view, whatever has been prepared
    flooding,        // says very much more than it should
    anything,        // something else with every message
};

struct Faults {
    double loss = 0;
    double duplicate = 0;
    double corruption = 0;
    int partitions = 0;   // episodes in which the network is split at random, one-way now and then
    int crashes = 0;      // crash and restart of a node chosen at random
    int clock_jumps = 0;  // of one node by up to an hour, or of all together
    Behaviour byzantine = Behaviour::honest;
    std::uint32_t liars = 1;       // if not honest
    bool false_blocks = false;     // the liars also lie to those who catch up
    bool forget_votes = false;     // the first crash also deletes the vote record
    bool roll_back_votes = false;  // the first crash also puts an old copy in its place
    bool real_ledger = false;      // the executor and the contracts of a side chain, instead of a toy
    bool real_signatures = false;  // Ed25519 for consensus, instead of keyed hashes
    bool idle = false;             // there is nothing to do until set_work()
};

class Network {
public:
    Network(std::uint64_t seed, std::uint32_t validators, const Faults& faults);
    ~Network();

    // Runs until every honest node is at this height, or the virtual time is up.
    void run_until_height(std::uint64_t height, Duration limit);
    // No more faults: everything is connected, everybody is up, clocks are right. Liars go on.
    void heal();
    // The first rule that was broken, or empty.
    const std::string& violation() const { return checker_->violation(); }
    std::uint64_t lowest_height() const;  // of the honest ones
    std::uint64_t highest_height() const;
    Instant now() const { return now_; }
    std::uint64_t evidence() const { return evidence_; }
    std::uint64_t most_kept() const { return most_kept_; }
    void set_work(bool work);
    std::uint64_t view_changes() const;  // of the honest ones
    std::vector<std::uint32_t> liars() const;
    // Cuts one off from all others, until heal().
    void isolate(std::uint32_t node);
    // Equal roots at equal heights, recomputed from the records, and totals that conserve.
    void check_states();
    std::int64_t cash_uy() const { return cash_uy_; }  // held at the highest tip, after check_states()
    // Where everybody stands, for the message of a failed run.
    std::string describe() const;

private:
    struct Node {
        // What survives a crash.
        std::vector<proto::Header> chain;  // decided headers, genesis first
        std::vector<Hash> hashes;
        std::vector<consensus::Proposal> blocks;
        std::vector<Bytes> certificates;
        std::unique_ptr<Ledger> ledger;
        std::optional<proto::VoteRecord> said;

        // What does not. No replica while it is down.
        std::unique_ptr<consensus::Replica> replica;
        std::unique_ptr<consensus::CatchUp> catch_up;
        std::uint64_t told = 0;  // height that the replica has been told is stored
        std::uint64_t wakes = 0;

        std::uint64_t life = 1;
        bool is_liar = false;
        bool work = true;
        Duration clock{0};  // ahead of the true time
        std::optional<proto::VoteRecord> old_copy;

        std::uint64_t height() const { return chain.back().height(); }
    };
    // To a request for blocks.
    struct Answer {
        std::uint64_t from_height = 0;
        std::uint64_t tip = 0;
        std::vector<std::pair<consensus::Proposal, Bytes>> blocks;  // each with its certificate
    };
    struct Happening {
        std::uint32_t node = 0;
        std::uint64_t life = 0;  // of the node it is meant for, a crash ends it; 0: of the world
        std::function<void()> act;
    };

    void at(Instant when, Happening happening);
    void happen(Duration in, std::function<void()> act);
    void on_node(std::uint32_t node, Duration in, std::function<void()> act);
    void step(std::uint32_t node, const consensus::Event& event);
    void step_in(std::uint32_t node, Duration in, consensus::Event event);

    // Driver.
    void start(std::uint32_t node, bool fresh);
    void carry_out(std::uint32_t node, const consensus::Effects& effects);
    void build(std::uint32_t node, const consensus::Build& build);
    void gather(std::uint32_t node, const consensus::Execute& execute);
    void decide(std::uint32_t node, const consensus::Decision& decision);
    bool store(std::uint32_t node, const consensus::Proposal& block, const Bytes& certificate);
    void advance_in(std::uint32_t node, Duration in);
    void wake(std::uint32_t node, Instant at);
    bool extends_tip(const Node& node, const consensus::Proposal& proposal) const;
    Instant clock(std::uint32_t node) const;
    bool is_connected(std::uint32_t a, std::uint32_t b) const;
    void ask_for_blocks(std::uint32_t node, std::optional<std::uint32_t> whom);
    Answer answer_for_blocks(std::uint32_t node, std::uint64_t from_height);
    void take_blocks(std::uint32_t node, std::uint32_t from, const Answer& answer);

    // Wire.
    void broadcast(std::uint32_t from, const proto::ConsensusMessage& message);
    void deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message,
                 Duration later = {0});
    void receive(std::uint32_t from, std::uint32_t to, const Bytes& wire, bool may_be_wrong);
    Duration travel();
    Bytes sign(std::uint32_t node, const Hash& digest) const;
    proto::ConsensusMessage signed_by(std::uint32_t node, proto::ConsensusMessage message) const;

    // Faults.
    void schedule_faults();
    void crash(std::uint32_t node);
    void crash_for(std::uint32_t node, Duration down);
    void split_or_join();
    void jump_clock();

    // Liars.
    void lie(std::uint32_t from, const proto::ConsensusMessage& message);
    void equivocate(std::uint32_t from, const proto::ConsensusMessage& message);
    void change_views_early(std::uint32_t from, const proto::ConsensusMessage& message);
    void override_prepared(std::uint32_t from, const proto::ConsensusMessage& message);
    void vote_twice(std::uint32_t from, const proto::ConsensusMessage& message);
    void to_some(std::uint32_t from, const proto::ConsensusMessage& message, std::size_t most);
    void to_all(std::uint32_t from, const proto::ConsensusMessage& message, Duration later = {0});
    void flood(std::uint32_t from);
    void withhold(std::uint32_t from, const proto::ConsensusMessage& message);
    void falsify(Answer& answer);
    void spoil(proto::Header& header);
    void on_flood_again(std::uint32_t from);

    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::uint64_t below(std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most - 1)(random_);
    }
    Duration up_to(std::uint64_t ms) { return {static_cast<std::int64_t>(below(ms))}; }

    std::mt19937_64 random_;
    Faults faults_;
    std::vector<crypto::SigningKey> secrets_;  // in the order of the validators
    consensus::Voters voters_;
    consensus::Checks checks_;
    std::unique_ptr<Checker> checker_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<std::pair<Instant, std::uint64_t>, Happening> queue_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> cut_;  // from, to
    std::map<Hash, std::set<std::uint32_t>> holders_;  // who has the transactions of a block that is withheld
    std::map<Hash, std::uint32_t> withheld_from_;      // and its proposer
    Instant now_{kGenesisTime.ms + 1};
    std::uint64_t order_ = 0;
    std::uint64_t evidence_ = 0;
    std::uint64_t most_kept_ = 0;
    std::int64_t cash_uy_ = 0;
    bool healed_ = false;
    bool damaged_ = false;  // one vote record, once
    std::optional<std::uint32_t> wrong_clock_;
};

}  // namespace pcq::simulation
