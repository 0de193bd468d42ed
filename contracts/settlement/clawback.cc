#include "contracts/settlement/clawback.h"

#include <algorithm>
#include <limits>

#include "contracts/cash/cash.h"
#include "contracts/cash/debts.h"
#include "contracts/governance/governance.h"
#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"
#include "src/economics/limits.h"

namespace pcq::contracts::clawback {
namespace {

constexpr Range kMoney{0, std::numeric_limits<std::int64_t>::max()};

Result<> check_target(const StateReader& state, const AccountId& account, Period period) {
    if (auto person = registry::require_person(state, account); !person) return person.error();
    if (auto known = quota::require_period(state, period); !known) return known.error();
    return {};
}

// What is wanted may be on offer.
std::vector<proto::Event> free_from_orders(Overlay& state, const AccountId& account,
                                           const proto::ClawbackRecord& record) {
    auto events = market::free_quota(state, account, record.period(), Grams(record.grams()));
    for (auto& event : market::free_cash(state, account, MicroYuan(record.amount_uy())))
        events.push_back(std::move(event));
    return events;
}

// What is there expires; the rest is owed by the next settlement.
Result<Grams> take_quota(Overlay& state, const AccountId& account, Period period, Grams wanted) {
    const Grams there = std::min(wanted, quota::held(quota::holding(state, account, period)));
    if (auto owed = settlement::add_obligation(state, account, Grams(wanted.value() - there.value())); !owed)
        return owed.error();
    quota::claw_back(state, account, period, there);
    return there;
}

MicroYuan take_cash(Overlay& state, const AccountId& account, Period period, MicroYuan wanted) {
    const MicroYuan there = debts::take(state, account, wanted);
    if (there < wanted)
        debts::add_clawed_back(state, account, period, MicroYuan(wanted.value() - there.value()));
    return there;
}

}  // namespace

Result<> validate(const proto::ProposeClawback& action) {
    if (auto account = account_id(action.account(), "account"); !account) return account.error();
    if (auto grams = in_range(action.grams(), {0, econ::kGramsMax}, "grams"); !grams) return grams.error();
    if (auto amount = in_range(action.amount_uy(), kMoney, "amount_uy"); !amount) return amount.error();
    if (action.grams() == 0 && action.amount_uy() == 0)
        return malformed("grams or amount_uy must be above 0: there is nothing to take back");
    if (auto text = text_length(action.legal_reference(), kReasonBytesMax, "legal_reference"); !text)
        return text.error();
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<Outcome> propose(Context& context, const proto::ProposeClawback& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    const AccountId account = *AccountId::from(action.account());
    if (auto target = check_target(context.state, account, action.period()); !target) return target.error();
    proto::Counter number;
    number.set_value(count(context.state) + 1);
    kClawbackCount.put(context.state, Only(), number);
    proto::ClawbackRecord record;
    record.set_account(action.account());
    record.set_period(action.period());
    record.set_grams(action.grams());
    record.set_amount_uy(action.amount_uy());
    record.set_legal_reference(action.legal_reference());
    record.set_reason(action.reason());
    record.set_proposed_by(context.account.bytes());
    kClawbacks.put(context.state, number.value(), record);
    proto::Event event;
    event.mutable_clawback_proposed()->set_clawback(number.value());
    return Outcome{"proposed claw-back " + std::to_string(number.value()) +
                       "; another account of the government must approve it",
                   {event}};
}

Result<Outcome> approve(Context& context, const proto::ApproveClawback& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto record = clawback(context.state, action.clawback());
    if (!record) {
        return Error{Code::clawback_unknown,
                     "claw-back " + std::to_string(action.clawback()) + " does not exist"};
    }
    if (!record->approved_by().empty()) {
        return Error{Code::clawback_done,
                     "claw-back " + std::to_string(action.clawback()) + " has been approved"};
    }
    if (auto second = registry::require_second(context, *AccountId::from(record->proposed_by()),
                                               "proposed a claw-back");
        !second)
        return second.error();
    const AccountId account = *AccountId::from(record->account());
    if (auto target = check_target(context.state, account, record->period()); !target) return target.error();

    auto events = free_from_orders(context.state, account, *record);
    const auto grams = take_quota(context.state, account, record->period(), Grams(record->grams()));
    if (!grams) return grams.error();
    const MicroYuan money =
        take_cash(context.state, account, record->period(), MicroYuan(record->amount_uy()));
    record->set_approved_by(context.account.bytes());
    record->set_height(context.block.height);
    record->set_taken_g(grams->value());
    record->set_taken_uy(money.value());
    kClawbacks.put(context.state, action.clawback(), *record);
    for (auto& event : market::hold_to_allowance(context.state, account)) events.push_back(std::move(event));
    auto& fields = *events.emplace_back().mutable_clawed_back();
    fields.set_clawback(action.clawback());
    fields.set_account(account.bytes());
    fields.set_taken_g(grams->value());
    fields.set_taken_uy(money.value());
    return Outcome{"took back " + to_text(*grams) + " of " + to_text(Grams(record->grams())) + " and " +
                       to_text(money) + " of " + to_text(MicroYuan(record->amount_uy())) +
                       "; the rest is owed",
                   std::move(events)};
}

std::optional<proto::ClawbackRecord> clawback(const StateReader& state, std::uint64_t number) {
    return kClawbacks.find(state, number);
}

std::uint64_t count(const StateReader& state) {
    return kClawbackCount.find_or_default(state, Only()).value();
}

}  // namespace pcq::contracts::clawback
