#include "contracts/cash/debts.h"

#include <algorithm>
#include <limits>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "src/base/wide.h"
#include "src/economics/rounding.h"

namespace pcq::contracts::debts {
namespace {

constexpr Range kAmounts{1, std::numeric_limits<std::int64_t>::max()};

MicroYuan at_most_all_money(Int128 amount) {
    constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
    return MicroYuan(static_cast<std::int64_t>(std::clamp<Int128>(amount, 0, kMost)));
}

Int128 open_exactly(const proto::DebtRecord& debt) {
    return static_cast<Int128>(debt.owed_uy()) + debt.clawed_back_uy() - debt.paid_uy();
}

// The record and the list of open ones, in step.
void put(Overlay& state, const AccountId& account, Period period, const proto::DebtRecord& debt) {
    if (debt.owed_uy() == 0 && debt.clawed_back_uy() == 0) {
        PCQ_INVARIANT(debt.paid_uy() == 0);
        kDebts.remove(state, {account, period});
    } else {
        kDebts.put(state, {account, period}, debt);
    }
    auto all = liabilities(state, account);
    std::vector<Period> open(all.periods().begin(), all.periods().end());
    std::erase(open, period);
    if (open_exactly(debt) > 0) open.insert(std::lower_bound(open.begin(), open.end(), period), period);
    all.mutable_periods()->Assign(open.begin(), open.end());
    if (all.periods().empty() && all.refund_owed_uy() == 0) {
        kLiabilities.remove(state, account);
    } else {
        kLiabilities.put(state, account, all);
    }
}

void set_refund_owed(Overlay& state, const AccountId& account, MicroYuan amount) {
    auto all = liabilities(state, account);
    all.set_refund_owed_uy(amount.value());
    if (all.periods().empty() && amount.is_zero()) return kLiabilities.remove(state, account);
    kLiabilities.put(state, account, all);
}

MicroYuan paid_from(Overlay& state, const AccountId& from, const AccountId& to, MicroYuan most) {
    const MicroYuan amount = std::min(most, cash::balance(state, from));
    const auto moved = cash::pay(state, {from, to, amount});
    PCQ_INVARIANT(moved.has_value());
    return amount;
}

// The debt after a payment, and what to say of it.
proto::Event pay_off(Overlay& state, const AccountId& account, Period period, MicroYuan amount) {
    auto record = *debt(state, account, period);
    record.set_paid_uy(record.paid_uy() + amount.value());  // at most what is open
    put(state, account, period, record);
    proto::Event event;
    event.mutable_debt_paid()->set_period(period);
    event.mutable_debt_paid()->set_account(account.bytes());
    event.mutable_debt_paid()->set_amount_uy(amount.value());
    event.mutable_debt_paid()->set_open_uy(open(record).value());
    return event;
}

void pay_refund(Overlay& state, const AccountId& account, std::vector<proto::Event>& events) {
    const MicroYuan owed(liabilities(state, account).refund_owed_uy());
    const MicroYuan paid = paid_from(state, governance::government(state), account, owed);
    if (paid.is_zero()) return;
    const MicroYuan left(owed.value() - paid.value());
    set_refund_owed(state, account, left);
    auto& event = *events.emplace_back().mutable_refunded();
    event.set_account(account.bytes());
    event.set_amount_uy(paid.value());
    event.set_open_uy(left.value());
}

template <class Wanted>
std::vector<proto::Event> collect_as(Overlay& state, const AccountId& account, const Wanted& wanted) {
    std::vector<proto::Event> events;
    const auto all = liabilities(state, account);
    if (all.refund_owed_uy() != 0) pay_refund(state, account, events);
    for (const Period period : all.periods()) {
        const MicroYuan paid =
            paid_from(state, account, governance::government(state), wanted(*debt(state, account, period)));
        if (paid.is_positive()) events.push_back(pay_off(state, account, period, paid));
    }
    return events;
}

}  // namespace

Result<> validate(const proto::RepayDebt& action) {
    return in_range(action.amount_uy(), kAmounts, "amount_uy");
}

Result<Outcome> repay(Context& context, const proto::RepayDebt& action) {
    const auto record = debt(context.state, context.account, action.period());
    if (!record || open(*record).is_zero()) {
        return Error{Code::debt_unknown,
                     "the account owes nothing for period " + std::to_string(action.period())};
    }
    const MicroYuan amount(action.amount_uy());
    if (amount > open(*record)) {
        return Error{Code::debt_exceeded, "asked to repay " + to_text(amount) + ", " +
                                              to_text(open(*record)) + " are owed for period " +
                                              std::to_string(action.period())};
    }
    if (auto paid =
            cash::pay(context.state, {context.account, governance::government(context.state), amount});
        !paid)
        return paid.error();
    const auto event = pay_off(context.state, context.account, action.period(), amount);
    return Outcome{"repaid " + to_text(amount) + " for period " + std::to_string(action.period()) + ", " +
                       to_text(MicroYuan(event.debt_paid().open_uy())) + " are still owed",
                   {event}};
}

std::optional<proto::DebtRecord> debt(const StateReader& state, const AccountId& account, Period period) {
    return kDebts.find(state, {account, period});
}

proto::LiabilityRecord liabilities(const StateReader& state, const AccountId& account) {
    return kLiabilities.find_or_default(state, account);
}

MicroYuan open(const proto::DebtRecord& debt) {
    return at_most_all_money(open_exactly(debt));
}

MicroYuan due(const proto::DebtRecord& debt, Instant now) {
    const Int128 parts = std::max<std::uint32_t>(1, debt.instalments());
    const Int128 passed = std::max<Int128>(0, static_cast<Int128>(now.ms) - debt.settled_ms());
    const Int128 over = debt.instalment_ms() == 0 ? parts : std::min(parts, passed / debt.instalment_ms());
    const Int128 penalty = econ::ceil_div(static_cast<Int128>(debt.owed_uy()) * over, parts);
    return at_most_all_money(penalty + debt.clawed_back_uy() - debt.paid_uy());
}

MicroYuan overdue(const StateReader& state, const AccountId& account, Instant now) {
    Int128 sum = 0;
    const auto all = liabilities(state, account);
    for (const Period period : all.periods()) {
        if (const auto record = debt(state, account, period)) sum += due(*record, now).value();
    }
    return at_most_all_money(sum);
}

std::vector<proto::Event> collect(const BlockContext& block, Overlay& state, const AccountId& account) {
    return collect_as(state, account,
                      [&block](const proto::DebtRecord& debt) { return due(debt, block.time); });
}

std::vector<proto::Event> collect_all(Overlay& state, const AccountId& account) {
    return collect_as(state, account, [](const proto::DebtRecord& debt) { return open(debt); });
}

void set_penalty(Overlay& state, const proto::Policy& policy, const Penalty& penalty) {
    auto record = kDebts.find_or_default(state, {penalty.account, penalty.period});
    const std::int64_t clawed_back_paid = std::min(record.paid_uy(), record.clawed_back_uy());
    record.set_owed_uy(penalty.owed.value());
    record.set_paid_uy(clawed_back_paid + penalty.repaid.value());  // both were paid in real money
    const bool any = penalty.owed.is_positive();
    record.set_instalments(any ? std::max<std::uint32_t>(1, policy.instalments()) : 0);
    record.set_instalment_ms(any ? policy.instalment_ms() : 0);
    record.set_settled_ms(any ? penalty.settled_ms : 0);
    put(state, penalty.account, penalty.period, record);
}

MicroYuan repaid(const proto::DebtRecord& debt) {
    return MicroYuan(std::max<std::int64_t>(0, debt.paid_uy() - debt.clawed_back_uy()));
}

void add_clawed_back(Overlay& state, const AccountId& account, Period period, MicroYuan amount) {
    auto record = kDebts.find_or_default(state, {account, period});
    record.set_clawed_back_uy(capped_sum(record.clawed_back_uy(), amount.value()));
    put(state, account, period, record);
}

void refund(Overlay& state, const AccountId& account, MicroYuan amount) {
    const MicroYuan paid = paid_from(state, governance::government(state), account, amount);
    const MicroYuan left(amount.value() - paid.value());
    if (left.is_zero()) return;
    // What the government owes was once paid to it, so the sum fits.
    set_refund_owed(state, account,
                    *checked_add(MicroYuan(liabilities(state, account).refund_owed_uy()), left));
}

void pass_refund(Overlay& state, const AccountId& from, const AccountId& to) {
    const MicroYuan owed(liabilities(state, from).refund_owed_uy());
    if (owed.is_zero()) return;
    set_refund_owed(state, from, MicroYuan());
    set_refund_owed(state, to, *checked_add(MicroYuan(liabilities(state, to).refund_owed_uy()), owed));
}

MicroYuan take(Overlay& state, const AccountId& account, MicroYuan most) {
    const MicroYuan owed(liabilities(state, account).refund_owed_uy());
    const MicroYuan kept = std::min(owed, most);
    if (kept.is_positive()) set_refund_owed(state, account, MicroYuan(owed.value() - kept.value()));
    const MicroYuan paid =
        paid_from(state, account, governance::government(state), MicroYuan(most.value() - kept.value()));
    return MicroYuan(kept.value() + paid.value());
}

}  // namespace pcq::contracts::debts
