// Watches a simulated network from outside: what honest validators sign, what is decided, what states come of
// it. It shares no arithmetic with consensus, so that a fault there does not blind it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/simulation/members.h"

namespace pcq::simulation {

class Checker {
public:
    Checker(const Members& members, const consensus::CheckSignature& signature)
        : members_(members), signature_(signature) {}

    // This validator says whatever it likes; what it has said nobody is told.
    void expect_lies_of(std::uint32_t validator) { liars_.insert(validator); }

    // The first rule that was broken, or empty.
    const std::string& violation() const { return violation_; }
    void fail(const std::string& what);

    // In which view the header of a block says that it was made.
    void made(const Hash& block, std::uint32_t view) { made_.emplace(block.bytes(), view); }
    // The disk of an honest validator was emptied. Until it hears of the first block it may say anything of
    // that one, as on the first day (docs/consensus.md); of all others it must know better.
    void wiped(std::uint32_t validator) { wiped_.insert(validator); }
    bool may_say_anything(std::uint32_t validator, std::uint64_t height) const {
        return height == 1 && wiped_.count(validator) != 0;
    }
    // An honest validator has this on its disk, so it may say it, and say it in certificates.
    void promised(std::uint32_t validator, const proto::VoteRecord& record);
    // An honest validator has sent this.
    void said(std::uint32_t validator, const proto::ConsensusMessage& message);
    // Somebody stores this block at this height, by deciding it or from elsewhere; a liar's word is no
    // decision.
    void decided(std::uint64_t height, const Hash& block, bool is_honest);
    // Whether distinct validators, of whom any two such groups share an honest one, have committed to the
    // block.
    bool is_certified(std::uint64_t height, const Hash& block, const Bytes& certificate) const;

    const std::map<std::uint64_t, Hash>& decisions() const { return honestly_decided_; }

private:
    struct Place {
        std::uint32_t validator;
        std::uint64_t height;
    };
    struct Words {                                // of one validator at one height, by view
        std::map<std::uint32_t, Bytes> prepares;  // pre-prepares included
        std::map<std::uint32_t, Bytes> commits;
        std::map<std::uint32_t, Bytes> changes;
    };
    using Height = std::map<std::uint32_t, Words>;  // by validator
    bool is_quorum(std::uint64_t height, std::size_t honest) const;
    bool may_be_decided(std::uint64_t height, std::uint32_t view, const Bytes& block);
    void check_later_votes(std::uint64_t height);
    void check_votes_above(std::uint64_t height, std::uint32_t view, const Bytes& block);
    void check_prepared(const Place& place, std::uint32_t view, const Bytes& block);
    bool is_prepared(std::uint64_t height, std::uint32_t view, const Bytes& block);
    void check_proposed_again(const Place& place, std::uint32_t view, const Bytes& block);
    void check_view_is_wanted(const Place& place, std::uint32_t view);
    void check_change(const Place& place, const Words& words, const proto::ViewChange& change);
    void note(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& content,
              const Place& place);

    const Members& members_;
    const consensus::CheckSignature& signature_;
    std::set<std::uint32_t> liars_;
    std::string violation_;
    std::map<std::uint64_t, Height> said_;
    std::map<std::uint64_t, Hash> decided_;
    std::map<std::uint64_t, Hash> honestly_decided_;
    std::map<Bytes, std::uint32_t> made_;
    std::set<std::uint32_t> wiped_;
};

}  // namespace pcq::simulation
