// The node as its RPC server sees it: status and immutable views of the stores, and a way in for
// transactions.
#pragma once

#include <memory>
#include <vector>

#include "src/node/chain.h"
#include "src/node/inboxes.h"
#include "src/node/take_up.h"
#include "src/rpc/backend.h"

namespace pcq::node {

class NodeBackend final : public rpc::Backend {
public:
    // The chains, peers and inboxes outlive the backend.
    NodeBackend(const std::vector<std::unique_ptr<Chain>>& chains, const network::Peers& peers,
                Inboxes& inboxes, const crypto::PublicKey& own);

    std::vector<rpc::ChainInfo> chains() const override;
    Bytes genesis(const ChainId& chain) const override;
    rpc::ChainStatus status(const ChainId& chain) const override;
    std::optional<std::string> not_ready() const override;
    std::vector<rpc::Metric> metrics() const override;
    EvidencePage evidence(const ChainId& chain, const rpc::Page& page) const override;
    rpc::Why why(const ChainId& chain) const override;
    void submit(const ChainId& chain, ledger::RawTransaction transaction,
                std::function<void(Result<Hash>)> done) override;
    rpc::TransactionFate transaction(const ChainId& chain, const Hash& hash) const override;
    Result<rpc::CertifiedHeader> header(const ChainId& chain, std::uint64_t height) const override;
    Result<rpc::BlockBody> body(const ChainId& chain, std::uint64_t height) const override;
    std::optional<std::uint64_t> height_of(const ChainId& chain, const Hash& block) const override;
    Result<rpc::Activity> activity(const ChainId& chain, std::uint64_t height) const override;
    Result<rpc::Answer> query(const ChainId& chain, const rpc::Query& question,
                              std::optional<std::uint64_t> height) const override;
    Result<rpc::ProvenState> prove(const ChainId& chain, const std::vector<Bytes>& keys,
                                   std::optional<std::uint64_t> height) const override;

    // The receipts of a committed block count into status and metrics.
    void count(const Committed& committed);
    // Gives the mempools back what was handed in before this node was started and may still be in a block.
    void take_up_again();

private:
    struct Counted {
        std::uint64_t transactions = 0;
        std::map<Code, std::uint64_t> failed;
    };
    Chain& chain(const ChainId& id) const;

    const std::vector<std::unique_ptr<Chain>>& chains_;
    const network::Peers& peers_;
    Inboxes& inboxes_;
    const crypto::PublicKey own_;
    mutable std::mutex mutex_;
    std::map<ChainId, Counted> counted_;
    std::map<ChainId, std::unique_ptr<TakeUp>> take_ups_;
};

}  // namespace pcq::node
