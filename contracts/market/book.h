// A period's order book: which orders stand at which price, in which turn.
//
// Prices are on the ticks of the epoch, so there are few; each side of each price has a queue, a list through
// the orders themselves, by the block that placed them and, within a block, by lot (a hash over all orders of
// the block). Adding at the end
// and taking out anywhere cost the same however many orders stand. The book says nothing of money and escrow.
#pragma once

#include <map>

#include "contracts/check.h"
#include "src/economics/call_auction.h"

namespace pcq::contracts::market {

// Loaded once, changed, saved once.
class OrderBook {
public:
    OrderBook(Overlay& state, Period period);

    std::vector<econ::AuctionLevel> levels() const;  // ascending
    // The order at the front of a queue; nothing if none stands there.
    std::optional<Hash> front(proto::MarketSide side, PricePerKg price) const;

    // Whether the sum at its price would still be a number of grams.
    bool has_room(const proto::OrderRecord& order) const;
    // At the end of its queue. Changes and stores the order's record, as remove() does those of its
    // neighbours.
    void add(const Hash& id, proto::OrderRecord order);
    void remove(const proto::OrderRecord& order);
    // So much of an order that stays has been filled.
    void reduce(const proto::OrderRecord& order, Grams filled);
    void save();

private:
    void change(const proto::OrderRecord& order, std::int64_t grams);

    Overlay& state_;
    Period period_;
    std::map<std::int64_t, proto::BookLevel> levels_;
};

// A buyer of the period's book would pay what a seller asks.
bool is_crossed(const StateReader& state, Period period);
// Periods whose book is not empty, ascending.
std::vector<Period> open_books(const StateReader& state);

}  // namespace pcq::contracts::market
