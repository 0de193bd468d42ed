#include "contracts/market/market.h"

#include <algorithm>
#include <limits>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"
#include "src/base/wide.h"

namespace pcq::contracts::market {
namespace {

constexpr Range kGramsRange{1, econ::kGramsMax};
constexpr Range kNotNegative{0, std::numeric_limits<std::int64_t>::max()};

Result<> require_member(const Context& context, Period period) {
    if (kMembers.contains(context.state, {context.account, period})) return {};
    return Error{Code::market_not_joined, "the account has not joined the market of period " +
                                              std::to_string(period) + "; join first"};
}

// The pair of prices, if the platform may deal now: what a frozen account owns stays.
Result<pricing::Price> dealing_price(const Context& context, Period period) {
    const auto platform = ledger::kAccounts.find(context.state, governance::platform(context.state));
    if (platform->status() != proto::ACCOUNT_STATUS_OPEN)
        return Error{Code::market_closed, "the platform's account is frozen; nothing is traded meanwhile"};
    return pricing::price(context.state, period);
}

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
    return Outcome{
        verb + (" " + to_text(grams)) + " at " + to_text(side.price) + " for " + to_text(side.amount),
        {event}};
}

}  // namespace

Result<> validate(const proto::JoinMarket& action) {
    return in_range(action.fee_max_uy(), kNotNegative, "fee_max_uy");
}

Result<> validate(const proto::SellSurplus& action) {
    if (auto grams = in_range(action.grams(), kGramsRange, "grams"); !grams) return grams.error();
    return in_range(action.price_min_uy_per_kg(), kNotNegative, "price_min_uy_per_kg");
}

Result<> validate(const proto::BuyQuota& action) {
    if (auto grams = in_range(action.grams(), kGramsRange, "grams"); !grams) return grams.error();
    return in_range(action.price_max_uy_per_kg(), kNotNegative, "price_max_uy_per_kg");
}

Result<Outcome> join(Context& context, const proto::JoinMarket& action) {
    if (auto person = registry::require_person(context.state, context.account); !person)
        return person.error();
    const auto period = quota::require_period(context.state, action.period());
    if (!period) return period.error();
    if (period->phase() != proto::PERIOD_PHASE_OPEN && period->phase() != proto::PERIOD_PHASE_TRUE_UP) {
        return Error{Code::period_wrong_phase, "period " + std::to_string(action.period()) + " is closed"};
    }
    if (kMembers.contains(context.state, {context.account, action.period()})) {
        return Error{Code::market_joined, "the account has joined the market of this period already"};
    }
    const MicroYuan fee(governance::chain(context.state).parameters().registration_fee_uy());
    if (fee > MicroYuan(action.fee_max_uy())) {
        return Error{Code::market_fee_above_limit, "the registration fee is " + to_text(fee) +
                                                       ", the limit given is " +
                                                       to_text(MicroYuan(action.fee_max_uy()))};
    }
    if (auto paid = cash::pay(context.state, {context.account, governance::platform(context.state), fee});
        !paid)
        return paid.error();
    proto::MemberRecord member;
    member.set_fee_uy(fee.value());
    kMembers.put(context.state, {context.account, action.period()}, member);
    auto record = book(context.state, action.period());
    record.set_fees_uy(record.fees_uy() + fee.value());
    kBooks.put(context.state, action.period(), record);
    return Outcome{"joined the market of period " + std::to_string(action.period()) + " for " + to_text(fee),
                   {}};
}

