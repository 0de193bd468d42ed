#include "contracts/market/orders.h"

#include <algorithm>
#include <map>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/quota/quota.h"
#include "contracts/settlement/settlement.h"
#include "src/base/hex.h"
#include "src/base/wide.h"
#include "src/crypto/hash.h"
#include "src/economics/limits.h"
#include "src/economics/rounding.h"

namespace pcq::contracts::market {
namespace {

constexpr Range kPriceRange{0, 4 * econ::kPriceMax};
constexpr int kOrdersMax = 16;                  // open at a time, of one account and period
constexpr int kExpiringMax = 1'000;             // with one block, which ends them all
constexpr std::uint64_t kAheadMax = 1'000'000;  // blocks

bool buys(const proto::OrderRecord& order) {
    return order.side() == proto::MARKET_SIDE_DEMAND;
}

// Where a limit stands in the book: on the tick that keeps it.
std::int64_t position(const pricing::Price& price, bool buys, std::int64_t limit) {
    const std::int64_t tick = price.tick.value();
    const std::int64_t above = limit - price.buy.value();
    if (buys) return price.buy.value() + above / tick * tick;
    return std::min(price.sell.value(), price.buy.value() + (above + tick - 1) / tick * tick);
}

Result<> check_size(const StateReader& state, Grams grams) {
    const Grams least(governance::chain(state).parameters().order_least_g());
    if (grams >= least) return {};
    return Error{Code::order_too_small, "an order is for at least " + to_text(least) + ", this one for " +
                                            to_text(grams) + "; the platform trades less"};
}

Result<> check_limit(const pricing::Price& price, std::int64_t limit) {
    if (limit >= price.buy.value() && limit <= price.sell.value()) return {};
    return Error{Code::order_outside_band, "the limit of " + to_text(PricePerKg(limit)) +
                                               " is outside the band from P_ph, " + to_text(price.buy) +
                                               ", to P_c, " + to_text(price.sell)};
}

Result<> check_expiry(const StateReader& state, std::uint64_t expires, std::uint64_t height) {
    if (expires == 0) return {};
    if (expires < height || expires > height + kAheadMax) {
        return Error{Code::order_expiry_invalid, "expires_height must be 0 or " + std::to_string(height) +
                                                     " to " + std::to_string(height + kAheadMax) + ", is " +
                                                     std::to_string(expires)};
    }
    if (kExpiringOrders.find_or_default(state, expires).orders_size() < kExpiringMax) return {};
    return Error{Code::order_expiry_invalid, "so many orders expire with block " + std::to_string(expires) +
                                                 " that no more may; take the next height"};
}

Result<> check_allowance(const Context& context, const proto::PlaceOrder& action) {
    const Allowance most = allowance(context.state, context.account, action.period());
    const Grams grams(action.grams());
    if (action.side() == proto::MARKET_SIDE_SUPPLY && grams > most.sell) {
        return Error{
            Code::market_surplus_exceeded,
            "offers to sell " + to_text(grams) + ", surplus that is not on offer is " + to_text(most.sell)};
    }
    if (action.side() == proto::MARKET_SIDE_DEMAND && grams > most.buy) {
        return Error{Code::market_offset_exceeded, "offers to buy " + to_text(grams) +
                                                       "; the policy lets this account offset " +
                                                       to_text(most.buy) + " more"};
    }
    return {};
}

// What a buyer sets aside: everything at the limit, the fee, and what rounding may take.
Result<MicroYuan> money_for(const proto::OrderRecord& order, MicroYuan fee) {
    const Int128 price = econ::ceil_div(static_cast<Int128>(order.limit_uy_per_kg()) * order.grams(), 1000);
    const auto whole = econ::to_int64(price + fee.value() + kPartsMax);
    if (!whole)
        return Error{Code::amount_overflow, "the order's price times its " + to_text(Grams(order.grams())) +
                                                " is no amount of money"};
    return MicroYuan(*whole);
}

Result<> take_into_escrow(Overlay& state, const AccountId& account, proto::OrderRecord& order,
                          MicroYuan fee) {
    if (!buys(order)) {
        quota::hold(state, account, order.period(), Grams(order.grams()));
        return {};
    }
    const auto money = money_for(order, fee);
    if (!money) return money.error();
    if (auto held = cash::hold(state, account, *money); !held) return held.error();
    order.set_escrow_uy(money->value());
    return {};
}

void change_list(Overlay& state, const AccountId& account, const proto::OrderRecord& order,
                 std::int64_t grams, const std::string& gone) {
    auto list = *kOrderLists.find(state, {account, order.period()});
    if (buys(order)) {
        list.set_buying_g(list.buying_g() + grams);
    } else {
        list.set_selling_g(list.selling_g() + grams);
    }
    auto& ids = *list.mutable_orders();
    ids.erase(std::remove(ids.begin(), ids.end(), gone), ids.end());
    if (ids.empty()) return kOrderLists.remove(state, {account, order.period()});
    kOrderLists.put(state, {account, order.period()}, list);
}

void remember(Overlay& state, const AccountId& account, const proto::OrderRecord& order, const Hash& id) {
    auto list = kOrderLists.find_or_default(state, {account, order.period()});
    list.add_orders(id.bytes());
    kOrderLists.put(state, {account, order.period()}, list);
    change_list(state, account, order, order.grams(), {});

    auto count = kNewOrderCount.find_or_default(state, Only());
    proto::AccountRef reference;
    reference.set_account(id.bytes());
    kNewOrders.put(state, count.value(), reference);
    count.set_value(count.value() + 1);
    kNewOrderCount.put(state, Only(), count);
    if (order.expires_height() == 0) return;
    auto expiring = kExpiringOrders.find_or_default(state, order.expires_height());
    expiring.add_orders(id.bytes());
    kExpiringOrders.put(state, order.expires_height(), expiring);
}

// Orders of one block have no first among them: their turns are drawn by a hash over all of them, so that
// neither the place of a transaction in its block nor a well chosen hash of its own gets anybody ahead.
void draw_turns(std::vector<Hash>& ids) {
    std::sort(ids.begin(), ids.end());
    Bytes all;
    for (const Hash& id : ids) all += id.view();
    const Hash seed = crypto::sha256({all});
    std::vector<std::pair<Hash, Hash>> drawn;
    drawn.reserve(ids.size());
    for (const Hash& id : ids) drawn.emplace_back(crypto::sha256({seed.view(), id.view()}), id);
    std::sort(drawn.begin(), drawn.end());
    std::transform(drawn.begin(), drawn.end(), ids.begin(), [](const auto& entry) { return entry.second; });
}

// An account's orders of one block stand in its list as they do in their queues.
void take_turn(Overlay& state, const proto::OrderRecord& order, const Hash& id) {
    const AccountPeriod owner{*AccountId::from(order.account()), order.period()};
    auto list = *kOrderLists.find(state, owner);
    auto& ids = *list.mutable_orders();
    ids.erase(std::remove(ids.begin(), ids.end(), id.bytes()), ids.end());
    list.add_orders(id.bytes());
    kOrderLists.put(state, owner, list);
}

// Whatever is left in escrow goes back and the order is gone; it stands in no queue any more.
void dissolve(Overlay& state, const Hash& id, const proto::OrderRecord& order) {
    const AccountId account = *AccountId::from(order.account());
    if (!buys(order) && order.remaining_g() > 0)
        quota::release(state, account, order.period(), Grams(order.remaining_g()));
    if (order.escrow_uy() > 0) cash::release(state, account, MicroYuan(order.escrow_uy()));
    change_list(state, account, order, -order.remaining_g(), id.bytes());
    kOrders.remove(state, id);
}

proto::Event end_alone(Overlay& state, Period period, const Hash& id, proto::OrderEnd reason) {
    OrderBook book(state, period);
    auto event = end_order(state, book, id, reason);
    book.save();
    return event;
}

// Ends the account's newest orders for as long as the list that is left has to shrink.
template <class TooMuch>
std::vector<proto::Event> end_while(Overlay& state, const AccountId& account, Period period,
                                    const TooMuch& too_much) {
    std::vector<proto::Event> events;
    for (auto list = kOrderLists.find(state, {account, period}); list && too_much(*list);
         list = kOrderLists.find(state, {account, period})) {
        const Hash newest = *Hash::from(list->orders(list->orders_size() - 1));
        events.push_back(end_alone(state, period, newest, proto::ORDER_END_STANDING));
    }
    return events;
}

bool offers_too_much(const StateReader& state, const AccountId& account, Period period) {
    const auto record = *quota::period(state, period);
    const auto holding = quota::holding(state, account, period);
    const auto list = kOrderLists.find_or_default(state, {account, period});
    const Grams needed = settlement::needed(state, account, period);
    return Grams(list.selling_g()) > pricing::standing(holding, record, needed).surplus ||
           Grams(list.buying_g()) > may_buy(holding, record, needed);
}

}  // namespace

Result<> validate(const proto::PlaceOrder& action) {
    if (action.side() != proto::MARKET_SIDE_DEMAND && action.side() != proto::MARKET_SIDE_SUPPLY)
        return malformed("side must be demand, to buy, or supply, to sell");
    if (auto grams = in_range(action.grams(), kGramsRange, "grams"); !grams) return grams.error();
    return in_range(action.limit_uy_per_kg(), kPriceRange, "limit_uy_per_kg");
}

Result<> validate(const proto::CancelOrder& action) {
    if (action.order().size() == Hash::kSize) return {};
    return malformed("order must have 32 bytes, has " + std::to_string(action.order().size()));
}

Result<Outcome> place_order(Context& context, const proto::PlaceOrder& action) {
    const auto price = open_price(context.state, action.period(), context.block.time);
    if (!price) return price.error();
    if (auto member = require_member(context.state, context.account, action.period(), action.side()); !member)
        return member.error();
    if (auto early = quota::require_before_deadline(*quota::period(context.state, action.period()),
                                                    context.block.time);
        !early)
        return early.error();
    if (auto size = check_size(context.state, Grams(action.grams())); !size) return size.error();
    if (auto limit = check_limit(*price, action.limit_uy_per_kg()); !limit) return limit.error();
    if (auto expiry = check_expiry(context.state, action.expires_height(), context.block.height); !expiry)
        return expiry.error();
    if (kOrderLists.find_or_default(context.state, {context.account, action.period()}).orders_size() >=
        kOrdersMax) {
        return Error{Code::order_too_many, "the account has " + std::to_string(kOrdersMax) +
                                               " open orders in this period; cancel one first"};
    }
    if (auto allowed = check_allowance(context, action); !allowed) return allowed.error();

    proto::OrderRecord order;
    order.set_account(context.account.bytes());
    order.set_period(action.period());
    order.set_side(action.side());
    order.set_limit_uy_per_kg(action.limit_uy_per_kg());
    order.set_price_uy_per_kg(position(*price, buys(order), action.limit_uy_per_kg()));
    order.set_grams(action.grams());
    order.set_remaining_g(action.grams());
    order.set_fee_due_uy(price->trade_fee.value());
    order.set_height(context.block.height);
    order.set_expires_height(action.expires_height());
    if (auto held = take_into_escrow(context.state, context.account, order, price->trade_fee); !held)
        return held.error();
    kOrders.put(context.state, context.transaction, order);
    remember(context.state, context.account, order, context.transaction);
    pricing::count(context.state, action.period(), {.offered = Grams(action.grams()), .orders = 1});
    return Outcome{std::string("placed an order to ") + (buys(order) ? "buy " : "sell ") +
                       to_text(Grams(action.grams())) + " at " +
                       to_text(PricePerKg(action.limit_uy_per_kg())) + " or better; its number is " +
                       to_hex(context.transaction),
                   {}};
}

Result<Outcome> cancel_order(Context& context, const proto::CancelOrder& action) {
    const Hash id = *Hash::from(action.order());
    const auto order = kOrders.find(context.state, id);
    if (!order || order->account() != context.account.view()) {
        return Error{Code::order_unknown, "the account has no open order " + to_hex(id) +
                                              "; it was filled, has ended, or is somebody else's"};
    }
    auto event = end_alone(context.state, order->period(), id, proto::ORDER_END_CANCELLED);
    return Outcome{"cancelled what was left of the order, " + to_text(Grams(order->remaining_g())), {event}};
}

std::vector<proto::Event> list_new_orders(Overlay& state) {
    const std::uint64_t count = kNewOrderCount.find_or_default(state, Only()).value();
    if (count == 0) return {};
    std::vector<Hash> ids;
    for (std::uint64_t i = 0; i < count; ++i) {
        ids.push_back(*Hash::from(kNewOrders.find(state, i)->account()));
        kNewOrders.remove(state, i);
    }
    kNewOrderCount.remove(state, Only());
    draw_turns(ids);
    std::map<Period, OrderBook> books;
    std::vector<proto::Event> events;
    for (const Hash& id : ids) {
        const auto order = kOrders.find(state, id);
        if (!order) continue;  // cancelled in the same block
        take_turn(state, *order, id);
        auto& book = books.try_emplace(order->period(), state, order->period()).first->second;
        if (book.has_room(*order)) {
            book.add(id, *order);
        } else {
            events.push_back(end_order(state, book, id, proto::ORDER_END_FULL));
        }
    }
    for (auto& [period, book] : books) book.save();
    return events;
}

std::vector<proto::Event> end_expired_orders(Overlay& state, std::uint64_t height) {
    const auto expiring = kExpiringOrders.find(state, height);
    if (!expiring) return {};
    std::vector<proto::Event> events;
    for (const auto& bytes : expiring->orders()) {
        const Hash id = *Hash::from(bytes);
        if (const auto order = kOrders.find(state, id))
            events.push_back(end_alone(state, order->period(), id, proto::ORDER_END_EXPIRED));
    }
    kExpiringOrders.remove(state, height);
    return events;
}

std::vector<proto::Event> hold_to_allowance(Overlay& state, const AccountId& account, Period period) {
    return end_while(state, account, period,
                     [&](const proto::OrderList&) { return offers_too_much(state, account, period); });
}

std::vector<proto::Event> hold_to_allowance(Overlay& state, const AccountId& account) {
    std::vector<proto::Event> events;
    for (const Period period : quota::unsettled(state)) {
        for (auto& event : hold_to_allowance(state, account, period)) events.push_back(std::move(event));
    }
    return events;
}

std::vector<proto::Event> free_quota(Overlay& state, const AccountId& account, Period period, Grams wanted) {
    return end_while(state, account, period, [&](const proto::OrderList& list) {
        return list.selling_g() > 0 && quota::held(quota::holding(state, account, period)) < wanted;
    });
}

std::vector<proto::Event> free_cash(Overlay& state, const AccountId& account, MicroYuan wanted) {
    std::vector<proto::Event> events;
    for (const Period period : quota::unsettled(state)) {
        auto ended = end_while(state, account, period, [&](const proto::OrderList& list) {
            return list.buying_g() > 0 && cash::balance(state, account) < wanted;
        });
        for (auto& event : ended) events.push_back(std::move(event));
    }
    return events;
}

MicroYuan cash_in_escrow(const StateReader& state, const AccountId& account, Period period) {
    std::int64_t sum = 0;  // once all of it was the balance of one account
    const auto list = kOrderLists.find_or_default(state, {account, period});
    for (const auto& id : list.orders()) sum += kOrders.find_or_default(state, *Hash::from(id)).escrow_uy();
    return MicroYuan(sum);
}

std::vector<proto::Event> end_orders(Overlay& state, const AccountId& account, Period period,
                                     proto::OrderEnd reason) {
    std::vector<proto::Event> events;
    const auto list = kOrderLists.find(state, {account, period});
    if (!list) return events;
    OrderBook book(state, period);  // read and written once: a walk ends the orders of many people in a block
    for (const auto& bytes : list->orders())
        events.push_back(end_order(state, book, *Hash::from(bytes), reason));
    book.save();
    return events;
}

std::vector<proto::Event> end_all_orders(Overlay& state, const AccountId& account, proto::OrderEnd reason) {
    std::vector<proto::Event> events;
    for (const Period period : quota::unsettled(state)) {
        for (auto& event : end_orders(state, account, period, reason)) events.push_back(std::move(event));
    }
    return events;
}

proto::Event end_order(Overlay& state, OrderBook& book, const Hash& id, proto::OrderEnd reason) {
    const auto order = *kOrders.find(state, id);
    if (order.listed()) book.remove(order);
    dissolve(state, id, order);
    proto::Event event;
    auto& ended = *event.mutable_order_ended();
    ended.set_order(id.bytes());
    ended.set_account(order.account());
    ended.set_reason(reason);
    ended.set_returned_g(buys(order) ? 0 : order.remaining_g());
    ended.set_returned_uy(order.escrow_uy());
    return event;
}

void keep_rest(Overlay& state, const Hash& id, const proto::OrderRecord& order, Grams filled) {
    change_list(state, *AccountId::from(order.account()), order, -filled.value(), {});
    kOrders.put(state, id, order);
}

}  // namespace pcq::contracts::market
