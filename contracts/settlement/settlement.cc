#include "contracts/settlement/settlement.h"

#include <algorithm>

#include "contracts/bridge/bridge.h"
#include "contracts/cash/cash.h"
#include "contracts/emissions/emissions.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/sweep.h"
#include "src/base/wide.h"
#include "src/economics/rounding.h"

namespace pcq::contracts::settlement {
namespace {

Grams share(Grams whole, std::int64_t ratio_ppb) {
    return Grams(static_cast<std::int64_t>(static_cast<Int128>(whole.value()) * ratio_ppb / kRatioOne));
}

Grams less(Grams a, Grams b) {
    return Grams(a.value() - b.value());
}
Grams plus(Grams a, Grams b) {
    return Grams(a.value() + b.value());
}

// The period settled before this one. Only its vintage can still be held: it was banked, and is gone after
// this settlement.
std::optional<Period> settled_before(const StateReader& state, Period period) {
    std::optional<Period> before;
    for (const Period earlier : quota::periods(state)) {
        if (earlier >= period) break;
        if (quota::period(state, earlier)->phase() == proto::PERIOD_PHASE_SETTLED) before = earlier;
    }
    return before;
}

struct Settling {
    const BlockContext& block;
    const proto::PeriodRecord& period;
    std::optional<Period> before;
};

MicroYuan charge(Overlay& state, const AccountId& account, MicroYuan penalty) {
    const MicroYuan paid = std::min(penalty, cash::balance(state, account));
    const auto moved = cash::pay(state, {account, governance::government(state), paid});
    PCQ_INVARIANT(moved.has_value());
    return paid;
}

proto::SettlementRecord settle(const Settling& settling, Overlay& state, const AccountId& account) {
    const proto::PeriodRecord& period = settling.period;
    const auto holding = quota::holding(state, account, period.period());
    const Grams emitted = emissions::emitted(state, account, period.period());
    const Grams banked =
        settling.before ? quota::held(quota::holding(state, account, *settling.before)) : Grams();
    const Grams own(holding.issued_g() - holding.sold_g());
    const Grams purchased(holding.purchased_g());
    const Assessment due = assess(period.policy(), emitted, plus(banked, own), purchased);

    // The older vintage is used first; what remains of it expires.
    const Grams from_banked = std::min(banked, due.own_surrendered);
    if (settling.before)
        quota::use(state, account, *settling.before, {from_banked, less(banked, from_banked)});
    const Grams surrendered = plus(less(due.own_surrendered, from_banked), due.purchased_surrendered);
    const Grams unused = less(plus(own, purchased), surrendered);
    const Grams kept = share(unused, period.policy().banking_ratio_ppb());
    quota::use(state, account, period.period(), {surrendered, less(unused, kept)});
    const MicroYuan paid = charge(state, account, due.penalty);

    proto::SettlementRecord record;
    record.set_emitted_g(emitted.value());
    record.set_issued_g(holding.issued_g());
    record.set_sold_g(holding.sold_g());
    record.set_purchased_g(holding.purchased_g());
    record.set_own_surrendered_g(due.own_surrendered.value());
    record.set_purchased_surrendered_g(due.purchased_surrendered.value());
    record.set_penalised_g(due.penalised.value());
    record.set_penalty_paid_uy(paid.value());
    record.set_penalty_owed_uy(due.penalty.value() - paid.value());
    record.set_banked_g(kept.value());
    record.set_expired_g(unused.value() - kept.value() + banked.value() - from_banked.value());
    record.set_height(settling.block.height);
    kSettlements.put(state, {account, period.period()}, record);
    return record;
}

proto::Event settled_event(const AccountId& account, Period period, const proto::SettlementRecord& record) {
    proto::Event event;
    auto& settled = *event.mutable_settled();
    settled.set_period(period);
    settled.set_account(account.bytes());
    settled.set_emitted_g(record.emitted_g());
    settled.set_own_surrendered_g(record.own_surrendered_g());
    settled.set_purchased_surrendered_g(record.purchased_surrendered_g());
    settled.set_penalised_g(record.penalised_g());
    settled.set_penalty_paid_uy(record.penalty_paid_uy());
    settled.set_penalty_owed_uy(record.penalty_owed_uy());
    settled.set_banked_g(record.banked_g());
    settled.set_expired_g(record.expired_g());
    return event;
}

// The period's running sums live under this chain's own id until they are sent.
void add_to_report(Overlay& state, const ChainId& chain, Period period,
                   const proto::SettlementRecord& record) {
    auto sums = kPeriodReports.find_or_default(state, {chain, period});
    sums.set_period(period);
    sums.set_people(sums.people() + 1);
    sums.set_issued_g(capped_sum(sums.issued_g(), record.issued_g()));
    sums.set_emitted_g(capped_sum(sums.emitted_g(), record.emitted_g()));
    sums.set_sold_g(capped_sum(sums.sold_g(), record.sold_g()));
    sums.set_bought_g(capped_sum(sums.bought_g(), record.purchased_g()));
    sums.set_own_surrendered_g(capped_sum(sums.own_surrendered_g(), record.own_surrendered_g()));
    sums.set_purchased_surrendered_g(
        capped_sum(sums.purchased_surrendered_g(), record.purchased_surrendered_g()));
    sums.set_penalised_g(capped_sum(sums.penalised_g(), record.penalised_g()));
    sums.set_penalty_paid_uy(capped_sum(sums.penalty_paid_uy(), record.penalty_paid_uy()));
    sums.set_penalty_owed_uy(capped_sum(sums.penalty_owed_uy(), record.penalty_owed_uy()));
    sums.set_banked_g(capped_sum(sums.banked_g(), record.banked_g()));
    sums.set_expired_g(capped_sum(sums.expired_g(), record.expired_g()));
    kPeriodReports.put(state, {chain, period}, sums);
}

void expire_inventory(Overlay& state, Period vintage, std::int64_t kept_ratio_ppb) {
    auto book = market::book(state, vintage);
    const Grams inventory(book.inventory_g());
    const Grams expired = less(inventory, share(inventory, kept_ratio_ppb));
    if (expired.is_zero()) return;
    quota::expire_inventory(state, vintage, expired);
    book.set_inventory_g(inventory.value() - expired.value());
    book.set_expired_g(book.expired_g() + expired.value());
    kBooks.put(state, vintage, book);
}

void finish_settlement(const Settling& settling, Overlay& state) {
    const BlockContext& block = settling.block;
    proto::PeriodRecord period = settling.period;
    expire_inventory(state, period.period(), period.policy().banking_ratio_ppb());
    if (settling.before) expire_inventory(state, *settling.before, 0);  // banked once, as people's

    auto sums = kPeriodReports.find_or_default(state, {block.chain, period.period()});
    sums.set_period(period.period());
    *sums.mutable_platform() = market::book(state, period.period());
    sums.set_epochs(period.epoch());
    if (const auto last = pricing::epoch(state, period.period(), period.epoch())) {
        sums.set_buy_price_uy_per_kg(last->buy_price_uy_per_kg());
        sums.set_sell_price_uy_per_kg(last->sell_price_uy_per_kg());
    }
    kPeriodReports.put(state, {block.chain, period.period()}, sums);
    proto::OutboxRecord message;
    *message.mutable_period_report() = sums;
    bridge::send(state, *ChainId::from(governance::chain(state).main_chain_id()), message);

    period.set_phase(proto::PERIOD_PHASE_SETTLED);
    period.set_priced(false);
    kPeriods.put(state, period.period(), period);
}

void look_at(const StateReader& state, const AccountId& account, const proto::PeriodRecord& period,
             proto::SweepRecord& sweep) {
    const auto holding = quota::holding(state, account, period.period());
    const auto now = pricing::standing(holding, period, emissions::emitted(state, account, period.period()));
    sweep.set_surplus_g(sweep.surplus_g() + now.surplus.value() + holding.sold_g());
    sweep.set_excess_g(capped_sum(sweep.excess_g(), now.excess.value()));
}

}  // namespace

void begin(Overlay& state, const proto::PeriodRecord& period) {
    sweep::begin_settlement(state, period.period(), registry::users(state));
}

bool sweep_due(const StateReader& state) {
    return sweep::current(state).has_value();
}

Outcome sweep(const BlockContext& block, Overlay& state) {
    auto now = sweep::current(state);
    if (!now) return {};
    const proto::PeriodRecord period = *quota::period(state, now->period());
    const std::uint64_t last = now->last_number();
    const std::uint64_t end =
        std::min(last + 1, now->next_number() + governance::chain(state).parameters().settlement_per_block());
    const Settling settling{block, period, settled_before(state, period.period())};
    Outcome outcome;
    for (; now->next_number() < end; now->set_next_number(now->next_number() + 1)) {
        const AccountId account = registry::person(state, now->next_number());
        // An epoch's orders end with it: prices and settlement see nothing on offer.
        for (auto& event : market::end_orders(state, account, period.period(), proto::ORDER_END_EXPIRED))
            outcome.events.push_back(std::move(event));
        if (now->settlement()) {
            const auto record = settle(settling, state, account);
            add_to_report(state, block.chain, period.period(), record);
            outcome.events.push_back(settled_event(account, period.period(), record));
        } else {
            look_at(state, account, period, *now);
        }
    }
    if (now->next_number() <= last) {
        sweep::keep(state, *now);
        outcome.text =
            "swept to person " + std::to_string(now->next_number() - 1) + " of " + std::to_string(last);
        return outcome;
    }
    sweep::finish(state);
    if (now->settlement()) {
        finish_settlement(settling, state);
        outcome.text = "settled period " + std::to_string(period.period());
    } else {
        outcome.events.push_back(pricing::finish_epoch(block, state, *now));
        outcome.text = "priced epoch " + std::to_string(period.epoch());
    }
    return outcome;
}

Assessment assess(const proto::Policy& policy, Grams emitted, Grams own, Grams purchased) {
    Assessment due;
    due.own_surrendered = std::min(emitted, own);
    const Grams excess = less(emitted, due.own_surrendered);
    due.purchased_surrendered = std::min(purchased, share(excess, policy.offset_ratio_ppb()));
    due.penalised = less(excess, due.purchased_surrendered);
    const Int128 penalty =
        econ::ceil_div(static_cast<Int128>(due.penalised.value()) * policy.penalty_uy_per_kg(), 1000);
    // A penalty beyond all money there could be is still owed; it is written down as the largest amount.
    due.penalty = MicroYuan(econ::to_int64(penalty).value_or(std::numeric_limits<std::int64_t>::max()));
    return due;
}

std::optional<proto::SettlementRecord> settlement(const StateReader& state, const AccountId& account,
                                                  Period period) {
    return kSettlements.find(state, {account, period});
}

Result<> take_report(Overlay& state, const ChainId& side_chain, const proto::PeriodReport& report) {
    const auto period = quota::require_period(state, report.period());
    if (!period) return period.error();
    if (period->phase() != proto::PERIOD_PHASE_SETTLING) {
        return Error{Code::period_wrong_phase,
                     "period " + std::to_string(report.period()) + " is not being settled"};
    }
    if (kPeriodReports.contains(state, {side_chain, report.period()})) {
        return Error{Code::bridge_wrong_message,
                     "the side chain has reported period " + std::to_string(report.period()) + " before"};
    }
    const auto issued = kIssuance.find_or_default(state, {side_chain, report.period()}).issued_g();
    if (report.issued_g() > issued) {
        return Error{Code::anchor_contradicts, "the side chain settled " + to_text(Grams(report.issued_g())) +
                                                   " of vintage " + std::to_string(report.period()) +
                                                   ", issued to it were " + to_text(Grams(issued))};
    }
    kPeriodReports.put(state, {side_chain, report.period()}, report);
    quota::count_report(state, report.period());
    return {};
}

std::optional<proto::PeriodReport> report(const StateReader& state, const ChainId& side_chain,
                                          Period period) {
    return kPeriodReports.find(state, {side_chain, period});
}

}  // namespace pcq::contracts::settlement
