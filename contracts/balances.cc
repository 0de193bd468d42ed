#include "contracts/balances.h"

#include "contracts/quota/quota.h"

namespace pcq::contracts {
namespace {

bool is_changed(const Overlay& changes, const Bytes& key) {
    return changes.changes().count(key) != 0;
}

proto::CashBalance cash_balance(const proto::CashRecord& record) {
    proto::CashBalance balance;
    balance.set_balance_uy(record.balance_uy());
    balance.set_escrow_uy(record.escrow_uy());
    return balance;
}

proto::HoldingBalance holding_balance(Period vintage, const proto::HoldingRecord& record) {
    proto::HoldingBalance balance;
    balance.set_vintage(vintage);
    balance.set_held_g(quota::held(record).value());
    balance.set_escrow_g(record.escrow_g());
    return balance;
}

}  // namespace

std::optional<proto::Balances> new_balances(const AccountId& account, const Overlay& changes) {
    proto::Balances balances;
    if (is_changed(changes, kCash.key(account)))
        *balances.mutable_cash() = cash_balance(kCash.find_or_default(changes, account));
    for (const Period vintage : quota::periods(changes)) {
        if (!is_changed(changes, kHoldings.key({account, vintage}))) continue;
        *balances.add_holdings() =
            holding_balance(vintage, kHoldings.find_or_default(changes, {account, vintage}));
    }
    if (!balances.has_cash() && balances.holdings().empty()) return std::nullopt;
    return balances;
}

}  // namespace pcq::contracts
