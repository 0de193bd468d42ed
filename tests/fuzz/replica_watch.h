// Holds one honest replica to its word, from outside: what it was told, what it has on disk, what it says.
//
// It knows nothing of how the replica works and shares no state with it. Everybody else may lie: signatures
// of all other validators are at the fuzzer's disposal, so that only what holds whatever the others do is
// checked.
#pragma once

#include <map>
#include <set>

#include "tests/unit/consensus/fixture.h"

namespace pcq::fuzz {

class Watch {
public:
    Watch(const consensus::World& world, std::uint32_t self) : world_(world), self_(self) {}

    // Before the step: what the replica is told.
    void told(const proto::ConsensusMessage& message);
    void executed(const Hash& block, bool is_valid);
    void restarted();  // what was executed is forgotten, what was promised is not

    // After it: the record is on disk before anything is said.
    void check(const consensus::Effects& effects, const consensus::Replica& replica);

    const std::optional<proto::VoteRecord>& record() const { return record_; }

private:
    struct Heard {                                                                    // at one height
        std::map<std::pair<std::uint32_t, Bytes>, std::set<std::uint32_t>> prepares;  // by view and block
        std::map<std::pair<std::uint32_t, Bytes>, std::set<std::uint32_t>> commits;
        std::map<std::uint32_t, std::set<std::uint32_t>> changes;  // by view, justifications included
    };
    struct Said {
        std::map<std::uint32_t, Bytes> prepares;  // by view
        std::map<std::uint32_t, Bytes> commits;
        std::uint32_t left_below = 0;  // no votes below this view any more
    };

    void check_record(const proto::VoteRecord& record);
    void check_message(const proto::ConsensusMessage& message);
    void check_prepare(std::uint64_t height, std::uint32_t view, const Bytes& block);
    void check_commit(const proto::Vote& vote);
    void check_change(const proto::ViewChange& change);
    void check_justification(const proto::PrePrepare& proposal);
    void check_evidence(const consensus::Evidence& evidence) const;
    void check_decision(const consensus::Decision& decision, std::uint64_t height);
    void check_bounds(const consensus::Effects& effects, const consensus::Replica& replica);
    void once(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& block);

    const consensus::World& world_;
    const std::uint32_t self_;
    std::map<std::uint64_t, Heard> heard_;
    std::map<std::uint64_t, Said> said_;
    std::map<Bytes, bool> executed_;
    std::optional<proto::VoteRecord> record_;
    std::set<std::uint32_t> views_;  // of the present height
    std::set<Bytes> words_;          // said at it
    std::uint64_t height_ = 0;
};

}  // namespace pcq::fuzz
