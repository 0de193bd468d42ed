#include "tests/simulation/checker.h"

#include <algorithm>

namespace pcq::simulation {

void Checker::fail(const std::string& what) {
    if (violation_.empty()) violation_ = what;
}

// With so many honest ones, and all the liars of that height.
bool Checker::is_quorum(std::uint64_t height, std::size_t honest) const {
    const Members::Set& set = members_.at(height);
    const std::size_t n = set.size();
    const auto liars = static_cast<std::size_t>(std::count_if(
        liars_.begin(), liars_.end(), [&set](std::uint32_t liar) { return set.index_of(liar); }));
    return 2 * (honest + liars) > n + (n - 1) / 3;
}

void Checker::note(std::map<std::uint32_t, Bytes>& words, std::uint32_t view, const Bytes& content,
                   const Place& place) {
    const auto [at, is_new] = words.emplace(view, content);
    if (!is_new && at->second != content) {
        fail("validator " + std::to_string(place.validator) + " contradicted itself at height " +
             std::to_string(place.height) + ", view " + std::to_string(view));
    }
}

void Checker::promised(std::uint32_t validator, const proto::VoteRecord& record) {
    if (!record.voted() || may_say_anything(validator, record.height())) return;
    note(said_[record.height()][validator].prepares, record.view(), record.voted_hash(),
         {validator, record.height()});
}

// No honest validator ever says two things for one place, votes in a view that it has left, or hides the
// certificate behind a commit, however often it crashes; and what it says rests on what others have said.
void Checker::said(std::uint32_t validator, const proto::ConsensusMessage& message) {
    const std::uint32_t view = consensus::view_of(message);
    const Place place{validator, consensus::height_of(message)};
    if (message.has_status() || may_say_anything(validator, place.height)) return;
    Words& words = said_[place.height][validator];
    if (message.has_view_change()) {
        const auto& change = message.view_change();
        note(words.changes, view, consensus::view_change_content(members_.chain(), change).bytes(), place);
        return check_change(place, words, change);
    }
    if (message.has_commit()) {
        note(words.commits, view, message.commit().block_hash(), place);
        check_prepared(place, view, message.commit().block_hash());
    } else {
        const Bytes block =
            message.has_prepare()
                ? message.prepare().block_hash()
                : consensus::block_hash(members_.chain(), message.pre_prepare().header()).bytes();
        check_proposed_again(place, view, block);
        note(words.prepares, view, block, place);
        check_view_is_wanted(place, view);
    }
    if (words.changes.upper_bound(view) != words.changes.end())
        fail("validator " + std::to_string(validator) + " voted in a view that it had left");
    check_later_votes(place.height);
}

void Checker::check_change(const Place& place, const Words& words, const proto::ViewChange& change) {
    if (change.has_prepared())
        check_prepared(place, change.prepared().view(), change.prepared().block_hash());
    const auto above = words.commits.lower_bound(change.view());
    if (above == words.commits.begin()) return;
    if (!change.has_prepared() || change.prepared().view() < std::prev(above)->first)
        fail("validator " + std::to_string(place.validator) + " hid what it had committed to");
}

// Whether a quorum has prepared it there, if the liars have too.
bool Checker::is_prepared(std::uint64_t height, std::uint32_t view, const Bytes& block) {
    std::size_t prepared = 0;
    for (const auto& [validator, words] : said_[height]) {
        const auto vote = words.prepares.find(view);
        if (vote != words.prepares.end() && vote->second == block) ++prepared;
    }
    return is_quorum(height, prepared);
}

// Whoever commits to a block, or shows a certificate for it, knows of a quorum that has prepared it.
void Checker::check_prepared(const Place& place, std::uint32_t view, const Bytes& block) {
    if (is_prepared(place.height, view, block)) return;
    fail("validator " + std::to_string(place.validator) + " believes in a certificate for height " +
         std::to_string(place.height) + ", view " + std::to_string(view) + " that no quorum has given");
}

// A block of a lower view is proposed again for no other reason than a certificate.
void Checker::check_proposed_again(const Place& place, std::uint32_t view, const Bytes& block) {
    const auto made = made_.find(block);
    if (made == made_.end() || made->second == view) return;
    for (std::uint32_t below = 0; below < view; ++below) {
        if (is_prepared(place.height, below, block)) return;
    }
    fail("validator " + std::to_string(place.validator) + " voted at height " + std::to_string(place.height) +
         ", view " + std::to_string(view) + " for an older block that no quorum has prepared");
}

// Whoever votes in a further view knows of a quorum that has changed to it.
void Checker::check_view_is_wanted(const Place& place, std::uint32_t view) {
    if (view == 0) return;
    std::size_t changed = 0;
    for (const auto& [validator, words] : said_[place.height]) changed += words.changes.count(view);
    if (!is_quorum(place.height, changed)) {
        fail("validator " + std::to_string(place.validator) + " voted at height " +
             std::to_string(place.height) + " in view " + std::to_string(view) +
             ", to which no quorum has changed");
    }
}

// Whether so many have committed to the block that it is decided once their words arrive, if the liars want
// it so.
bool Checker::may_be_decided(std::uint64_t height, std::uint32_t view, const Bytes& block) {
    std::size_t committed = 0;
    for (const auto& [validator, words] : said_[height]) {
        const auto commit = words.commits.find(view);
        if (commit != words.commits.end() && commit->second == block) ++committed;
    }
    return is_quorum(height, committed);
}

// The theorem itself, before a second block is decided: above a view in which a block may be decided no
// honest validator votes for another.
void Checker::check_later_votes(std::uint64_t height) {
    for (const auto& [validator, words] : said_[height]) {
        for (const auto& [view, block] : words.commits) {
            if (may_be_decided(height, view, block)) check_votes_above(height, view, block);
        }
    }
}

void Checker::check_votes_above(std::uint64_t height, std::uint32_t view, const Bytes& block) {
    for (const auto& [validator, words] : said_[height]) {
        const auto& prepares = words.prepares;
        for (auto vote = prepares.upper_bound(view); vote != prepares.end(); ++vote) {
            if (vote->second == block) continue;
            fail("validator " + std::to_string(validator) + " voted at height " + std::to_string(height) +
                 ", view " + std::to_string(vote->first) + " against what may be decided in view " +
                 std::to_string(view));
        }
    }
}

void Checker::decided(std::uint64_t height, const Hash& block, bool is_honest) {
    if (is_honest) honestly_decided_.emplace(height, block);
    const auto [first, is_new] = decided_.emplace(height, block);
    if (first->second != block) fail("two blocks were decided at height " + std::to_string(height));
}

bool Checker::is_certified(std::uint64_t height, const Hash& block, const Bytes& bytes) const {
    proto::CommitCertificate certificate;
    if (!certificate.ParseFromString(bytes) || certificate.height() != height) return false;
    if (certificate.block_hash() != block.view()) return false;
    const Hash digest =
        consensus::vote_digest(members_.chain(), proto::VOTE_KIND_COMMIT, height, certificate.view(), block);
    const auto& voters = members_.at(height).voters;
    std::set<std::uint32_t> signers;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= voters.size()) return false;
        if (!signature_(voters.keys[entry.validator()], digest, entry.signature())) return false;
        signers.insert(entry.validator());
    }
    const std::size_t liars = (voters.size() - 1) / 3;
    return 2 * signers.size() > voters.size() + liars;
}

}  // namespace pcq::simulation
