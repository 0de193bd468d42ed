// Sweeps: walks over all people, a few a block, that an epoch's price or a period's settlement takes. They
// wait in a queue and run one at a time, in the order in which they became due, so that none undoes another.
//
// A period has at most one: a newer epoch's takes the place of an older epoch's, settlement ends an epoch's
// and goes to the end of the queue, so that periods settle in the order in which they were closed. The queue
// is therefore never longer than the list of periods that are not settled, which quota bounds. A sweep ends
// with the last person who was registered when it began: registering more people does not prolong it.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::sweep {

void begin_epoch(Overlay& state, Period period, std::uint64_t people);
void begin_settlement(Overlay& state, Period period, std::uint64_t people);

// The one under way; nothing when there is none.
std::optional<proto::SweepRecord> current(const StateReader& state);
// The last person whom this period's sweep reaches; nothing if none waits or runs.
std::optional<std::uint64_t> last_number(const StateReader& state, Period period);
// How far the one under way has come.
void keep(Overlay& state, const proto::SweepRecord& sweep);
// The one under way is over; the next may begin.
void finish(Overlay& state);

}  // namespace pcq::contracts::sweep
