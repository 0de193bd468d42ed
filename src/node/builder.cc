#include "src/node/builder.h"

#include <algorithm>

namespace pcq::node {

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
    return BuiltBlock{
        ledger::assemble(std::move(header), selected->transactions, std::move(selected->executed)), unsound};
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
    const BuildContext& context, const Bytes& header,
    const std::vector<ledger::VerifiedTransaction>& transactions) {
    const auto parent = context.store.tip();
    const auto state = context.store.at((*parent)->height());
    if (!state) return state.error();
    return ledger::check_block(
        Ground{context.contracts, *parent, {**state, **state, (*state)->root()}, context.validators}, header,
        transactions);
}

Result<std::shared_ptr<const ExecutedBlock>> check_certified(const BuildContext& context,
                                                             const proto::CertifiedBlock& certified) {
    const auto parent = context.store.tip();
    const auto state = context.store.at((*parent)->height());
    if (!state) return state.error();
    return ledger::check_certified(
        {context.contracts, *parent, {**state, **state, (*state)->root()}, context.validators}, certified);
}

}  // namespace pcq::node
