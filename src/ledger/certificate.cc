#include "src/ledger/certificate.h"

#include <algorithm>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"

namespace pcq::ledger {
namespace {

Error bad_certificate(const std::string& what) {
    return Error{Code::bad_certificate, "commit certificate refused: " + what};
}

}  // namespace

std::uint32_t quorum(std::uint32_t n) {
    return (n + (n - 1) / 3) / 2 + 1;
}

Hash vote_digest(const ChainId& chain, std::uint8_t kind, std::uint64_t height, std::uint32_t view,
                 const Hash& content) {
    Bytes data(1, static_cast<char>(kind));
    append_u64(data, height);
    append_u32(data, view);
    data.append(content.view());
    return crypto::tagged_hash("consensus", chain, data);
}

Result<> verify_certificate(const Header& header, const proto::CommitCertificate& certificate,
                            const ValidatorSet& validators) {
    if (certificate.height() != header->height()) {
        return bad_certificate("it is for height " + std::to_string(certificate.height()) +
                               ", the header has " + std::to_string(header->height()));
    }
    if (certificate.block_hash() != header.hash().view()) {
        return bad_certificate("it is for block " + to_hex(certificate.block_hash()) + ", the header is " +
                               to_hex(header.hash()));
    }
    const auto count = static_cast<std::uint32_t>(certificate.signatures_size());
    if (count < quorum(validators.size()) || count > validators.size()) {
        return bad_certificate("it has " + std::to_string(count) + " signatures, a quorum of " +
                               std::to_string(validators.size()) + " is " +
                               std::to_string(quorum(validators.size())));
    }
    const Hash digest = vote_digest(header.chain(), proto::VOTE_KIND_COMMIT, header->height(),
                                    certificate.view(), header.hash());
    std::int64_t previous = -1;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= validators.size() ||
            static_cast<std::int64_t>(entry.validator()) <= previous) {
            return bad_certificate("validator " + std::to_string(entry.validator()) +
                                   " is unknown, repeated or out of order");
        }
        previous = entry.validator();
        const auto& member = validators.members()[entry.validator()];
        if (!crypto::verify(member.key, digest, entry.signature())) {
            return bad_certificate("the signature of validator \"" + member.name + "\" does not hold");
        }
    }
    return {};
}

LightClient::LightClient(const ChainId& chain, ValidatorSet validators, std::uint64_t from_height)
    : chain_(chain), sets_{{from_height, std::move(validators)}} {}

Result<Header> LightClient::verify(Bytes header_bytes, BytesView certificate_bytes) const {
    auto header = Header::from(std::move(header_bytes), chain_);
    if (!header) return header.error();
    const std::uint64_t height = (*header)->height();
    const auto above = std::find_if(sets_.begin(), sets_.end(),
                                    [height](const Known& known) { return known.from_height > height; });
    if (above == sets_.begin()) {
        return Error{Code::validators_unknown, "header " + std::to_string(height) +
                                                   " refused: the validators are known from height " +
                                                   std::to_string(sets_.front().from_height) + " on"};
    }
    const ValidatorSet& validators = std::prev(above)->validators;
    if (header->validators_hash() != validators.hash(chain_)) {
        if (above == sets_.end()) {
            return Error{Code::validators_unknown,
                         "header " + std::to_string(height) +
                             " refused: it is certified by another validator set than the newest one known, "
                             "that from height " +
                             std::to_string(from_height())};
        }
        return Error{Code::bad_header, "header " + std::to_string(height) +
                                           " refused: another validator set certified that height"};
    }
    proto::CommitCertificate certificate;
    if (!decode_canonical(certificate_bytes, certificate))
        return bad_certificate("its bytes are no canonical pcq.v1.CommitCertificate");
    if (auto verified = verify_certificate(*header, certificate, validators); !verified)
        return verified.error();
    return header;
}

Result<> LightClient::follow(Bytes header_bytes, BytesView certificate, const proto::ValidatorSet& next) {
    const auto header = verify(std::move(header_bytes), certificate);
    if (!header) return header.error();
    const std::uint64_t height = (*header)->height();
    auto set = ValidatorSet::from(next);
    if (!set) return set.error();
    const Hash hash = set->hash(chain_);
    if (height < from_height() || header->next_validators_hash() != hash ||
        header->validators_hash() == hash) {
        return Error{Code::bad_header, "header " + std::to_string(height) +
                                           " refused: it does not name these validators as the next ones"};
    }
    sets_.push_back({height + 1, *std::move(set)});
    return {};
}

Result<> LightClient::follow(const Succession& change) {
    proto::ValidatorSet next;
    if (!decode_canonical(change.validators, next))
        return Error{Code::bad_encoding, "the next validators are no canonical pcq.v1.ValidatorSet"};
    return follow(change.header, change.certificate, next);
}

Result<> LightClient::verify_record(const Header& header, BytesView key, std::optional<BytesView> value,
                                    BytesView proof) {
    const auto decoded = StateProof::decode(proof);
    if (!decoded) return decoded.error();
    return verify_state_proof(header.state_root(), key, value, *decoded);
}

}  // namespace pcq::ledger
