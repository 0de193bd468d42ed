// Blocks that somebody else has made: what a replica checks before it votes, what a node that was away and
// who imports an archive check before they store. Everything goes through execute(). Blocking: signatures are
// verified and contracts run.
#pragma once

#include "src/ledger/block.h"
#include "src/ledger/executor.h"

namespace pcq::ledger {

// A block with everything that storing it takes.
struct ExecutedBlock {
    Header header;
    std::vector<Hash> transactions;
    Bytes block;  // encoded proto::Block
    Executed executed;
};
std::shared_ptr<const ExecutedBlock> assemble(Header header,
                                              const std::vector<VerifiedTransaction>& transactions,
                                              Executed executed);

// What a block stands on: its parent, the state after that, and who certifies the block.
struct Ground {
    const Dispatch& contracts;
    const Header& parent;
    ParentState state;
    const ValidatorSet& validators;
};

// Whether this header is exactly what these transactions give there. bad_header names the first field that
// differs.
Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const Ground& ground, const Bytes& header, const std::vector<VerifiedTransaction>& transactions);

// A block from elsewhere: certificate, signatures, execution. state_differs: the block is what a quorum has
// certified and this program gets other results, so that it must not go on.
Result<std::shared_ptr<const ExecutedBlock>> check_certified(const Ground& ground,
                                                             const proto::CertifiedBlock& certified);

}  // namespace pcq::ledger
