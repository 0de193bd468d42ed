// A side chain in the middle of a period, made at once in memory: people with quota, cash and a place in the
// market, half of them with surplus, half in deficit. What benchmarks sign trades for.
#pragma once

#include <vector>

#include "contracts/side_chain.h"
#include "src/client/wallet.h"
#include "src/ledger/certificate.h"
#include "src/ledger/executor.h"

namespace pcq::bench {

class Town {
public:
    explicit Town(std::size_t people);

    const ledger::Genesis& genesis() const { return *genesis_; }
    // Block 0, with everybody's records in its state.
    const ledger::GenesisBlock& block() const { return *block_; }
    const contracts::SideChain& contracts() const { return contracts_; }
    std::size_t people() const { return keys_.size(); }

    // A sale or, from every other person, a purchase.
    ledger::RawTransaction trade(std::size_t person, std::uint64_t sequence) const;
    // One of each of the first `count` people, all with this sequence.
    std::vector<ledger::VerifiedTransaction> trades(std::size_t count, std::uint64_t sequence) const;

    // The block after `parent`, by the first validator, and what a quorum says of it.
    ledger::Header header(const ledger::Header& parent, const ledger::Executed& executed,
                          std::size_t transactions) const;
    proto::CommitCertificate certify(const ledger::Header& header) const;

private:
    void write_people(ledger::Overlay& state) const;

    contracts::SideChain contracts_;
    std::vector<crypto::SigningKey> validators_;  // ascending
    std::vector<crypto::SigningKey> keys_;
    std::optional<ledger::Genesis> genesis_;
    std::optional<ledger::GenesisBlock> block_;
};

// The state after block 0 of a town, in memory.
class TownState final : public ledger::StateReader, public ledger::PageReader {
public:
    explicit TownState(const Town& town) : executed_(town.block().executed) {}
    std::optional<Bytes> get(BytesView key) const override;
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override;
    ledger::TreeRoot root() const { return executed_.tree.root; }

private:
    const ledger::Executed& executed_;
};

}  // namespace pcq::bench
