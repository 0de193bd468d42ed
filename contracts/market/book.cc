#include "contracts/market/book.h"

#include <algorithm>

#include "src/economics/limits.h"

namespace pcq::contracts::market {
namespace {

std::tuple<Period, std::uint32_t, std::uint64_t> queue_key(Period period, proto::MarketSide side,
                                                           std::int64_t price) {
    return {period, static_cast<std::uint32_t>(side), static_cast<std::uint64_t>(price)};
}

void mark(Overlay& state, Period period, bool open) {
    auto books = kOpenBooks.find_or_default(state, Only());
    auto& periods = *books.mutable_periods();
    const auto at = std::lower_bound(periods.begin(), periods.end(), period);
    const bool known = at != periods.end() && *at == period;
    if (known == open) return;
    if (open) {
        periods.Add(period);
        std::sort(periods.begin(), periods.end());
    } else {
        periods.erase(at);
    }
    if (periods.empty()) return kOpenBooks.remove(state, Only());
    kOpenBooks.put(state, Only(), books);
}

}  // namespace

OrderBook::OrderBook(Overlay& state, Period period) : state_(state), period_(period) {
    const auto record = kOrderBooks.find_or_default(state, period);
    for (const auto& level : record.levels()) levels_.emplace(level.price_uy_per_kg(), level);
}

std::vector<econ::AuctionLevel> OrderBook::levels() const {
    std::vector<econ::AuctionLevel> levels;
    levels.reserve(levels_.size());
    for (const auto& [price, level] : levels_)
        levels.push_back({PricePerKg(price), Grams(level.demand_g()), Grams(level.supply_g())});
    return levels;
}

std::optional<Hash> OrderBook::front(proto::MarketSide side, PricePerKg price) const {
    const auto queue = kQueues.find(state_, queue_key(period_, side, price.value()));
    return queue ? Hash::from(queue->first()) : std::nullopt;
}

bool OrderBook::has_room(const proto::OrderRecord& order) const {
    const auto level = levels_.find(order.price_uy_per_kg());
    if (level == levels_.end()) return true;
    const bool buys = order.side() == proto::MARKET_SIDE_DEMAND;
    const std::int64_t there = buys ? level->second.demand_g() : level->second.supply_g();
    return there <= econ::kGramsMax - order.remaining_g();
}

void OrderBook::add(const Hash& id, proto::OrderRecord order) {
    const auto key = queue_key(period_, order.side(), order.price_uy_per_kg());
    auto queue = kQueues.find_or_default(state_, key);
    order.set_listed(true);
    order.set_before(queue.last());
    if (queue.last().empty()) {
        queue.set_first(id.bytes());
    } else {
        const Hash last = *Hash::from(queue.last());
        auto ahead = *kOrders.find(state_, last);
        ahead.set_after(id.bytes());
        kOrders.put(state_, last, ahead);
    }
    queue.set_last(id.bytes());
    kQueues.put(state_, key, queue);
    kOrders.put(state_, id, order);
    change(order, order.remaining_g());
}

void OrderBook::remove(const proto::OrderRecord& order) {
    const auto key = queue_key(period_, order.side(), order.price_uy_per_kg());
    auto queue = *kQueues.find(state_, key);
    if (order.before().empty()) {
        queue.set_first(order.after());
    } else {
        const Hash before = *Hash::from(order.before());
        auto ahead = *kOrders.find(state_, before);
        ahead.set_after(order.after());
        kOrders.put(state_, before, ahead);
    }
    if (order.after().empty()) {
        queue.set_last(order.before());
    } else {
        const Hash after = *Hash::from(order.after());
        auto behind = *kOrders.find(state_, after);
        behind.set_before(order.before());
        kOrders.put(state_, after, behind);
    }
    if (queue.first().empty()) {
        kQueues.remove(state_, key);
    } else {
        kQueues.put(state_, key, queue);
    }
    change(order, -order.remaining_g());
}

void OrderBook::reduce(const proto::OrderRecord& order, Grams filled) {
    change(order, -filled.value());
}

// has_room() has seen to it that a sum fits.
void OrderBook::change(const proto::OrderRecord& order, std::int64_t grams) {
    auto& level = levels_[order.price_uy_per_kg()];
    level.set_price_uy_per_kg(order.price_uy_per_kg());
    if (order.side() == proto::MARKET_SIDE_DEMAND) {
        level.set_demand_g(level.demand_g() + grams);
    } else {
        level.set_supply_g(level.supply_g() + grams);
    }
    if (level.demand_g() == 0 && level.supply_g() == 0) levels_.erase(order.price_uy_per_kg());
}

void OrderBook::save() {
    mark(state_, period_, !levels_.empty());
    if (levels_.empty()) return kOrderBooks.remove(state_, period_);
    proto::OrderBookRecord record;
    for (const auto& [price, level] : levels_) *record.add_levels() = level;
    kOrderBooks.put(state_, period_, record);
}

bool is_crossed(const StateReader& state, Period period) {
    bool supply = false;
    const auto record = kOrderBooks.find_or_default(state, period);
    for (const auto& level : record.levels()) {
        supply = supply || level.supply_g() > 0;
        if (supply && level.demand_g() > 0) return true;
    }
    return false;
}

std::vector<Period> open_books(const StateReader& state) {
    const auto books = kOpenBooks.find_or_default(state, Only());
    return {books.periods().begin(), books.periods().end()};
}

}  // namespace pcq::contracts::market
