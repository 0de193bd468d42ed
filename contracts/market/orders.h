// Orders between people: placed inside the band from P_ph to P_c, kept with what they offer in escrow, ended
// by their owner, by their height, with their epoch, or when their owner has no longer what they offer.
// Matching is the auction's (auction.h).
#pragma once

#include "contracts/check.h"
#include "contracts/market/book.h"

namespace pcq::contracts::market {

// Fills of one order; each rounds a buyer's payment up by less than a micro-yuan, and the escrow holds that.
inline constexpr std::uint32_t kPartsMax = 64;

Result<> validate(const proto::PlaceOrder& action);
Result<> validate(const proto::CancelOrder& action);

Result<Outcome> place_order(Context& context, const proto::PlaceOrder& action);
Result<Outcome> cancel_order(Context& context, const proto::CancelOrder& action);

// Puts the block's new orders into their books, by their hashes.
std::vector<proto::Event> list_new_orders(Overlay& state);
// Ends what was to be filled in this block at the latest.
std::vector<proto::Event> end_expired_orders(Overlay& state, std::uint64_t height);
// Ends the account's newest orders until the rest offers no more than it may trade: after a reading, a
// correction or a trade.
std::vector<proto::Event> hold_to_allowance(Overlay& state, const AccountId& account, Period period);
// The same in every period that is not settled: what the account owes its next settlement has grown.
std::vector<proto::Event> hold_to_allowance(Overlay& state, const AccountId& account);
// Ends the account's newest orders until so much quota of a period, or cash, is out of escrow, or none is in
// it: for a claw-back.
std::vector<proto::Event> free_quota(Overlay& state, const AccountId& account, Period period, Grams wanted);
std::vector<proto::Event> free_cash(Overlay& state, const AccountId& account, MicroYuan wanted);
// The cash in the orders of a period, which comes back when they end.
MicroYuan cash_in_escrow(const StateReader& state, const AccountId& account, Period period);
// Ends all of the account's orders of the period.
std::vector<proto::Event> end_orders(Overlay& state, const AccountId& account, Period period,
                                     proto::OrderEnd reason);
// Ends all of the account's orders: it is frozen, or closed.
std::vector<proto::Event> end_all_orders(Overlay& state, const AccountId& account, proto::OrderEnd reason);
// Ends one order that is there; its book is open, and is saved by who opened it.
proto::Event end_order(Overlay& state, OrderBook& book, const Hash& id, proto::OrderEnd reason);
// An order's record after a fill of so much. For the auction.
void keep_rest(Overlay& state, const Hash& id, const proto::OrderRecord& order, Grams filled);

}  // namespace pcq::contracts::market
