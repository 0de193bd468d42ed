// What the files of this module share: readings in a record, and the months that take them.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::emissions {

inline constexpr std::int64_t kReadingMax =
    1'000'000'000'000'000;  // 10^15 g in a month: twelve of eight meters fit, a hundred times over
inline constexpr Range kMonthRange{1, 12};
inline constexpr std::uint32_t kDaysMax = 31;
inline constexpr int kMetersMax = 8;  // on one person: an account's record is rewritten with each reading

// The running month of a period, for a month that has begun: corrections of it, and disputes, are taken for
// as long as settlement can follow them.
Result<std::uint32_t> correctable_month(const StateReader& state, Period period, std::uint32_t month);
// The same, of a period that still takes readings: it runs, and its deadline has not passed.
Result<std::uint32_t> running_month(const Context& context, Period period, std::uint32_t month);

struct ReadingOf {
    std::uint32_t month = 0;
    AccountId meter;
};
proto::MonthRecord* find_reading(proto::EmissionRecord& record, const ReadingOf& of);
// A reading of nothing yet; meters_too_many if this is one meter more than may report on a person.
Result<proto::MonthRecord*> add_reading(proto::EmissionRecord& record, const ReadingOf& of);

void append(std::vector<proto::Event>& events, std::vector<proto::Event> more);

// A correction of the reading has been approved: if it was disputed, the person was right.
void uphold_dispute(Context& context, const proto::MonthRecord& reading, std::uint64_t correction);

}  // namespace pcq::contracts::emissions
