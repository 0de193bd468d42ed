#include "contracts/emissions/emissions.h"

#include <algorithm>

#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "src/base/hex.h"

namespace pcq::contracts::emissions {
namespace {

constexpr int kReadingsMax = 1000;
constexpr std::int64_t kReadingMax =
    1'000'000'000'000'000;  // 10^15 g in a month: twelve of them fit, thousands of times over
constexpr Range kMonthRange{1, 12};
constexpr std::uint32_t kDaysMax = 31;

// Readings are booked while the period is open or in true-up, for months up to the running one.
Result<> check_period(const StateReader& state, Period period, std::uint32_t month) {
    const auto record = quota::require_period(state, period);
    if (!record) return record.error();
    if (record->phase() != proto::PERIOD_PHASE_OPEN && record->phase() != proto::PERIOD_PHASE_TRUE_UP) {
        return Error{Code::period_wrong_phase,
                     "period " + std::to_string(period) + " is closed and takes no more readings"};
    }
    const std::uint32_t running = std::min(record->months_advanced() + 1, record->months());
    if (month > running) {
        return Error{Code::reading_outside_period, "month " + std::to_string(month) +
                                                       " has not begun; the running month is " +
                                                       std::to_string(running)};
    }
    return {};
}

proto::MonthRecord* find_month(proto::EmissionRecord& record, std::uint32_t month) {
    for (auto& booked : *record.mutable_months()) {
        if (booked.month() == month) return &booked;
    }
    return nullptr;
}

Result<> book(Context& context, const proto::ReportEmissions& action, const proto::Reading& reading) {
    const AccountId account = *AccountId::from(reading.account());
    if (auto person = registry::require_person(context.state, account); !person) return person.error();
    proto::EmissionRecord record = emissions(context.state, account, action.period());
    if (find_month(record, action.month()) != nullptr) {
        return Error{Code::reading_repeated, "account " + to_hex(account) + " has a reading of month " +
                                                 std::to_string(action.month()) +
                                                 " already; propose a correction instead"};
    }
    auto& month = *record.add_months();
    month.set_month(action.month());
    month.set_grams(reading.grams());
    month.set_days_measured(reading.days_measured());
    month.set_estimated(reading.estimated());
    month.set_meter(context.account.bytes());
    record.set_emitted_g(record.emitted_g() + reading.grams());
    kEmissions.put(context.state, {account, action.period()}, record);
    return {};
}

// What was on offer may be needed now.
void hold_orders(Overlay& state, const AccountId& account, Period period, Outcome& outcome) {
    for (auto& event : market::hold_to_allowance(state, account, period))
        outcome.events.push_back(std::move(event));
}

}  // namespace

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

Result<> validate(const proto::ProposeCorrection& action) {
    if (auto month = in_range(action.month(), kMonthRange, "month"); !month) return month.error();
    if (auto account = account_id(action.account(), "account"); !account) return account.error();
    if (auto grams = in_range(action.grams(), {0, kReadingMax}, "grams"); !grams) return grams.error();
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<Outcome> report(Context& context, const proto::ReportEmissions& action) {
    if (auto allowed = require_role(context, proto::ROLE_METER); !allowed) return allowed.error();
    if (auto checked = check_period(context.state, action.period(), action.month()); !checked)
        return checked.error();
    Outcome outcome{"booked " + std::to_string(action.readings_size()) + " readings of month " +
                        std::to_string(action.month()),
                    {}};
    for (const auto& reading : action.readings()) {
        if (auto booked = book(context, action, reading); !booked) return booked.error();
        hold_orders(context.state, *AccountId::from(reading.account()), action.period(), outcome);
    }
    return outcome;
}

Result<Outcome> propose_correction(Context& context, const proto::ProposeCorrection& action) {
    if (auto allowed = require_role(context, proto::ROLE_METER); !allowed) return allowed.error();
    if (auto checked = check_period(context.state, action.period(), action.month()); !checked)
        return checked.error();
    proto::EmissionRecord record =
        emissions(context.state, *AccountId::from(action.account()), action.period());
    if (find_month(record, action.month()) == nullptr) {
        return Error{Code::correction_unknown,
                     "there is no reading of month " + std::to_string(action.month()) + " to correct"};
    }
    auto count = kCorrectionCount.find_or_default(context.state, Only());
    count.set_value(count.value() + 1);
    kCorrectionCount.put(context.state, Only(), count);

    proto::CorrectionRecord correction;
    correction.set_period(action.period());
    correction.set_month(action.month());
    correction.set_account(action.account());
    correction.set_grams(action.grams());
    correction.set_reason(action.reason());
    correction.set_proposed_by(context.account.bytes());
    kCorrections.put(context.state, count.value(), correction);

    proto::Event event;
    event.mutable_correction_proposed()->set_correction(count.value());
    return Outcome{
        "proposed correction " + std::to_string(count.value()) + "; the government must approve it", {event}};
}

Result<Outcome> approve_correction(Context& context, const proto::ApproveCorrection& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto correction = kCorrections.find(context.state, action.correction());
    if (!correction) {
        return Error{Code::correction_unknown,
                     "correction " + std::to_string(action.correction()) + " does not exist"};
    }
    if (!correction->approved_by().empty()) {
        return Error{Code::correction_done,
                     "correction " + std::to_string(action.correction()) + " has been approved"};
    }
    if (correction->proposed_by() == context.account.view()) {
        return Error{Code::not_authorised,
                     "the account that proposed a correction cannot approve it: two must have seen it"};
    }
    if (auto checked = check_period(context.state, correction->period(), correction->month()); !checked)
        return checked.error();

    const AccountId account = *AccountId::from(correction->account());
    proto::EmissionRecord record = emissions(context.state, account, correction->period());
    proto::MonthRecord* month = find_month(record, correction->month());
    PCQ_INVARIANT(month != nullptr);  // readings are never removed
    record.set_emitted_g(record.emitted_g() - month->grams() + correction->grams());
    month->set_grams(correction->grams());
    month->set_corrected(true);
    kEmissions.put(context.state, {account, correction->period()}, record);
    correction->set_approved_by(context.account.bytes());
    kCorrections.put(context.state, action.correction(), *correction);
    Outcome outcome{
        "month " + std::to_string(correction->month()) + " is now " + to_text(Grams(correction->grams())),
        {}};
    hold_orders(context.state, account, correction->period(), outcome);
    return outcome;
}

proto::EmissionRecord emissions(const StateReader& state, const AccountId& account, Period period) {
    return kEmissions.find_or_default(state, {account, period});
}

Grams emitted(const StateReader& state, const AccountId& account, Period period) {
    return Grams(emissions(state, account, period).emitted_g());
}

}  // namespace pcq::contracts::emissions
