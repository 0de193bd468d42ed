// Who validates, as a recording has it.
#pragma once

#include "consensus/replica.h"

namespace pcq::consensus {

// From a message that has `validators`, `votes` and `self`. An error of one sentence if no chain can have
// these.
template <class Fields>
Result<Membership> recorded_members(const ChainId& chain, const Fields& fields) {
    Membership membership{{chain, {}}, std::nullopt};
    for (const auto& bytes : fields.validators()) {
        auto key = crypto::PublicKey::from_encoded(bytes);
        if (!key) return Error{Code::archive_damaged, "a validator without a key"};
        membership.voters.keys.push_back(*std::move(key));
    }
    const std::uint32_t n = membership.voters.size();
    if (n < 4 || n > 100 || (fields.votes() && fields.self() >= n))
        return Error{Code::archive_damaged, "an impossible set of validators"};
    if (fields.votes()) membership.self = fields.self();
    return membership;
}

}  // namespace pcq::consensus
