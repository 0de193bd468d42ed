// A header and validators who certify it. Their keys follow from the header, so that nothing that validators
// of an older corpus have signed holds here.
#pragma once

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "tests/unit/contracts/ledger.h"

namespace pcq::fuzz {

inline ledger::ValidatorSet set_of(const std::vector<crypto::SigningKey>& keys) {
    return *ledger::ValidatorSet::from(contracts::testing::validator_set(keys));
}

class Certifier {
public:
    static constexpr int kValidators = 5;  // a quorum is 4, where 2f + 1 would be 3

    // The next validators are those given, or the same.
    explicit Certifier(proto::Header fields, const std::optional<ledger::ValidatorSet>& next = std::nullopt)
        : keys_(contracts::testing::validator_keys(to_hex(crypto::sha256({fields.SerializeAsString()})),
                                                   kValidators)),
          set_(set_of(keys_)),
          header_(ledger::Header::encode(fields)) {
        fields.set_validators_hash(set_.hash(header_.chain()).bytes());
        fields.set_next_validators_hash(next.value_or(set_).hash(header_.chain()).bytes());
        header_ = ledger::Header::encode(fields);
    }

    const ledger::Header& header() const { return header_; }
    const ledger::ValidatorSet& set() const { return set_; }
    Bytes sign(std::uint32_t validator) const {
        const Hash digest = ledger::vote_digest(header_.chain(), proto::VOTE_KIND_COMMIT, header_->height(),
                                                header_->view(), header_.hash());
        return keys_.at(validator).sign(digest);
    }
    Bytes certificate(const std::vector<std::uint32_t>& signers) const {
        proto::CommitCertificate certificate;
        certificate.set_height(header_->height());
        certificate.set_view(header_->view());
        certificate.set_block_hash(header_.hash().bytes());
        for (const auto signer : signers) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(signer);
            entry.set_signature(sign(signer));
        }
        return certificate.SerializeAsString();
    }

private:
    std::vector<crypto::SigningKey> keys_;
    ledger::ValidatorSet set_;
    ledger::Header header_;
};

}  // namespace pcq::fuzz
