// The walk over everybody: an epoch's sums, a period's settlement, and whatever is due meanwhile.
#include <algorithm>

#include "contracts/cash/debts.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/one.h"
#include "contracts/settlement/report.h"
#include "contracts/settlement/settlement.h"
#include "contracts/sweep.h"
#include "src/base/wide.h"

namespace pcq::contracts::settlement {
namespace {

void expire_inventory(Overlay& state, Period vintage, std::int64_t kept_ratio_ppb) {
    auto book = market::book(state, vintage);
    const Int128 kept = static_cast<Int128>(book.inventory_g()) * kept_ratio_ppb / kRatioOne;
    const Grams expired(book.inventory_g() - static_cast<std::int64_t>(kept));
    if (expired.is_zero()) return;
    quota::expire_inventory(state, vintage, expired);
    book.set_inventory_g(book.inventory_g() - expired.value());
    book.set_expired_g(book.expired_g() + expired.value());
    kBooks.put(state, vintage, book);
}

void finish_settlement(const Settling& settling, Overlay& state) {
    proto::PeriodRecord period = settling.period;
    expire_inventory(state, period.period(), period.policy().banking_ratio_ppb());
    if (settling.before) expire_inventory(state, *settling.before, 0);  // banked once, as people's
    send_first(state, settling.block.chain, period);
    period.set_phase(proto::PERIOD_PHASE_SETTLED);
    period.set_priced(false);
    kPeriods.put(state, period.period(), period);
}

// What was sold is part of D W, as what was bought is part of N: the sums are of the whole period so far, and
// neither falls because its people have traded.
void look_at(const StateReader& state, const AccountId& account, const proto::PeriodRecord& period,
             proto::SweepRecord& sweep) {
    const auto holding = quota::holding(state, account, period.period());
    const auto now = pricing::standing(holding, period, needed(state, account, period.period()));
    sweep.set_surplus_g(sweep.surplus_g() + now.surplus.value() + holding.sold_g());
    sweep.set_excess_g(capped_sum(sweep.excess_g(), now.excess.value()));
}

void pass(const Settling& settling, Overlay& state, proto::SweepRecord& sweep,
          std::vector<proto::Event>& events) {
    const AccountId account = registry::person(state, sweep.next_number());
    const Period period = settling.period.period();
    if (!registry::require_live(state, account)) return;  // settled when it was closed
    // An epoch's orders end with it: prices and settlement see nothing on offer.
    for (auto& event : market::end_orders(state, account, period, proto::ORDER_END_EXPIRED))
        events.push_back(std::move(event));
    for (auto& event : debts::collect(settling.block, state, account)) events.push_back(std::move(event));
    if (!sweep.settlement()) return look_at(state, account, settling.period, sweep);
    if (settlement(state, account, period)) return;
    events.push_back(settled_event(account, period, settle(settling, state, account)));
    // What it borrowed is lacking in the next period, where it may be on offer.
    for (auto& event : market::hold_to_allowance(state, account)) events.push_back(std::move(event));
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
    for (; now->next_number() < end; now->set_next_number(now->next_number() + 1))
        pass(settling, state, *now, outcome.events);
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

}  // namespace pcq::contracts::settlement
