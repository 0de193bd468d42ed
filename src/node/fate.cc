#include "src/node/fate.h"

#include "src/base/address.h"
#include "src/ledger/account.h"

namespace pcq::node {
namespace {

std::optional<rpc::TransactionFate> committed(const storage::ChainStore& store, const Hash& hash) {
    const auto place = store.find_transaction(hash);
    if (!place || !*place) return std::nullopt;
    const auto bytes = store.receipts((*place)->height);
    proto::Receipts receipts;
    if (!bytes || !*bytes || !receipts.ParseFromString(**bytes) ||
        static_cast<int>((*place)->index) >= receipts.receipts_size())
        return std::nullopt;
    return rpc::TransactionFate{.kind = rpc::FateKind::committed,
                                .height = (*place)->height,
                                .index = (*place)->index,
                                .receipt = receipts.receipts(static_cast<int>((*place)->index))};
}

rpc::TransactionFate rejected(Error why) {
    return {.kind = rpc::FateKind::rejected, .reason = std::move(why)};
}

// By the rule of admission, on the newest state.
Result<> judge(const ledger::StateReader& state, const ledger::DecodedTransaction& transaction,
               std::uint64_t next_height) {
    const auto account = ledger::kAccounts.find(state, transaction.account());
    if (!account)
        return Error{Code::transaction_unknown_account,
                     "account " + to_address(transaction.account()) + " does not exist on this chain"};
    return ledger::check_authority(*account, transaction, next_height);
}

}  // namespace

FoundFate fate_of(const storage::ChainStore& store, const storage::Inbox& inbox, const ChainId& chain,
                  const Hash& hash) {
    // The height first: what is in no block up to there is looked for after it is known.
    const std::uint64_t height = (*store.tip())->height();
    if (auto found = committed(store, hash)) return {*std::move(found)};
    const auto entry = inbox.find(hash);
    if (!entry) return {};
    if (entry->refused == Code::transaction_expired) return {{.kind = rpc::FateKind::expired}};
    if (entry->refused != Code::ok)
        return {rejected({entry->refused, "this node refused it; sent again it is judged again"})};
    const auto transaction = ledger::DecodedTransaction::from(entry->transaction, chain);
    if (!transaction) return {rejected(transaction.error())};
    // Where it may have been in a block that is not kept any more, nobody here can tell. It may have been
    // stored while the height was noted: that block counts.
    if (store.base() > entry->height) return {};
    if (transaction->valid_until_height() <= height) return {{.kind = rpc::FateKind::expired}};
    const auto state = store.at(height);
    if (!state) return {};
    if (auto good = judge(**state, *transaction, height + 1); !good)
        return {.fate = rejected(good.error()), .is_new_refusal = true};
    return {.fate = {}, .held = entry->transaction};
}

bool is_refusal_to_remember(Code code, std::uint64_t base) {
    switch (code) {
        case Code::internal:
        case Code::stopped:
        case Code::limit_reached:
        case Code::mempool_full:
        case Code::mempool_account_full:
        case Code::transaction_known:
        case Code::transaction_sequence_outside_window:
        case Code::transaction_expiry_too_far:
        case Code::transaction_too_large:
        case Code::transaction_wrong_chain:
        case Code::bad_encoding:
            return false;
        case Code::transaction_sequence_used:
        case Code::transaction_expired:
            return base <= 1;
        default:
            return true;
    }
}

}  // namespace pcq::node
