// The platform as dealer: it buys at P_ph and sells from its inventory at P_c.
#include <limits>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/quota/quota.h"

namespace pcq::contracts::market {
namespace {

constexpr Range kNotNegative{0, std::numeric_limits<std::int64_t>::max()};

Result<econ::Trade> settle(Grams grams, const pricing::Price& price) {
    const auto trade = econ::settle_trade(grams, price.buy, price.sell, price.costs);
    if (!trade.ok()) {
        return Error{Code::amount_overflow, "the trade of " + to_text(grams) + " cannot be settled: " +
                                                std::string(econ::name(trade.status))};
    }
    return trade.value;
}

struct Side {
    AccountId seller;
    AccountId buyer;
    PricePerKg price;
    MicroYuan amount;
    MicroYuan fee;
};

Outcome traded(Period period, Grams grams, const Side& side, const char* verb) {
    proto::Event event;
    auto& fields = *event.mutable_traded();
    fields.set_period(period);
    fields.set_seller(side.seller.bytes());
    fields.set_buyer(side.buyer.bytes());
    fields.set_grams(grams.value());
    fields.set_price_uy_per_kg(side.price.value());
    fields.set_amount_uy(side.amount.value());
    fields.set_fee_uy(side.fee.value());
    std::string text =
        verb + (" " + to_text(grams)) + " at " + to_text(side.price) + " for " + to_text(side.amount);
    if (side.fee.is_positive()) text += ", fee " + to_text(side.fee);
    return Outcome{std::move(text), {event}};
}

}  // namespace

Result<> validate(const proto::SellSurplus& action) {
    if (auto grams = in_range(action.grams(), kGramsRange, "grams"); !grams) return grams.error();
    return in_range(action.price_min_uy_per_kg(), kNotNegative, "price_min_uy_per_kg");
}

Result<> validate(const proto::BuyQuota& action) {
    if (auto grams = in_range(action.grams(), kGramsRange, "grams"); !grams) return grams.error();
    return in_range(action.price_max_uy_per_kg(), kNotNegative, "price_max_uy_per_kg");
}

Result<Outcome> sell_surplus(Context& context, const proto::SellSurplus& action) {
    const Period period = action.period();
    const auto price = open_price(context.state, period, context.block.time);
    if (!price) return price.error();
    if (auto member = require_member(context.state, context.account, period, proto::MARKET_SIDE_SUPPLY);
        !member)
        return member.error();
    if (price->buy < PricePerKg(action.price_min_uy_per_kg())) {
        return Error{Code::market_price_below_minimum, "P_ph is " + to_text(price->buy) +
                                                           ", the least asked is " +
                                                           to_text(PricePerKg(action.price_min_uy_per_kg()))};
    }
    if (auto early =
            quota::require_before_deadline(*quota::period(context.state, period), context.block.time);
        !early)
        return early.error();
    const Grams quantity(action.grams());
    const Grams most = allowance(context.state, context.account, period).sell;
    if (quantity > most) {
        return Error{Code::market_surplus_exceeded, "asked to sell " + to_text(quantity) +
                                                        ", surplus that is not on offer is " + to_text(most)};
    }
    const auto trade = settle(quantity, *price);
    if (!trade) return trade.error();
    if (trade->seller_gets < price->trade_fee) {
        return Error{Code::market_fee_above_proceeds, "the sale brings " + to_text(trade->seller_gets) +
                                                          ", less than the fee of " +
                                                          to_text(price->trade_fee) + "; sell more at once"};
    }
    const AccountId platform = governance::platform(context.state);
    const MicroYuan net(trade->seller_gets.value() - price->trade_fee.value());
    if (auto paid = cash::pay(context.state, {platform, context.account, net}); !paid)
        return Error{Code::cash_insufficient, "the platform cannot pay: " + paid.error().message};
    auto record = book(context.state, period);
    const auto paid_in_all = checked_add(MicroYuan(record.paid_uy()), trade->seller_gets);
    if (!paid_in_all) return paid_in_all.error();
    const auto fees_in_all = checked_add(MicroYuan(record.fees_uy()), price->trade_fee);
    if (!fees_in_all) return fees_in_all.error();

    quota::sell_to_platform(context.state, context.account, period, quantity);
    record.set_bought_g(record.bought_g() + quantity.value());
    record.set_inventory_g(record.inventory_g() + quantity.value());
    record.set_paid_uy(paid_in_all->value());
    record.set_fees_uy(fees_in_all->value());
    record.set_trades(record.trades() + 1);
    kBooks.put(context.state, period, record);
    pricing::count(context.state, period,
                   {.sold = quantity, .paid = trade->seller_gets, .fees = price->trade_fee});
    return traded(period, quantity,
                  {context.account, platform, price->buy, trade->seller_gets, price->trade_fee}, "sold");
}

Result<Outcome> buy_quota(Context& context, const proto::BuyQuota& action) {
    const Period period = action.period();
    const auto price = open_price(context.state, period, context.block.time);
    if (!price) return price.error();
    if (auto member = require_member(context.state, context.account, period, proto::MARKET_SIDE_DEMAND);
        !member)
        return member.error();
    if (price->sell > PricePerKg(action.price_max_uy_per_kg())) {
        return Error{Code::market_price_above_maximum, "P_c is " + to_text(price->sell) +
                                                           ", the most offered is " +
                                                           to_text(PricePerKg(action.price_max_uy_per_kg()))};
    }
    const Grams quantity(action.grams());
    const Grams most = allowance(context.state, context.account, period).buy;
    if (quantity > most) {
        return Error{Code::market_offset_exceeded, "asked to buy " + to_text(quantity) +
                                                       "; the policy lets this account offset " +
                                                       to_text(most) + " more"};
    }
    auto record = book(context.state, period);
    if (quantity > Grams(record.inventory_g())) {
        return Error{Code::market_inventory_short, "asked to buy " + to_text(quantity) +
                                                       ", the platform holds " +
                                                       to_text(Grams(record.inventory_g()))};
    }
    const auto trade = settle(quantity, *price);
    if (!trade) return trade.error();
    const AccountId platform = governance::platform(context.state);
    const auto cost = checked_add(trade->buyer_pays, price->trade_fee);
    if (!cost) return cost.error();
    if (auto paid = cash::pay(context.state, {context.account, platform, *cost}); !paid) return paid.error();
    const auto received_in_all = checked_add(MicroYuan(record.received_uy()), trade->buyer_pays);
    if (!received_in_all) return received_in_all.error();
    const auto fees_in_all = checked_add(MicroYuan(record.fees_uy()), price->trade_fee);
    if (!fees_in_all) return fees_in_all.error();

    quota::buy_from_platform(context.state, context.account, period, quantity);
    record.set_sold_g(record.sold_g() + quantity.value());
    record.set_inventory_g(record.inventory_g() - quantity.value());
    record.set_received_uy(received_in_all->value());
    record.set_cost_uy(record.cost_uy() + trade->cost_part.value());  // never more than was received
    record.set_fees_uy(fees_in_all->value());
    record.set_trades(record.trades() + 1);
    kBooks.put(context.state, period, record);
    pricing::count(context.state, period,
                   {.bought = quantity,
                    .received = trade->buyer_pays,
                    .cost = trade->cost_part,
                    .fees = price->trade_fee});
    return traded(period, quantity,
                  {platform, context.account, price->sell, trade->buyer_pays, price->trade_fee}, "bought");
}

proto::BookRecord book(const StateReader& state, Period period) {
    return kBooks.find_or_default(state, period);
}

}  // namespace pcq::contracts::market
