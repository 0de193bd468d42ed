// Disputes: a person says that a reading is wrong, and gets an answer that stays on record.
#include "contracts/emissions/emissions.h"
#include "contracts/emissions/readings.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"

namespace pcq::contracts::emissions {
namespace {

constexpr int kDisputesMax = 3;  // of one reading, ever

// The number of the reading's open dispute; nothing if there is none.
std::optional<std::uint64_t> open_dispute(const StateReader& state, const proto::MonthRecord& reading) {
    if (reading.disputes().empty()) return std::nullopt;
    const std::uint64_t last = *reading.disputes().rbegin();
    const auto record = kDisputes.find(state, last);
    if (record->status() != proto::DISPUTE_STATUS_OPEN) return std::nullopt;
    return last;
}

}  // namespace

Result<> validate(const proto::DisputeReading& action) {
    if (auto month = in_range(action.month(), kMonthRange, "month"); !month) return month.error();
    if (auto meter = account_id(action.meter(), "meter"); !meter) return meter.error();
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<> validate(const proto::RejectDispute& action) {
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<Outcome> dispute(Context& context, const proto::DisputeReading& action) {
    if (auto person = registry::require_person(context.state, context.account); !person)
        return person.error();
    if (auto month = correctable_month(context.state, action.period(), action.month()); !month)
        return month.error();
    if (auto open = settlement::require_changeable(context.state, context.account, action.period()); !open)
        return open.error();
    auto record = emissions(context.state, context.account, action.period());
    auto* reading = find_reading(record, {action.month(), *AccountId::from(action.meter())});
    if (reading == nullptr) {
        return Error{Code::reading_unknown,
                     "this meter has no reading of month " + std::to_string(action.month()) + " of you"};
    }
    if (const auto open = open_dispute(context.state, *reading)) {
        return Error{Code::dispute_open,
                     "dispute " + std::to_string(*open) + " of this reading waits for its answer"};
    }
    if (reading->disputes_size() >= kDisputesMax) {
        return Error{Code::disputes_used_up,
                     "this reading has been disputed " + std::to_string(kDisputesMax) + " times"};
    }
    auto count = kDisputeCount.find_or_default(context.state, Only());
    count.set_value(count.value() + 1);
    kDisputeCount.put(context.state, Only(), count);
    proto::DisputeRecord opened;
    opened.set_account(context.account.bytes());
    opened.set_period(action.period());
    opened.set_month(action.month());
    opened.set_meter(action.meter());
    opened.set_grams(reading->grams());
    opened.set_reason(action.reason());
    opened.set_height(context.block.height);
    kDisputes.put(context.state, count.value(), opened);
    reading->add_disputes(count.value());
    kEmissions.put(context.state, {context.account, action.period()}, record);

    proto::Event event;
    event.mutable_dispute_opened()->set_dispute(count.value());
    return Outcome{"opened dispute " + std::to_string(count.value()) + "; the government must answer it",
                   {event}};
}

Result<Outcome> reject_dispute(Context& context, const proto::RejectDispute& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto record = kDisputes.find(context.state, action.dispute());
    if (!record) {
        return Error{Code::dispute_unknown,
                     "dispute " + std::to_string(action.dispute()) + " does not exist"};
    }
    if (record->status() != proto::DISPUTE_STATUS_OPEN) {
        return Error{Code::dispute_done,
                     "dispute " + std::to_string(action.dispute()) + " has been answered"};
    }
    record->set_status(proto::DISPUTE_STATUS_REJECTED);
    record->set_answered_by(context.account.bytes());
    record->set_answer(action.reason());
    kDisputes.put(context.state, action.dispute(), *record);
    return Outcome{"rejected dispute " + std::to_string(action.dispute()), {}};
}

void uphold_dispute(Context& context, const proto::MonthRecord& reading, std::uint64_t correction) {
    const auto open = open_dispute(context.state, reading);
    if (!open) return;
    auto record = *kDisputes.find(context.state, *open);
    record.set_status(proto::DISPUTE_STATUS_UPHELD);
    record.set_answered_by(context.account.bytes());
    record.set_correction(correction);
    kDisputes.put(context.state, *open, record);
}

}  // namespace pcq::contracts::emissions
