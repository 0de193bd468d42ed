// What became of a transaction, told from what this node knows for certain: the chain, and what was handed in
// here (src/storage/inbox.h).
#pragma once

#include "src/rpc/backend.h"
#include "src/storage/chain_store.h"
#include "src/storage/inbox.h"

namespace pcq::node {

// Of a transaction that does not wait in the mempool. `lost` is set to one that was taken and may still be in
// a block, but waits nowhere: it must be offered to the mempool again.
rpc::TransactionFate fate_of(const storage::ChainStore& store, const storage::Inbox& inbox,
                             const ChainId& chain, const Hash& hash,
                             std::optional<ledger::RawTransaction>& lost);

// Whether a refusal says something of the transaction, not of how full the node was at that moment.
bool is_refusal_to_remember(Code code);

}  // namespace pcq::node
