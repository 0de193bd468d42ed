#include "src/node/builder.h"

#include <algorithm>

#include "src/base/hex.h"

namespace pcq::node {
namespace {

std::shared_ptr<const ExecutedBlock> assemble(ledger::Header header,
                                              const std::vector<ledger::VerifiedTransaction>& transactions,
                                              ledger::Executed executed) {
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

Result<BuiltBlock> build_block(const Ground& ground, const crypto::PublicKey& proposer, std::uint32_t view,
                               Instant now, const std::vector<ledger::VerifiedTransaction>& candidates) {
    const ledger::Header& parent = ground.parent;
    const Instant after_parent{static_cast<std::int64_t>(parent->time_ms()) + 1};
    const ledger::BlockContext block{parent.chain(), parent->height() + 1, std::max(now, after_parent)};
    auto selected = ledger::execute_valid(ground.contracts, ground.state, block, candidates);
    if (!selected) return selected.error();
    auto header = ledger::make_header(block, {parent, view, proposer, ground.validators}, selected->executed,
                                      selected->transactions.size());
    std::optional<Hash> unsound;
    if (selected->unsound) unsound = (*selected->unsound)->hash();
    return BuiltBlock{assemble(std::move(header), selected->transactions, std::move(selected->executed)),
                      unsound};
}

Result<BuiltBlock> build_block(const BuildContext& context, const crypto::PublicKey& proposer,
                               std::uint32_t view, Instant now,
                               const std::vector<ledger::VerifiedTransaction>& candidates) {
    const auto parent = context.store.tip();
    const auto state = context.store.at((*parent)->height());
    if (!state) return state.error();
    return build_block({context.contracts, *parent, {**state, **state, (*state)->root()}, context.validators},
                       proposer, view, now, candidates);
}

Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const Ground& ground, const Bytes& header_bytes,
    const std::vector<ledger::VerifiedTransaction>& transactions) {
    const ledger::Header& parent = ground.parent;
    auto header = ledger::Header::from(header_bytes, parent.chain());
    if (!header) return header.error();
    const auto proposer = crypto::PublicKey::from_encoded((*header)->proposer());
    if (!proposer) return proposer.error();
    const ledger::BlockContext block{parent.chain(), parent->height() + 1,
                                     Instant{static_cast<std::int64_t>((*header)->time_ms())}};
    auto executed = ledger::execute(ground.contracts, ground.state, block, transactions);
    if (!executed) return executed.error();
    const auto own = ledger::make_header(block, {parent, (*header)->view(), *proposer, ground.validators},
                                         *executed, transactions.size());
    if (own.hash() != header->hash()) {
        return Error{Code::bad_header, "block " + to_hex(header->hash()) +
                                           " does not give what its header says: " +
                                           first_difference(**header, *own) + " differs"};
    }
    return assemble(*std::move(header), transactions, *std::move(executed));
}

Result<std::shared_ptr<const ExecutedBlock>> check_block(
    const BuildContext& context, const Bytes& header,
    const std::vector<ledger::VerifiedTransaction>& transactions) {
    const auto parent = context.store.tip();
    const auto state = context.store.at((*parent)->height());
    if (!state) return state.error();
    return check_block(
        Ground{context.contracts, *parent, {**state, **state, (*state)->root()}, context.validators}, header,
        transactions);
}

Result<std::shared_ptr<const ExecutedBlock>> check_certified(const BuildContext& context,
                                                             const proto::CertifiedBlock& certified) {
    const ChainId chain = context.store.tip()->chain();
    proto::Block block;
    if (certified.block().size() > ledger::kBlockBytesMax + ledger::kHeaderBytesMax ||
        !ledger::decode_canonical(certified.block(), block)) {
        return Error{Code::bad_encoding, "the block is too long or no canonical pcq.v1.Block"};
    }
    const ledger::LightClient client(chain, context.validators);
    const auto header = client.verify(block.header(), certified.certificate());
    if (!header) return header.error();
    std::vector<ledger::VerifiedTransaction> transactions;
    std::vector<Hash> hashes;
    for (const auto& bytes : block.transactions()) {
        auto decoded = ledger::DecodedTransaction::from(bytes, chain);
        if (!decoded) return decoded.error();
        auto verified = ledger::verify_signatures(*std::move(decoded));
        if (!verified) return verified.error();
        hashes.push_back((*verified)->hash());
        transactions.push_back(*std::move(verified));
    }
    if ((*header)->previous_hash() != context.store.tip()->hash().view() ||
        ledger::transactions_root(hashes) != header->transactions_root()) {
        return Error{Code::bad_header, "block " + to_hex(header->hash()) +
                                           " does not follow the last one, or has other transactions"};
    }
    auto checked = check_block(context, block.header(), transactions);
    if (checked || checked.error().code == Code::contracts_version_unknown) return checked;
    // The certificate holds and the block is the one it certifies: it is this node that computes otherwise.
    return Error{Code::state_differs,
                 "a quorum has certified block " + std::to_string((*header)->height()) +
                     ", and this node does not get its results: " + checked.error().message};
}

}  // namespace pcq::node
