// What the files of this module share: readings in a record, and the months that take them.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::emissions {

inline constexpr std::int64_t kReadingMax =
    1'000'000'000'000'000;  // 10^15 g in a month: twelve of eight meters fit, a hundred times over
inline constexpr Range kMonthRange{1, 12};
inline constexpr std::uint32_t kDaysMax = 31;
inline constexpr int kMetersMax = 8;  // on one person: an account's record is rewritten with each reading

// The running month of a period that still takes readings and corrections, for a month that has begun.
Result<std::uint32_t> running_month(const StateReader& state, Period period, std::uint32_t month);

struct ReadingOf {
    std::uint32_t month = 0;
    AccountId meter;
};
proto::MonthRecord* find_reading(proto::EmissionRecord& record, const ReadingOf& of);
// A reading of nothing yet; meters_too_many if this is one meter more than may report on a person.
Result<proto::MonthRecord*> add_reading(proto::EmissionRecord& record, const ReadingOf& of);

// Ends what the person offers beyond what may still be traded: the reading, the correction or the conversion
// changes it.
void hold_orders(Overlay& state, const AccountId& account, Period period, Outcome& outcome);

// A correction of the reading has been approved: if it was disputed, the person was right.
void uphold_dispute(Context& context, const proto::MonthRecord& reading, std::uint64_t correction);

}  // namespace pcq::contracts::emissions
