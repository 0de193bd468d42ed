// Holdings and their totals; what moves quota on a side chain.
#include "contracts/quota/quota.h"

#include <algorithm>

#include "src/base/instant_text.h"
#include "src/base/wide.h"

namespace pcq::contracts::quota {
namespace {

// Totals are sums of holdings that the cap bounds, so plain additions fit; the block's conservation check
// stands behind.
void change_totals(Overlay& state, Period vintage, const auto& change) {
    proto::VintageTotals totals = vintage_totals(state, vintage);
    change(totals);
    kVintageTotals.put(state, vintage, totals);
}

}  // namespace

std::optional<proto::PeriodRecord> period(const StateReader& state, Period period) {
    return kPeriods.find(state, period);
}

std::vector<Period> periods(const StateReader& state) {
    const auto list = kPeriodList.find_or_default(state, Only());
    return {list.periods().begin(), list.periods().end()};
}

std::vector<Period> unsettled(const StateReader& state) {
    std::vector<Period> open;
    for (const Period period : periods(state)) {
        if (kPeriods.find(state, period)->phase() != proto::PERIOD_PHASE_SETTLED) open.push_back(period);
    }
    return open;
}

std::vector<Period> live_vintages(const StateReader& state) {
    std::vector<Period> live;
    bool later_is_settled = false;
    const auto all = periods(state);
    for (auto period = all.rbegin(); period != all.rend(); ++period) {
        const bool settled = kPeriods.find(state, *period)->phase() == proto::PERIOD_PHASE_SETTLED;
        if (!settled || !later_is_settled) live.push_back(*period);
        later_is_settled = later_is_settled || settled;
    }
    std::reverse(live.begin(), live.end());
    return live;
}

bool is_running(const proto::PeriodRecord& period) {
    return period.phase() == proto::PERIOD_PHASE_OPEN || period.phase() == proto::PERIOD_PHASE_TRUE_UP;
}

Result<proto::PeriodRecord> require_period(const StateReader& state, Period period) {
    auto record = kPeriods.find(state, period);
    if (!record) {
        return Error{Code::period_unknown,
                     "period " + std::to_string(period) + " has not been opened on this chain"};
    }
    return *std::move(record);
}

Result<proto::PeriodRecord> require_running(const StateReader& state, Period period) {
    auto record = require_period(state, period);
    if (!record) return record.error();
    if (!is_running(*record))
        return Error{Code::period_wrong_phase, "period " + std::to_string(period) + " is closed"};
    return record;
}

Result<> require_before_deadline(const proto::PeriodRecord& period, Instant now) {
    const bool passed = static_cast<std::uint64_t>(now.ms) >= period.earliest_close_ms();
    if (period.policy().grace_ms() == 0 || !passed) return {};
    return Error{Code::period_in_grace,
                 "the deadline of period " + std::to_string(period.period()) + " passed at block time " +
                     utc_text(period.earliest_close_ms()) +
                     "; until it is closed people only buy what they lack from the platform"};
}

proto::HoldingRecord holding(const StateReader& state, const AccountId& account, Period vintage) {
    return kHoldings.find_or_default(state, {account, vintage});
}

Grams held(const proto::HoldingRecord& holding) {
    return Grams(holding.issued_g() + holding.purchased_g() - holding.sold_g() - holding.surrendered_g() -
                 holding.expired_g() - holding.passed_on_g() - holding.escrow_g());
}

bool holds_any(const StateReader& state, const AccountId& account) {
    for (const Period vintage : periods(state)) {
        if (held(holding(state, account, vintage)).is_positive()) return true;
    }
    return false;
}

Grams accrued(const proto::HoldingRecord& holding, const proto::PeriodRecord& period) {
    if (period.policy().accrual() == proto::ACCRUAL_AT_ONCE) return Grams(holding.issued_g());
    const std::int64_t claimed = holding.issued_g() - holding.converted_g();
    const Int128 product = static_cast<Int128>(claimed) * period.months_advanced();
    return Grams(static_cast<std::int64_t>(product / period.months()) + holding.converted_g());
}

void sell_to_platform(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    auto record = holding(state, account, vintage);
    record.set_sold_g(record.sold_g() + grams.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_held_g(totals.held_g() - grams.value());
        totals.set_inventory_g(totals.inventory_g() + grams.value());
    });
}

