// What a node takes out of a peer's envelope, whatever chain and content it names: each part goes through the
// decoder that the chain asks, and what comes out of one can be put back. The frame's bytes bound what
// decoding keeps of it.
#include "proto/pcq/v1/peer.pb.h"

#include "consensus/messages.h"
#include "src/ledger/block.h"
#include "src/ledger/canonical.h"
#include "src/ledger/state_chunk.h"
#include "tests/fuzz/target.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::fuzz {
namespace {

using Message = proto::PeerMessage;

void read_transactions(const proto::Transactions& transactions) {
    for (const auto& bytes : transactions.transactions()) {
        const auto decoded = ledger::DecodedTransaction::from(bytes, ledger::kChain);
        if (decoded) PCQ_INVARIANT(decoded->bytes() == bytes);
    }
}

void read_blocks(const proto::Blocks& blocks) {
    for (const auto& certified : blocks.blocks()) {
        proto::Block block;
        if (!ledger::decode_canonical(certified.block(), block)) continue;
        PCQ_INVARIANT(block.SerializeAsString() == certified.block());
        const auto header = ledger::Header::from(block.header(), ledger::kChain);
        if (header) PCQ_INVARIANT(header->bytes() == block.header());
        proto::CommitCertificate certificate;
        if (ledger::decode_canonical(certified.certificate(), certificate))
            PCQ_INVARIANT(certificate.SerializeAsString() == certified.certificate());
    }
}

// A chunk of nothing that anybody has: refused, or the very subtree that its root says.
void read_chunk(const proto::Chunk& chunk) {
    ledger::StateChanges records;
    for (const auto& entry : chunk.records()) records.emplace(entry.key(), entry.value());
    const auto proof = ledger::StateProof::decode(chunk.proof());
    const bool is_path =
        chunk.path().size() <= 4 && std::all_of(chunk.path().begin(), chunk.path().end(),
                                                [](char digit) { return digit >= 0 && digit < 16; });
    if (proof && is_path)
        PCQ_INVARIANT(
            !ledger::verify_chunk(*Hash::from(Bytes(Hash::kSize, 'r')), chunk.path(), records, *proof, 1));
}

}  // namespace

void run(BytesView input) {
    Message message;
    if (!message.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
    // Protobuf's own overhead per field is bounded; a few bytes never make megabytes.
    PCQ_INVARIANT(message.SpaceUsedLong() <= 1024 + 128 * input.size());
    switch (message.content_case()) {
        case Message::kConsensus:
            static_cast<void>(consensus::decode(message.consensus(), 4));
            break;
        case Message::kTransactions:
            return read_transactions(message.transactions());
        case Message::kGetTransactions:
            for (const auto& hash : message.get_transactions().hashes()) static_cast<void>(Hash::from(hash));
            break;
        case Message::kBlocks:
            return read_blocks(message.blocks());
        case Message::kChunk:
            return read_chunk(message.chunk());
        case Message::kGetBlocks:
        case Message::kGetSnapshot:
        case Message::kSnapshot:
        case Message::kGetChunk:
        case Message::CONTENT_NOT_SET:
            break;
    }
}

std::vector<Bytes> seeds() {
    const ledger::People people(1);
    Message transactions;
    transactions.set_chain_id(ledger::kChain.bytes());
    transactions.mutable_transactions()->add_transactions(people.raw(people.body(0), 0));
    Message request;
    request.mutable_get_transactions()->add_hashes(Bytes(32, 'h'));
    Message ask;
    ask.mutable_get_blocks()->set_from_height(7);
    ask.mutable_get_blocks()->set_count(50);
    Message blocks;
    proto::Block block;
    block.set_header("header");
    block.add_transactions("transaction");
    proto::CommitCertificate certificate;
    certificate.add_signatures()->set_signature("signature");
    auto& certified = *blocks.mutable_blocks()->add_blocks();
    certified.set_block(block.SerializeAsString());
    certified.set_certificate(certificate.SerializeAsString());
    return {transactions.SerializeAsString(), request.SerializeAsString(), ask.SerializeAsString(),
            blocks.SerializeAsString()};
}

}  // namespace pcq::fuzz
