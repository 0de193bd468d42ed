// Cash: what the bank says came in and went out, and what accounts hold of it. Deposited less withdrawn is
// the sum of all balances, always; nothing is ever negative.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::cash {

Result<> validate(const proto::Deposit& action);
Result<> validate(const proto::Withdraw& action);
Result<> validate(const proto::TransferCash& action);

Result<Outcome> deposit(Context& context, const proto::Deposit& action);
Result<Outcome> withdraw(Context& context, const proto::Withdraw& action);
Result<Outcome> transfer(Context& context, const proto::TransferCash& action);

MicroYuan balance(const StateReader& state, const AccountId& account);

struct Payment {
    AccountId from;
    AccountId to;
    MicroYuan amount;  // >= 0
};
// cash_insufficient names what is there and what is needed.
Result<> pay(Overlay& state, const Payment& payment);

// Money that an order sets aside: it stays the account's and counts in the chain's total, but pays for
// nothing else. cash_insufficient; what is released or paid has been held.
Result<> hold(Overlay& state, const AccountId& account, MicroYuan amount);
void release(Overlay& state, const AccountId& account, MicroYuan amount);
void pay_from_escrow(Overlay& state, const Payment& payment);

}  // namespace pcq::contracts::cash
