#include "src/answers/market.h"

#include <boost/json/array.hpp>

#include "contracts/pricing/fees.h"
#include "contracts/quota/quota.h"
#include "contracts/settlement/welfare.h"
#include "contracts/tables.h"
#include "src/answers/pages.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/rpc/json.h"

namespace pcq::answers {
namespace {

namespace json = boost::json;
using rpc::to_json;

}  // namespace

json::object fees_value(const ledger::StateReader& state, std::uint32_t period) {
    const auto record = *contracts::quota::period(state, period);
    const auto fixed = contracts::kFees.contains(state, period);
    const auto fees = contracts::pricing::fees(state, record);
    return json::object{{"period", period},
                        {"fixed", fixed},
                        {"charge_d_uy", to_json(MicroYuan(fees.charge_d_uy()))},
                        {"charge_s_uy", to_json(MicroYuan(fees.charge_s_uy()))},
                        {"trade_fee_uy", to_json(contracts::pricing::trade_fee(state, record.policy()))},
                        {"inputs_and_outcome", to_json(fees)}};
}

json::value joining_value(const ledger::StateReader& state, std::uint32_t period) {
    const auto fees = contracts::pricing::fees(state, *contracts::quota::period(state, period));
    const auto charge = contracts::pricing::charge_for_both(fees);
    return charge ? json::value(to_json(*charge)) : json::value(nullptr);
}

contracts::market::Allowance may_trade(const ledger::StateReader& state, const AccountId& account,
                                       std::uint32_t period, Instant time) {
    const auto record = *contracts::quota::period(state, period);
    auto most = contracts::market::allowance(state, account, period);
    if (!contracts::quota::is_running(record)) return {};
    if (!contracts::quota::require_before_deadline(record, time)) most.sell = Grams();
    return most;
}

json::object orders_value(const ledger::StateReader& state, const AccountId& account, std::uint32_t period,
                          Instant time) {
    const auto list = contracts::kOrderLists.find_or_default(state, {account, period});
    json::array orders;
    for (const auto& id : list.orders()) {
        auto order = to_json(*contracts::kOrders.find(state, *Hash::from(id)));
        order["order"] = to_hex(id);
        orders.push_back(std::move(order));
    }
    const auto most = may_trade(state, account, period, time);
    const auto member = contracts::kMembers.find(state, {account, period});
    return json::object{{"account", to_address(account)},
                        {"period", period},
                        {"member", member ? json::value(to_json(*member)) : json::value(nullptr)},
                        {"may_sell_g", to_json(most.sell)},
                        {"may_buy_g", to_json(most.buy)},
                        {"orders", std::move(orders)}};
}

json::object book_value(const ledger::StateReader& state, std::uint32_t period, Instant time,
                        const rpc::Page& page, rpc::Answer& answer) {
    const auto book = contracts::kOrderBooks.find_or_default(state, period);
    auto levels = page_by_key(
        page, book.levels(), answer, [](const proto::BookLevel& level) { return to_json(level); },
        &proto::BookLevel::price_uy_per_kg);
    const auto epoch =
        contracts::pricing::epoch(state, period, contracts::quota::period(state, period)->epoch());
    const auto priced = [&](std::int64_t price) {
        return epoch ? json::value(to_json(PricePerKg(price))) : json::value(nullptr);
    };
    return json::object{{"period", period},
                        {"epoch", contracts::quota::period(state, period)->epoch()},
                        {"open", contracts::market::open_price(state, period, time).has_value()},
                        {"buy_price_uy_per_kg", priced(epoch ? epoch->buy_price_uy_per_kg() : 0)},
                        {"sell_price_uy_per_kg", priced(epoch ? epoch->sell_price_uy_per_kg() : 0)},
                        {"tick_uy_per_kg", priced(epoch ? epoch->tick_uy_per_kg() : 0)},
                        {"levels", std::move(levels)}};
}

Result<json::object> welfare_value(const ledger::StateReader& state, const ChainId& chain,
                                   std::uint32_t period) {
    const auto realised = contracts::settlement::realised_welfare(state, chain, period);
    if (!realised) return realised.error();
    const auto& in = realised->in;
    json::object value{{"period", period},
                       {"status", std::string(econ::name(realised->out.status))},
                       {"sold_g", to_json(in.sold)},
                       {"supply_max_g", to_json(in.supply_max)},
                       {"paid_uy", to_json(in.paid)},
                       {"profit_uy", to_json(in.profit)},
                       {"not_offset_g", to_json(in.abated)},
                       {"effort_cost_uy_per_kg", to_json(in.effort_cost)},
                       {"market_price_uy_per_kg", to_json(in.market_price)},
                       {"abatement_ease", std::to_string(in.abatement_ease.value())}};
    const auto known = [&](auto amount) {
        return realised->out.ok() ? json::value(to_json(amount)) : json::value(nullptr);
    };
    const auto& out = realised->out.value;
    value["seller_surplus_uy"] = known(out.seller_surplus);
    value["profit_plus_surplus_uy"] = known(out.profit_plus_surplus);
    value["abatement_cost_uy_per_kg"] = known(out.abatement_cost);
    value["enterprise_benefit_uy"] = known(out.enterprise_benefit);
    value["total_welfare_uy"] = known(out.total_welfare);
    return value;
}

}  // namespace pcq::answers
