// Watches a simulated network from outside: what honest validators sign, what is decided, what states come of
// it. It shares no arithmetic with consensus, so that a fault there does not blind it.
#pragma once

#include <map>
#include <string>

#include "consensus/replica.h"

namespace pcq::simulation {

class Checker {
public:
    Checker(const consensus::Voters& voters, const consensus::CheckSignature& signature)
        : voters_(voters), signature_(signature) {}

    // So many validators say whatever they like; what they have said nobody is told.
    void expect_liars(std::uint32_t liars) { liars_ = liars; }

    // The first rule that was broken, or empty.
    const std::string& violation() const { return violation_; }
    void fail(const std::string& what);

    // An honest validator has sent this.
    void said(std::uint32_t validator, const proto::ConsensusMessage& message);
    // Somebody stores this block at this height, by deciding it or from elsewhere.
    void decided(std::uint64_t height, const Hash& block);
    // Whether distinct validators, of whom any two such groups share an honest one, have committed to the
    // block.
    bool is_certified(std::uint64_t height, const Hash& block, const Bytes& certificate) const;

    std::uint64_t heights() const { return decided_.size(); }

private:
    struct Place {
        std::uint32_t validator;
        std::uint64_t height;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    struct Words {                                // of one validator at one height, by view
        std::map<std::uint32_t, Bytes> prepares;  // pre-prepares included
        std::map<std::uint32_t, Bytes> commits;
        std::map<std::uint32_t, Bytes> changes;
    };
    bool may_be_decided(std::uint64_t height, std::uint32_t view, const Bytes& block) const;
    void check_later_votes(std::uint64_t height);
    void check_votes_above(std::uint64_t height, std::uint32_t view, const Bytes& block);
    void note(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& content,
              const Place& place);

    const consensus::Voters& voters_;
    const consensus::CheckSignature& signature_;
    std::uint32_t liars_ = 0;
    std::string violation_;
    std::map<Place, Words> said_;
    std::map<std::uint64_t, Hash> decided_;
};

}  // namespace pcq::simulation
