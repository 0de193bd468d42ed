// Commit certificates and the light client: what convinces somebody who was not there.
#pragma once

#include "proto/pcq/v1/consensus.pb.h"

#include "src/ledger/block.h"
#include "src/ledger/merkle.h"

namespace pcq::ledger {

// What a validator signs (also by consensus, which must sign the same bytes):
// H("consensus", chain, kind, u64 height, u32 view, content hash). Kinds are those of pcq.v1.VoteKind.
Hash vote_digest(const ChainId& chain, std::uint8_t kind, std::uint64_t height, std::uint32_t view,
                 const Hash& content);

// How many of n validators make a quorum: two of them share an honest validator when at most
// floor((n - 1) / 3) are dishonest. n is at least 1.
std::uint32_t quorum(std::uint32_t n);

// A quorum or more of distinct commit signatures of `validators` over this header, every one of them valid:
// one that does not hold makes the certificate bad, however many do. bad_certificate says which rule is
// broken: height, hash, quorum, order, index, signature.
Result<> verify_certificate(const Header& header, const proto::CommitCertificate& certificate,
                            const ValidatorSet& validators);

// Follows a chain by headers alone, from its genesis set. Each header is checked against the set that the
// header before it (or the genesis) named. Value type: the bridge keeps one per foreign chain in state,
// wallets keep one in a file.
class LightClient {
public:
    LightClient(const ChainId& chain, ValidatorSet validators);

    const ChainId& chain() const { return chain_; }
    const ValidatorSet& validators() const { return validators_; }

    // A header of any height certified by the known set. bad_header, bad_certificate.
    Result<Header> verify(Bytes header, BytesView certificate) const;
    // A record of that header's state. bad_proof.
    static Result<> verify_record(const Header& header, BytesView key, std::optional<BytesView> value,
                                  BytesView proof);

private:
    ChainId chain_;
    ValidatorSet validators_;
};

}  // namespace pcq::ledger
