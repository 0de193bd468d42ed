// Consensus messages: decoding with every bound checked, what is signed, and the proof that it was.
//
// A VerifiedMessage has a good signature, and so has every certificate and view change inside it; only
// verify() makes one, outside the replica, so that signatures are checked beside consensus and once. Pure;
// thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proto/pcq/v1/consensus.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"
#include "src/crypto/key.h"

namespace pcq {
namespace proto = v1;
}

namespace pcq::consensus {

inline constexpr int kTransactionsMax = 10'000;
inline constexpr std::size_t kHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kMessageBytesMax = 2 * 1024 * 1024;

// How signatures are made and checked; the simulator brings cheaper ones.
using Sign = std::function<Bytes(const Hash& digest)>;
using CheckSignature =
    std::function<bool(const crypto::PublicKey& key, const Hash& digest, BytesView signature)>;
struct Checks {
    CheckSignature signature;
    // What a header's transactions_root says of a list (ledger::transactions_root).
    std::function<Hash(const std::vector<Hash>& transactions)> transactions_root;
};

// Who may speak on a chain at a height.
struct Voters {
    ChainId chain;
    std::vector<crypto::PublicKey> keys;  // ascending

    std::uint32_t size() const { return static_cast<std::uint32_t>(keys.size()); }
};

// A block as consensus sees it: header bytes and transaction hashes.
struct Proposal {
    Bytes header;
    std::vector<Hash> transactions;
};
Hash block_hash(const ChainId& chain, BytesView header);

// H("consensus", chain, kind, u64 height, u32 view, content).
Hash vote_digest(const ChainId& chain, proto::VoteKind kind, std::uint64_t height, std::uint32_t view,
                 const Hash& content);
Hash view_change_content(const ChainId& chain, const proto::ViewChange& change);
// What the sender of this message signs; its fields have been decoded.
Hash digest(const ChainId& chain, const proto::ConsensusMessage& message);

std::uint64_t height_of(const proto::ConsensusMessage& message);
std::uint32_t view_of(const proto::ConsensusMessage& message);

// What no validator of any set sends is consensus_malformed: too long, too many fields, no message. Fields
// that this version does not know are left out.
Result<proto::ConsensusMessage> parse(BytesView bytes);
// Cheap checks only: shape, sender in range, but for a Status, whose sender may count itself in another set.
// consensus_malformed, consensus_unknown_sender.
Result<> check_shape(const proto::ConsensusMessage& message, std::uint32_t validators);
// Both.
Result<proto::ConsensusMessage> decode(BytesView bytes, std::uint32_t validators);

class VerifiedMessage {
public:
    const proto::ConsensusMessage& operator*() const { return *message_; }
    const proto::ConsensusMessage* operator->() const { return message_.get(); }

private:
    friend Result<VerifiedMessage> verify(const Voters&, const Checks&, proto::ConsensusMessage);
    friend VerifiedMessage own(proto::ConsensusMessage);
    friend VerifiedMessage attested(proto::ConsensusMessage, std::uint32_t);
    friend VerifiedMessage recorded(proto::ConsensusMessage);
    explicit VerifiedMessage(proto::ConsensusMessage message)
        : message_(std::make_shared<const proto::ConsensusMessage>(std::move(message))) {}
    std::shared_ptr<const proto::ConsensusMessage> message_;
};

// Checks every signature: the sender's, those of certificates (each certificate once), those of a
// justification. Also that a block's transactions are those its header commits to: signatures cover the
// header only, and one header with two lists would split those who execute it. consensus_bad_signature,
// consensus_malformed.
Result<VerifiedMessage> verify(const Voters& voters, const Checks& checks, proto::ConsensusMessage message);
// How many signatures that is at most, of a message of good shape.
std::size_t signatures_in(const proto::ConsensusMessage& message);
// A message that this replica has signed itself.
VerifiedMessage own(proto::ConsensusMessage message);
// A message of a recording, for a replica that speaks to nobody: it was verified when it was recorded.
VerifiedMessage recorded(proto::ConsensusMessage message);
// A Status by a validator that is known by its connection, whatever its index in the set of its own height.
VerifiedMessage attested(proto::ConsensusMessage status, std::uint32_t sender);

}  // namespace pcq::consensus
