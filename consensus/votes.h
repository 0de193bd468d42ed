// The votes of one height: the first of each sender in each view, and who agrees on what.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "consensus/messages.h"

namespace pcq::consensus {

struct CastVote {
    Hash block;
    Bytes signature;
};

// One kind of vote. Bounded by the caller: views of its window, of those below it one vote a sender.
class Votes {
public:
    enum class Noted { first, repeated, conflicting };

    Noted note(std::uint32_t view, std::uint32_t sender, const CastVote& vote) {
        const auto [at, is_new] = views_[view].emplace(sender, vote);
        if (is_new) return Noted::first;
        return at->second.block == vote.block ? Noted::repeated : Noted::conflicting;
    }

    // The block that `needed` senders of this view agree on. A quorum is more than half, so there is at most
    // one.
    std::optional<Hash> agreed(std::uint32_t view, std::uint32_t needed) const {
        const auto at = views_.find(view);
        if (at == views_.end()) return std::nullopt;
        std::map<Hash, std::uint32_t> counts;
        for (const auto& [sender, vote] : at->second) {
            if (++counts[vote.block] >= needed) return vote.block;
        }
        return std::nullopt;
    }

    // Signatures for this block, ascending by sender.
    std::vector<std::pair<std::uint32_t, Bytes>> signatures(std::uint32_t view, const Hash& block) const {
        std::vector<std::pair<std::uint32_t, Bytes>> found;
        const auto at = views_.find(view);
        if (at == views_.end()) return found;
        for (const auto& [sender, vote] : at->second) {
            if (vote.block == block) found.emplace_back(sender, vote.signature);
        }
        return found;
    }

    // What this sender voted for.
    std::optional<Hash> of(std::uint32_t view, std::uint32_t sender) const {
        const auto at = views_.find(view);
        if (at == views_.end()) return std::nullopt;
        const auto vote = at->second.find(sender);
        return vote == at->second.end() ? std::nullopt : std::optional(vote->second.block);
    }

    void forget_below(std::uint32_t view) { views_.erase(views_.begin(), views_.lower_bound(view)); }

    // But for what each sender has said last below it.
    void forget_all_but_last_below(std::uint32_t view) {
        std::set<std::uint32_t> heard;
        for (auto at = views_.lower_bound(view); at != views_.begin();) {
            --at;
            std::erase_if(at->second, [&](const auto& vote) { return !heard.insert(vote.first).second; });
            if (at->second.empty()) at = views_.erase(at);
        }
    }

    std::size_t size() const {
        std::size_t sum = 0;
        for (const auto& [view, votes] : views_) sum += votes.size();
        return sum;
    }
    const std::map<std::uint32_t, std::map<std::uint32_t, CastVote>>& views() const { return views_; }

private:
    std::map<std::uint32_t, std::map<std::uint32_t, CastVote>> views_;
};

}  // namespace pcq::consensus
