// Settlement: when a period is closed, everybody in turn gives up quota for what they emitted, by the rules
// of assess.h. A penalty takes what cash there is; what is missing becomes a debt (cash/debts.h) and nothing
// goes negative. When the sweep is done, the sums go to the main chain.
//
// Until the next period is settled for a person, a correction of their emissions undoes the settlement in
// their records and does it again from what it started from: whether a correction comes before or after,
// quota, cash, debts and sums are the same. A penalty paid too much is refunded.
#pragma once

#include "contracts/check.h"
#include "contracts/settlement/assess.h"

namespace pcq::contracts::settlement {

// Ranges of the fields of a policy that concern settlement.
Result<> check_policy(const proto::Policy& policy);

// Side chain: the period has been closed.
void begin(Overlay& state, const proto::PeriodRecord& period);

// The next people of the sweep under way, an epoch's or a settlement's; does nothing when there is none.
Outcome sweep(const BlockContext& block, Overlay& state);
bool sweep_due(const StateReader& state);

// settlement_final if what is settled of the account's period stays: its next period is settled too, or the
// account is closed.
Result<> require_changeable(const StateReader& state, const AccountId& account, Period period);
// The emissions reported of a person have changed after the period was closed. Does nothing for somebody who
// waits to be settled; settlement_final when it is too late, or the person came after the close. Says what
// became of it.
Result<std::vector<proto::Event>> resettle(const BlockContext& block, Overlay& state,
                                           const AccountId& account, Period period);

std::optional<proto::SettlementRecord> settlement(const StateReader& state, const AccountId& account,
                                                  Period period);
// Grams that the account's settlement of this period takes beside those emitted; they are owed by the first
// period that is not settled for it, and by no later one.
Grams obligation(const StateReader& state, const AccountId& account, Period period);
// A claw-back found this much missing. amount_overflow.
Result<> add_obligation(Overlay& state, const AccountId& account, Grams grams);
// What is left of it when no period is left to settle: the account ends, and owes it to no settlement any
// more.
Grams take_obligation(Overlay& state, const AccountId& account);
// Emitted so far, and owed beside: what may not be sold.
Grams needed(const StateReader& state, const AccountId& account, Period period);

// What settling an account now would give: the record as it would be written, at this block's time. Changes
// nothing. period_unknown; period_wrong_phase if the account is settled.
Result<proto::SettlementRecord> rehearse(const StateReader& state, const AccountId& account, Period period,
                                         Instant now);

}  // namespace pcq::contracts::settlement
