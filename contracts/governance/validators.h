// Who certifies the chain: the set of the genesis document, and what the organisations have made of it since
// by vote (votes.h).
//
// A change is what is added and removed, so that several of one height add up. All changes of one height
// together replace at most floor((n - 1) / 3) of the n validators before it, and leave 4 to 100; a key is
// added with proof that somebody holds it. Every set keeps its place in the history with the first height
// that it certifies, so that whoever was away can follow from set to set.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::governance {

Result<> validate(const proto::ValidatorChange& change);
// Genesis: the first set, and its voters.
void write_validators(const ledger::ValidatorSet& validators, Overlay& state);
// Whether the change is possible on the newest set: its keys are held by somebody who signed for the
// proposer, those added are new, those removed are there, and they are few enough.
Result<> check_validators(const Context& context, const proto::ValidatorChange& change);
// In force from this height on, if it is still possible there. False: it is not, and nothing is changed.
struct FromHeight {
    std::uint64_t height = 0;
    std::uint64_t proposal = 0;
};
bool change_validators(Overlay& state, const proto::ValidatorChange& change, const FromHeight& from);

// The set that certifies the next block.
ledger::ValidatorSet validators(const StateReader& state);
// The same, if this block has changed it.
std::optional<ledger::ValidatorSet> changed_validators(const Overlay& after);
// Sets so far; the first has the number 0.
std::uint32_t validator_sets(const StateReader& state);
proto::ValidatorSetRecord validator_set(const StateReader& state, std::uint32_t number);

}  // namespace pcq::contracts::governance
