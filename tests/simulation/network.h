// A whole network of replicas in one thread and virtual time: one seed decides every delay, loss,
// duplication, partition, crash, wrong clock and lie, so that a failing run replays exactly.
//
// Each node is a real consensus::Replica and consensus::CatchUp with what their driver keeps: a vote file
// (disk.h) and blocks that survive a crash once they are synced, and a ledger. A liar is such a node too,
// whose words are changed on their way out (liar.cc, forger.cc); of twins two nodes are one validator. A
// checker watches everything that is signed and decided (checker.h), after every step.
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
#include "consensus/flight.h"
#include "consensus/replica.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/members.h"

namespace pcq::simulation {

inline constexpr Duration kClockAhead{2'000};  // a block's time may lie that far ahead of a clock

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
    Counts counts() const;
    std::uint64_t most_kept() const { return most_kept_; }
    void set_work(bool work);
    std::uint64_t view_changes() const;  // of the honest ones
    std::vector<std::uint32_t> liars() const;
    // Cuts one off from all others, until heal().
    void isolate(std::uint32_t node);
    // Nothing that an honest validator has decided is gone. Equal roots at equal heights, recomputed from the
    // records, and totals that conserve.
    void check_states();
    // What the recorders have kept runs through the same state machine once more, to the same effects.
    void check_recordings();
    std::int64_t cash_uy() const { return cash_uy_; }  // held at the highest tip, after check_states()
    consensus::Waiting waiting(std::uint32_t node) const { return nodes_[node]->replica->waiting(); }
    // Where everybody stands, for the message of a failed run.
    std::string describe() const;

private:
    struct Node {
        std::uint32_t validator = 0;  // whose key it has

        // What survives a crash.
        std::vector<proto::Header> chain;  // decided headers, genesis first
        std::vector<Hash> hashes;
        std::vector<consensus::Proposal> blocks;
        std::vector<Bytes> certificates;
        std::unique_ptr<Ledger> ledger;
        Disk disk;  // with the vote record

        // What does not. No replica while it is down.
        std::unique_ptr<consensus::Replica> replica;
        std::unique_ptr<consensus::CatchUp> catch_up;
        std::uint64_t told = 0;  // height that the replica has been told is stored
        std::uint64_t wakes = 0;
        std::map<Hash, consensus::Proposal> executed;  // blocks that hold, since it started
        struct Ahead {                                 // on a block that is not decided yet
            Hash parent;
            std::unique_ptr<Ledger> ledger;  // after it
            std::optional<consensus::Proposal> built;
            Instant built_at;                  // when that work is done
            std::map<Hash, Instant> executed;  // blocks that hold, and when that is known
        };
        std::optional<Ahead> ahead;
        bool pipelines = false;
        std::optional<consensus::FlightRecorder> recorder;

        std::uint64_t life = 1;
        bool is_liar = false;
        bool is_twin = false;
        bool is_amnesiac = false;
        bool is_rotting = false;
        bool is_wiped = false;  // starts with nothing next
        bool loses_power = false;
        bool work = true;
        Duration clock{0};                      // ahead of the true time
        std::optional<proto::VoteRecord> said;  // the record on disk, as the checker knows it
        std::set<Bytes> bound;  // blocks that are voted for at its height: their transactions are with it
        std::optional<Bytes> first_record;
        std::vector<Bytes> old_records;  // some of those before it

        std::uint64_t height() const { return chain.back().height(); }
        // Counted among those who may do anything.
        bool is_faulty() const { return is_liar || is_twin; }
    };
    // A message on its way to many: decoded and verified once for each set of validators.
    struct Heard {
        Result<proto::ConsensusMessage> decoded;
        std::optional<Result<consensus::VerifiedMessage>> verified;
    };
    struct Packet {
        Bytes wire;
        std::map<const Members::Set*, Heard> heard;
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
        Instant when;
        std::uint64_t order = 0;  // of those at one time
    };
    static bool is_later(const Happening& a, const Happening& b);

    void at(Instant when, Happening happening);
    void happen(Duration in, std::function<void()> act);
    void on_node(std::uint32_t node, Duration in, std::function<void()> act);
    void step(std::uint32_t node, const consensus::Event& event);
    void step_in(std::uint32_t node, Duration in, consensus::Event event);

    // Driver.
    void start(std::uint32_t node, bool fresh);
    void carry_out(std::uint32_t node, const consensus::Effects& effects);
    bool persist(std::uint32_t node, const proto::VoteRecord& record);
    void note_evidence(const consensus::Evidence& evidence);
    void check_step(std::uint32_t node, const std::optional<proto::VoteRecord>& before,
                    const consensus::Effects& effects);
    void build(std::uint32_t node, const consensus::Build& build);
    void gather(std::uint32_t node, const consensus::Execute& execute);
    void decide(std::uint32_t node, const consensus::Decision& decision);
    bool store(std::uint32_t node, const consensus::Proposal& block, const Bytes& certificate);
    void advance_in(std::uint32_t node, Duration in);
    void wake(std::uint32_t node, Instant at);
    void look_ahead(std::uint32_t node, const consensus::LookAhead& hint);
    bool extends_tip(const Node& node, const consensus::Proposal& proposal) const;
    Instant clock(std::uint32_t node) const;
    const Members::Set& members_of(const Node& node) const;
    std::optional<std::uint32_t> place_of(std::uint32_t node, const Members::Set& set) const;
    bool has_gone(const Node& node, std::uint64_t height) const;
    bool is_connected(std::uint32_t a, std::uint32_t b) const;
    std::vector<std::uint32_t> nodes_of(std::uint32_t validator) const;
    std::vector<std::uint32_t> connected_nodes_of(std::uint32_t validator, std::uint32_t from) const;
    void ask_for_blocks(std::uint32_t node, std::optional<std::uint32_t> whom);
    Answer answer_for_blocks(std::uint32_t node, std::uint64_t from_height);
    void take_blocks(std::uint32_t node, std::uint32_t from, const Answer& answer);
    struct Taken {
        std::uint32_t from = 0;
        Answer answer;
        std::uint64_t before = 0;  // height when it came
        std::size_t next = 0;
    };
    void take_next_block(std::uint32_t node, const std::shared_ptr<Taken>& taken);

    // Wire.
    void broadcast(std::uint32_t from, const proto::ConsensusMessage& message);
    bool is_starved(const proto::ConsensusMessage& message) const;
    void deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message,
                 Duration later = {0});
    void send(std::uint32_t from, std::uint32_t to, const std::shared_ptr<Packet>& packet, Duration later);
    void receive(std::uint32_t from, std::uint32_t to, Packet& packet, bool is_corrupt);
    void note_claim(std::uint32_t from, std::uint32_t to, std::uint64_t height);
    Duration travel();
    Bytes sign(std::uint32_t node, const Hash& digest) const;
    proto::ConsensusMessage signed_by(std::uint32_t node, proto::ConsensusMessage message) const;

