// What each peer has said of consensus that is having its signatures checked.
//
// Signatures are counted, since a message holds one or thousands: as many as the longest honest words in a
// row have, which are a view change, the proposal that it justifies, and votes. A proposal is in there once
// for its place, whoever it claims to be from. What is not taken is said again. What does not hold is no
// proof of a lie where it may be of another set of validators, but nobody may have ever more of it checked.
// Belongs to the chain's strand.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "consensus/messages.h"
#include "src/node/allowance.h"

namespace pcq::node {

class Verifying {
public:
    // What of a message counts.
    struct Share {
        std::size_t signatures = 0;
        std::optional<std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>>
            proposal;  // sender, height, view
    };
    static Share share_of(const proto::ConsensusMessage& message);

    // Among so many validators. False: the peer must not have this checked now.
    bool begin(const crypto::PublicKey& peer, const Share& share, std::uint32_t validators, Instant now);
    void end(const crypto::PublicKey& peer, const Share& share);     // of what has begun
    void failed(const crypto::PublicKey& peer, const Share& share);  // what has ended did not hold
    void clear() { peers_.clear(); }                                 // and none of it will end

private:
    struct Begun {
        Allowance to_fail;
        std::size_t signatures = 0;
        std::set<std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>> proposals{};
    };
    std::map<crypto::PublicKey, Begun> peers_;
};

}  // namespace pcq::node
