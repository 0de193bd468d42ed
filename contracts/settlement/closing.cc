#include "contracts/settlement/closing.h"

#include <algorithm>

#include "contracts/cash/cash.h"
#include "contracts/cash/debts.h"
#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/settlement/one.h"
#include "contracts/settlement/settlement.h"
#include "src/base/hex.h"

namespace pcq::contracts::settlement {
namespace {

void settle_all(const BlockContext& block, Overlay& state, const Closing& closing,
                std::vector<proto::Event>& events) {
    for (const Period period : quota::periods(state)) {
        const auto record = *quota::period(state, period);
        if (record.phase() == proto::PERIOD_PHASE_SETTLED || settlement(state, closing.account, period))
            continue;
        const bool running = record.phase() != proto::PERIOD_PHASE_SETTLING;
        const Settling settling{block, record, banked_before(state, closing.account, period),
                                running ? std::optional(Rest{closing.heir}) : std::nullopt};
        events.push_back(settled_event(closing.account, period, settle(settling, state, closing.account)));
    }
}

// Grams that no period is left to settle: banked quota goes first, the rest is penalised by the last policy.
void settle_obligation(Overlay& state, const Closing& closing, std::vector<proto::Event>& events) {
    Grams left = take_obligation(state, closing.account);
    if (left.is_zero()) return;
    for (const Period vintage : quota::live_vintages(state)) {
        const Grams part = std::min(left, quota::held(quota::holding(state, closing.account, vintage)));
        quota::use(state, closing.account, vintage, {part, Grams()});
        left = Grams(left.value() - part.value());
    }
    const auto last = *quota::period(state, quota::periods(state).back());
    const MicroYuan penalty = penalty_on(left, last.policy().penalty_uy_per_kg());
    debts::add_clawed_back(state, closing.account, last.period(), penalty);
    for (auto& event : debts::collect_all(state, closing.account)) events.push_back(std::move(event));
}

void hand_over_quota(Overlay& state, const Closing& closing, std::vector<proto::Event>& events) {
    for (const Period vintage : quota::live_vintages(state)) {
        const Grams left = quota::held(quota::holding(state, closing.account, vintage));
        if (left.is_zero()) continue;
        if (closing.heir) {
            quota::pass_on(state, {closing.account, *closing.heir, vintage, left});
            auto& moved = *events.emplace_back().mutable_transferred();
            moved.set_period(vintage);
            moved.set_from(closing.account.bytes());
            moved.set_to(closing.heir->bytes());
            moved.set_grams(left.value());
            for (auto& event : market::hold_to_allowance(state, *closing.heir, vintage))
                events.push_back(std::move(event));
        } else {
            quota::use(state, closing.account, vintage, {Grams(), left});
        }
    }
}

Result<> hand_over_cash(Overlay& state, const Closing& closing, std::vector<proto::Event>& events) {
    const MicroYuan left = cash::balance(state, closing.account);
    const MicroYuan refund(debts::liabilities(state, closing.account).refund_owed_uy());
    if (!closing.heir && (left.is_positive() || refund.is_positive())) {
        return Error{Code::account_has_assets, "account " + to_hex(closing.account) + " still has " +
                                                   to_text(left) + " of cash and " + to_text(refund) +
                                                   " to be refunded; name an heir"};
    }
    if (!closing.heir) return {};
    debts::pass_refund(state, closing.account, *closing.heir);
    if (left.is_zero()) return {};
    if (auto paid = cash::pay(state, {closing.account, *closing.heir, left}); !paid) return paid.error();
    for (const auto& [account, change] :
         {std::pair(closing.account, -left.value()), std::pair(*closing.heir, left.value())}) {
        auto& moved = *events.emplace_back().mutable_cash_moved();
        moved.set_account(account.bytes());
        moved.set_change_uy(change);
    }
    return {};
}

}  // namespace

Result<std::vector<proto::Event>> close_out(const BlockContext& block, Overlay& state,
                                            const Closing& closing) {
    auto events = market::end_all_orders(state, closing.account, proto::ORDER_END_STANDING);
    for (auto& event : debts::collect_all(state, closing.account)) events.push_back(std::move(event));
    settle_all(block, state, closing, events);
    settle_obligation(state, closing, events);
    hand_over_quota(state, closing, events);
    if (auto paid = hand_over_cash(state, closing, events); !paid) return paid.error();
    return events;
}

}  // namespace pcq::contracts::settlement
