// Governance: what the genesis document fixed for this chain. Read-only; changes by vote of the organisations
// are later work and will go through this module.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::governance {

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state);

proto::ChainRecord chain(const StateReader& state);
AccountId government(const StateReader& state);
AccountId platform(const StateReader& state);

}  // namespace pcq::contracts::governance
