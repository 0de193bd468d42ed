// What a block did and whom it concerns, for those who follow the chain over RPC.
#pragma once

#include "src/ledger/state.h"
#include "src/rpc/backend.h"

namespace pcq::node {

// A block as it is stored, with its receipts, and the states before and after it.
struct StoredBlock {
    const Bytes& block;     // encoded proto::Block
    const Bytes& receipts;  // encoded proto::Receipts
    const ledger::StateReader& before;
    const ledger::StateReader& after;
};

// store_damaged: it cannot be decoded.
Result<rpc::Activity> activity_of(const ChainId& chain, std::uint64_t height, const StoredBlock& stored);

}  // namespace pcq::node
