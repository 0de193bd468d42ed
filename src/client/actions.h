// The actions that need more than filling in a message of proto/pcq/v1/transaction.proto: proofs of
// possession for keys, and issuance in batches and claims. Everything else is the message itself, handed to
// Wallet::sign().
//
// Pure. Byte layouts as transaction.proto says them.
#pragma once

#include <span>
#include <vector>

#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/amount.h"
#include "src/crypto/key.h"
#include "src/ledger/canonical.h"

namespace pcq::client {

// What a key signs to show that its owner wants it registered by, or for, this account.
Hash possession_digest(const ChainId& chain, const AccountId& registrar, const AccountId& account);

// A person's entry for RegisterUsers: made where the person's key is. The commitment has 32 bytes.
proto::NewUser new_user(const ChainId& chain, const AccountId& registrar, const crypto::SigningKey& key,
                        const Hash& kyc_commitment);

// The keys that an account is to have from now on, in their order, each with its proof.
proto::RotateKeys rotate_keys(const ChainId& chain, const AccountId& account,
                              const std::vector<const crypto::SigningKey*>& keys, std::uint32_t threshold);

struct Allotment {
    AccountId account;
    Grams grams;
    std::string reason = {};  // how the rule gave as much, at most 64 bytes (allocation.h)
};

// A rule of the main chain by which a batch's grams were set.
struct RuleVersion {
    std::string id;
    std::uint32_t version = 1;
};
// The simplest rule there is.
proto::SetAllocationRule equal_per_head(const std::string& id, Grams grams);

// One issuance batch: what the government commits to on the main chain, and the claims that credit it on the
// side chain. The list's order is the leaves' order.
class IssuancePlan {
public:
    // amount_overflow if the sum does not fit.
    static Result<IssuancePlan> from(const ChainId& side_chain, std::uint32_t period,
                                     std::vector<Allotment> list);

    proto::IssueBatch batch(const RuleVersion& rule) const;
    std::size_t size() const { return list_.size(); }
    // The claim of the leaves from `first` on, at most `count` (1 to 1,000); `batch` is the batch's number.
    proto::ClaimIssuance claim(std::uint32_t batch, std::size_t first, std::size_t count) const;

private:
    IssuancePlan() = default;
    ChainId side_chain_;
    std::uint32_t period_ = 0;
    std::vector<Allotment> list_;
    std::vector<Hash> leaves_;
    Grams total_;
};

}  // namespace pcq::client
