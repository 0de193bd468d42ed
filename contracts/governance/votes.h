// Changes of what the genesis document fixed: parameters, the version of the contracts and who validates
// (validators.h), by vote of the organisations that validate the chain.
//
// A voter proposes a change and the height of the first block that is to run under it, at least 10 blocks and
// at most 1,000,000 ahead, and has voted for it thereby. When a quorum has approved, floor((n + f) / 2) + 1
// as in consensus, it is accepted; what has no quorum of the voters of its height lapses there. At the end of
// the block before the height, accepted changes of that height come into force in the order of their numbers,
// and every value keeps its place in the history. At most 16 wait, and of one voter 16 / n, rounded up. A
// program that does not know the version in force executes no block.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::governance {

inline constexpr std::uint32_t kContractsVersion = 1;  // the newest that this program executes

Result<> validate(const proto::ProposeChange& action);

Result<Outcome> propose_change(Context& context, const proto::ProposeChange& action);  // a voter
Result<Outcome> vote(Context& context, const proto::VoteOnChange& action);             // a voter, once

// Genesis: the first entry of the history.
void remember_first(const proto::Parameters& parameters, Overlay& state);
// After a block's transactions: what is decided by now comes into force or lapses. At most 16 proposals.
std::vector<proto::Event> decide_changes(const BlockContext& block, Overlay& state);
// contracts_version_unknown if a block on this state belongs to a newer program.
Result<> check_version(const StateReader& state);

// What was in force in this block, from the history.
proto::ParameterRecord parameters_at(const StateReader& state, std::uint64_t height);

}  // namespace pcq::contracts::governance
