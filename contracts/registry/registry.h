// Registry: who has an account, with which keys and roles. Organisations come from the genesis document and
// stay; people come from RegisterUsers with proof that they hold their key, and find the quota that waited
// for them. People are numbered from 1, so that sweeps and lists need no iteration. No personal data: an
// account carries a salted commitment to a file kept off chain.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::registry {

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state);

Result<> validate(const proto::RegisterUsers& action);
Result<> validate(const proto::RotateKeys& action);

Result<Outcome> register_users(Context& context, const proto::RegisterUsers& action);
Result<Outcome> rotate_keys(Context& context, const proto::RotateKeys& action);
Result<Outcome> freeze(Context& context, const proto::FreezeAccount& action);
Result<Outcome> unfreeze(Context& context, const proto::UnfreezeAccount& action);
Result<Outcome> close(Context& context, const proto::CloseAccount& action);
// Freezes whose time is over end in this block. Says which.
std::vector<proto::Event> end_freezes(const BlockContext& block, Overlay& state);

bool freeze_end_due(const StateReader& state, Instant time);

// The account of a validator's key, without a role, unless there is one: an organisation may validate.
void open_validator(Overlay& state, const crypto::PublicKey& key);

// What a new key signs: H("possession", chain, registering account || account).
Hash possession_digest(const ChainId& chain, const AccountId& registrar, const AccountId& account);

std::uint64_t users(const StateReader& state);
// The person with this number, 1 to users().
AccountId person(const StateReader& state, std::uint64_t number);
// account_unknown unless it exists on this chain and is not closed.
Result<> require_live(const StateReader& state, const AccountId& account);
// The same, and account_not_person unless it was registered: sweeps go through people alone, so quota and
// emissions of an organisation would never be settled.
Result<> require_person(const StateReader& state, const AccountId& account);

// Four eyes: not_authorised unless the signing account is another one than `first`, which did `what`, and the
// two have no key in common.
Result<> require_second(const Context& context, const AccountId& first, const std::string& what);

}  // namespace pcq::contracts::registry
