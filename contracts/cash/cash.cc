#include "contracts/cash/cash.h"

#include <algorithm>
#include <limits>

#include "contracts/cash/debts.h"
#include "contracts/registry/registry.h"
#include "contracts/registry/trust.h"
#include "src/crypto/hash.h"

namespace pcq::contracts::cash {
namespace {

constexpr std::size_t kReferenceBytesMax = 32;
constexpr Range kAmounts{1, std::numeric_limits<std::int64_t>::max()};

void set_balance(Overlay& state, const AccountId& account, MicroYuan amount) {
    auto record = kCash.find_or_default(state, account);
    record.set_balance_uy(amount.value());
    kCash.put(state, account, record);
}

void change(Overlay& state, const AccountId& account, std::int64_t balance, std::int64_t escrow) {
    auto record = kCash.find_or_default(state, account);
    record.set_balance_uy(record.balance_uy() + balance);
    record.set_escrow_uy(record.escrow_uy() + escrow);
    kCash.put(state, account, record);
}

Result<> validate_movement(std::int64_t amount, const Bytes& reference) {
    if (auto range = in_range(amount, kAmounts, "amount_uy"); !range) return range.error();
    return text_length(reference, kReferenceBytesMax, "reference");
}

// Each reference of each bank is booked once, whatever it was for.
Result<> book_reference(Context& context, const Bytes& reference) {
    const Hash key = crypto::sha256({context.account.view(), reference});
    if (kCashReferences.contains(context.state, key)) {
        return Error{Code::cash_reference_used,
                     "this bank's reference has been booked before; money is never moved twice"};
    }
    Empty marker;
    marker.set_value(context.block.height);
    kCashReferences.put(context.state, key, marker);
    return {};
}

proto::Event moved(const AccountId& account, std::int64_t change) {
    proto::Event event;
    event.mutable_cash_moved()->set_account(account.bytes());
    event.mutable_cash_moved()->set_change_uy(change);
    return event;
}

// Cash of a person to somebody they do not trust counts to the day's limit. A bank pays out to its customer.
Result<> require_within_day(Context& context, const AccountId& to, MicroYuan amount) {
    if (context.record.number() == 0 || to == context.account) return {};
    if (ledger::has_role(*ledger::kAccounts.find(context.state, to), proto::ROLE_BANK)) return {};
    if (registry::require_trusted(context.state, context.account, to, context.block.time)) return {};
    return registry::count_cash(context, amount);
}

// What is overdue to the government is paid before anybody else is.
Result<> require_free(const Context& context, const AccountId& account, MicroYuan amount) {
    const MicroYuan has = balance(context.state, account);
    if (has < amount) {
        return Error{Code::cash_insufficient,
                     "the account has " + to_text(has) + ", " + to_text(amount) + " were to go out"};
    }
    const MicroYuan overdue = debts::overdue(context.state, account, context.block.time);
    if (amount.value() <= has.value() - overdue.value()) return {};
    return Error{Code::debt_overdue, "the account has " + to_text(has) +
                                         ", of which an overdue debt holds back " +
                                         to_text(std::min(has, overdue)) + "; repay it first"};
}

}  // namespace

Result<> validate(const proto::Deposit& action) {
    if (auto id = account_id(action.account(), "account"); !id) return id.error();
    return validate_movement(action.amount_uy(), action.reference());
}
Result<> validate(const proto::Withdraw& action) {
    return validate_movement(action.amount_uy(), action.reference());
}
Result<> validate(const proto::TransferCash& action) {
    if (auto id = account_id(action.to(), "to"); !id) return id.error();
    return in_range(action.amount_uy(), kAmounts, "amount_uy");
}

Result<Outcome> deposit(Context& context, const proto::Deposit& action) {
    if (auto allowed = require_role(context, proto::ROLE_BANK); !allowed) return allowed.error();
    const AccountId account = *AccountId::from(action.account());
    if (auto live = registry::require_live(context.state, account); !live) return live.error();
    const MicroYuan amount(action.amount_uy());
    auto totals = kCashTotals.find_or_default(context.state, Only());
    const auto deposited = checked_add(MicroYuan(totals.deposited_uy()), amount);
    if (!deposited) return deposited.error();
    if (auto booked = book_reference(context, action.reference()); !booked) return booked.error();

    // No sum can overflow that is part of `deposited`.
    set_balance(context.state, account, *checked_add(balance(context.state, account), amount));
    totals.set_deposited_uy(deposited->value());
    totals.set_held_uy(totals.held_uy() + amount.value());
    kCashTotals.put(context.state, Only(), totals);
    return Outcome{"deposited " + to_text(amount), {moved(account, amount.value())}};
}

Result<Outcome> withdraw(Context& context, const proto::Withdraw& action) {
    if (auto allowed = require_role(context, proto::ROLE_BANK); !allowed) return allowed.error();
    const MicroYuan amount(action.amount_uy());
    if (auto free = require_free(context, context.account, amount); !free) return free.error();
    if (auto booked = book_reference(context, action.reference()); !booked) return booked.error();
    set_balance(context.state, context.account,
                *checked_sub(balance(context.state, context.account), amount));
    auto totals = kCashTotals.find_or_default(context.state, Only());
    totals.set_withdrawn_uy(totals.withdrawn_uy() + amount.value());
    totals.set_held_uy(totals.held_uy() - amount.value());
    kCashTotals.put(context.state, Only(), totals);
    return Outcome{"withdrew " + to_text(amount), {moved(context.account, -amount.value())}};
}

Result<Outcome> transfer(Context& context, const proto::TransferCash& action) {
    const AccountId to = *AccountId::from(action.to());
    if (auto live = registry::require_live(context.state, to); !live) return live.error();
    const MicroYuan amount(action.amount_uy());
    if (auto free = require_free(context, context.account, amount); !free) return free.error();
    if (auto within = require_within_day(context, to, amount); !within) return within.error();
    if (auto paid = pay(context.state, {context.account, to, amount}); !paid) return paid.error();
    return Outcome{"transferred " + to_text(amount),
                   {moved(context.account, -amount.value()), moved(to, amount.value())}};
}

MicroYuan balance(const StateReader& state, const AccountId& account) {
    return MicroYuan(kCash.find_or_default(state, account).balance_uy());
}

Result<> pay(Overlay& state, const Payment& payment) {
    PCQ_INVARIANT(!payment.amount.is_negative());
    const MicroYuan has = balance(state, payment.from);
    if (has < payment.amount) {
        return Error{Code::cash_insufficient, "the paying account has " + to_text(has) + ", " +
                                                  to_text(payment.amount) + " are needed"};
    }
    if (payment.from == payment.to || payment.amount.is_zero()) return {};
    // All balances together are deposited less withdrawn, which fits.
    set_balance(state, payment.from, *checked_sub(has, payment.amount));
    set_balance(state, payment.to, *checked_add(balance(state, payment.to), payment.amount));
    return {};
}

Result<> hold(Overlay& state, const AccountId& account, MicroYuan amount) {
    const MicroYuan has = balance(state, account);
    if (has < amount) {
        return Error{Code::cash_insufficient,
                     "the account has " + to_text(has) + ", " + to_text(amount) + " are to be set aside"};
    }
    change(state, account, -amount.value(), amount.value());
    return {};
}

void release(Overlay& state, const AccountId& account, MicroYuan amount) {
    change(state, account, amount.value(), -amount.value());
}

void pay_from_escrow(Overlay& state, const Payment& payment) {
    change(state, payment.from, 0, -payment.amount.value());
    change(state, payment.to, payment.amount.value(), 0);
}

}  // namespace pcq::contracts::cash
