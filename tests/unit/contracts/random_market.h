// Orders between people in a random run (random_test.cc), valid or not.
#pragma once

#include "contracts/market/market.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

// Fees, service and sometimes no fee at all, so that epochs differ.
template <class World>
void serve_at_random(World& world) {
    proto::PostService action;
    action.set_service_level_nano(1 + world.below(world.chance(2) ? 3'000'000 : 1'000'000'000));
    action.set_sens_d_nano(world.below(1'000'000'000));
    action.set_sens_s_nano(world.below(1'000'000'000));
    action.set_service_cost_nano(1 + world.below(1'000'000'000));
    action.set_trade_fee_uy(world.chance(3) ? 0 : world.below(300));
    world.act(world.chance(8) ? world.anybody() : world.chain_.platform, action);
}

// Mostly a member who has something to trade, so that orders meet.
template <class World>
client::Wallet& trader(World& world, Period period, proto::MarketSide side) {
    for (int i = 0; i < 8; ++i) {
        auto& who = world.person();
        const auto most = market::allowance(world.chain_.side, who.account(), period);
        const bool may = (side == proto::MARKET_SIDE_DEMAND ? most.buy : most.sell).is_positive();
        if (may && kMembers.contains(world.chain_.side, {who.account(), period})) return who;
    }
    return world.chance(8) ? world.anybody() : world.person();
}

template <class World>
void place_at_random(World& world) {
    const Period period = world.year();
    const auto record = kPeriods.find(world.chain_.side, period);
    if (!record) return;
    const auto epoch = kEpochs.find_or_default(world.chain_.side, {period, record->epoch()});
    const std::int64_t band = epoch.sell_price_uy_per_kg() - epoch.buy_price_uy_per_kg();
    const auto side = world.chance(2) ? proto::MARKET_SIDE_DEMAND : proto::MARKET_SIDE_SUPPLY;
    auto& who = trader(world, period, side);
    const auto most = market::allowance(world.chain_.side, who.account(), period);
    const Grams bound = side == proto::MARKET_SIDE_DEMAND ? most.buy : most.sell;
    auto action =
        place_order(period, side, Grams(1 + world.below(bound.value() + (world.chance(4) ? 2 : 1))),
                    PricePerKg(epoch.buy_price_uy_per_kg() + (world.chance(8) ? -1 : world.below(band + 1))));
    if (world.chance(3))
        action.set_expires_height(world.chain_.side.tip()->height() +
                                  static_cast<std::uint64_t>(world.below(9)));
    world.act(who, action);
    if (world.last_ == Code::ok && side == proto::MARKET_SIDE_SUPPLY)
        world.expect_kept_what_is_needed(who, period);
}

template <class World>
void cancel_at_random(World& world) {
    auto& who = world.person();
    const auto list = kOrderLists.find_or_default(world.chain_.side, {who.account(), world.year()});
    Hash order;
    if (!list.orders().empty() && !world.chance(8))
        order = *Hash::from(list.orders(static_cast<int>(world.below(list.orders_size()))));
    world.act(world.chance(8) ? world.anybody() : who, cancel_order(order));
}

template <class World>
void bargain_at_random(World& world) {
    switch (world.below(8)) {
        case 0:
            return serve_at_random(world);
        case 1:
            return cancel_at_random(world);
        default:
            return place_at_random(world);
    }
}

// The next block ends orders, beside whatever is in it.
inline bool orders_expire(const TestLedger& ledger) {
    return kExpiringOrders.contains(ledger, ledger.tip()->height() + 1);
}

}  // namespace pcq::contracts::testing
