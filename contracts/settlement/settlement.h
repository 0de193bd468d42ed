// Settlement: when a period is closed, everybody in turn gives up quota for what they emitted. Own quota
// first, the oldest vintage before; then purchased quota up to delta of the excess; the rest is penalised.
// What is left over is banked at the policy's ratio, the remainder expires, and a vintage that was banked
// once expires whole, the platform's inventory likewise. A penalty takes what cash there is; what is missing
// is written down as owed and nothing goes negative. When the sweep is done, the sums go to the main chain.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::settlement {

// Side chain: the period has been closed.
void begin(Overlay& state, const proto::PeriodRecord& period);

// The next people of the sweep under way, an epoch's or a settlement's; does nothing when there is none.
Outcome sweep(const BlockContext& block, Overlay& state);
bool sweep_due(const StateReader& state);

// What settling an account means, from its records alone; changes nothing.
struct Assessment {
    Grams own_surrendered;
    Grams purchased_surrendered;
    Grams penalised;
    MicroYuan penalty;
};
Assessment assess(const proto::Policy& policy, Grams emitted, Grams own, Grams purchased);

std::optional<proto::SettlementRecord> settlement(const StateReader& state, const AccountId& account,
                                                  Period period);

// Main chain: the report of a side chain, one a period, of no more than was issued to it.
Result<> take_report(Overlay& state, const ChainId& side_chain, const proto::PeriodReport& report);
std::optional<proto::PeriodReport> report(const StateReader& state, const ChainId& side_chain, Period period);

}  // namespace pcq::contracts::settlement
