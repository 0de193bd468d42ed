// Blocks from transactions and back: what a primary proposes, what a replica checks before it votes, what a
// node that was away checks before it stores. All three go through ledger::execute. Blocking; run on a
// chain's worker.
#pragma once

#include "src/base/instant.h"
#include "src/ledger/checked_block.h"
#include "src/storage/chain_store.h"

namespace pcq::node {

using ledger::ExecutedBlock;
using ledger::Ground;

// The chain as building and checking see it: blocks stand on the tip of the store.
struct BuildContext {
    const ledger::Dispatch& contracts;
    const storage::ChainStore& store;
    const ledger::ValidatorSet& validators;
};

// A fresh block, of those candidates that are valid there. `unsound` broke conservation: it is in
// no block and must not be offered again.
struct BuiltBlock {
    std::shared_ptr<const ExecutedBlock> block;
    std::optional<Hash> unsound;
};
Result<BuiltBlock> build_block(const Ground& ground, const crypto::PublicKey& proposer, std::uint32_t view,
                               Instant now, const std::vector<ledger::VerifiedTransaction>& candidates);
Result<BuiltBlock> build_block(const BuildContext& context, const crypto::PublicKey& proposer,
                               std::uint32_t view, Instant now,
                               const std::vector<ledger::VerifiedTransaction>& candidates);

// ledger::check_block() and check_certified() on the tip.
Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const BuildContext& context, const Bytes& header,
    const std::vector<ledger::VerifiedTransaction>& transactions);
Result<std::shared_ptr<const ExecutedBlock>> check_certified(const BuildContext& context,
                                                             const proto::CertifiedBlock& certified);

}  // namespace pcq::node