    // Faults.
    void schedule_faults();
    void crash(std::uint32_t node);
    void crash_for(std::uint32_t node, Duration down);
    void split_or_join();
    void jump_clock();
    void cut_power();
    void choose_victims();
    void join_twins();
    void copy_disk(std::uint32_t from, std::uint32_t to);
    void cut_chain(Node& node, std::size_t heights);
    void lose_unsynced(Node& node);
    void lose_memory(Node& node);
    void lose_transactions(std::uint32_t node);
    void decay(Node& node);
    bool put_back_record(Node& node, const Bytes& record);
    bool may_wipe(const Node& node) const;

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
    void come_first(std::uint32_t from, const proto::ConsensusMessage& message);
    void falsify(Answer& answer);
    void spoil(proto::Header& header);
    void on_flood_again(std::uint32_t from);

    // Forgers (forger.cc).
    struct Block {
        consensus::Proposal proposal;
        Hash hash;
    };
    using Signatures = std::map<std::uint32_t, Bytes>;  // by place in the set
    void overhear(std::uint32_t from, const proto::ConsensusMessage& message);
    void forge(std::uint32_t from, const proto::ConsensusMessage& message);
    void forge_at(std::uint32_t from, std::uint64_t height, std::uint32_t view);
    std::optional<Block> own_block(std::uint32_t from, std::uint32_t view, bool again);
    proto::PreparedCertificate forged_certificate(std::uint32_t from, std::uint64_t height,
                                                  std::uint32_t view, const Hash& block);
    std::optional<proto::ViewChange> true_certificate(std::uint64_t height, std::uint32_t below_view);
    proto::ConsensusMessage forged_change(std::uint32_t from, std::uint64_t height, std::uint32_t view);
    void forge_proposal(std::uint32_t from, std::uint64_t height, std::uint32_t view);
    std::vector<proto::ConsensusMessage> forged_justification(std::uint32_t from, std::uint64_t height,
                                                              std::uint32_t view);
    void vote_for(std::uint32_t from, std::uint64_t height, std::uint32_t view, const Hash& block);
    void replay(std::uint32_t from);
    proto::ConsensusMessage renamed(std::uint32_t from, proto::ConsensusMessage message);
    void on_replay_again(std::uint32_t from);

    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::uint64_t below(std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most - 1)(random_);
    }
    Duration up_to(std::uint64_t ms) { return {static_cast<std::int64_t>(below(ms))}; }
    // For the disks, twins and forgers: faults that a scenario does not have leave its seeds as they are.
    bool by_chance(double probability) {
        return std::uniform_real_distribution<double>(0, 1)(others_random_) < probability;
    }
    std::uint64_t any_below(std::uint64_t most) { return others_random_() % most; }

    std::mt19937_64 random_;
    std::mt19937_64 others_random_;
    Faults faults_;
    const std::vector<crypto::SigningKey>& secrets_;  // in the order of the validators
    consensus::Voters voters_;                        // all of the run, in the order of the validators
    std::unique_ptr<const Members> members_;
    consensus::Checks checks_;
    std::unique_ptr<Checker> checker_;
    std::function<std::unique_ptr<Ledger>()> make_ledger_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Happening> queue_;                           // a heap
    std::set<std::pair<std::uint32_t, std::uint32_t>> cut_;  // from, to
    // Who has the transactions of a block, if not everybody has: it is withheld, or a crash may lose them.
    std::map<Hash, std::set<std::uint32_t>> holders_;
    std::set<Hash> handed_out_;  // blocks whose transactions are known
    Instant now_{kGenesisTime.ms + 1};
    std::uint64_t order_ = 0;
    Counts counts_;
    std::uint64_t most_kept_ = 0;
    std::int64_t cash_uy_ = 0;
    bool healed_ = false;
    bool damaged_ = false;  // one vote record, once
    std::optional<std::uint32_t> wrong_clock_;

    // What forgers have heard, of the last heights.
    struct Overheard {
        std::map<std::uint32_t, std::map<Hash, Signatures>> prepares;  // by view and block
        std::map<std::uint32_t, std::map<Hash, Signatures>> commits;
        std::map<std::uint32_t, std::map<std::uint32_t, proto::ConsensusMessage>> changes;  // by view, sender
        std::map<Hash, consensus::Proposal> blocks;
    };
    std::map<std::uint64_t, Overheard> overheard_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, Block> own_blocks_;  // by height and view
    std::vector<proto::ConsensusMessage> old_words_;
};

}  // namespace pcq::simulation
