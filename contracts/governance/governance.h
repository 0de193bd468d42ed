// Governance: what the genesis document fixed for this chain, and what the organisations have changed since
// by vote (votes.h); the emergency pause of the market (pause.h).
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::governance {

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state);

// Whether every number is in its range; the name of one that is not, in the message.
Result<> check_parameters(proto::ChainKind kind, const proto::Parameters& parameters);

proto::ChainRecord chain(const StateReader& state);
AccountId government(const StateReader& state);
AccountId platform(const StateReader& state);

}  // namespace pcq::contracts::governance
