#include "src/node/offers.h"

#include <algorithm>

namespace pcq::node {
namespace {

using storage::Standing;

Error two_chains(const storage::VerifiedHead& first, const storage::VerifiedHead& second) {
    return Error{Code::state_differs,
                 "two chains are certified by validators that are followed from the genesis document, at "
                 "heights " +
                     std::to_string(first.header->height()) + " and " +
                     std::to_string(second.header->height()) +
                     ": a quorum of some set has signed both, or sold its keys; this node takes neither. "
                     "Leave only those under [[network.peers]] whom you trust today"};
}

}  // namespace

void Offers::hear(const Peer& from, Offer offer) {
    if (offer.height() <= above_) offer.head.reset();
    const auto highest = best();
    if (offer.head && highest && highest->from != from) {
        const bool is_higher = offer.height() > highest->offer.height();
        (is_higher ? heard_.at(highest->from) : offer).head.reset();
    }
    heard_.insert_or_assign(from, std::move(offer));
}

void Offers::pass_over(const Peer& from) {
    if (const auto at = heard_.find(from); at != heard_.end()) at->second.head.reset();
}

Result<Offers::Settled> Offers::settle() {
    Settled settled;
    std::set<Peer> gone;
    const auto note = [&](const storage::VerifiedHead& known, const Peer& peer, const Offer& offer) {
        const Standing standing = storage::compare(known, offer.verified);
        if (standing == Standing::second_has_gone) gone.insert(peer);
        return standing;
    };
    for (const auto& [peer, offer] : heard_) {
        if (own_ && note(*own_, peer, offer) == Standing::first_has_gone)
            return two_chains(*own_, offer.verified);
        if (taken_ && note(*taken_, peer, offer) == Standing::first_has_gone) settled.taken_has_gone = true;
        for (const auto& [other, known] : heard_) note(known.verified, peer, offer);
    }
    for (const auto& peer : gone) heard_.erase(peer);
    settled.gone.assign(gone.begin(), gone.end());
    // Who has gone contradicts nobody.
    std::vector<const storage::VerifiedHead*> there;
    if (own_) there.push_back(&*own_);
    if (taken_ && !settled.taken_has_gone) there.push_back(&*taken_);
    for (const auto& [peer, offer] : heard_) there.push_back(&offer.verified);
    for (auto first = there.begin(); first != there.end(); ++first) {
        for (auto second = first + 1; second != there.end(); ++second) {
            if (storage::compare(**first, **second) == Standing::contradict)
                return two_chains(**first, **second);
        }
    }
    return settled;
}

std::optional<Offers::Best> Offers::best() const {
    for (const auto& [peer, offer] : heard_)
        if (offer.head) return Best{peer, offer};
    return std::nullopt;
}

bool Offers::has_other(std::uint64_t height, const std::set<Peer>& but) const {
    return std::any_of(heard_.begin(), heard_.end(), [&](const auto& heard) {
        const std::uint64_t offered = heard.second.height();
        return offered > above_ && offered != height && but.count(heard.first) == 0;
    });
}

}  // namespace pcq::node
