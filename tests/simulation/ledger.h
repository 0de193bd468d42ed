// What a simulated node executes blocks on: a toy in which a state root is a function of the parent's root
// and the transactions, or the real executor with the contracts of a side chain.
#pragma once

#include <memory>

#include "consensus/replica.h"

namespace pcq::simulation {

struct BlockRequest {
    std::uint32_t view = 0;
    std::uint32_t proposer = 0;
    Instant now;
    std::uint64_t random = 0;  // what the block holds follows from this
};

// One node's state after its last block. What apply() has done survives a crash, as a store's synced batch.
class Ledger {
public:
    virtual ~Ledger() = default;
    virtual const Bytes& tip() const = 0;  // header bytes; genesis at first
    virtual consensus::Proposal build(const BlockRequest& request) const = 0;
    virtual bool accepts(const consensus::Proposal& proposal) const = 0;
    virtual std::unique_ptr<Ledger> copy() const = 0;
    virtual void apply(const consensus::Proposal& proposal) = 0;
    // Recomputed from the state itself, not read from a header.
    virtual Hash state_root() const = 0;
};

struct LedgerSetup {
    ChainId chain;
    std::function<std::unique_ptr<Ledger>()> make;
};
LedgerSetup toy_ledger(const std::vector<crypto::PublicKey>& validators);
// Registrations, deposits, transfers and withdrawals, signed for real, under the conservation checks of the
// contracts. Transactions are known to every node, as after gossip.
LedgerSetup side_chain_ledger(const std::vector<crypto::PublicKey>& validators);

inline constexpr Instant kGenesisTime{1'700'000'000'000};

}  // namespace pcq::simulation
