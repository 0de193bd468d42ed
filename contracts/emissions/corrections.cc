// Corrections: a meter replaces its own reading, or adds the one that is missing; two must have seen it.
#include "contracts/emissions/emissions.h"
#include "contracts/emissions/readings.h"
#include "contracts/market/orders.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"

namespace pcq::contracts::emissions {
namespace {

// Nothing is changed yet: whether the record can take the reading that the correction adds.
Result<> check_room(proto::EmissionRecord record, const ReadingOf& of) {
    if (find_reading(record, of) != nullptr) return {};
    if (auto added = add_reading(record, of); !added) return added.error();
    return {};
}

struct Pending {
    AccountId account;
    proto::CorrectionRecord record;
};

// A correction that this account may approve now.
Result<Pending> pending(const Context& context, std::uint64_t number) {
    auto correction = kCorrections.find(context.state, number);
    if (!correction) {
        return Error{Code::correction_unknown, "correction " + std::to_string(number) + " does not exist"};
    }
    if (!correction->approved_by().empty()) {
        return Error{Code::correction_done, "correction " + std::to_string(number) + " has been approved"};
    }
    if (auto second = registry::require_second(context, *AccountId::from(correction->proposed_by()),
                                               "proposed a correction");
        !second)
        return second.error();
    if (auto month = correctable_month(context.state, correction->period(), correction->month()); !month)
        return month.error();
    const AccountId account = *AccountId::from(correction->account());
    return Pending{account, *std::move(correction)};
}

}  // namespace

Result<> validate(const proto::ProposeCorrection& action) {
    if (auto month = in_range(action.month(), kMonthRange, "month"); !month) return month.error();
    if (auto account = account_id(action.account(), "account"); !account) return account.error();
    if (auto grams = in_range(action.grams(), {0, kReadingMax}, "grams"); !grams) return grams.error();
    if (auto days = in_range(action.days_measured(), {0, kDaysMax}, "days_measured"); !days)
        return days.error();
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<Outcome> propose_correction(Context& context, const proto::ProposeCorrection& action) {
    if (auto allowed = require_role(context, proto::ROLE_METER); !allowed) return allowed.error();
    if (auto month = correctable_month(context.state, action.period(), action.month()); !month)
        return month.error();
    const AccountId account = *AccountId::from(action.account());
    if (auto person = registry::require_person(context.state, account); !person) return person.error();
    const auto record = emissions(context.state, account, action.period());
    if (auto room = check_room(record, {action.month(), context.account}); !room) return room.error();

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
    correction.set_days_measured(action.days_measured());
    correction.set_estimated(action.estimated());
    kCorrections.put(context.state, count.value(), correction);

    proto::Event event;
    event.mutable_correction_proposed()->set_correction(count.value());
    return Outcome{
        "proposed correction " + std::to_string(count.value()) + "; the government must approve it", {event}};
}

Result<Outcome> approve_correction(Context& context, const proto::ApproveCorrection& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto correction = pending(context, action.correction());
    if (!correction) return correction.error();
    auto& [account, proposed] = *correction;
    proto::EmissionRecord record = emissions(context.state, account, proposed.period());
    const ReadingOf of{proposed.month(), *AccountId::from(proposed.proposed_by())};
    auto* reading = find_reading(record, of);
    const bool added = reading == nullptr;
    if (added) {
        const auto place = add_reading(record, of);
        if (!place) return place.error();
        reading = *place;
    }
    proposed.set_added(added);
    proposed.set_replaced_g(reading->grams());
    record.set_emitted_g(record.emitted_g() - reading->grams() + proposed.grams());
    reading->set_grams(proposed.grams());
    reading->set_corrected(!added || reading->corrected());
    reading->set_late(added || reading->late());
    reading->set_estimated(proposed.estimated());
    if (proposed.days_measured() != 0) reading->set_days_measured(proposed.days_measured());
    uphold_dispute(context, *reading, action.correction());
    kEmissions.put(context.state, {account, proposed.period()}, record);
    proposed.set_approved_by(context.account.bytes());
    kCorrections.put(context.state, action.correction(), proposed);
    Outcome outcome{
        "month " + std::to_string(proposed.month()) + " is now " + to_text(Grams(proposed.grams())), {}};
    auto again = settlement::resettle(context.block, context.state, account, proposed.period());
    if (!again) return again.error();
    append(outcome.events, *std::move(again));
    append(outcome.events, market::hold_to_allowance(context.state, account));
    return outcome;
}

}  // namespace pcq::contracts::emissions
