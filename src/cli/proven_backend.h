// A node's side of RPC that has nothing but what was proven, so that a node's own handlers answer from that.
#pragma once

#include "src/client/verified_reads.h"
#include "src/rpc/backend.h"

namespace pcq::cli {

// Records of the state after one block, asked from the node as they are read. What cannot be proven is
// thrown: there is no other way out of a read (ProvenNode catches it).
struct Unproven {
    Error error;
};
class ProvenState final : public ledger::StateReader {
public:
    ProvenState(client::VerifiedReader& reader, std::uint64_t height) : reader_(reader), height_(height) {}

    // Throws Unproven.
    std::optional<Bytes> get(BytesView key) const override;
    // The same for many, in few requests. Throws Unproven.
    void fetch(const std::vector<Bytes>& keys) const;

private:
    client::VerifiedReader& reader_;
    std::uint64_t height_;
    mutable std::map<Bytes, std::optional<Bytes>, std::less<>> records_;
};

// What there is of a block and its state; a handler asks for no more than its method needs.
struct Proven {
    ledger::Header header;
    Bytes certificate;                           // that the header was proven by
    const ProvenState* state = nullptr;          // for query()
    const rpc::BlockBody* body = nullptr;        // for body()
    const rpc::TransactionFate* fate = nullptr;  // for transaction()
};

class ProvenBackend final : public rpc::Backend {
public:
    explicit ProvenBackend(const Proven& proven) : proven_(proven) {}

    Result<rpc::CertifiedHeader> header(const ChainId& chain, std::uint64_t height) const override;
    Result<rpc::BlockBody> body(const ChainId& chain, std::uint64_t height) const override;
    rpc::TransactionFate transaction(const ChainId& chain, const Hash& hash) const override;
    // Throws Unproven.
    Result<rpc::Answer> query(const ChainId& chain, const rpc::Query& question,
                              std::optional<std::uint64_t> height) const override;

    // Nothing of these is ever asked: heights are named, and proofs are not passed on.
    std::vector<rpc::ChainInfo> chains() const override;
    Bytes genesis(const ChainId& chain) const override;
    rpc::ChainStatus status(const ChainId& chain) const override;
    std::optional<std::string> not_ready() const override;
    std::vector<rpc::Metric> metrics() const override;
    EvidencePage evidence(const ChainId& chain, const rpc::Page& page) const override;
    rpc::Why why(const ChainId& chain) const override;
    void submit(const ChainId& chain, ledger::RawTransaction transaction,
                std::function<void(Result<Hash>)> done) override;
    std::optional<std::uint64_t> height_of(const ChainId& chain, const Hash& block) const override;
    Result<rpc::Activity> activity(const ChainId& chain, std::uint64_t height) const override;
    Result<rpc::ProvenState> prove(const ChainId& chain, const std::vector<Bytes>& keys,
                                   std::optional<std::uint64_t> height) const override;

private:
    const Proven& proven_;
};

}  // namespace pcq::cli
