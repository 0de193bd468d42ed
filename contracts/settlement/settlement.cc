// One person: settled, settled again, rehearsed. The walk over everybody is in walk.cc.
#include "contracts/settlement/settlement.h"

#include <algorithm>

#include "contracts/cash/cash.h"
#include "contracts/cash/debts.h"
#include "contracts/emissions/credits.h"
#include "contracts/emissions/emissions.h"
#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/settlement/one.h"
#include "contracts/settlement/report.h"
#include "contracts/sweep.h"
#include "src/base/hex.h"
#include "src/economics/limits.h"

namespace pcq::contracts::settlement {
namespace {

constexpr Range kRatioRange{0, kRatioOne};
constexpr std::int64_t kInstalmentsMax = 60;
constexpr std::int64_t kYearMs = 366LL * 86'400'000;

Result<> milliseconds(std::uint64_t value, const char* what) {
    const auto most = static_cast<std::uint64_t>(kYearMs);
    return in_range(static_cast<std::int64_t>(std::min(value, most + 1)), {0, kYearMs}, what);
}

std::optional<Period> period_before(const StateReader& state, Period period) {
    std::optional<Period> before;
    for (const Period earlier : quota::periods(state)) {
        if (earlier >= period) break;
        before = earlier;
    }
    return before;
}

Position position(const StateReader& state, const AccountId& account, const Settling& settling) {
    const Period period = settling.period.period();
    const auto holding = quota::holding(state, account, period);
    const auto [own, purchased] = parts(holding);
    return {emissions::emitted(state, account, period),
            obligation(state, account, period),
            Grams(holding.issued_g()),
            settling.before ? quota::held(quota::holding(state, account, *settling.before)) : Grams(),
            own,
            purchased,
            settling.closing.has_value(),
            settling.closing && settling.closing->heir};
}

void note_holding(proto::SettlementRecord& record, const proto::HoldingRecord& holding) {
    record.set_issued_g(holding.issued_g());
    record.set_sold_g(holding.sold_g());
    record.set_purchased_g(holding.purchased_g());
    record.set_clawed_back_g(holding.clawed_back_g() - holding.clawed_back_inherited_g());
}

// What a settlement does to the quota of its own vintage and of the one before.
struct Moves {
    quota::Use own;
    quota::Use before;
};
Moves moves_of(const proto::SettlementRecord& record) {
    const std::int64_t from_banked = std::min(record.banked_before_g(), record.own_surrendered_g());
    const std::int64_t banked_expired = !record.heir().empty() ? 0 : record.banked_before_g() - from_banked;
    return {{Grams(record.own_surrendered_g() - from_banked + record.purchased_surrendered_g()),
             Grams(record.expired_g() - banked_expired)},
            {Grams(from_banked), Grams(banked_expired)}};
}

void move_quota(Overlay& state, const AccountId& account, const Settling& settling,
                const proto::SettlementRecord& record) {
    const auto [own, before] = moves_of(record);
    if (settling.before) quota::use(state, account, *settling.before, before);
    quota::use(state, account, settling.period.period(), own);
}

void take_back_quota(Overlay& state, const AccountId& account, const Settling& settling,
                     const proto::SettlementRecord& record) {
    const auto [own, before] = moves_of(record);
    if (settling.before) quota::undo_use(state, account, *settling.before, before);
    quota::undo_use(state, account, settling.period.period(), own);
}

void change_obligation(Overlay& state, const AccountId& account, std::int64_t from, std::int64_t to) {
    if (from == to) return;
    auto record = kObligations.find_or_default(state, account);
    record.set_grams(record.grams() - from + to);
    if (record.grams() == 0) return kObligations.remove(state, account);
    kObligations.put(state, account, record);
}

void write_debt(Overlay& state, const AccountId& account, const Settling& settling,
                const proto::SettlementRecord& record, MicroYuan repaid) {
    const Period period = settling.period.period();
    const MicroYuan owed(record.penalty_owed_uy());
    if (owed.is_zero() && !debts::debt(state, account, period)) return;
    debts::set_penalty(state, settling.period.policy(), {account, period, owed, repaid, record.settled_ms()});
}

Result<> check_changeable(const StateReader& state, const AccountId& account, Period period,
                          const proto::SettlementRecord& record) {
    const auto known = quota::periods(state);
    const auto next = std::upper_bound(known.begin(), known.end(), period);
    if (next != known.end() && kSettlements.contains(state, {account, *next})) {
        return Error{Code::settlement_final, "the account is settled for period " + std::to_string(*next) +
                                                 "; what was settled before stays"};
    }
    if (record.on_closing() ||
        ledger::kAccounts.find(state, account)->status() == proto::ACCOUNT_STATUS_CLOSED) {
        return Error{Code::settlement_final,
                     "account " + to_hex(account) + " is closed; its settlement stays"};
    }
    return {};
}

// Who was registered after a period was closed is never settled for it.
Result<> require_turn(const StateReader& state, const AccountId& account, Period period) {
    const auto phase = quota::period(state, period)->phase();
    if (phase != proto::PERIOD_PHASE_SETTLING && phase != proto::PERIOD_PHASE_SETTLED) return {};
    const std::uint64_t last = sweep::last_number(state, period).value_or(0);
    if (ledger::kAccounts.find(state, account)->number() <= last) return {};
    return Error{Code::settlement_final, "account " + to_hex(account) + " was registered after period " +
                                             std::to_string(period) +
                                             " was closed; nothing of it is settled"};
}

// The penalty of a settlement that is done again, out of the cash that was there the first time as far as it
// is there still. What was paid and repaid too much goes back.
void correct_penalty(Overlay& state, const AccountId& account, const Settling& settling,
                     const proto::SettlementRecord& old, proto::SettlementRecord& again) {
    const auto known = debts::debt(state, account, settling.period.period());
    const std::int64_t repaid = known ? debts::repaid(*known).value() : 0;
    const std::int64_t penalty = again.penalty_paid_uy() + again.penalty_owed_uy();
    const std::int64_t had = std::min(penalty, old.penalty_paid_uy());
    const std::int64_t could = std::min(penalty, old.cash_before_uy());
    const std::int64_t lacks = std::max<std::int64_t>(0, penalty - had - repaid);
    const MicroYuan more =
        debts::take(state, account, MicroYuan(std::clamp<std::int64_t>(could - had, 0, lacks)));
    again.set_penalty_paid_uy(had + more.value());
    again.set_penalty_owed_uy(penalty - again.penalty_paid_uy());
    const std::int64_t kept = std::min(repaid, again.penalty_owed_uy());
    write_debt(state, account, settling, again, MicroYuan(kept));
    const std::int64_t too_much = old.penalty_paid_uy() - had + repaid - kept;
    if (too_much > 0) debts::refund(state, account, MicroYuan(too_much));
}

}  // namespace

std::optional<Period> settled_before(const StateReader& state, Period period) {
    const auto before = period_before(state, period);
    const auto record = before ? quota::period(state, *before) : std::nullopt;
    if (!record || record->phase() != proto::PERIOD_PHASE_SETTLED) return std::nullopt;
    return before;
}

std::optional<Period> banked_before(const StateReader& state, const AccountId& account, Period period) {
    const auto before = period_before(state, period);
    const auto settled = before ? settlement(state, account, *before) : std::nullopt;
    return settled && !settled->on_closing() ? before : settled_before(state, period);
}

proto::SettlementRecord settle(const Settling& settling, Overlay& state, const AccountId& account) {
    const Period period = settling.period.period();
    const Position from = position(state, account, settling);
    const Assessment due = assess(settling.period.policy(), from);
    auto record = record_of(from, due);
    note_holding(record, quota::holding(state, account, period));
    if (settling.closing && settling.closing->heir) record.set_heir(settling.closing->heir->bytes());
    record.set_height(settling.block.height);
    record.set_settled_ms(static_cast<std::uint64_t>(settling.block.time.ms));
    record.set_cash_before_uy(cash::balance(state, account).value());

    move_quota(state, account, settling, record);
    emissions::expire_credits(state, account, period);  // a correction later leaves them as they are
    change_obligation(state, account, record.obligation_g(), record.obligation_next_g());
    const MicroYuan cash(record.cash_before_uy());
    const MicroYuan paid = debts::take(state, account, std::min(due.penalty, cash));
    record.set_penalty_paid_uy(paid.value());
    record.set_penalty_owed_uy(due.penalty.value() - paid.value());
    write_debt(state, account, settling, record, MicroYuan());
    kSettlements.put(state, {account, period}, record);
    count(state, settling.block.chain, period, record, Sign::add);
    return record;
}

proto::Event settled_event(const AccountId& account, Period period, const proto::SettlementRecord& record) {
    proto::Event event;
    auto& settled = *event.mutable_settled();
    settled.set_period(period);
    settled.set_account(account.bytes());
    settled.set_emitted_g(record.emitted_g());
    settled.set_own_surrendered_g(record.own_surrendered_g());
    settled.set_purchased_surrendered_g(record.purchased_surrendered_g());
    settled.set_borrowed_g(record.borrowed_g());
    settled.set_penalised_g(record.penalised_g());
    settled.set_penalty_paid_uy(record.penalty_paid_uy());
    settled.set_penalty_owed_uy(record.penalty_owed_uy());
    settled.set_banked_g(record.banked_g());
    settled.set_expired_g(record.expired_g());
    return event;
}

Result<> check_policy(const proto::Policy& policy) {
    if (auto ratio = in_range(policy.borrowing_ratio_ppb(), kRatioRange, "borrowing_ratio_ppb"); !ratio)
        return ratio.error();
    if (auto ratio = in_range(policy.borrowing_interest_ppb(), kRatioRange, "borrowing_interest_ppb"); !ratio)
        return ratio.error();
    if (auto time = milliseconds(policy.grace_ms(), "grace_ms"); !time) return time.error();
    if (auto count = in_range(policy.instalments(), {0, kInstalmentsMax}, "instalments"); !count)
        return count.error();
    return milliseconds(policy.instalment_ms(), "instalment_ms");
}

Result<> require_changeable(const StateReader& state, const AccountId& account, Period period) {
    const auto record = settlement(state, account, period);
    return record ? check_changeable(state, account, period, *record) : Result<>();
}

Result<std::vector<proto::Event>> resettle(const BlockContext& block, Overlay& state,
                                           const AccountId& account, Period period) {
    const auto old = settlement(state, account, period);
    if (!old) {  // settled with the new figures when its turn comes
        if (auto turn = require_turn(state, account, period); !turn) return turn.error();
        return std::vector<proto::Event>();
    }
    if (auto open = check_changeable(state, account, period, *old); !open) return open.error();
    const auto record = *quota::period(state, period);
    const Settling settling{block, record, settled_before(state, period)};

    take_back_quota(state, account, settling, *old);
    Position from = position(state, account, settling);
    from.obligation = Grams(old->obligation_g());  // what was added since is the next settlement's
    const Assessment due = assess(record.policy(), from);
    auto again = record_of(from, due);
    note_holding(again, quota::holding(state, account, period));
    again.set_height(old->height());
    again.set_settled_ms(old->settled_ms());
    again.set_cash_before_uy(old->cash_before_uy());
    move_quota(state, account, settling, again);
    change_obligation(state, account, old->obligation_next_g(), again.obligation_next_g());
    again.set_penalty_owed_uy(due.penalty.value());
    correct_penalty(state, account, settling, *old, again);
    kSettlements.put(state, {account, period}, again);

    count(state, block.chain, period, *old, Sign::take_off);
    count(state, block.chain, period, again, Sign::add);
    send_again(state, block.chain, record);
    auto event = settled_event(account, period, again);
    event.mutable_settled()->set_again(true);
    return std::vector<proto::Event>{event};
}

std::optional<proto::SettlementRecord> settlement(const StateReader& state, const AccountId& account,
                                                  Period period) {
    return kSettlements.find(state, {account, period});
}

Grams obligation(const StateReader& state, const AccountId& account, Period period) {
    const auto record = kObligations.find(state, account);
    if (!record || kSettlements.contains(state, {account, period})) return Grams();
    const auto before = period_before(state, period);
    const bool first =
        !before || kSettlements.contains(state, {account, *before}) || settled_before(state, period);
    return first ? Grams(record->grams()) : Grams();
}

Result<> add_obligation(Overlay& state, const AccountId& account, Grams grams) {
    if (grams.is_zero()) return {};
    auto record = kObligations.find_or_default(state, account);
    const auto sum = checked_add(Grams(record.grams()), grams);
    if (!sum || sum->value() > econ::kGramsMax) {
        return Error{Code::amount_overflow, "the next settlement of account " + to_hex(account) +
                                                " owes too much to add " + to_text(grams)};
    }
    record.set_grams(sum->value());
    kObligations.put(state, account, record);
    return {};
}

Grams take_obligation(Overlay& state, const AccountId& account) {
    const Grams owed(kObligations.find_or_default(state, account).grams());
    change_obligation(state, account, owed.value(), 0);
    return owed;
}

Grams needed(const StateReader& state, const AccountId& account, Period period) {
    return Grams(capped_sum(emissions::emitted(state, account, period).value(),
                            obligation(state, account, period).value()));
}

Result<proto::SettlementRecord> rehearse(const StateReader& state, const AccountId& account, Period period,
                                         Instant now) {
    const auto record = quota::require_period(state, period);
    if (!record) return record.error();
    if (kSettlements.contains(state, {account, period})) {
        return Error{Code::period_wrong_phase,
                     "the account is settled for period " + std::to_string(period) + " already"};
    }
    const BlockContext block{ChainId(), 0, now};
    const Settling settling{block, *record, settled_before(state, period)};
    const Position from = position(state, account, settling);
    const Assessment due = assess(record->policy(), from);
    auto settled = record_of(from, due);
    note_holding(settled, quota::holding(state, account, period));
    const MicroYuan older = debts::overdue(state, account, now);
    // Orders of the period end first.
    const MicroYuan balance(cash::balance(state, account).value() +
                            market::cash_in_escrow(state, account, period).value());
    const MicroYuan cash(balance > older ? balance.value() - older.value() : 0);
    const MicroYuan paid = std::min(due.penalty, cash);
    settled.set_cash_before_uy(cash.value());
    settled.set_penalty_paid_uy(paid.value());
    settled.set_penalty_owed_uy(due.penalty.value() - paid.value());
    settled.set_settled_ms(static_cast<std::uint64_t>(now.ms));
    return settled;
}

}  // namespace pcq::contracts::settlement
