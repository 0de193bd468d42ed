#include "src/node/verifying.h"

namespace pcq::node {
namespace {

constexpr std::size_t kVotes = 64;
constexpr std::int64_t kSecondsToFail = 16;  // until as much may fail again as is checked at once

std::size_t signatures_max(std::uint32_t validators) {
    const std::size_t view_change = 1 + std::size_t{validators};
    const std::size_t proposal = 1 + validators * view_change;
    return view_change + proposal + kVotes;
}

}  // namespace

Verifying::Share Verifying::share_of(const proto::ConsensusMessage& message) {
    Share share{consensus::signatures_in(message), std::nullopt};
    if (message.has_pre_prepare())
        share.proposal = {message.sender(), message.pre_prepare().height(), message.pre_prepare().view()};
    return share;
}

bool Verifying::begin(const crypto::PublicKey& peer, const Share& share, std::uint32_t validators,
                      Instant now) {
    const auto most = static_cast<std::int64_t>(signatures_max(validators));
    Begun& begun = peers_.try_emplace(peer, Begun{Allowance(most, most / kSecondsToFail)}).first->second;
    if (!begun.to_fail.is_left(now)) return false;
    if (begun.signatures + share.signatures > signatures_max(validators)) return false;
    if (share.proposal && !begun.proposals.insert(*share.proposal).second) return false;
    begun.signatures += share.signatures;
    return true;
}

void Verifying::end(const crypto::PublicKey& peer, const Share& share) {
    Begun& begun = peers_.at(peer);
    begun.signatures -= share.signatures;
    if (share.proposal) begun.proposals.erase(*share.proposal);
}

void Verifying::failed(const crypto::PublicKey& peer, const Share& share) {
    peers_.at(peer).to_fail.spend(static_cast<std::int64_t>(share.signatures));
}

}  // namespace pcq::node
