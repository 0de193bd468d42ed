// A whole network of replicas in one thread and virtual time: one seed decides every delay, loss,
// duplication, partition and crash, so that a failing run replays exactly.
//
// Each node is a real consensus::Replica with what its driver keeps: a vote record and blocks that survive a
// crash once they are "synced", and a ledger in which a block's state root is a function of its parent's root
// and its transactions. A checker watches everything that is signed and decided.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "consensus/replica.h"
#include "tests/simulation/ledger.h"

namespace pcq::simulation {

// How a primary may misbehave; at most faults(n) of a network do.
enum class Behaviour { honest, silent, equivocating, invalid_blocks };

struct Faults {
    double loss = 0;
    double duplicate = 0;
    int partitions = 0;  // episodes in which the network is split at random, one-way now and then
    int crashes = 0;     // crash and restart of a node chosen at random
    Behaviour byzantine = Behaviour::honest;  // of validator 0
    bool forget_votes = false;                // the first crash also deletes the vote record
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
    // No more faults: everything is connected, everybody is up.
    void heal();
    // The first rule that was broken, or empty.
    const std::string& violation() const { return violation_; }
    std::uint64_t lowest_height() const;
    Instant now() const { return now_; }
    std::uint64_t decisions() const { return decisions_; }
    std::uint64_t evidence() const { return evidence_; }
    // No work for nobody: an idle network.
    void set_work(bool work);
    std::uint64_t view_changes() const;
    // Equal roots at equal heights, recomputed from the records, and totals that conserve.
    void check_states();
    std::int64_t cash_uy() const { return cash_uy_; }  // held at the highest tip, after check_states()
    // Where everybody stands, for the message of a failed run.
    std::string describe() const;

private:
    struct Node;
    struct Happening {
        Instant at;
        std::uint64_t order;
        std::uint32_t node;
        std::uint64_t life;  // of the node it is meant for; a crash ends it
        consensus::Event event;
        std::optional<Bytes> wire;  // a message still to be decoded and verified
        friend bool operator<(const Happening& a, const Happening& b) {
            return std::tie(a.at, a.order) > std::tie(b.at, b.order);
        }
    };

    void schedule(std::uint32_t node, Duration in, consensus::Event event);
    void schedule_faults();
    void deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message);
    void handle(const Happening& happening);
    void carry_out(std::uint32_t node, const consensus::Effects& effects);
    void broadcast(std::uint32_t node, const proto::ConsensusMessage& message);
    void equivocate(std::uint32_t node, const proto::ConsensusMessage& message);
    void start(std::uint32_t node, bool fresh);
    void crash(std::uint32_t node, bool forget);
    void decide(std::uint32_t node, const consensus::Decision& decision);
    void catch_up(std::uint32_t node, std::uint64_t height);
    void build(std::uint32_t node, const consensus::Build& build);
    bool extends_tip(const Node& node, const consensus::Proposal& proposal) const;
    Bytes sign(std::uint32_t node, const Hash& digest) const;
    void check_signed(std::uint32_t node, const proto::ConsensusMessage& message);
    void fail(const std::string& what);
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::uint64_t below(std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most - 1)(random_);
    }

    std::mt19937_64 random_;
    Faults faults_;
    std::vector<crypto::SigningKey> secrets_;  // in the order of the validators
    consensus::Voters voters_;
    consensus::Checks checks_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::priority_queue<Happening> queue_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> cut_;  // from, to
    Instant now_{kGenesisTime.ms + 1};
    std::uint64_t order_ = 0;
    std::uint64_t decisions_ = 0;
    std::uint64_t evidence_ = 0;
    std::int64_t cash_uy_ = 0;
    bool healed_ = false;
    bool forgotten_ = false;
    std::string violation_;
    std::map<std::uint64_t, Hash> decided_;  // by height, whoever decided first
    std::map<std::tuple<std::uint32_t, int, std::uint64_t, std::uint32_t>, Bytes>
        signed_;  // what honest validators said
};

}  // namespace pcq::simulation
