#include "tests/simulation/checker.h"

#include <set>

namespace pcq::simulation {

void Checker::fail(const std::string& what) {
    if (violation_.empty()) violation_ = what;
}

void Checker::note(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& content,
                   const Place& place) {
    const auto [at, is_new] = words.emplace(view, content);
    if (!is_new && at->second != content) {
        fail("validator " + std::to_string(place.validator) + " contradicted itself at height " +
             std::to_string(place.height) + ", view " + std::to_string(view));
    }
}

// No honest validator ever says two things for one place, votes in a view that it has left, or hides the
// certificate behind a commit, however often it crashes.
void Checker::said(std::uint32_t validator, const proto::ConsensusMessage& message) {
    if (message.has_status()) return;
    const std::uint32_t view = consensus::view_of(message);
    const Place place{validator, consensus::height_of(message)};
    Words& words = said_[place];
    if (message.has_view_change()) {
        const auto& change = message.view_change();
        note(words.changes, view, consensus::view_change_content(voters_.chain, change).bytes(), place);
        const auto above = words.commits.lower_bound(view);
        if (above == words.commits.begin()) return;
        if (!change.has_prepared() || change.prepared().view() < std::prev(above)->first)
            fail("validator " + std::to_string(validator) + " hid what it had committed to");
        return;
    }
    if (message.has_pre_prepare()) {
        const Hash block = consensus::block_hash(voters_.chain, message.pre_prepare().header());
        note(words.prepares, view, block.bytes(), place);
    } else if (message.has_prepare()) {
        note(words.prepares, view, message.prepare().block_hash(), place);
    } else {
        note(words.commits, view, message.commit().block_hash(), place);
    }
    if (words.changes.upper_bound(view) != words.changes.end())
        fail("validator " + std::to_string(validator) + " voted in a view that it had left");
    check_later_votes(place.height);
}

// Whether so many have committed to the block that it is decided once their words arrive, if the liars want
// it so.
bool Checker::may_be_decided(std::uint64_t height, std::uint32_t view, const Bytes& block) const {
    std::size_t committed = liars_;
    for (std::uint32_t validator = 0; validator < voters_.size(); ++validator) {
        const auto words = said_.find({validator, height});
        if (words == said_.end()) continue;
        const auto commit = words->second.commits.find(view);
        if (commit != words->second.commits.end() && commit->second == block) ++committed;
    }
    return 2 * committed > voters_.size() + (voters_.size() - 1) / 3;
}

// The theorem itself, before a second block is decided: above a view in which a block may be decided no
// honest validator votes for another.
void Checker::check_later_votes(std::uint64_t height) {
    for (std::uint32_t validator = 0; validator < voters_.size(); ++validator) {
        const auto words = said_.find({validator, height});
        if (words == said_.end()) continue;
        for (const auto& [view, block] : words->second.commits) {
            if (may_be_decided(height, view, block)) check_votes_above(height, view, block);
        }
    }
}

void Checker::check_votes_above(std::uint64_t height, std::uint32_t view, const Bytes& block) {
    for (std::uint32_t validator = 0; validator < voters_.size(); ++validator) {
        const auto words = said_.find({validator, height});
        if (words == said_.end()) continue;
        const auto& prepares = words->second.prepares;
        for (auto vote = prepares.upper_bound(view); vote != prepares.end(); ++vote) {
            if (vote->second == block) continue;
            fail("validator " + std::to_string(validator) + " voted at height " + std::to_string(height) +
                 ", view " + std::to_string(vote->first) + " against what may be decided in view " +
                 std::to_string(view));
        }
    }
}

void Checker::decided(std::uint64_t height, const Hash& block) {
    const auto [first, is_new] = decided_.emplace(height, block);
    if (first->second != block) fail("two blocks were decided at height " + std::to_string(height));
}

bool Checker::is_certified(std::uint64_t height, const Hash& block, const Bytes& bytes) const {
    proto::CommitCertificate certificate;
    if (!certificate.ParseFromString(bytes) || certificate.height() != height) return false;
    if (certificate.block_hash() != block.view()) return false;
    const Hash digest =
        consensus::vote_digest(voters_.chain, proto::VOTE_KIND_COMMIT, height, certificate.view(), block);
    std::set<std::uint32_t> signers;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= voters_.size()) return false;
        if (!signature_(voters_.keys[entry.validator()], digest, entry.signature())) return false;
        signers.insert(entry.validator());
    }
    const std::size_t liars = (voters_.size() - 1) / 3;
    return 2 * signers.size() > voters_.size() + liars;
}

}  // namespace pcq::simulation
