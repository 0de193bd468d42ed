// A chain by its headers, for the verifier: who certifies them, how they stand one on another, what they
// list, and the equations of their totals. Nothing is executed: a state root is believed because a quorum has
// signed it, and everything under it must be proven.
#pragma once

#include <map>
#include <vector>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/genesis.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::verifier {

namespace proto = v1;

struct Counts {
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t signatures = 0;
    std::uint64_t validator_changes = 0;
};

class Chain {
public:
    // bad_encoding: no genesis document.
    static Result<Chain> from(const Bytes& document);

    const std::string& name() const { return genesis_.name(); }
    const proto::Genesis& genesis() const { return genesis_; }
    const ChainId& id() const { return id_; }
    const Counts& counts() const { return counts_; }
    std::uint64_t first_height() const { return first_height_; }
    std::uint64_t height() const { return first_height_ + hashes_.size() - 1; }  // if there are blocks
    const proto::Header& tip() const { return tip_; }
    // The block hash of a height that was added.
    std::optional<Hash> hash_at(std::uint64_t height) const;

    // The next block, or the first that is seen. The Error names the rule: bad_encoding, bad_header,
    // bad_certificate, bad_signature, conservation_violated; not_found: earlier blocks may prove it.
    Result<> add(const proto::CertifiedBlock& certified);
    // Somebody proves that the set has changed: encoded header (its height), certificate,
    // pcq.v1.ValidatorSet.
    Result<std::uint64_t> follow(const Bytes& header, const Bytes& certificate, const Bytes& set);
    // A certified header of any height, by the sets that are known; nobody has seen what is before `first`.
    Result<proto::Header> certified(const Bytes& header, const Bytes& certificate,
                                    std::uint64_t first = 1) const;
    // Headers of another chain that this one's blocks carry, with their certificates and where they stand.
    struct Foreign {
        std::string where;
        Bytes header;
        Bytes certificate;
    };
    const std::vector<Foreign>& foreign() const { return foreign_; }
    Hash hash_of(BytesView header) const;

private:
    Chain() = default;
    struct Proposal {
        Bytes by;  // account
        proto::ValidatorChange change;
    };
    using Proposals = std::vector<Proposal>;  // in the order of the blocks
    const proto::ValidatorSet* set_at(std::uint64_t height) const;
    Hash hash_of(const proto::ValidatorSet& set) const;
    Result<> check_transaction(const Bytes& bytes, const std::string& where, std::uint64_t height);
    void note(const proto::TransactionBody& body, const std::string& where, std::uint64_t height);
    bool may_propose(const Bytes& account, std::uint64_t height) const;
    Result<> check_totals(const proto::Header& header);
    Result<> change_set(const proto::Header& header);

    ChainId id_;
    proto::Genesis genesis_;
    std::map<std::uint64_t, proto::ValidatorSet> sets_;  // by the first height that they certify
    std::map<std::uint64_t, Proposals> proposals_;       // by the height that they name
    std::vector<Foreign> foreign_;
    std::uint64_t first_height_ = 1;
    std::vector<Hash> hashes_;
    proto::Header tip_;
    std::map<std::uint32_t, std::int64_t> issued_;  // by vintage, as last certified; settled ones too
    Counts counts_;
};

}  // namespace pcq::verifier
