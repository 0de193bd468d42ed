// Who may sign for an account and which sequences it has used: what makes a transaction valid before
// any contract runs. The record is the ledger's own; the registry contract writes keys, roles and status
// here.
//
// The sequence window is an anti-replay window as in RFC 4303: with `top` the highest sequence used, a
// sequence s is good if top < s + 256 and s <= top + 256 and s has not been used.
#pragma once

#include "proto/pcq/v1/state.pb.h"

#include "src/ledger/table.h"
#include "src/ledger/transaction.h"

namespace pcq::ledger {

inline constexpr std::uint64_t kSequenceWindow = 256;

inline const Table<AccountId, proto::AccountRecord> kAccounts{TableId::accounts};

// ok, transaction_sequence_used or transaction_sequence_outside_window (the message names the allowed range).
Result<> check_sequence(const proto::AccountRecord& account, std::uint64_t sequence);
// Marks a sequence that check_sequence() accepted.
void use_sequence(proto::AccountRecord& account, std::uint64_t sequence);

// Everything that depends on state: account known and open, exactly its threshold of its keys, sequence,
// expiry against `height` (the block the transaction would be in).
Result<> check_authority(const proto::AccountRecord& account, const DecodedTransaction& transaction,
                         std::uint64_t height);

bool has_role(const proto::AccountRecord& account, proto::Role role);

}  // namespace pcq::ledger
