#include "consensus/view_change.h"

#include <algorithm>
#include <set>

#include "consensus/quorum.h"

namespace pcq::consensus {

std::optional<Hash> Allowed::block() const {
    if (highest == nullptr) return std::nullopt;
    return Hash::from(highest->prepared().block_hash());
}

std::optional<Allowed> allowed_by(const std::vector<const proto::ConsensusMessage*>& changes, Place place,
                                  std::uint32_t n) {
    std::set<std::uint32_t> senders;
    Allowed allowed;
    for (const auto* message : changes) {
        const proto::ViewChange& change = message->view_change();
        if (change.height() != place.height || change.view() != place.view) return std::nullopt;
        if (!senders.insert(message->sender()).second) return std::nullopt;
        if (!change.has_prepared()) continue;
        if (allowed.highest == nullptr || change.prepared().view() > allowed.highest->prepared().view()) {
            allowed.highest = &change;
            allowed.sender = message->sender();
        }
    }
    if (senders.size() < quorum(n)) return std::nullopt;
    return allowed;
}

std::uint32_t reached_by(std::vector<std::uint32_t> views, std::uint32_t wanted) {
    if (wanted == 0 || views.size() < wanted) return 0;
    std::sort(views.rbegin(), views.rend());
    return views[wanted - 1];
}

proto::ConsensusMessage without_block(proto::ConsensusMessage message) {
    message.mutable_view_change()->clear_header();
    message.mutable_view_change()->clear_transactions();
    return message;
}

}  // namespace pcq::consensus
