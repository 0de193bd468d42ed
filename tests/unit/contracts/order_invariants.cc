#include "tests/unit/contracts/order_invariants.h"

#include <set>

#include "contracts/tables.h"
#include "src/base/wide.h"
#include "tests/unit/contracts/invariants.h"

namespace pcq::contracts::testing {
namespace {

using Records = std::map<Bytes, Bytes, std::less<>>;
using Owner = std::pair<Bytes, Period>;
using Place = std::pair<Period, std::int64_t>;

struct Pair {
    Int128 demand = 0;
    Int128 supply = 0;
    bool operator==(const Pair&) const = default;
};

struct Orders {
    std::map<Bytes, proto::OrderRecord> all;
    std::map<Owner, Pair> offered;
    std::map<Owner, std::set<Bytes>> owned;
    std::map<Bytes, Int128> money;
    std::map<Place, Pair> levels;
};

// Each record of a table with its key, the table's number left out.
template <class Key, class Record, class Use>
void each(const Records& records, const ledger::Table<Key, Record>& table, const Key& any, Use use) {
    const Bytes prefix = table.key(any).substr(0, 1);
    for (auto at = records.lower_bound(prefix); at != records.end() && at->first.starts_with(prefix); ++at)
        use(BytesView(at->first).substr(1), decoded<Record>(at->second));
}

Orders collect(const Records& records) {
    Orders orders;
    each(records, kOrders, Hash(), [&](BytesView id, const proto::OrderRecord& order) {
        const bool buys = order.side() == proto::MARKET_SIDE_DEMAND;
        const Owner owner(order.account(), order.period());
        auto& offered = orders.offered[owner];
        auto& level = orders.levels[{order.period(), order.price_uy_per_kg()}];
        (buys ? offered.demand : offered.supply) += order.remaining_g();
        (buys ? level.demand : level.supply) += order.remaining_g();
        orders.money[order.account()] += order.escrow_uy();
        orders.owned[owner].insert(Bytes(id));
        orders.all.emplace(id, order);
    });
    return orders;
}

bool sound(const proto::OrderRecord& order) {
    const bool buys = order.side() == proto::MARKET_SIDE_DEMAND;
    return order.listed() && order.remaining_g() > 0 && order.remaining_g() <= order.grams() &&
           (buys ? order.escrow_uy() > 0 : order.escrow_uy() == 0) &&
           (buys ? order.price_uy_per_kg() <= order.limit_uy_per_kg()
                 : order.price_uy_per_kg() >= order.limit_uy_per_kg());
}

// Both neighbours know the order, and the ends of its queue are ends.
bool linked(const Orders& orders, const Bytes& id, const proto::OrderRecord& order) {
    const auto ahead = orders.all.find(order.before());
    const auto behind = orders.all.find(order.after());
    return (order.before().empty() || (ahead != orders.all.end() && ahead->second.after() == id)) &&
           (order.after().empty() || (behind != orders.all.end() && behind->second.before() == id));
}

bool lists_agree(const Records& records, const Orders& orders) {
    std::size_t lists = 0;
    bool agree = true;
    each(records, kOrderLists, AccountPeriod(), [&](BytesView key, const proto::OrderList& list) {
        const Owner owner(Bytes(key.substr(0, AccountId::kSize)), load_u32(key.substr(AccountId::kSize)));
        const auto owned = orders.owned.find(owner);
        ++lists;
        agree = agree && owned != orders.owned.end() &&
                owned->second == std::set<Bytes>(list.orders().begin(), list.orders().end()) &&
                orders.offered.at(owner) == Pair{list.buying_g(), list.selling_g()};
    });
    return agree && lists == orders.owned.size();
}

bool levels_agree(const Records& records, const Orders& orders) {
    std::size_t levels = 0;
    bool agree = true;
    each(records, kOrderBooks, Period(), [&](BytesView key, const proto::OrderBookRecord& book) {
        for (const auto& level : book.levels()) {
            const auto found = orders.levels.find({load_u32(key), level.price_uy_per_kg()});
            ++levels;
            agree = agree && found != orders.levels.end() &&
                    found->second == Pair{level.demand_g(), level.supply_g()};
        }
    });
    return agree && levels == orders.levels.size();
}

bool grams_agree(const Records& records, const Orders& orders) {
    bool agree = true;
    each(records, kHoldings, AccountPeriod(), [&](BytesView key, const proto::HoldingRecord& holding) {
        const auto offered = orders.offered.find(
            {Bytes(key.substr(0, AccountId::kSize)), load_u32(key.substr(AccountId::kSize))});
        agree = agree &&
                holding.escrow_g() == (offered == orders.offered.end() ? Int128(0) : offered->second.supply);
    });
    return agree;
}

bool money_agrees(const Records& records, const Orders& orders) {
    bool agree = true;
    each(records, kCash, AccountId(), [&](BytesView key, const proto::CashRecord& cash) {
        const auto money = orders.money.find(Bytes(key));
        agree = agree && cash.escrow_uy() == (money == orders.money.end() ? Int128(0) : money->second);
    });
    return agree;
}

}  // namespace

std::string broken_order_invariant(const Records& records) {
    const Orders orders = collect(records);
    for (const auto& [id, order] : orders.all) {
        if (!sound(order)) return "an order is not what an order may be: " + order.ShortDebugString();
        if (!linked(orders, id, order)) return "an order's queue is broken";
    }
    if (!lists_agree(records, orders)) return "an account's list of orders is not its orders";
    if (!levels_agree(records, orders)) return "a level of a book is not its orders";
    if (!grams_agree(records, orders)) return "the quota in escrow is not what the orders offer";
    if (!money_agrees(records, orders)) return "the money in escrow is not what the orders hold";
    return {};
}

}  // namespace pcq::contracts::testing