Result<Outcome> sell_surplus(Context& context, const proto::SellSurplus& action) {
    const auto price = dealing_price(context, action.period());
    if (!price) return price.error();
    if (auto member = require_member(context, action.period()); !member) return member.error();
    if (price->buy < PricePerKg(action.price_min_uy_per_kg())) {
        return Error{Code::market_price_below_minimum, "P_ph is " + to_text(price->buy) +
                                                           ", the least asked is " +
                                                           to_text(PricePerKg(action.price_min_uy_per_kg()))};
    }
    const Grams quantity(action.grams());
    const auto period = *quota::period(context.state, action.period());
    if (auto early = quota::require_before_deadline(period, context.block.time); !early) return early.error();
    const auto now =
        pricing::standing(quota::holding(context.state, context.account, action.period()), period,
                          settlement::needed(context.state, context.account, action.period()));
    if (quantity > now.surplus) {
        return Error{Code::market_surplus_exceeded,
                     "asked to sell " + to_text(quantity) + ", surplus is " + to_text(now.surplus)};
    }
    const auto trade = settle(quantity, *price);
    if (!trade) return trade.error();
    const AccountId platform = governance::platform(context.state);
    if (auto paid = cash::pay(context.state, {platform, context.account, trade->seller_gets}); !paid) {
        return Error{Code::cash_insufficient, "the platform cannot pay: " + paid.error().message};
    }
    auto record = book(context.state, action.period());
    const auto paid_in_all = checked_add(MicroYuan(record.paid_uy()), trade->seller_gets);
    if (!paid_in_all) return paid_in_all.error();

    quota::sell_to_platform(context.state, context.account, action.period(), quantity);
    record.set_bought_g(record.bought_g() + quantity.value());
    record.set_inventory_g(record.inventory_g() + quantity.value());
    record.set_paid_uy(paid_in_all->value());
    record.set_trades(record.trades() + 1);
    kBooks.put(context.state, action.period(), record);
    pricing::count_trade(context.state, action.period(), quantity, Grams());
    return traded(action.period(), quantity, {context.account, platform, price->buy, trade->seller_gets},
                  "sold");
}

Result<Outcome> buy_quota(Context& context, const proto::BuyQuota& action) {
    const auto price = dealing_price(context, action.period());
    if (!price) return price.error();
    if (auto member = require_member(context, action.period()); !member) return member.error();
    if (price->sell > PricePerKg(action.price_max_uy_per_kg())) {
        return Error{Code::market_price_above_maximum, "P_c is " + to_text(price->sell) +
                                                           ", the most offered is " +
                                                           to_text(PricePerKg(action.price_max_uy_per_kg()))};
    }
    const Grams quantity(action.grams());
    const auto period = *quota::period(context.state, action.period());
    const Grams most = may_buy(quota::holding(context.state, context.account, action.period()), period,
                               settlement::needed(context.state, context.account, action.period()));
    if (quantity > most) {
        return Error{Code::market_offset_exceeded, "asked to buy " + to_text(quantity) +
                                                       "; the policy lets this account offset " +
                                                       to_text(most) + " more"};
    }
    auto record = book(context.state, action.period());
    if (quantity > Grams(record.inventory_g())) {
        return Error{Code::market_inventory_short, "asked to buy " + to_text(quantity) +
                                                       ", the platform holds " +
                                                       to_text(Grams(record.inventory_g()))};
    }
    const auto trade = settle(quantity, *price);
    if (!trade) return trade.error();
    const AccountId platform = governance::platform(context.state);
    if (auto paid = cash::pay(context.state, {context.account, platform, trade->buyer_pays}); !paid)
        return paid.error();

    const auto received_in_all = checked_add(MicroYuan(record.received_uy()), trade->buyer_pays);
    if (!received_in_all) return received_in_all.error();

    quota::buy_from_platform(context.state, context.account, action.period(), quantity);
    record.set_sold_g(record.sold_g() + quantity.value());
    record.set_inventory_g(record.inventory_g() - quantity.value());
    record.set_received_uy(received_in_all->value());
    record.set_cost_uy(record.cost_uy() + trade->cost_part.value());  // never more than was received
    record.set_trades(record.trades() + 1);
    kBooks.put(context.state, action.period(), record);
    pricing::count_trade(context.state, action.period(), Grams(), quantity);
    return traded(action.period(), quantity, {platform, context.account, price->sell, trade->buyer_pays},
                  "bought");
}

proto::BookRecord book(const StateReader& state, Period period) {
    return kBooks.find_or_default(state, period);
}

Grams may_buy(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted) {
    const Int128 excess = pricing::standing(holding, period, emitted).excess.value();
    const auto offset = static_cast<std::int64_t>(excess * period.policy().offset_ratio_ppb() / kRatioOne);
    return Grams(std::max<std::int64_t>(0, offset - holding.purchased_g()));
}

}  // namespace pcq::contracts::market
