// What a replica waits for: nothing here changes anything.
#include <algorithm>

#include "consensus/replica.h"

namespace pcq::consensus {

Waiting Replica::waiting() const {
    Waiting found;
    found.height = height();
    found.view = view();
    found.primary = primary_of(view());
    found.early = round_.early;
    if (round_.active_since) found.since = wall_ + Duration{(round_.active_since->ms - now_.ms)};
    found.what = awaited(found);
    return found;
}

// The first thing that stands in the way, in the order in which they have to come true.
Awaits Replica::awaited(Waiting& found) const {
    if (round_.deciding) {
        for (const auto& [at, votes] : round_.commits.views()) {
            if (!found.block) found.block = round_.commits.agreed(at, quorum(n()));
        }
        return Awaits::storage;
    }
    const auto claims = std::count_if(claimed_.begin(), claimed_.end(),
                                      [this](const auto& claim) { return claim.second > last_.height; });
    if (const auto fetch = behind(); fetch && claims > faults(n())) {
        found.target = fetch->height;
        return Awaits::blocks;
    }
    if (!self_) return Awaits::others;
    if (watch_ > 0) {
        found.heights = watch_;
        return Awaits::watch;
    }
    if (!remembers()) return Awaits::chain;
    if (!is_active()) return Awaits::nothing;

    const auto proposal = round_.proposals.find(view());
    if (proposal == round_.proposals.end()) {
        // A later view change says as well that its sender has come by here, but justifies nothing here.
        const bool proposes = found.primary == *self_;
        const bool is_justified = !round_.justification.empty() || changes_to(view()).size() >= quorum(n());
        if (view() > 0 && (proposes ? !is_justified : !has_quorum_reached(view()))) {
            for (std::uint32_t sender = 0; sender < n(); ++sender) {
                const auto change = round_.changes.find(sender);
                const auto to = change == round_.changes.end() ? 0 : change->second->view_change().view();
                const bool is_here = proposes ? to == view() : to >= view();
                (is_here ? found.heard : found.missing).push_back(sender);
            }
            return Awaits::view_changes;
        }
        return proposes ? Awaits::own_proposal : Awaits::proposal;
    }
    const Hash block = block_hash(voters_.chain, proposal->second->pre_prepare().header());
    found.block = block;
    const auto candidate = round_.candidates.find(block);
    if (candidate == round_.candidates.end() || candidate->second.execution != Execution::valid)
        return Awaits::execution;
    const bool is_prepared = round_.commit_sent == view();
    const auto votes = (is_prepared ? round_.commits : round_.prepares).signatures(view(), block);
    for (std::uint32_t sender = 0; sender < n(); ++sender) {
        const bool is_here = std::any_of(votes.begin(), votes.end(),
                                         [sender](const auto& vote) { return vote.first == sender; });
        (is_here ? found.heard : found.missing).push_back(sender);
    }
    return is_prepared ? Awaits::commits : Awaits::prepares;
}

}  // namespace pcq::consensus
