// What a simulated network can do to its nodes, and how often it did.
#pragma once

#include <cstdint>

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
    hoarding,        // hands out no transaction to whoever has lost it, and is the first in every view with
                     // what it has prepared
    selective,       // says everything to some only
    secretive,       // votes until a block is decided, and tells and gives nobody that it is
    fickle,          // leaves views early, hides its certificates
    overriding,      // proposes its own block in a further view, whatever has been prepared
    flooding,        // says very much more than it should
    forging,         // certificates and justifications that nobody gave, or old ones (forger.cc)
    replaying,       // words of others again: old ones, under other names, of another chain (forger.cc)
    anything,        // something else with every message
};

// Who builds and executes the next block while the last is being decided.
enum class Pipelining : std::uint8_t { nobody, some, everybody };

// Liars, twins, amnesiacs and rotting disks together are no more than faults(n).
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
    Pipelining pipelining = Pipelining::nobody;
    bool recorded = false;  // a flight recorder in every node, replayed at the end
    bool idle = false;      // there is nothing to do until set_work()
    // Two nodes of one key and honest code, each with its own disk: both from the first day, or one from a
    // backup of the other.
    std::uint32_t twins = 0;
    // Each crash of these also takes the vote record, puts an old copy in its place, or wipes the disk.
    std::uint32_t amnesiacs = 0;
    // Each crash of these also flips a bit of the vote file, or cuts the last blocks off the store.
    std::uint32_t rotting = 0;
    bool torn_writes = false;    // what is being written when a node crashes may be lost, torn or kept
    bool full_disks = false;     // a write of the vote record or of a block may fail, and the node stops
    int power_cuts = 0;          // all nodes at once
    std::uint32_t delay_ms = 0;  // each message takes up to so much longer, and goes on to
    std::uint32_t changes = 0;   // of the set of validators (members.h); not with twins
    bool stubborn = false;       // who has been removed goes on as if nothing had happened
    // Nothing is decided: of Commits those of one validator in each view are heard, of Prepares those of
    // every third view.
    bool undecided = false;
    bool one_away = false;  // an honest one is cut off from the beginning until the others are healed too
};

// What happened in a run.
struct Counts {
    std::uint64_t steps = 0;            // of replicas, each followed by the checks
    std::uint64_t built_ahead = 0;      // blocks proposed that were built before their turn
    std::uint64_t executed_ahead = 0;   // proposals executed before their turn
    std::uint64_t in_vain = 0;          // either, and then another block was decided
    std::uint64_t replayed_events = 0;  // of recordings, to the same effects
    std::uint64_t messages = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t partitions = 0;
    std::uint64_t clock_jumps = 0;
    std::uint64_t crashes = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t torn = 0;      // unsynced writes at a crash, by what became of them
    std::uint64_t unsynced = 0;  // lost altogether
    std::uint64_t kept = 0;
    std::uint64_t full_disks = 0;
    std::uint64_t flipped_bits = 0;
    std::uint64_t lost_blocks = 0;  // ends cut off a store
    std::uint64_t lost_records = 0;
    std::uint64_t old_records = 0;
    std::uint64_t wiped_disks = 0;
    std::uint64_t twins = 0;
    std::uint64_t backups = 0;  // a twin started from a copy of the other's disk, or was set back to one
    std::uint64_t lies = 0;     // messages of liars
    std::uint64_t forged = 0;   // of those, made of certificates and signatures that nobody gave
    std::uint64_t replayed = 0;
    std::uint64_t evidence = 0;
    std::uint64_t view_changes = 0;
    std::uint64_t heights = 0;  // decided
    std::uint64_t missing = 0;  // decided blocks that a validator does not have in the end
};

}  // namespace pcq::simulation
