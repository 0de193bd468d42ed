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

// A change of the validators, as it is told to whoever knows those before: the last header that they have
// certified, which names the next ones.
struct Succession {
    Bytes header;       // exact bytes
    Bytes certificate;  // encoded CommitCertificate
    Bytes validators;   // encoded ValidatorSet
};

// Follows a chain by headers alone, from its genesis set or another one that is trusted. Between two changes
// of the set any header can be checked by itself; at a change the last header before it names the next set.
// A set that has gone certifies nothing above its last height. Value type: the bridge keeps the newest set
// of each foreign chain in state, wallets keep all of them.
class LightClient {
public:
    // The set that certifies from this height on.
    LightClient(const ChainId& chain, ValidatorSet validators, std::uint64_t from_height = 0);

    const ChainId& chain() const { return chain_; }
    // The newest that is known, and the first height that it certifies.
    const ValidatorSet& validators() const { return sets_.back().validators; }
    std::uint64_t from_height() const { return sets_.back().from_height; }

    // A header of any height from the first set's on. bad_header, bad_certificate; validators_unknown: it is
    // certified by a set that has to be followed to first, or is older than the first one known.
    Result<Header> verify(Bytes header, BytesView certificate) const;
    // The next set: the header, which the newest one known has certified, names it by its hash. The same
    // errors; bad_header if it names another one, or none.
    Result<> follow(Bytes header, BytesView certificate, const proto::ValidatorSet& next);
    // The same; bad_encoding if it is no set of validators.
    Result<> follow(const Succession& change);
    // A record of that header's state. bad_proof.
    static Result<> verify_record(const Header& header, BytesView key, std::optional<BytesView> value,
                                  BytesView proof);

private:
    struct Known {
        std::uint64_t from_height = 0;
        ValidatorSet validators;
    };
    ChainId chain_;
    std::vector<Known> sets_;  // ascending by height, never empty
};

}  // namespace pcq::ledger
