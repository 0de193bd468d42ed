// The report of a period: the sums over everybody who was settled. On the side chain they run under its own
// id, exactly, so that a correction can take a person's figures off again; the main chain gets them when all
// are settled, and again, with a higher revision, when a later correction changed them.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::settlement {

enum class Sign : int { add = 1, take_off = -1 };
void count(Overlay& state, const ChainId& chain, Period period, const proto::SettlementRecord& record,
           Sign sign);
// Everybody is settled: the platform's books join the sums, and the report goes to the main chain.
void send_first(Overlay& state, const ChainId& chain, const proto::PeriodRecord& period);
// The sums have changed since; nothing is sent before the first report.
void send_again(Overlay& state, const ChainId& chain, const proto::PeriodRecord& period);

// Main chain: the report of a side chain, of no more than was issued to it. One that came before is replaced
// by a higher revision.
Result<> take_report(Overlay& state, const ChainId& side_chain, const proto::PeriodReport& report);
std::optional<proto::PeriodReport> report(const StateReader& state, const ChainId& side_chain, Period period);

}  // namespace pcq::contracts::settlement
