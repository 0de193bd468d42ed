#include "src/ledger/checked_block.h"

#include "src/base/hex.h"
#include "src/base/wire.h"
#include "src/ledger/certificate.h"

namespace pcq::ledger {
namespace {

const char* first_difference(const proto::Header& given, const proto::Header& own) {
    if (given.height() != own.height()) return "height";
    if (given.previous_hash() != own.previous_hash()) return "previous hash";
    if (given.transaction_count() != own.transaction_count()) return "transaction count";
    if (given.transactions_root() != own.transactions_root()) return "transactions root";
    if (given.receipts_root() != own.receipts_root()) return "receipts root";
    if (given.state_root() != own.state_root()) return "state root";
    if (given.totals().SerializeAsString() != own.totals().SerializeAsString()) return "totals";
    if (given.validators_hash() != own.validators_hash()) return "validator set";
    if (given.next_validators_hash() != own.next_validators_hash()) return "next validator set";
    return "encoding";
}

}  // namespace

std::shared_ptr<const ExecutedBlock> assemble(Header header,
                                              const std::vector<VerifiedTransaction>& transactions,
                                              Executed executed) {
    proto::Block block;
    block.set_header(header.bytes());
    std::vector<Hash> hashes;
    hashes.reserve(transactions.size());
    for (const auto& transaction : transactions) {
        block.add_transactions(transaction->bytes());
        hashes.push_back(transaction->hash());
    }
    return std::make_shared<const ExecutedBlock>(
        ExecutedBlock{std::move(header), std::move(hashes), block.SerializeAsString(), std::move(executed)});
}

Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const Ground& ground, const Bytes& header_bytes, const std::vector<VerifiedTransaction>& transactions) {
    const Header& parent = ground.parent;
    auto header = Header::from(header_bytes, parent.chain());
    if (!header) return header.error();
    const auto proposer = crypto::PublicKey::from_encoded((*header)->proposer());
    if (!proposer) return proposer.error();
    const BlockContext block{parent.chain(), parent->height() + 1,
                             Instant{static_cast<std::int64_t>((*header)->time_ms())}};
    auto executed = execute(ground.contracts, ground.state, block, transactions);
    if (!executed) return executed.error();
    const auto own = make_header(block, {parent, (*header)->view(), *proposer, ground.validators}, *executed,
                                 transactions.size());
    if (own.hash() != header->hash()) {
        return Error{Code::bad_header, "block " + to_hex(header->hash()) +
                                           " does not give what its header says: " +
                                           first_difference(**header, *own) + " differs"};
    }
    return assemble(*std::move(header), transactions, *std::move(executed));
}

Result<std::shared_ptr<const ExecutedBlock>> check_certified(const Ground& ground,
                                                             const proto::CertifiedBlock& certified) {
    const ChainId chain = ground.parent.chain();
    proto::Block block;
    if (certified.block().size() > kBlockBytesMax + kHeaderBytesMax ||
        !has_fields_within(certified.block(), *proto::Block::descriptor(), kBlockTransactionsMax + 1) ||
        !decode_canonical(certified.block(), block)) {
        return Error{Code::bad_encoding, "the block is too long or no canonical pcq.v1.Block"};
    }
    const LightClient client(chain, ground.validators);
    const auto header = client.verify(block.header(), certified.certificate());
    if (!header) return header.error();
    if ((*header)->height() == ground.parent->height() + 1 &&
        (*header)->previous_hash() != ground.parent.hash().view())
        return Error{Code::state_differs,
                     "a quorum has certified block " + std::to_string((*header)->height()) +
                         " on another block than the last one here: the validators of that height have "
                         "signed two chains, or some have sold their keys"};
    std::vector<VerifiedTransaction> transactions;
    std::vector<Hash> hashes;
    for (const auto& bytes : block.transactions()) {
        auto decoded = DecodedTransaction::from(bytes, chain);
        if (!decoded) return decoded.error();
        auto verified = verify_signatures(*std::move(decoded));
        if (!verified) return verified.error();
        hashes.push_back((*verified)->hash());
        transactions.push_back(*std::move(verified));
    }
    if ((*header)->previous_hash() != ground.parent.hash().view() ||
        transactions_root(hashes) != header->transactions_root()) {
        return Error{Code::bad_header, "block " + to_hex(header->hash()) +
                                           " does not follow the last one, or has other transactions"};
    }
    auto checked = check_block(ground, block.header(), transactions);
    if (checked || checked.error().code == Code::contracts_version_unknown) return checked;
    // The certificate holds and the block is the one it certifies: it is this node that computes otherwise.
    return Error{Code::state_differs,
                 "a quorum has certified block " + std::to_string((*header)->height()) +
                     ", and this node does not get its results: " + checked.error().message};
}

}  // namespace pcq::ledger
