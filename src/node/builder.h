// Blocks from transactions and back: what a primary proposes, what a replica checks before it votes, what a
// node that was away checks before it stores. All three go through ledger::execute. Blocking; run on a
// chain's worker.
#pragma once

#include "src/base/instant.h"
#include "src/ledger/certificate.h"
#include "src/ledger/executor.h"
#include "src/storage/chain_store.h"

namespace pcq::node {

// A block with everything that storing it takes.
struct ExecutedBlock {
    ledger::Header header;
    std::vector<Hash> transactions;
    Bytes block;  // encoded proto::Block
    ledger::Executed executed;
};

// What a block stands on: its parent, the state after that, and who certifies the block.
struct Ground {
    const ledger::Dispatch& contracts;
    const ledger::Header& parent;
    ledger::ParentState state;
    const ledger::ValidatorSet& validators;
};

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

// Whether this header is exactly what these transactions give there. bad_header names the first field that
// differs.
Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const Ground& ground, const Bytes& header, const std::vector<ledger::VerifiedTransaction>& transactions);
Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const BuildContext& context, const Bytes& header,
    const std::vector<ledger::VerifiedTransaction>& transactions);

// A block from elsewhere: certificate, signatures, execution. The tip must be its parent. state_differs: the
// block is what a quorum has certified and this node gets other results, so that it must not go on.
Result<std::shared_ptr<const ExecutedBlock>> check_certified(const BuildContext& context,
                                                             const proto::CertifiedBlock& certified);

}  // namespace pcq::node
