#include "consensus/messages.h"

#include <set>

#include "proto/pcq/v1/block.pb.h"

#include "consensus/quorum.h"
#include "src/base/wire.h"
#include "src/crypto/hash.h"
#include "src/crypto/key.h"

namespace pcq::consensus {
namespace {

// The longest honest message: a quorum of a hundred view changes with their certificates, or one block.
constexpr std::size_t kFieldsMax = 50'000;

Error malformed(const std::string& what) {
    return Error{Code::consensus_malformed, "consensus message refused: " + what};
}
Error forged(const std::string& what) {
    return Error{Code::consensus_bad_signature, "consensus message refused: " + what};
}

bool is_hash(const Bytes& bytes) {
    return bytes.size() == Hash::kSize;
}

Result<> check_block(const Bytes& header, const google::protobuf::RepeatedPtrField<Bytes>& transactions) {
    if (header.size() > kHeaderBytesMax) return malformed("its header is too long");
    if (transactions.size() > kTransactionsMax) return malformed("it lists too many transactions");
    for (const auto& hash : transactions) {
        if (!is_hash(hash)) return malformed("a transaction hash has not 32 bytes");
    }
    return {};
}

Result<> check_certificate(const proto::PreparedCertificate& certificate, std::uint64_t height,
                           std::uint32_t validators) {
    if (certificate.height() != height) return malformed("its certificate is of another height");
    if (!is_hash(certificate.block_hash())) return malformed("its certificate names no block");
    if (certificate.signatures_size() < static_cast<int>(quorum(validators)))
        return malformed("its certificate is no quorum");
    std::int64_t previous = -1;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= validators || entry.validator() <= previous)
            return malformed("its certificate repeats a validator");
        previous = entry.validator();
    }
    return {};
}

Result<> check_view_change(const proto::ViewChange& change, std::uint32_t validators) {
    if (change.view() == 0) return malformed("nobody changes to view 0");
    if (!change.has_prepared())
        return change.header().empty() && change.transactions().empty()
                   ? Result<>()
                   : malformed("it shows a block without certificate");
    if (change.prepared().view() >= change.view()) return malformed("its certificate is of a later view");
    if (auto certificate = check_certificate(change.prepared(), change.height(), validators); !certificate)
        return certificate.error();
    return check_block(change.header(), change.transactions());
}

Result<> check_pre_prepare(const proto::PrePrepare& proposal, std::uint32_t validators) {
    if (auto block = check_block(proposal.header(), proposal.transactions()); !block) return block.error();
    if (proposal.header().empty()) return malformed("it proposes nothing");
    if (proposal.view() == 0)
        return proposal.justification().empty() ? Result<>() : malformed("view 0 needs no justification");
    if (proposal.justification_size() > static_cast<int>(validators))
        return malformed("its justification is too long");
    if (proposal.justification_size() < static_cast<int>(quorum(validators)))
        return malformed("its justification is no quorum");
    for (const auto& message : proposal.justification()) {
        if (message.content_case() != proto::ConsensusMessage::kViewChange ||
            message.sender() >= validators) {
            return malformed("its justification holds something else than view changes");
        }
        if (message.signature().size() > crypto::kSignatureBytes)
            return malformed("a signature in its justification is too long");
        if (!message.view_change().header().empty() || !message.view_change().transactions().empty()) {
            return malformed("its justification repeats blocks");
        }
        if (auto change = check_view_change(message.view_change(), validators); !change)
            return change.error();
    }
    return {};
}

Result<> check_content(const proto::ConsensusMessage& message, std::uint32_t validators) {
    using Message = proto::ConsensusMessage;
    switch (message.content_case()) {
        case Message::kPrePrepare:
            return check_pre_prepare(message.pre_prepare(), validators);
        case Message::kPrepare:
            return is_hash(message.prepare().block_hash()) ? Result<>() : malformed("a vote names no block");
        case Message::kCommit:
            return is_hash(message.commit().block_hash()) ? Result<>() : malformed("a vote names no block");
        case Message::kViewChange:
            // Whoever shows a certificate brings its block, or the next primary could not propose it.
            if (message.view_change().has_prepared() && message.view_change().header().empty())
                return malformed("it shows a certificate without its block");
            return check_view_change(message.view_change(), validators);
        case Message::kStatus:
            return is_hash(message.status().last_hash()) ? Result<>() : malformed("a status names no block");
        case Message::CONTENT_NOT_SET:
            break;
    }
    return malformed("it has no content that this version knows");
}

