#include "src/ledger/certificate.h"

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"

namespace pcq::ledger {
namespace {

Error bad(const std::string& what) {
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
        return bad("it is for height " + std::to_string(certificate.height()) + ", the header has " +
                   std::to_string(header->height()));
    }
    if (certificate.block_hash() != header.hash().view()) {
        return bad("it is for block " + to_hex(certificate.block_hash()) + ", the header is " +
                   to_hex(header.hash()));
    }
    const auto count = static_cast<std::uint32_t>(certificate.signatures_size());
    if (count < quorum(validators.size()) || count > validators.size()) {
        return bad("it has " + std::to_string(count) + " signatures, a quorum of " +
                   std::to_string(validators.size()) + " is " + std::to_string(quorum(validators.size())));
    }
    const Hash digest = vote_digest(header.chain(), proto::VOTE_KIND_COMMIT, header->height(),
                                    certificate.view(), header.hash());
    std::int64_t previous = -1;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= validators.size() ||
            static_cast<std::int64_t>(entry.validator()) <= previous) {
            return bad("validator " + std::to_string(entry.validator()) +
                       " is unknown, repeated or out of order");
        }
        previous = entry.validator();
        const auto& member = validators.members()[entry.validator()];
        if (!crypto::verify(member.key, digest, entry.signature())) {
            return bad("the signature of validator \"" + member.name + "\" does not hold");
        }
    }
    return {};
}

LightClient::LightClient(const ChainId& chain, ValidatorSet validators)
    : chain_(chain), validators_(std::move(validators)) {}

Result<Header> LightClient::verify(Bytes header_bytes, BytesView certificate_bytes) const {
    auto header = Header::from(std::move(header_bytes), chain_);
    if (!header) return header.error();
    if (header->validators_hash() != validators_.hash(chain_)) {
        return Error{Code::bad_header,
                     "header refused: it is certified by another validator set than the one known"};
    }
    proto::CommitCertificate certificate;
    if (!decode_canonical(certificate_bytes, certificate))
        return bad("its bytes are no canonical pcq.v1.CommitCertificate");
    if (auto verified = verify_certificate(*header, certificate, validators_); !verified)
        return verified.error();
    return header;
}

Result<> LightClient::verify_record(const Header& header, BytesView key, std::optional<BytesView> value,
                                    BytesView proof) {
    const auto decoded = StateProof::decode(proof);
    if (!decoded) return decoded.error();
    return verify_state_proof(header.state_root(), key, value, *decoded);
}

}  // namespace pcq::ledger
