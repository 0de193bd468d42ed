// The transactions that go to disk with the record of votes, and come back with it after a start.
//
// All who have a block's transactions may stop at once, and mempools are empty after a start. So the record
// carries those of every block that this validator has voted for at the height in agreement: a prepared
// certificate may bind everybody to any of them, and it may be a liar that alone holds the certificate and
// hands out nothing. For the same reason they stay at hand here, and more of them than the record has room
// for, whatever else of a lower view is forgotten. Not thread-safe; the chain's strand owns it.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>

#include "proto/pcq/v1/consensus.pb.h"

#include "src/ledger/transaction.h"

namespace pcq::node {

// By their hashes.
using Transactions = std::map<Hash, ledger::VerifiedTransaction>;

class RecordBodies {
public:
    static constexpr std::size_t kAtHandBytes = std::size_t{16} << 20;  // 64 times the largest block

    // Those of a block of the record's height; nothing where they are not at hand.
    using Held = std::function<const Transactions*(const Hash& block)>;

    RecordBodies() = default;
    RecordBodies(RecordBodies&&) = default;
    RecordBodies& operator=(RecordBodies&&) = default;
    RecordBodies(const RecordBodies&) = delete;  // places in the list are its own
    RecordBodies& operator=(const RecordBodies&) = delete;
    ~RecordBodies() = default;

    // What the record as read back brings; what does not hold in it is left out.
    void keep(const ChainId& chain, const proto::VoteRecord& said);
    // The record as it goes to disk, with the transactions of the block it holds a certificate for and of
    // those voted for, the latest first, as far as `bytes_max` goes. That is four times what an honest
    // primary builds.
    Bytes encode(proto::VoteRecord record, const Held& held, std::size_t bytes_max);
    // Blocks up to this height are stored: they bind nobody any more.
    void passed(std::uint64_t height);

    std::optional<ledger::VerifiedTransaction> find(const Hash& hash) const;

private:
    void enter(std::uint64_t height);
    void bring_forward(const std::optional<Hash>& block, const Held& held);
    void bring_forward(const ledger::VerifiedTransaction& transaction);

    using Order = std::list<ledger::VerifiedTransaction>;
    std::uint64_t height_ = 0;
    std::optional<Hash> voted_, prepared_;  // as last encoded
    Order order_;                           // what matters most is first
    std::map<Hash, Order::iterator> at_;
};

}  // namespace pcq::node
