#include "src/node/activity.h"

#include "contracts/quota/quota.h"
#include "contracts/tables.h"
#include "src/crypto/key.h"
#include "src/ledger/transaction.h"
#include "src/rpc/fields.h"

namespace pcq::node {
namespace {

// Those whom an action means without naming their account.
void collect_meant(const proto::TransactionBody& body, const ledger::StateReader& state,
                   std::set<AccountId>& found) {
    const auto add = [&found](const auto& record) {
        if (!record) return;
        if (const auto account = AccountId::from(record->account())) found.insert(*account);
    };
    for (const auto& user : body.register_users().users()) {
        const auto key = crypto::PublicKey::named(user.key().type(), user.key().data());
        if (key) found.insert(crypto::account_of(*key));
    }
    if (body.has_approve_correction())
        add(contracts::kCorrections.find(state, body.approve_correction().correction()));
    if (body.has_reject_dispute()) add(contracts::kDisputes.find(state, body.reject_dispute().dispute()));
    if (body.has_approve_clawback())
        add(contracts::kClawbacks.find(state, body.approve_clawback().clawback()));
}

Error damaged(std::uint64_t height) {
    return Error{Code::store_damaged, "block " + std::to_string(height) +
                                          " cannot be decoded; run pcq audit totals on the stopped node"};
}

bool read_transaction(const Bytes& bytes, const ledger::StateReader& state, const ChainId& chain,
                      rpc::Activity::Entry& entry) {
    const auto transaction = ledger::decode<proto::Transaction>(bytes);
    const auto body =
        transaction ? ledger::decode<proto::TransactionBody>(transaction->body()) : std::nullopt;
    if (!body) return false;
    entry.transaction = ledger::transaction_hash(chain, bytes);
    entry.action = rpc::action_name(*body);
    entry.signer = AccountId::from(body->account());
    rpc::collect_accounts(*body, entry.concerned);
    collect_meant(*body, state, entry.concerned);
    return true;
}

std::vector<rpc::Activity::PeriodChange> changed_periods(const ledger::StateReader& before,
                                                         const ledger::StateReader& after) {
    std::vector<rpc::Activity::PeriodChange> changes;
    for (const contracts::Period period : contracts::quota::periods(after)) {
        auto was = contracts::quota::period(before, period);
        auto is = contracts::quota::period(after, period);
        if (was && was->SerializeAsString() == is->SerializeAsString()) continue;
        changes.push_back({std::move(was), *std::move(is)});
    }
    return changes;
}

}  // namespace

Result<rpc::Activity> activity_of(const ChainId& chain, std::uint64_t height, const StoredBlock& stored) {
    proto::Block block;
    proto::Receipts receipts;
    if (!block.ParseFromString(stored.block) || !receipts.ParseFromString(stored.receipts) ||
        receipts.receipts_size() < block.transactions_size())
        return damaged(height);
    rpc::Activity activity;
    for (int i = 0; i < receipts.receipts_size(); ++i) {
        auto& entry = activity.entries.emplace_back();
        if (!entry.receipt.ParseFromString(receipts.receipts(i))) return damaged(height);
        rpc::collect_accounts(entry.receipt, entry.concerned);
        if (i >= block.transactions_size()) continue;
        entry.index = static_cast<std::uint32_t>(i);
        if (!read_transaction(block.transactions(i), stored.after, chain, entry)) return damaged(height);
    }
    activity.periods = changed_periods(stored.before, stored.after);
    return activity;
}

}  // namespace pcq::node
