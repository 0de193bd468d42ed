// Holdings and their totals; what moves quota on a side chain.
#include "contracts/quota/quota.h"

#include <algorithm>

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

Result<proto::PeriodRecord> require_period(const StateReader& state, Period period) {
    auto record = kPeriods.find(state, period);
    if (!record) {
        return Error{Code::period_unknown,
                     "period " + std::to_string(period) + " has not been opened on this chain"};
    }
    return *std::move(record);
}

proto::HoldingRecord holding(const StateReader& state, const AccountId& account, Period vintage) {
    return kHoldings.find_or_default(state, {account, vintage});
}

Grams held(const proto::HoldingRecord& holding) {
    return Grams(holding.issued_g() + holding.purchased_g() - holding.sold_g() - holding.surrendered_g() -
                 holding.expired_g() - holding.escrow_g());
}

bool holds_any(const StateReader& state, const AccountId& account) {
    for (const Period vintage : periods(state)) {
        if (held(holding(state, account, vintage)).is_positive()) return true;
    }
    return false;
}

Grams accrued(const proto::HoldingRecord& holding, const proto::PeriodRecord& period) {
    const Int128 product = static_cast<Int128>(holding.issued_g()) * period.months_advanced();
    return Grams(static_cast<std::int64_t>(product / period.months()));
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
