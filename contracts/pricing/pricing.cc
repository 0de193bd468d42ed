#include "contracts/pricing/pricing.h"

#include <algorithm>

#include "contracts/pricing/fees.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/sweep.h"

namespace pcq::contracts::pricing {
namespace {

constexpr Range kPriceRange{0, econ::kPriceMax};
constexpr std::int64_t kTicks = 256;  // prices in an order book at most, but for the last

// P_ph of the last epoch of the period that had one; 0 if none had.
std::int64_t previous_price(const StateReader& state, const proto::PeriodRecord& period) {
    for (std::uint32_t number = period.epoch(); number > 1; --number) {
        const auto record = kEpochs.find(state, {period.period(), number - 1});
        if (record && record->buy_price_uy_per_kg() > 0) return record->buy_price_uy_per_kg();
    }
    return 0;
}

// The epoch's record but for the outcome.
proto::EpochRecord inputs(const StateReader& state, const proto::PeriodRecord& period,
                          const proto::SweepRecord& sweep) {
    const proto::CostsRecord posted = costs(state);
    proto::EpochRecord record;
    record.set_months_advanced(period.months_advanced());
    record.set_people(sweep.last_number());
    record.set_surplus_g(sweep.surplus_g());
    record.set_excess_g(sweep.excess_g());
    record.set_offset_ratio_ppb(period.policy().offset_ratio_ppb());
    record.set_effort_cost_uy_per_kg(period.policy().effort_cost_uy_per_kg());
    record.set_op_cost_uy_per_kg(posted.op_cost_uy_per_kg());
    record.set_chain_cost_uy_per_kg(posted.chain_cost_uy_per_kg());
    record.set_market_price_uy_per_kg(period.policy().market_price_uy_per_kg());
    record.set_price_change_ppb(period.policy().price_change_ppb());
    record.set_previous_buy_price_uy_per_kg(previous_price(state, period));
    record.set_trade_fee_uy(trade_fee(state, period.policy()).value());
    if (const auto offered = service(state)) record.set_service_level_nano(offered->service_level_nano());
    return record;
}

void set_prices(proto::EpochRecord& record, const econ::ext::BoundedPrices& solved) {
    const auto& prices = solved.prices;
    record.set_buy_price_uy_per_kg(prices.buy_price.value());
    record.set_sell_price_uy_per_kg(prices.sell_price.value());
    record.set_demand_g(prices.demand.value());
    record.set_supply_g(prices.supply.value());
    record.set_cleared_buy_price_uy_per_kg(solved.cleared_buy_price.value());
    record.set_bounded(solved.moved);
    record.set_expected_g(prices.traded.value());
    record.set_expected_profit_uy(prices.profit.value());
    const std::int64_t band = prices.sell_price.value() - prices.buy_price.value();
    record.set_tick_uy_per_kg(std::max<std::int64_t>(1, (band + kTicks - 1) / kTicks));
}

econ::MarketIn market_in(const proto::EpochRecord& record) {
    return econ::MarketIn{
        .quota_cap = Grams(record.excess_g()),
        .offset_ratio = Ratio(record.offset_ratio_ppb()),
        .effort_cost = PricePerKg(record.effort_cost_uy_per_kg()),
        .costs = {PricePerKg(record.op_cost_uy_per_kg()), PricePerKg(record.chain_cost_uy_per_kg())},
        .market_price = PricePerKg(record.market_price_uy_per_kg()),
        .supply_max = Grams(record.surplus_g())};
}

}  // namespace

Result<> validate(const proto::PostCosts& action) {
    if (auto price = in_range(action.op_cost_uy_per_kg(), kPriceRange, "op_cost_uy_per_kg"); !price)
        return price.error();
    return in_range(action.chain_cost_uy_per_kg(), kPriceRange, "chain_cost_uy_per_kg");
}

Result<Outcome> post_costs(Context& context, const proto::PostCosts& action) {
    if (auto allowed = require_role(context, proto::ROLE_PLATFORM); !allowed) return allowed.error();
    proto::CostsRecord record;
    record.set_op_cost_uy_per_kg(action.op_cost_uy_per_kg());
    record.set_chain_cost_uy_per_kg(action.chain_cost_uy_per_kg());
    record.set_posted(true);
    kCosts.put(context.state, Only(), record);
    return Outcome{"costs posted; they count from the next epoch", {}};
}

void begin_epoch(Overlay& state, proto::PeriodRecord period) {
    period.set_epoch(period.epoch() + 1);
    period.set_priced(false);
    kPeriods.put(state, period.period(), period);
    sweep::begin_epoch(state, period.period(), registry::users(state));
}

proto::Event finish_epoch(const BlockContext& block, Overlay& state, const proto::SweepRecord& sweep) {
    proto::PeriodRecord period = *quota::period(state, sweep.period());
    proto::EpochRecord record = inputs(state, period, sweep);
    const auto solved = econ::ext::bounded_prices(
        market_in(record),
        {PricePerKg(record.previous_buy_price_uy_per_kg()), Ratio(record.price_change_ppb())});
    record.set_status(static_cast<std::uint32_t>(solved.status));
    record.set_height(block.height);
    if (solved.ok()) set_prices(record, solved.value);
    kEpochs.put(state, {period.period(), period.epoch()}, record);
    period.set_priced(solved.ok());
    kPeriods.put(state, period.period(), period);

    proto::Event event;
    auto& priced = *event.mutable_priced();
    priced.set_period(period.period());
    priced.set_epoch(period.epoch());
    priced.set_buy_price_uy_per_kg(record.buy_price_uy_per_kg());
    priced.set_sell_price_uy_per_kg(record.sell_price_uy_per_kg());
    priced.set_status(record.status());
    return event;
}

Result<Price> price(const StateReader& state, Period period) {
    const auto record = quota::require_period(state, period);
    if (!record) return record.error();
    const bool trading =
        record->phase() == proto::PERIOD_PHASE_OPEN || record->phase() == proto::PERIOD_PHASE_TRUE_UP;
    if (!trading || !record->priced()) {
        return Error{Code::market_closed,
                     trading ? "there is no price for period " + std::to_string(period) +
                                   " now; the next epoch begins when a month ends"
                             : "period " + std::to_string(period) + " is closed; nothing is traded any more"};
    }
    const auto now = epoch(state, period, record->epoch());
    PCQ_INVARIANT(now.has_value());
    return Price{PricePerKg(now->buy_price_uy_per_kg()),
                 PricePerKg(now->sell_price_uy_per_kg()),
                 {PricePerKg(now->op_cost_uy_per_kg()), PricePerKg(now->chain_cost_uy_per_kg())},
                 MicroYuan(now->trade_fee_uy()),
                 PricePerKg(now->tick_uy_per_kg()),
                 record->epoch()};
}

proto::CostsRecord costs(const StateReader& state) {
    return kCosts.find_or_default(state, Only());
}

std::optional<proto::EpochRecord> epoch(const StateReader& state, Period period, std::uint32_t epoch) {
    return kEpochs.find(state, {period, epoch});
}

void count(Overlay& state, Period period, const EpochCounts& counts) {
    const std::uint32_t number = quota::period(state, period)->epoch();
    auto record = kEpochs.find(state, {period, number});
    if (!record) return;  // before the first price: registration fees alone
    record->set_sold_g(capped_sum(record->sold_g(), counts.sold.value()));
    record->set_bought_g(capped_sum(record->bought_g(), counts.bought.value()));
    record->set_paid_uy(capped_sum(record->paid_uy(), counts.paid.value()));
    record->set_received_uy(capped_sum(record->received_uy(), counts.received.value()));
    record->set_cost_uy(capped_sum(record->cost_uy(), counts.cost.value()));
    record->set_fees_uy(capped_sum(record->fees_uy(), counts.fees.value()));
    record->set_offered_g(capped_sum(record->offered_g(), counts.offered.value()));
    record->set_matched_g(capped_sum(record->matched_g(), counts.matched.value()));
    record->set_matched_uy(capped_sum(record->matched_uy(), counts.matched_for.value()));
    record->set_orders(record->orders() + counts.orders);
    kEpochs.put(state, {period, number}, *record);
}

Standing standing(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted) {
    // Issued, sold and emitted are each bounded far below half of the range, so the difference fits.
    const std::int64_t margin = quota::accrued(holding, period).value() - holding.sold_g() -
                                holding.clawed_back_g() - emitted.value();
    return margin >= 0 ? Standing{Grams(margin), Grams()} : Standing{Grams(), Grams(-margin)};
}

}  // namespace pcq::contracts::pricing