Hash known(const Bytes& bytes) {
    return *Hash::from(bytes);
}

// A header commits to its list of transactions.
Result<> check_list(const Checks& checks, const Bytes& header_bytes,
                    const google::protobuf::RepeatedPtrField<Bytes>& transactions) {
    proto::Header header;
    if (!header.ParseFromString(header_bytes)) return malformed("its header is no Header");
    std::vector<Hash> hashes;
    hashes.reserve(static_cast<std::size_t>(transactions.size()));
    for (const auto& hash : transactions) hashes.push_back(known(hash));
    if (checks.transactions_root(hashes).view() != header.transactions_root())
        return malformed("its transactions are not those of its header");
    return {};
}

// Certificates whose signatures hold; view changes of one justification usually show the same.
using Verified = std::set<Bytes>;

Result<> verify_certificate(const Voters& voters, const CheckSignature& check,
                            const proto::PreparedCertificate& certificate, Verified& verified) {
    Bytes encoded = certificate.SerializeAsString();
    if (verified.count(encoded) != 0) return {};
    const Hash block = known(certificate.block_hash());
    const Hash prepare =
        vote_digest(voters.chain, proto::VOTE_KIND_PREPARE, certificate.height(), certificate.view(), block);
    const Hash propose = vote_digest(voters.chain, proto::VOTE_KIND_PRE_PREPARE, certificate.height(),
                                     certificate.view(), block);
    for (const auto& entry : certificate.signatures()) {
        const auto& key = voters.keys[entry.validator()];
        if (!check(key, prepare, entry.signature()) && !check(key, propose, entry.signature())) {
            return forged("a signature in its prepared certificate does not hold");
        }
    }
    verified.insert(std::move(encoded));
    return {};
}

Result<> verify_one(const Voters& voters, const Checks& checks, const proto::ConsensusMessage& message,
                    Verified& verified) {
    if (!checks.signature(voters.keys[message.sender()], digest(voters.chain, message),
                          message.signature())) {
        return forged("the signature of validator " + std::to_string(message.sender()) + " does not hold");
    }
    if (!message.has_view_change() || !message.view_change().has_prepared()) return {};
    const auto& change = message.view_change();
    if (!change.header().empty()) {
        if (block_hash(voters.chain, change.header()).view() != change.prepared().block_hash())
            return malformed("its block is not the certified one");
        if (auto list = check_list(checks, change.header(), change.transactions()); !list)
            return list.error();
    }
    return verify_certificate(voters, checks.signature, change.prepared(), verified);
}

}  // namespace

Hash block_hash(const ChainId& chain, BytesView header) {
    return crypto::tagged_hash("header", chain, header);
}

Hash vote_digest(const ChainId& chain, proto::VoteKind kind, std::uint64_t height, std::uint32_t view,
                 const Hash& content) {
    Bytes data(1, static_cast<char>(kind));
    append_u64(data, height);
    append_u32(data, view);
    data.append(content.view());
    return crypto::tagged_hash("consensus", chain, data);
}

Hash view_change_content(const ChainId& chain, const proto::ViewChange& change) {
    Bytes data(1, change.has_prepared() ? '\1' : '\0');
    append_u32(data, change.prepared().view());
    data.append(change.has_prepared() ? change.prepared().block_hash() : Hash().bytes());
    return crypto::tagged_hash("view-change", chain, data);
}

