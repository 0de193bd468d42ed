// Debts: what a person's cash did not cover when a period was settled or money was clawed back, and what the
// government owes a person who paid too much. A penalty is paid in equal instalments from the settlement on,
// a claw-back is due at once. Whoever passes the person in a sweep collects what is due and there; until then
// an overdue debt holds back that much of the person's cash. Money moves between two balances and nowhere
// else; nothing goes negative.
#pragma once

#include <vector>

#include "contracts/check.h"

namespace pcq::contracts::debts {

Result<> validate(const proto::RepayDebt& action);
Result<Outcome> repay(Context& context, const proto::RepayDebt& action);  // owner

std::optional<proto::DebtRecord> debt(const StateReader& state, const AccountId& account, Period period);
proto::LiabilityRecord liabilities(const StateReader& state, const AccountId& account);
MicroYuan open(const proto::DebtRecord& debt);              // owed, due or not
MicroYuan due(const proto::DebtRecord& debt, Instant now);  // of it, to be paid by now
// Of all debts of an account, as far as it can be counted: what its cash has to cover before it pays others.
MicroYuan overdue(const StateReader& state, const AccountId& account, Instant now);

// Everything that is due goes to the government as far as there is cash, oldest period first; before that the
// government pays what it owes. Says what moved.
std::vector<proto::Event> collect(const BlockContext& block, Overlay& state, const AccountId& account);
// The same with all that is open, due or not: the account ends.
std::vector<proto::Event> collect_all(Overlay& state, const AccountId& account);

// The penalty part of a debt as a settlement, or its correction, leaves it.
struct Penalty {
    AccountId account;
    Period period = 0;
    MicroYuan owed;    // beyond what was paid at settlement
    MicroYuan repaid;  // of it, since
    std::uint64_t settled_ms = 0;
};
void set_penalty(Overlay& state, const proto::Policy& policy, const Penalty& penalty);
// What of a debt has been repaid towards the penalty: claw-backs are paid first.
MicroYuan repaid(const proto::DebtRecord& debt);
// Due at once: a claw-back found this much missing, or an account that ends owes it for quota.
void add_clawed_back(Overlay& state, const AccountId& account, Period period, MicroYuan amount);

// The government pays an account as far as it can; the rest is written down and paid by a later sweep.
void refund(Overlay& state, const AccountId& account, MicroYuan amount);
// What the government owes the one it owes the other from now on.
void pass_refund(Overlay& state, const AccountId& from, const AccountId& to);
// At most this much from the account to the government, first of what the government still owes it. Returns
// how much it was.
MicroYuan take(Overlay& state, const AccountId& account, MicroYuan most);

}  // namespace pcq::contracts::debts