void buy_from_platform(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    auto record = holding(state, account, vintage);
    record.set_purchased_g(record.purchased_g() + grams.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_held_g(totals.held_g() + grams.value());
        totals.set_inventory_g(totals.inventory_g() - grams.value());
    });
}

void give(Overlay& state, const Handover& handover) {
    auto from = holding(state, handover.from, handover.vintage);
    from.set_sold_g(from.sold_g() + handover.grams.value());
    kHoldings.put(state, {handover.from, handover.vintage}, from);
    auto to = holding(state, handover.to, handover.vintage);
    to.set_purchased_g(to.purchased_g() + handover.grams.value());
    kHoldings.put(state, {handover.to, handover.vintage}, to);
}

void pass_on(Overlay& state, const Handover& handover) {
    auto from = holding(state, handover.from, handover.vintage);
    from.set_passed_on_g(from.passed_on_g() + handover.grams.value());
    kHoldings.put(state, {handover.from, handover.vintage}, from);
    auto to = holding(state, handover.to, handover.vintage);
    if (is_running(*period(state, handover.vintage))) {
        to.set_purchased_g(to.purchased_g() + handover.grams.value());
    } else {
        to.set_passed_on_g(to.passed_on_g() - handover.grams.value());
    }
    kHoldings.put(state, {handover.to, handover.vintage}, to);
}

void claw_back(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    if (grams.is_zero()) return;
    use(state, account, vintage, {Grams(), grams});
    auto record = holding(state, account, vintage);
    // What was inherited goes first: the settlement of the vintage, done before, knows nothing of it.
    const std::int64_t inherited =
        std::max<std::int64_t>(0, -record.passed_on_g() - record.clawed_back_inherited_g());
    record.set_clawed_back_g(record.clawed_back_g() + grams.value());
    record.set_clawed_back_inherited_g(record.clawed_back_inherited_g() + std::min(grams.value(), inherited));
    kHoldings.put(state, {account, vintage}, record);
}

void undo_use(Overlay& state, const AccountId& account, Period vintage, const Use& use) {
    quota::use(state, account, vintage, {Grams(-use.surrendered.value()), Grams(-use.expired.value())});
}

void use(Overlay& state, const AccountId& account, Period vintage, const Use& use) {
    if (use.surrendered.is_zero() && use.expired.is_zero()) return;
    auto record = holding(state, account, vintage);
    record.set_surrendered_g(record.surrendered_g() + use.surrendered.value());
    record.set_expired_g(record.expired_g() + use.expired.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [&use](proto::VintageTotals& totals) {
        totals.set_held_g(totals.held_g() - use.surrendered.value() - use.expired.value());
        totals.set_surrendered_g(totals.surrendered_g() + use.surrendered.value());
        totals.set_expired_g(totals.expired_g() + use.expired.value());
    });
}

void expire_inventory(Overlay& state, Period vintage, Grams grams) {
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_inventory_g(totals.inventory_g() - grams.value());
        totals.set_expired_g(totals.expired_g() + grams.value());
    });
}

void hold(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    auto record = holding(state, account, vintage);
    record.set_escrow_g(record.escrow_g() + grams.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_held_g(totals.held_g() - grams.value());
        totals.set_escrow_g(totals.escrow_g() + grams.value());
    });
}

void release(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    hold(state, account, vintage, Grams(-grams.value()));
}

void sell_from_escrow(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    auto record = holding(state, account, vintage);
    record.set_escrow_g(record.escrow_g() - grams.value());
    record.set_sold_g(record.sold_g() + grams.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_escrow_g(totals.escrow_g() - grams.value());
    });
}

void receive(Overlay& state, const AccountId& account, Period vintage, Grams grams) {
    auto record = holding(state, account, vintage);
    record.set_purchased_g(record.purchased_g() + grams.value());
    kHoldings.put(state, {account, vintage}, record);
    change_totals(state, vintage, [grams](proto::VintageTotals& totals) {
        totals.set_held_g(totals.held_g() + grams.value());
    });
}

proto::VintageTotals vintage_totals(const StateReader& state, Period vintage) {
    auto totals = kVintageTotals.find_or_default(state, vintage);
    totals.set_vintage(vintage);
    return totals;
}

}  // namespace pcq::contracts::quota
