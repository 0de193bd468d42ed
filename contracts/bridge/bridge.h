// Bridge: messages between chains, believed only with proof. A message is a record in the source chain's
// outbox, under a state root that a quorum of the source's validators certified; it is taken in order, once.
// Anybody may carry one.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::bridge {

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state);

Result<> validate(const proto::RegisterSideChain& action);
Result<> validate(const proto::DeliverMessages& action);
Result<> validate(const proto::SubmitAnchor& action);
Result<> validate(const proto::UpdateValidators& action);

// Main chain; government.
Result<Outcome> register_side_chain(Context& context, const proto::RegisterSideChain& action);
// Both chains; anyone.
Result<Outcome> deliver(Context& context, const proto::DeliverMessages& action);
// Main chain; anyone.
Result<Outcome> submit_anchor(Context& context, const proto::SubmitAnchor& action);

// Both chains; anyone.
Result<Outcome> update_validators(Context& context, const proto::UpdateValidators& action);

// Puts a message for another chain in the outbox. The chain must be known.
void send(Overlay& state, const ChainId& to, const proto::OutboxRecord& message);
// The same for every registered side chain.
void send_to_all(Overlay& state, const proto::OutboxRecord& message);

std::optional<proto::ForeignChainRecord> foreign_chain(const StateReader& state, const ChainId& chain);
std::uint32_t side_chains(const StateReader& state);
ChainId side_chain(const StateReader& state, std::uint32_t number);  // number < side_chains()

}  // namespace pcq::contracts::bridge
