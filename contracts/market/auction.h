// The call auction of each block: after the block's transactions, the orders of each open market meet at one
// price for everybody (src/economics/call_auction.h), so the order of transactions inside a block gives
// nobody an advantage.
//
// At that price orders are filled by their limit, the better first, then by the block that placed them, then
// by hash. The platform's posted service level q says how many orders of each side one auction fills: 1,000
// q, at least 1 and at most 1,000; what is left meets in the next block. Buyers pay rounded up, sellers get
// rounded down, each pays the fee p once an order; what rounding leaves goes to the platform with the fees.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::market {

// Lists the block's new orders, holds the auctions, ends what expires with this block.
std::vector<proto::Event> finish_block(const BlockContext& block, Overlay& state);
// Whether an auction of orders that are listed already would trade at this block time. A pause that ends by
// itself makes no block: the auction is held in the next one that there is.
bool auction_due(const StateReader& state, Instant time);

// How many orders of each side an auction fills at service level q, in nano.
std::size_t orders_per_auction(std::int64_t service_level_nano);

}  // namespace pcq::contracts::market
