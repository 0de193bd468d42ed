// The government's acts on the main chain, and their arrival on a side chain.
#include <algorithm>

#include "contracts/bridge/bridge.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/opening.h"
#include "contracts/quota/quota.h"
#include "contracts/quota/rules.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"
#include "src/base/hex.h"
#include "src/base/instant_text.h"
#include "src/base/wide.h"
#include "src/crypto/hash.h"
#include "src/economics/market.h"
#include "src/ledger/list_tree.h"

namespace pcq::contracts::quota {
namespace {

constexpr Range kPeriodRange{1990, 9999};
constexpr std::int64_t kMonthsMax = 12;
constexpr std::size_t kUnsettledMax = 16;  // each is in every header's totals
constexpr std::int64_t kBatchLeavesMax = 10'000'000;
constexpr int kClaimLeavesMax = 1000;
constexpr int kProofHashesMax = 64;  // twice the depth of a tree of 2^32 leaves

// Stores the period and tells every side chain how it now stands.
void publish(Overlay& state, const proto::PeriodRecord& record) {
    kPeriods.put(state, record.period(), record);
    proto::OutboxRecord message;
    *message.mutable_period_update() = record;
    bridge::send_to_all(state, message);
}

void remember(Overlay& state, Period period) {
    auto list = kPeriodList.find_or_default(state, Only());
    list.add_periods(period);
    std::sort(list.mutable_periods()->begin(), list.mutable_periods()->end());
    kPeriodList.put(state, Only(), list);
}

// Years go forward: what is banked from one is used in the next, so settlement must meet them in order.
Result<> after_all_others(const StateReader& state, Period period) {
    const auto known = periods(state);
    if (known.empty() || period > known.back()) return {};
    return Error{Code::period_out_of_order, "period " + std::to_string(known.back()) +
                                                " has been opened; an earlier one cannot be opened any more"};
}

// A slip of the finger here would bar all years before it, or keep the period from ever closing.
Result<> check_dates(const proto::OpenPeriod& action, Instant now) {
    constexpr std::int64_t kYearMs = 31'556'952'000;
    const std::int64_t latest = 1970 + now.ms / kYearMs + 2;
    if (action.period() > latest) {
        return Error{Code::period_too_far, "period " + std::to_string(action.period()) +
                                               " is too far ahead; the latest to open now is " +
                                               std::to_string(latest)};
    }
    const auto deadline = static_cast<std::uint64_t>(now.ms) + 5 * static_cast<std::uint64_t>(kYearMs);
    if (action.earliest_close_ms() <= deadline) return {};
    return Error{Code::period_too_far, "earliest_close_ms is " + std::to_string(action.earliest_close_ms()) +
                                           ", more than five years after block time, at most " +
                                           std::to_string(deadline) + " is"};
}

Result<> earlier_closed(const StateReader& state, Period period) {
    for (const Period earlier : periods(state)) {
        if (earlier >= period) break;
        const auto phase = kPeriods.find(state, earlier)->phase();
        if (phase == proto::PERIOD_PHASE_OPEN || phase == proto::PERIOD_PHASE_TRUE_UP) {
            return Error{Code::period_out_of_order, "period " + std::to_string(earlier) +
                                                        " is still open; close it before period " +
                                                        std::to_string(period)};
        }
    }
    return {};
}

// What a claim says of the grams: by which rule, and how it came out for the person.
struct Grounds {
    std::string rule;
    std::uint32_t version = 0;
    std::string reason;
};

template <class Record>
void set_grounds(Record& record, const Grounds& grounds) {
    record.set_rule(grounds.rule);
    record.set_rule_version(grounds.version);
    record.set_reason(grounds.reason);
}

// To a person's holding and the vintage's totals. Batches bound every sum of leaves by the cap.
void credit(Overlay& state, const AccountPeriod& key, Grams grams, const Grounds& grounds) {
    const auto& [account, period] = key;
    auto owned = holding(state, account, period);
    owned.set_issued_g(owned.issued_g() + grams.value());
    set_grounds(owned, grounds);
    kHoldings.put(state, key, owned);
    auto totals = vintage_totals(state, period);
    totals.set_issued_g(totals.issued_g() + grams.value());
    totals.set_held_g(totals.held_g() + grams.value());
    kVintageTotals.put(state, period, totals);
}

void keep_waiting(Overlay& state, const AccountPeriod& key, Grams grams, const Grounds& grounds) {
    auto waiting = kWaiting.find_or_default(state, key);
    waiting.set_grams(waiting.grams() + grams.value());
    set_grounds(waiting, grounds);
    kWaiting.put(state, key, waiting);
}

Error wrong_phase(const proto::PeriodRecord& record, const std::string& needed) {
    return Error{Code::period_wrong_phase, "period " + std::to_string(record.period()) + " " + needed};
}

}  // namespace

Result<> valid_period(Period period) {
    return in_range(period, kPeriodRange, "period");
}

Result<> count_against_cap(Overlay& state, const proto::PeriodRecord& period, Grams grams) {
    auto totals = vintage_totals(state, period.period());
    if (grams.value() > period.cap_g() - totals.issued_g()) {
        return Error{Code::issuance_above_cap, to_text(grams) + " would exceed the cap of " +
                                                   to_text(Grams(period.cap_g())) + ", of which " +
                                                   to_text(Grams(totals.issued_g())) + " are issued"};
    }
    totals.set_issued_g(totals.issued_g() + grams.value());
    totals.set_held_g(totals.issued_g());
    kVintageTotals.put(state, period.period(), totals);
    return {};
}

Result<> validate(const proto::OpenPeriod& action) {
    if (auto period = valid_period(action.period()); !period) return period.error();
    if (auto cap = in_range(action.cap_g(), kGramsRange, "cap_g"); !cap) return cap.error();
    if (auto months = in_range(action.months(), {1, kMonthsMax}, "months"); !months) return months.error();
    return validate_terms(action);
}

Result<> validate(const proto::IssueBatch& action) {
    if (auto period = valid_period(action.period()); !period) return period.error();
    if (auto chain = chain_id(action.side_chain(), "side_chain"); !chain) return chain.error();
    if (action.merkle_root().size() != Hash::kSize) return malformed("merkle_root must have 32 bytes");
    if (auto count = in_range(action.count(), {1, kBatchLeavesMax}, "count"); !count) return count.error();
    if (auto total = in_range(action.total_g(), kGramsRange, "total_g"); !total) return total.error();
    return identifier(action.rule(), "rule");
}

Result<> validate(const proto::AdvancePeriod& action) {
    if (auto period = valid_period(action.period()); !period) return period.error();
    return in_range(action.month(), {1, kMonthsMax}, "month");
}

Result<> validate(const proto::ClosePeriod& action) {
    return valid_period(action.period());
}

Result<> validate(const proto::ClaimIssuance& action) {
    if (auto period = valid_period(action.period()); !period) return period.error();
    if (auto leaves = in_range(action.leaves_size(), {1, kClaimLeavesMax}, "the number of leaves"); !leaves)
        return leaves.error();
    if (action.proof_size() > kProofHashesMax) return malformed("proof has more than 64 hashes");
    for (const auto& leaf : action.leaves()) {
        if (auto account = account_id(leaf.account(), "a leaf's account"); !account) return account.error();
        if (auto grams = in_range(leaf.grams(), {0, econ::kGramsMax}, "a leaf's grams"); !grams)
            return grams.error();
        if (leaf.reason().size() > kLeafReasonBytesMax)
            return malformed("a leaf's reason has more than 64 bytes");
    }
    for (const auto& hash : action.proof()) {
        if (hash.size() != Hash::kSize) return malformed("a hash of the proof has not 32 bytes");
    }
    return {};
}

Result<Outcome> open_period(Context& context, const proto::OpenPeriod& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    if (kPeriods.contains(context.state, action.period())) {
        return Error{Code::period_exists, "period " + std::to_string(action.period()) + " is open already"};
    }
    if (auto dates = check_dates(action, context.block.time); !dates) return dates.error();
    if (auto forward = after_all_others(context.state, action.period()); !forward) return forward.error();
    if (unsettled(context.state).size() >= kUnsettledMax) {
        return Error{Code::periods_unsettled,
                     std::to_string(kUnsettledMax) + " periods are not settled; settle the oldest first"};
    }
    const auto opening = judge(action);
    if (!opening) return opening.error();
    proto::PeriodRecord record;
    record.set_period(action.period());
    record.set_phase(proto::PERIOD_PHASE_OPEN);
    record.set_cap_g(action.cap_g());
    record.set_months(action.months());
    record.set_earliest_close_ms(action.earliest_close_ms());
    *record.mutable_policy() = action.policy();
    if (action.optimal_offset())
        record.mutable_policy()->set_offset_ratio_ppb(opening->optimal_offset_ratio_ppb());
    *record.mutable_opening() = *opening;
    remember(context.state, action.period());
    publish(context.state, record);
    return Outcome{"opened period " + std::to_string(action.period()) + " with a cap of " +
                       to_text(Grams(action.cap_g())) + "; delta is " +
                       to_text(Ratio(record.policy().offset_ratio_ppb())),
                   {}};
}

Result<Outcome> issue_batch(Context& context, const proto::IssueBatch& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    const auto record = require_period(context.state, action.period());
    if (!record) return record.error();
    if (record->phase() != proto::PERIOD_PHASE_OPEN) return wrong_phase(*record, "issues no more quota");
    const ChainId side_chain = *ChainId::from(action.side_chain());
    if (!bridge::foreign_chain(context.state, side_chain)) {
        return Error{Code::side_chain_unknown, "side chain " + to_hex(side_chain) + " is not registered"};
    }
    if (!allocation_rule(context.state, action.rule(), action.rule_version())) {
        return Error{Code::rule_unknown, "there is no version " + std::to_string(action.rule_version()) +
                                             " of an allocation rule " + action.rule() + "; set it first"};
    }
    if (auto counted = count_against_cap(context.state, *record, Grams(action.total_g())); !counted)
        return counted.error();

    auto issuance = kIssuance.find_or_default(context.state, {side_chain, action.period()});
    proto::OutboxRecord message;
    auto& issued = *message.mutable_batch_issued();
    issued.set_period(action.period());
    issued.set_batch(issuance.batches());
    issued.mutable_record()->set_merkle_root(action.merkle_root());
    issued.mutable_record()->set_count(action.count());
    issued.mutable_record()->set_total_g(action.total_g());
    issued.mutable_record()->set_rule(action.rule());
    issued.mutable_record()->set_rule_version(action.rule_version());
    kBatches.put(context.state, {side_chain, action.period(), issuance.batches()}, issued.record());
    issuance.set_batches(issuance.batches() + 1);
    issuance.set_issued_g(issuance.issued_g() + action.total_g());
    kIssuance.put(context.state, {side_chain, action.period()}, issuance);
    bridge::send(context.state, side_chain, message);
    return Outcome{
        "issued " + to_text(Grams(action.total_g())) + " to " + std::to_string(action.count()) + " accounts",
        {}};
}

Result<Outcome> advance_period(Context& context, const proto::AdvancePeriod& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto record = require_period(context.state, action.period());
    if (!record) return record.error();
    if (record->phase() != proto::PERIOD_PHASE_OPEN) return wrong_phase(*record, "has no further month");
    if (action.month() != record->months_advanced() + 1) {
        return Error{Code::month_out_of_order, "month " + std::to_string(record->months_advanced() + 1) +
                                                   " is the next to end, not " +
                                                   std::to_string(action.month())};
    }
    record->set_months_advanced(action.month());
    if (action.month() == record->months()) record->set_phase(proto::PERIOD_PHASE_TRUE_UP);
    publish(context.state, *record);
    return Outcome{"month " + std::to_string(action.month()) + " of period " +
                       std::to_string(action.period()) + " is over",
                   {}};
}

Result<Outcome> close_period(Context& context, const proto::ClosePeriod& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto record = require_period(context.state, action.period());
    if (!record) return record.error();
    if (record->phase() != proto::PERIOD_PHASE_TRUE_UP)
        return wrong_phase(*record, "closes once, after its last month");
    if (auto turn = earlier_closed(context.state, action.period()); !turn) return turn.error();
    const Int128 earliest = static_cast<Int128>(record->earliest_close_ms()) + record->policy().grace_ms();
    if (context.block.time.ms < earliest) {
        return Error{Code::period_too_early_to_close,
                     "the period may close at block time " + utc_text(static_cast<std::uint64_t>(earliest)) +
                         ", after " + std::to_string(record->policy().grace_ms()) + " ms of grace; it is " +
                         utc_text(static_cast<std::uint64_t>(context.block.time.ms))};
    }
    record->set_phase(proto::PERIOD_PHASE_SETTLING);
    publish(context.state, *record);
    return Outcome{"closed period " + std::to_string(action.period()) + "; side chains settle", {}};
}

void count_report(Overlay& state, Period period) {
    auto record = *kPeriods.find(state, period);
    record.set_reports(record.reports() + 1);
    if (record.reports() == bridge::side_chains(state)) record.set_phase(proto::PERIOD_PHASE_SETTLED);
    kPeriods.put(state, period, record);
}

void send_periods(Overlay& state, const ChainId& side_chain) {
    for (const Period period : periods(state)) {
        proto::OutboxRecord message;
        *message.mutable_period_update() = *kPeriods.find(state, period);
        bridge::send(state, side_chain, message);
    }
}

void take_period(Overlay& state, const proto::PeriodRecord& update) {
    const auto before = kPeriods.find(state, update.period());
    proto::PeriodRecord record = update;
    if (before) {
        record.set_epoch(before->epoch());
        record.set_priced(before->priced());
    } else {
        remember(state, update.period());
    }
    kPeriods.put(state, update.period(), record);
    if (record.phase() == proto::PERIOD_PHASE_SETTLING) {
        settlement::begin(state, record);
    } else if (is_running(record) && record.months_advanced() > (before ? before->months_advanced() : 0)) {
        pricing::begin_epoch(state, record);
    }
}

void take_batch(Overlay& state, const ChainId& this_chain, const proto::BatchIssued& issued) {
    kBatches.put(state, {this_chain, issued.period(), issued.batch()}, issued.record());
}

Hash issuance_leaf(const ChainId& side_chain, Period period, const proto::IssuanceLeaf& leaf) {
    Bytes data;
    append_u32(data, period);
    data.append(leaf.account());
    append_u64(data, static_cast<std::uint64_t>(leaf.grams()));
    data.append(leaf.reason());
    return crypto::tagged_hash("issuance-leaf", side_chain, data);
}

Result<Outcome> claim_issuance(Context& context, const proto::ClaimIssuance& action) {
    const auto record = require_period(context.state, action.period());
    if (!record) return record.error();
    if (!is_running(*record)) return wrong_phase(*record, "is closed and credits no more quota");
    const std::tuple<ChainId, Period, std::uint32_t> key{context.block.chain, action.period(),
                                                         action.batch()};
    auto batch = kBatches.find(context.state, key);
    if (!batch) {
        return Error{Code::batch_unknown,
                     "batch " + std::to_string(action.batch()) + " has not arrived on this chain"};
    }
    if (action.first_leaf() != batch->claimed()) {
        return Error{Code::claim_out_of_order, "leaf " + std::to_string(batch->claimed()) +
                                                   " is the next to claim, not " +
                                                   std::to_string(action.first_leaf())};
    }
    std::vector<Hash> leaves;
    for (const auto& leaf : action.leaves()) {
        leaves.push_back(issuance_leaf(context.block.chain, action.period(), leaf));
    }
    std::vector<Hash> proof;
    for (const auto& hash : action.proof()) proof.push_back(*Hash::from(hash));
    if (auto shown = ledger::verify_range(*Hash::from(batch->merkle_root()), batch->count(),
                                          action.first_leaf(), leaves, proof);
        !shown) {
        return shown.error();
    }

    // The government's own total is the bound, whatever the leaves add up to.
    Grams claimed(batch->claimed_g());
    for (const auto& leaf : action.leaves()) {
        const auto sum = checked_add(claimed, Grams(leaf.grams()));
        if (!sum || sum->value() > batch->total_g()) {
            return Error{Code::issuance_above_cap, "the leaves claim more than the batch's total of " +
                                                       to_text(Grams(batch->total_g()))};
        }
        claimed = *sum;
    }

    int waiting = 0;
    Outcome outcome;
    for (const auto& leaf : action.leaves()) {
        const AccountId account = *AccountId::from(leaf.account());
        const Grounds grounds{batch->rule(), batch->rule_version(), leaf.reason()};
        if (registry::require_person(context.state, account)) {
            credit(context.state, {account, action.period()}, Grams(leaf.grams()), grounds);
            for (auto& event : market::hold_to_allowance(context.state, account, action.period()))
                outcome.events.push_back(std::move(event));
        } else {
            keep_waiting(context.state, {account, action.period()}, Grams(leaf.grams()), grounds);
            ++waiting;
        }
    }
    const Grams sum(claimed.value() - batch->claimed_g());
    batch->set_claimed(batch->claimed() + static_cast<std::uint32_t>(action.leaves_size()));
    batch->set_claimed_g(claimed.value());
    kBatches.put(context.state, key, *batch);
    outcome.text = "claimed " + to_text(sum) + " for " + std::to_string(action.leaves_size()) +
                   " accounts, of which " + std::to_string(waiting) + " wait to be registered";
    return outcome;
}

void credit_waiting(Overlay& state, const AccountId& account) {
    for (const Period period : live_vintages(state)) {
        const auto waiting = kWaiting.find(state, {account, period});
        if (!waiting || !is_running(*kPeriods.find(state, period))) continue;
        credit(state, {account, period}, Grams(waiting->grams()),
               {waiting->rule(), waiting->rule_version(), waiting->reason()});
        kWaiting.remove(state, {account, period});
    }
}

}  // namespace pcq::contracts::quota
