#include "contracts/settlement/report.h"

#include <algorithm>
#include <limits>

#include "contracts/bridge/bridge.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "src/base/wide.h"

namespace pcq::contracts::settlement {
namespace {

__extension__ using Unsigned128 = unsigned __int128;

Int128 exactly(const proto::WideSum& sum) {
    const Unsigned128 bits =
        (static_cast<Unsigned128>(static_cast<std::uint64_t>(sum.high())) << 64u) | sum.low();
    return static_cast<Int128>(bits);
}

// Adds to the exact sum and returns it, or the largest number if it does not fit a report.
std::int64_t change(proto::WideSum& sum, Int128 by) {
    const Int128 now = exactly(sum) + by;
    const auto bits = static_cast<Unsigned128>(now);
    sum.set_high(static_cast<std::int64_t>(static_cast<std::uint64_t>(bits >> 64u)));
    sum.set_low(static_cast<std::uint64_t>(bits));
    constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(now, kMost));
}

void send(Overlay& state, const proto::PeriodReport& sums) {
    proto::OutboxRecord message;
    *message.mutable_period_report() = sums;
    bridge::send(state, *ChainId::from(governance::chain(state).main_chain_id()), message);
}

}  // namespace

void count(Overlay& state, const ChainId& chain, Period period, const proto::SettlementRecord& record,
           Sign sign) {
    const Int128 times = static_cast<int>(sign);
    auto wide = kPeriodSums.find_or_default(state, period);
    auto sums = kPeriodReports.find_or_default(state, {chain, period});
    // Quota and cash are bounded by what was issued and deposited; what is reported and owed is not.
    const auto plain = [times](std::int64_t sum, std::int64_t part) {
        return static_cast<std::int64_t>(sum + times * part);
    };
    sums.set_period(period);
    sums.set_people(sums.people() + static_cast<std::uint64_t>(static_cast<int>(sign)));
    sums.set_issued_g(plain(sums.issued_g(), record.issued_g()));
    sums.set_emitted_g(change(*wide.mutable_emitted_g(), times * record.emitted_g()));
    sums.set_obligation_g(change(*wide.mutable_obligation_g(), times * record.obligation_g()));
    sums.set_sold_g(plain(sums.sold_g(), record.sold_g()));
    sums.set_bought_g(plain(sums.bought_g(), record.purchased_g()));
    sums.set_own_surrendered_g(plain(sums.own_surrendered_g(), record.own_surrendered_g()));
    sums.set_purchased_surrendered_g(plain(sums.purchased_surrendered_g(), record.purchased_surrendered_g()));
    sums.set_borrowed_g(plain(sums.borrowed_g(), record.borrowed_g()));
    sums.set_penalised_g(change(*wide.mutable_penalised_g(), times * record.penalised_g()));
    sums.set_penalty_paid_uy(plain(sums.penalty_paid_uy(), record.penalty_paid_uy()));
    sums.set_penalty_owed_uy(change(*wide.mutable_penalty_owed_uy(), times * record.penalty_owed_uy()));
    sums.set_banked_g(plain(sums.banked_g(), record.banked_g()));
    sums.set_expired_g(plain(sums.expired_g(), record.expired_g()));
    kPeriodSums.put(state, period, wide);
    kPeriodReports.put(state, {chain, period}, sums);
}

void send_first(Overlay& state, const ChainId& chain, const proto::PeriodRecord& period) {
    auto sums = kPeriodReports.find_or_default(state, {chain, period.period()});
    sums.set_period(period.period());
    *sums.mutable_platform() = market::book(state, period.period());
    sums.set_epochs(period.epoch());
    if (const auto last = pricing::epoch(state, period.period(), period.epoch())) {
        sums.set_buy_price_uy_per_kg(last->buy_price_uy_per_kg());
        sums.set_sell_price_uy_per_kg(last->sell_price_uy_per_kg());
    }
    kPeriodReports.put(state, {chain, period.period()}, sums);
    send(state, sums);
}

void send_again(Overlay& state, const ChainId& chain, const proto::PeriodRecord& period) {
    if (period.phase() != proto::PERIOD_PHASE_SETTLED) return;
    auto sums = *kPeriodReports.find(state, {chain, period.period()});
    sums.set_revision(sums.revision() + 1);
    kPeriodReports.put(state, {chain, period.period()}, sums);
    send(state, sums);
}

Result<> take_report(Overlay& state, const ChainId& side_chain, const proto::PeriodReport& report) {
    const auto period = quota::require_period(state, report.period());
    if (!period) return period.error();
    const auto before = kPeriodReports.find(state, {side_chain, report.period()});
    if (period->phase() != proto::PERIOD_PHASE_SETTLING && !before) {
        return Error{Code::period_wrong_phase,
                     "period " + std::to_string(report.period()) + " is not being settled"};
    }
    if (before && report.revision() <= before->revision()) {
        return Error{Code::bridge_wrong_message,
                     "the side chain has reported period " + std::to_string(report.period()) +
                         " before, in revision " + std::to_string(before->revision())};
    }
    const auto issued = kIssuance.find_or_default(state, {side_chain, report.period()}).issued_g();
    if (report.issued_g() > issued) {
        return Error{Code::anchor_contradicts, "the side chain settled " + to_text(Grams(report.issued_g())) +
                                                   " of vintage " + std::to_string(report.period()) +
                                                   ", issued to it were " + to_text(Grams(issued))};
    }
    kPeriodReports.put(state, {side_chain, report.period()}, report);
    if (!before) quota::count_report(state, report.period());
    return {};
}

std::optional<proto::PeriodReport> report(const StateReader& state, const ChainId& side_chain,
                                          Period period) {
    return kPeriodReports.find(state, {side_chain, period});
}

}  // namespace pcq::contracts::settlement
