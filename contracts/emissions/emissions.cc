// Reports of meters, and what they add up to.
#include "contracts/emissions/emissions.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "contracts/emissions/readings.h"
#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "src/base/hex.h"

namespace pcq::contracts::emissions {
namespace {

constexpr int kReadingsMax = 1000;

Result<> book(Context& context, const proto::ReportEmissions& action, const proto::Reading& reading) {
    const AccountId account = *AccountId::from(reading.account());
    if (auto person = registry::require_person(context.state, account); !person) return person.error();
    proto::EmissionRecord record = emissions(context.state, account, action.period());
    const ReadingOf of{action.month(), context.account};
    if (find_reading(record, of) != nullptr) {
        return Error{Code::reading_repeated,
                     "account " + to_hex(account) + " has this meter's reading of month " +
                         std::to_string(action.month()) + " already; propose a correction instead"};
    }
    const auto month = add_reading(record, of);
    if (!month) return month.error();
    (*month)->set_grams(reading.grams());
    (*month)->set_days_measured(reading.days_measured());
    (*month)->set_estimated(reading.estimated());
    record.set_emitted_g(record.emitted_g() + reading.grams());
    kEmissions.put(context.state, {account, action.period()}, record);
    return {};
}

}  // namespace

Result<std::uint32_t> correctable_month(const StateReader& state, Period period, std::uint32_t month) {
    const auto record = quota::require_period(state, period);
    if (!record) return record.error();
    const std::uint32_t running = std::min(record->months_advanced() + 1, record->months());
    if (month <= running) return running;
    return Error{
        Code::reading_outside_period,
        "month " + std::to_string(month) + " has not begun; the running month is " + std::to_string(running)};
}

Result<std::uint32_t> running_month(const Context& context, Period period, std::uint32_t month) {
    const auto record = quota::require_period(context.state, period);
    if (!record) return record.error();
    if (!quota::is_running(*record)) {
        return Error{Code::period_wrong_phase,
                     "period " + std::to_string(period) + " is closed and takes no more readings"};
    }
    if (auto early = quota::require_before_deadline(*record, context.block.time); !early)
        return early.error();
    return correctable_month(context.state, period, month);
}

void append(std::vector<proto::Event>& events, std::vector<proto::Event> more) {
    std::move(more.begin(), more.end(), std::back_inserter(events));
}

proto::MonthRecord* find_reading(proto::EmissionRecord& record, const ReadingOf& of) {
    for (auto& booked : *record.mutable_months()) {
        if (booked.month() == of.month && booked.meter() == of.meter.view()) return &booked;
    }
    return nullptr;
}

Result<proto::MonthRecord*> add_reading(proto::EmissionRecord& record, const ReadingOf& of) {
    std::set<BytesView> meters{of.meter.view()};
    for (const auto& booked : record.months()) meters.insert(booked.meter());
    if (meters.size() > kMetersMax) {
        return Error{Code::meters_too_many,
                     std::to_string(kMetersMax) + " other meters report on this person"};
    }
    auto* reading = record.add_months();
    reading->set_month(of.month);
    reading->set_meter(of.meter.bytes());
    return reading;
}

Result<> validate(const proto::ReportEmissions& action) {
    if (auto month = in_range(action.month(), kMonthRange, "month"); !month) return month.error();
    if (auto count = in_range(action.readings_size(), {1, kReadingsMax}, "the number of readings"); !count)
        return count.error();
    for (const auto& reading : action.readings()) {
        if (auto account = account_id(reading.account(), "a reading's account"); !account)
            return account.error();
        if (auto grams = in_range(reading.grams(), {0, kReadingMax}, "a reading's grams"); !grams)
            return grams.error();
        if (auto days = in_range(reading.days_measured(), {0, kDaysMax}, "days_measured"); !days)
            return days.error();
    }
    return {};
}

Result<Outcome> report(Context& context, const proto::ReportEmissions& action) {
    if (auto allowed = require_role(context, proto::ROLE_METER); !allowed) return allowed.error();
    const auto running = running_month(context, action.period(), action.month());
    if (!running) return running.error();
    if (action.month() + 1 < *running) {
        return Error{Code::reading_late, "month " + std::to_string(action.month()) +
                                             " is late, the running month is " + std::to_string(*running) +
                                             "; propose the reading as a correction, with a reason"};
    }
    Outcome outcome{"booked " + std::to_string(action.readings_size()) + " readings of month " +
                        std::to_string(action.month()),
                    {}};
    for (const auto& reading : action.readings()) {
        if (auto booked = book(context, action, reading); !booked) return booked.error();
        // What was on offer may be needed now.
        append(outcome.events, market::hold_to_allowance(context.state, *AccountId::from(reading.account()),
                                                         action.period()));
    }
    return outcome;
}

proto::EmissionRecord emissions(const StateReader& state, const AccountId& account, Period period) {
    return kEmissions.find_or_default(state, {account, period});
}

Grams emitted(const StateReader& state, const AccountId& account, Period period) {
    return Grams(emissions(state, account, period).emitted_g());
}

}  // namespace pcq::contracts::emissions
