// What became of a transaction, told from what this node knows for certain: the chain, and what was handed in
// here (src/storage/inbox.h).
#pragma once

#include "src/rpc/backend.h"
#include "src/storage/chain_store.h"
#include "src/storage/inbox.h"

namespace pcq::node {

struct FoundFate {
    rpc::TransactionFate fate;
    // It was taken and may still be in a block; `fate` is unknown, since it does not wait here.
    std::optional<ledger::RawTransaction> held = {};
    // The state refuses it by now. Whoever tells of that has it remembered: told once, it stays so here.
    bool is_new_refusal = false;
};

// Of a transaction that does not wait in the mempool.
FoundFate fate_of(const storage::ChainStore& store, const storage::Inbox& inbox, const ChainId& chain,
                  const Hash& hash);

// Whether a refusal says something of the transaction, not of how full the node was at that moment; and
// nothing that may only mean that it is in a block below `base`, which this node does not have.
bool is_refusal_to_remember(Code code, std::uint64_t base);

}  // namespace pcq::node
