#include "contracts/sweep.h"

#include <algorithm>

namespace pcq::contracts::sweep {
namespace {

proto::SweepRecord from_the_start(Period period, std::uint64_t people, bool settlement) {
    proto::SweepRecord sweep;
    sweep.set_period(period);
    sweep.set_settlement(settlement);
    sweep.set_next_number(1);
    sweep.set_last_number(people);
    return sweep;
}

auto sweep_of(proto::SweepQueue& queue, Period period) {
    return std::find_if(queue.mutable_sweeps()->begin(), queue.mutable_sweeps()->end(),
                        [period](const proto::SweepRecord& sweep) { return sweep.period() == period; });
}

void put(Overlay& state, const proto::SweepQueue& queue) {
    if (queue.sweeps().empty()) return kSweeps.remove(state, Only());
    kSweeps.put(state, Only(), queue);
}

}  // namespace

void begin_epoch(Overlay& state, Period period, std::uint64_t people) {
    auto queue = kSweeps.find_or_default(state, Only());
    const auto older = sweep_of(queue, period);
    auto& place = older == queue.mutable_sweeps()->end() ? *queue.add_sweeps() : *older;
    place = from_the_start(period, people, false);
    put(state, queue);
}

void begin_settlement(Overlay& state, Period period, std::uint64_t people) {
    auto queue = kSweeps.find_or_default(state, Only());
    const auto epoch = sweep_of(queue, period);
    if (epoch != queue.mutable_sweeps()->end()) queue.mutable_sweeps()->erase(epoch);
    *queue.add_sweeps() = from_the_start(period, people, true);
    put(state, queue);
}

std::optional<proto::SweepRecord> current(const StateReader& state) {
    const auto queue = kSweeps.find(state, Only());
    if (!queue) return std::nullopt;
    return queue->sweeps(0);
}

std::optional<std::uint64_t> last_number(const StateReader& state, Period period) {
    auto queue = kSweeps.find_or_default(state, Only());
    const auto found = sweep_of(queue, period);
    if (found == queue.mutable_sweeps()->end()) return std::nullopt;
    return found->last_number();
}

void keep(Overlay& state, const proto::SweepRecord& sweep) {
    auto queue = *kSweeps.find(state, Only());
    *queue.mutable_sweeps(0) = sweep;
    put(state, queue);
}

void finish(Overlay& state) {
    auto queue = *kSweeps.find(state, Only());
    queue.mutable_sweeps()->DeleteSubrange(0, 1);
    put(state, queue);
}

}  // namespace pcq::contracts::sweep
