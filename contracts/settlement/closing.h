// The end of an account: its person has died or moved away. Every period that runs is settled for it at once,
// by what was reported so far: own quota surrendered, penalty taken, nothing borrowed. Debts are collected as
// far as there is cash. What is left of quota and cash goes to the heir; without one quota expires, and there
// must be no cash left. Of a period that still runs the heir gets the rest whole, as purchased quota; of one
// that does not, what was banked.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::settlement {

struct Closing {
    AccountId account;
    std::optional<AccountId> heir;
};
// account_has_assets: cash, or a refund, and nobody to get it. Says what moved.
Result<std::vector<proto::Event>> close_out(const BlockContext& block, Overlay& state,
                                            const Closing& closing);

}  // namespace pcq::contracts::settlement
