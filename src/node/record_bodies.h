// The transactions that go to disk with the record of votes, and come back with it after a start.
//
// All who have a block's transactions may stop at once, and mempools are empty after a start. So the record
// carries those of every block that this validator has voted for at the height in agreement: a prepared
// certificate may bind everybody to any of them, and it may be a liar that alone holds the certificate and
// hands out nothing. Not thread-safe; the chain's strand owns it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "proto/pcq/v1/consensus.pb.h"

#include "src/ledger/transaction.h"
#include "src/node/builder.h"

namespace pcq::node {

class RecordBodies {
public:
    using Executed = std::map<Hash, std::shared_ptr<const ExecutedBlock>>;

    // What the record as read back brings; what does not hold in it is left out.
    void keep(const ChainId& chain, const proto::VoteRecord& said);
    // The record as it goes to disk, with the transactions of the block it holds a certificate for, of those
    // voted for, the latest first, and of those kept, as far as `bytes_max` goes. That is four times what an
    // honest primary builds. `executed` has the blocks of the record's height.
    Bytes encode(proto::VoteRecord record, const Executed& executed, std::size_t bytes_max);
    // Blocks up to this height are stored: they bind nobody any more.
    void passed(std::uint64_t height);

    std::optional<ledger::VerifiedTransaction> find(const Hash& hash) const;

private:
    void enter(std::uint64_t height);

    std::uint64_t height_ = 0;
    std::vector<Hash> voted_;  // since the start, at `height_`; each once, the latest last
    std::map<Hash, ledger::VerifiedTransaction> kept_;
};

}  // namespace pcq::node
