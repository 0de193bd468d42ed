// Quota: the cap of a period, its policy, and what of it each account holds.
//
// On the main chain the government opens a period, sets its policy, issues batches up to the cap and walks
// the period through its months; each act goes to the side chains as a message. On a side chain the same
// records arrive through the bridge, and people's quota is credited from the batches by proof, each leaf
// once, in order; a leaf of somebody who is not registered holds up nobody. A quota accrues month by month in
// equal parts.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::quota {

Result<> validate(const proto::OpenPeriod& action);
Result<> validate(const proto::IssueBatch& action);
Result<> validate(const proto::AdvancePeriod& action);
Result<> validate(const proto::ClosePeriod& action);
Result<> validate(const proto::ClaimIssuance& action);

// Main chain; government.
Result<Outcome> open_period(Context& context, const proto::OpenPeriod& action);
Result<Outcome> issue_batch(Context& context, const proto::IssueBatch& action);
Result<Outcome> advance_period(Context& context, const proto::AdvancePeriod& action);
Result<Outcome> close_period(Context& context, const proto::ClosePeriod& action);
// Every period as it stands, for a side chain that has just been registered.
void send_periods(Overlay& state, const ChainId& side_chain);

// A side chain has reported; with the last of them the period is settled.
void count_report(Overlay& state, Period period);

// Side chain; through the bridge.
void take_period(Overlay& state, const proto::PeriodRecord& update);
void take_batch(Overlay& state, const ChainId& this_chain, const proto::BatchIssued& issued);
// Side chain; anyone.
Result<Outcome> claim_issuance(Context& context, const proto::ClaimIssuance& action);
// Side chain; owner.
Result<> validate(const proto::TransferQuota& action);
Result<Outcome> transfer(Context& context, const proto::TransferQuota& action);
// The account has just been registered: what was claimed for it in periods that are still open is its own
// now.
void credit_waiting(Overlay& state, const AccountId& account);
Hash issuance_leaf(const ChainId& side_chain, Period period, const proto::IssuanceLeaf& leaf);

std::optional<proto::PeriodRecord> period(const StateReader& state, Period period);
std::vector<Period> periods(const StateReader& state);    // ascending
std::vector<Period> unsettled(const StateReader& state);  // ascending: those whose settlement is not over
// Vintages of which something can still be left: all but those whose period and a later one are settled.
std::vector<Period> live_vintages(const StateReader& state);  // ascending
// Open or in true-up: readings are booked, people trade.
bool is_running(const proto::PeriodRecord& period);
// period_unknown with a message fit for a user.
Result<proto::PeriodRecord> require_period(const StateReader& state, Period period);
// The same, and period_wrong_phase unless it is open or in true-up.
Result<proto::PeriodRecord> require_running(const StateReader& state, Period period);
Result<> valid_period(Period period);  // a calendar year that could be one
// Main chain: adds to what is issued of the vintage; issuance_above_cap if the cap does not allow it.
Result<> count_against_cap(Overlay& state, const proto::PeriodRecord& period, Grams grams);

// period_in_grace once the deadline has passed in a period that has a time of grace: until it is closed
// people only make up what they lack.
Result<> require_before_deadline(const proto::PeriodRecord& period, Instant now);

proto::HoldingRecord holding(const StateReader& state, const AccountId& account, Period vintage);
Grams held(const proto::HoldingRecord& holding);
bool holds_any(const StateReader& state, const AccountId& account);
// What of the quota has accrued: all of it, or issued times months over, rounded down, by policy. What was
// converted from credits has accrued at once.
Grams accrued(const proto::HoldingRecord& holding, const proto::PeriodRecord& period);

// What moves between a person and the rest of the world; each keeps the vintage's totals right. The amounts
// have been checked.
void sell_to_platform(Overlay& state, const AccountId& account, Period vintage, Grams grams);
void buy_from_platform(Overlay& state, const AccountId& account, Period vintage, Grams grams);
struct Use {
    Grams surrendered;
    Grams expired;
};
void use(Overlay& state, const AccountId& account, Period vintage, const Use& use);
struct Handover {
    AccountId from;
    AccountId to;
    Period vintage = 0;
    Grams grams;
};
// Between people: sold by the one, purchased by the other.
void give(Overlay& state, const Handover& handover);
// From an account that ends to its heir: purchased where the vintage's period still runs.
void pass_on(Overlay& state, const Handover& handover);
// The government takes it back; it expires.
void claw_back(Overlay& state, const AccountId& account, Period vintage, Grams grams);
void undo_use(Overlay& state, const AccountId& account, Period vintage, const Use& use);
void expire_inventory(Overlay& state, Period vintage, Grams grams);
// Of an order: set aside, given back, sold to somebody who receives as much.
void hold(Overlay& state, const AccountId& account, Period vintage, Grams grams);
void release(Overlay& state, const AccountId& account, Period vintage, Grams grams);
void sell_from_escrow(Overlay& state, const AccountId& account, Period vintage, Grams grams);
void receive(Overlay& state, const AccountId& account, Period vintage, Grams grams);

proto::VintageTotals vintage_totals(const StateReader& state, Period vintage);

}  // namespace pcq::contracts::quota
