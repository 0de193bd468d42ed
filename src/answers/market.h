// What the node answers about a period's market: fees, orders, the book, welfare. Amounts are decimal
// strings.
#pragma once

#include <boost/json/object.hpp>

#include "contracts/market/market.h"
#include "src/base/instant.h"
#include "src/ledger/table.h"
#include "src/rpc/backend.h"

namespace pcq::answers {

boost::json::object fees_value(const ledger::StateReader& state, std::uint32_t period);
// What joining both sides of the market costs now; null if it cannot be said in a number.
boost::json::value joining_value(const ledger::StateReader& state, std::uint32_t period);
// What an account may trade now beside what is on offer: nothing where the period does not run, and no sale
// once its deadline has passed.
contracts::market::Allowance may_trade(const ledger::StateReader& state, const AccountId& account,
                                       std::uint32_t period, Instant time);
boost::json::object orders_value(const ledger::StateReader& state, const AccountId& account,
                                 std::uint32_t period, Instant time);
boost::json::object book_value(const ledger::StateReader& state, std::uint32_t period, Instant time,
                               const rpc::Page& page, rpc::Answer& answer);
Result<boost::json::object> welfare_value(const ledger::StateReader& state, const ChainId& chain,
                                          std::uint32_t period);

}  // namespace pcq::answers