Hash digest(const ChainId& chain, const proto::ConsensusMessage& message) {
    using Message = proto::ConsensusMessage;
    const std::uint64_t height = height_of(message);
    const std::uint32_t view = view_of(message);
    switch (message.content_case()) {
        case Message::kPrePrepare:
            return vote_digest(chain, proto::VOTE_KIND_PRE_PREPARE, height, view,
                               block_hash(chain, message.pre_prepare().header()));
        case Message::kPrepare:
            return vote_digest(chain, proto::VOTE_KIND_PREPARE, height, view,
                               known(message.prepare().block_hash()));
        case Message::kCommit:
            return vote_digest(chain, proto::VOTE_KIND_COMMIT, height, view,
                               known(message.commit().block_hash()));
        case Message::kViewChange:
            return vote_digest(chain, proto::VOTE_KIND_VIEW_CHANGE, height, view,
                               view_change_content(chain, message.view_change()));
        case Message::kStatus:
            return vote_digest(chain, proto::VOTE_KIND_STATUS, height, view,
                               known(message.status().last_hash()));
        case Message::CONTENT_NOT_SET:
            break;
    }
    invariant_failed("a decoded message has content", __FILE__, __LINE__);
}

std::uint64_t height_of(const proto::ConsensusMessage& message) {
    if (message.has_pre_prepare()) return message.pre_prepare().height();
    if (message.has_prepare()) return message.prepare().height();
    if (message.has_commit()) return message.commit().height();
    if (message.has_view_change()) return message.view_change().height();
    return message.status().height();
}

std::uint32_t view_of(const proto::ConsensusMessage& message) {
    if (message.has_pre_prepare()) return message.pre_prepare().view();
    if (message.has_prepare()) return message.prepare().view();
    if (message.has_commit()) return message.commit().view();
    if (message.has_view_change()) return message.view_change().view();
    return message.status().view();
}

Result<proto::ConsensusMessage> parse(BytesView bytes) {
    if (bytes.size() > kMessageBytesMax) return malformed("it is longer than 2 MiB");
    if (!has_fields_within(bytes, *proto::ConsensusMessage::descriptor(), kFieldsMax))
        return malformed("it has more fields than any message, or is none");
    proto::ConsensusMessage message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return malformed("its bytes are no ConsensusMessage");
    message.DiscardUnknownFields();  // nobody's padding is kept
    return message;
}

Result<> check_shape(const proto::ConsensusMessage& message, std::uint32_t validators) {
    if (message.sender() >= validators && !message.has_status()) {
        return Error{Code::consensus_unknown_sender,
                     "consensus message refused: there is no validator " + std::to_string(message.sender())};
    }
    if (message.signature().size() > crypto::kSignatureBytes) return malformed("its signature is too long");
    return check_content(message, validators);
}

Result<proto::ConsensusMessage> decode(BytesView bytes, std::uint32_t validators) {
    auto message = parse(bytes);
    if (!message) return message;
    if (auto checked = check_shape(*message, validators); !checked) return checked.error();
    return message;
}

Result<VerifiedMessage> verify(const Voters& voters, const Checks& checks, proto::ConsensusMessage message) {
    if (message.sender() >= voters.size()) {
        return Error{Code::consensus_unknown_sender,
                     "consensus message refused: there is no validator " + std::to_string(message.sender())};
    }
    Verified certificates;
    if (auto good = verify_one(voters, checks, message, certificates); !good) return good.error();
    if (message.has_pre_prepare()) {
        const auto& proposal = message.pre_prepare();
        if (auto list = check_list(checks, proposal.header(), proposal.transactions()); !list)
            return list.error();
        for (const auto& inner : proposal.justification()) {
            if (auto good = verify_one(voters, checks, inner, certificates); !good) return good.error();
        }
    }
    return VerifiedMessage(std::move(message));
}

std::size_t signatures_in(const proto::ConsensusMessage& message) {
    auto count = 1 + static_cast<std::size_t>(message.view_change().prepared().signatures_size());
    for (const auto& inner : message.pre_prepare().justification()) count += signatures_in(inner);
    return count;
}

VerifiedMessage recorded(proto::ConsensusMessage message) {
    return VerifiedMessage(std::move(message));
}

VerifiedMessage own(proto::ConsensusMessage message) {
    return VerifiedMessage(std::move(message));
}

VerifiedMessage attested(proto::ConsensusMessage status, std::uint32_t sender) {
    PCQ_INVARIANT(status.has_status());
    status.set_sender(sender);
    return VerifiedMessage(std::move(status));
}

}  // namespace pcq::consensus
