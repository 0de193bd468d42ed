// What an account has after a transaction, for its receipt. Pure.
#pragma once

#include <optional>

#include "contracts/check.h"

namespace pcq::contracts {

// Of what is in these changes; nothing if they touch neither its cash nor what it holds.
std::optional<proto::Balances> new_balances(const AccountId& account, const Overlay& changes);

}  // namespace pcq::contracts
