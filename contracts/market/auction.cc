#include "contracts/market/auction.h"

#include <algorithm>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "contracts/market/book.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/fees.h"
#include "contracts/quota/quota.h"
#include "src/base/wide.h"
#include "src/economics/rounding.h"

namespace pcq::contracts::market {
namespace {

constexpr std::int64_t kOrdersPerAuctionMax = 1'000;  // of each side: the work of a block

struct Fill {
    Hash id;
    proto::OrderRecord order;
    Grams grams;
};

struct Fills {
    std::vector<Fill> list;
    Grams sum;
};

// The orders that have first claim on `most` grams, from these prices in turn.
Fills first_in_turn(const StateReader& state, const OrderBook& book, proto::MarketSide side,
                    const std::vector<PricePerKg>& prices, Grams most, std::size_t orders) {
    Fills fills;
    for (const PricePerKg price : prices) {
        auto next = book.front(side, price);
        while (next && fills.list.size() < orders && fills.sum < most) {
            auto order = *kOrders.find(state, *next);
            const Grams grams(std::min(order.remaining_g(), most.value() - fills.sum.value()));
            fills.sum = Grams(fills.sum.value() + grams.value());
            const std::optional<Hash> after = Hash::from(order.after());
            fills.list.push_back({*next, std::move(order), grams});
            next = after;
        }
    }
    return fills;
}

// Both sides trade as much, so the larger gives up what its last orders have too much.
void cut(Fills& fills, Grams most) {
    while (fills.sum > most) {
        Fill& last = fills.list.back();
        const std::int64_t too_much = fills.sum.value() - most.value();
        const std::int64_t cut = std::min(too_much, last.grams.value());
        last.grams = Grams(last.grams.value() - cut);
        fills.sum = Grams(fills.sum.value() - cut);
        if (last.grams.is_zero()) fills.list.pop_back();
    }
}

struct Auction {
    Overlay& state;
    OrderBook& book;
    Period period;
    PricePerKg price;
    AccountId platform;
    std::vector<proto::Event>& events;
    std::int64_t fees = 0;  // with what rounding leaves
    std::int64_t paid = 0;  // to sellers, before the fee
};

proto::Event filled(const Auction& auction, const Fill& fill, MicroYuan amount, MicroYuan fee) {
    proto::Event event;
    auto& fields = *event.mutable_order_filled();
    fields.set_order(fill.id.bytes());
    fields.set_account(fill.order.account());
    fields.set_period(auction.period);
    fields.set_side(fill.order.side());
    fields.set_grams(fill.grams.value());
    fields.set_price_uy_per_kg(auction.price.value());
    fields.set_amount_uy(amount.value());
    fields.set_fee_uy(fee.value());
    fields.set_remaining_g(fill.order.remaining_g());
    return event;
}

// The order's record, level and list after a fill; it stays in its queue for now.
void settle_order(Auction& auction, Fill& fill) {
    auto& order = fill.order;
    auction.book.reduce(order, fill.grams);
    order.set_remaining_g(order.remaining_g() - fill.grams.value());
    order.set_parts(order.parts() + 1);
    keep_rest(auction.state, fill.id, order, fill.grams);
}

// The price of an auction lies between the limits, whose product with the order's grams is money; so does
// this.
MicroYuan price_of(Grams grams, PricePerKg price, bool up) {
    const Int128 product = static_cast<Int128>(grams.value()) * price.value();
    return MicroYuan(static_cast<std::int64_t>(up ? econ::ceil_div(product, 1000) : product / 1000));
}

void buy(Auction& auction, Fill& fill) {
    auto& order = fill.order;
    const AccountId account = *AccountId::from(order.account());
    const MicroYuan amount = price_of(fill.grams, auction.price, true);
    const MicroYuan fee(order.fee_due_uy());
    const MicroYuan cost(amount.value() + fee.value());
    order.set_fee_due_uy(0);
    order.set_escrow_uy(order.escrow_uy() - cost.value());
    cash::pay_from_escrow(auction.state, {account, auction.platform, cost});
    quota::receive(auction.state, account, auction.period, fill.grams);
    auction.fees += cost.value();
    settle_order(auction, fill);
    auction.events.push_back(filled(auction, fill, amount, fee));
}

void sell(Auction& auction, Fill& fill) {
    auto& order = fill.order;
    const AccountId account = *AccountId::from(order.account());
    const MicroYuan amount = price_of(fill.grams, auction.price, false);
    const MicroYuan fee(std::min(order.fee_due_uy(), amount.value()));
    order.set_fee_due_uy(order.fee_due_uy() - fee.value());
    const MicroYuan net(amount.value() - fee.value());
    quota::sell_from_escrow(auction.state, account, auction.period, fill.grams);
    // The buyers of this auction have paid the platform for as many grams, rounded up.
    const auto paid = cash::pay(auction.state, {auction.platform, account, net});
    PCQ_INVARIANT(paid.has_value());
    auction.fees -= net.value();
    auction.paid += amount.value();
    settle_order(auction, fill);
    auction.events.push_back(filled(auction, fill, amount, fee));
}

// Takes out of the book what is filled, or has been filled in as many parts as may be.
void take_out(Auction& auction, const Fills& fills) {
    for (const auto& fill : fills.list) {
        if (fill.order.remaining_g() > 0 && fill.order.parts() < kPartsMax) continue;
        auto event = end_order(auction.state, auction.book, fill.id, proto::ORDER_END_PARTS);
        // A buyer's rest of escrow comes back without a word when the order is filled.
        if (fill.order.remaining_g() > 0) auction.events.push_back(std::move(event));
    }
}

void keep_books(Auction& auction, const Fills& bought, const Fills& sold) {
    auto record = book(auction.state, auction.period);
    record.set_fees_uy(capped_sum(record.fees_uy(), auction.fees));
    record.set_trades(record.trades() + bought.list.size() + sold.list.size());
    record.set_matched_g(capped_sum(record.matched_g(), bought.sum.value()));
    record.set_matched_uy(capped_sum(record.matched_uy(), auction.paid));
    kBooks.put(auction.state, auction.period, record);
    pricing::count(
        auction.state, auction.period,
        {.fees = MicroYuan(auction.fees), .matched = bought.sum, .matched_for = MicroYuan(auction.paid)});

    proto::Event event;
    auto& held = *event.mutable_auctioned();
    held.set_period(auction.period);
    held.set_price_uy_per_kg(auction.price.value());
    held.set_grams(bought.sum.value());
    held.set_buys(static_cast<std::uint32_t>(bought.list.size()));
    held.set_sells(static_cast<std::uint32_t>(sold.list.size()));
    auction.events.push_back(std::move(event));
}

// In the time of grace nobody sells: what is on offer ends, so many orders in a block.
void end_book(Overlay& state, Period period, std::vector<proto::Event>& events) {
    OrderBook book(state, period);
    std::int64_t left = 2 * kOrdersPerAuctionMax;
    for (const auto& level : book.levels()) {
        for (const auto side : {proto::MARKET_SIDE_DEMAND, proto::MARKET_SIDE_SUPPLY}) {
            for (auto id = book.front(side, level.price); id && left > 0; --left) {
                events.push_back(end_order(state, book, *id, proto::ORDER_END_EXPIRED));
                id = book.front(side, level.price);
            }
        }
    }
    book.save();
}

void hold_auction(const BlockContext& block, Overlay& state, Period period,
                  std::vector<proto::Event>& events) {
    if (!open_price(state, period, block.time)) return;
    OrderBook book(state, period);
    const auto levels = book.levels();
    const auto outcome = econ::call_auction(levels);
    if (!outcome) return;
    std::vector<PricePerKg> buyers;
    std::vector<PricePerKg> sellers;
    for (const auto& level : levels) {
        if (level.price >= outcome->price && level.demand.is_positive()) buyers.push_back(level.price);
        if (level.price <= outcome->price && level.supply.is_positive()) sellers.push_back(level.price);
    }
    std::reverse(buyers.begin(), buyers.end());
    const auto epoch = pricing::epoch(state, period, quota::period(state, period)->epoch());
    const std::size_t most = orders_per_auction(epoch->service_level_nano());
    Fills bought = first_in_turn(state, book, proto::MARKET_SIDE_DEMAND, buyers, outcome->volume, most);
    Fills sold = first_in_turn(state, book, proto::MARKET_SIDE_SUPPLY, sellers, outcome->volume, most);
    cut(bought, sold.sum);
    cut(sold, bought.sum);

    Auction auction{state, book, period, outcome->price, governance::platform(state), events};
    for (auto& fill : bought.list) buy(auction, fill);
    for (auto& fill : sold.list) sell(auction, fill);
    take_out(auction, bought);
    take_out(auction, sold);
    book.save();
    keep_books(auction, bought, sold);
}

}  // namespace

std::vector<proto::Event> finish_block(const BlockContext& block, Overlay& state) {
    auto events = list_new_orders(state);
    for (const Period period : open_books(state)) {
        if (quota::require_before_deadline(*quota::period(state, period), block.time)) {
            hold_auction(block, state, period, events);
        } else {
            end_book(state, period, events);
        }
    }
    for (auto& event : end_expired_orders(state, block.height)) events.push_back(std::move(event));
    return events;
}

bool auction_due(const StateReader& state, Instant time) {
    for (const Period period : open_books(state)) {
        if (is_crossed(state, period) && open_price(state, period, time)) return true;
    }
    return false;
}

std::size_t orders_per_auction(std::int64_t service_level_nano) {
    const auto orders = static_cast<Int128>(service_level_nano) * kOrdersPerAuctionMax / kRatioOne;
    return static_cast<std::size_t>(std::clamp<Int128>(orders, 1, kOrdersPerAuctionMax));
}

}  // namespace pcq::contracts::market
