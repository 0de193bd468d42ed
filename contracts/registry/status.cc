// What the government does to a person's account: freezes it, for a time or until it says otherwise, and
// closes it, when the person has died or moved away.
#include <algorithm>

#include "contracts/market/orders.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/closing.h"
#include "src/base/hex.h"
#include "src/base/instant_text.h"

namespace pcq::contracts::registry {
namespace {

constexpr int kEndsMax = 1000;

// An account's record, for the government to change.
struct Named {
    AccountId account;
    proto::AccountRecord record;
};
Result<Named> named_by_government(const Context& context, const Bytes& account_bytes,
                                  const std::string& reason) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    const auto account = account_id(account_bytes, "account");
    if (!account) return account.error();
    if (auto length = text_length(reason, kReasonBytesMax, "reason"); !length) return length.error();
    auto record = ledger::kAccounts.find(context.state, *account);
    if (!record)
        return Error{Code::account_unknown, "account " + to_hex(*account) + " does not exist on this chain"};
    return Named{*account, *std::move(record)};
}

Result<> require_status(const Named& named, proto::AccountStatus status) {
    if (named.record.status() == status) return {};
    return Error{Code::account_wrong_status, "account " + to_hex(named.account) + " is not " +
                                                 (status == proto::ACCOUNT_STATUS_OPEN ? "open" : "frozen")};
}

void set_status(Overlay& state, const AccountId& account, proto::AccountStatus status) {
    auto record = *ledger::kAccounts.find(state, account);
    record.set_status(status);
    ledger::kAccounts.put(state, account, record);
}

void put_ends(Overlay& state, const proto::FreezeEnds& ends) {
    if (ends.ends().empty()) return kFreezeEnds.remove(state, Only());
    kFreezeEnds.put(state, Only(), ends);
}

Result<> remember_end(Overlay& state, const AccountId& account, std::uint64_t until_ms) {
    auto ends = kFreezeEnds.find_or_default(state, Only());
    if (ends.ends_size() >= kEndsMax) {
        return Error{
            Code::freezes_full,
            std::to_string(kEndsMax) + " freezes wait for their end; unfreeze one, or freeze without an end"};
    }
    auto& end = *ends.add_ends();
    end.set_until_ms(until_ms);
    end.set_account(account.bytes());
    std::sort(ends.mutable_ends()->begin(), ends.mutable_ends()->end(), [](const auto& a, const auto& b) {
        return a.until_ms() != b.until_ms() ? a.until_ms() < b.until_ms() : a.account() < b.account();
    });
    put_ends(state, ends);
    return {};
}

void forget_end(Overlay& state, const AccountId& account) {
    auto ends = kFreezeEnds.find_or_default(state, Only());
    auto& list = *ends.mutable_ends();
    list.erase(std::remove_if(list.begin(), list.end(),
                              [&account](const auto& end) { return end.account() == account.view(); }),
               list.end());
    put_ends(state, ends);
}

// The account is open again; its last freeze stays on record.
void end_freeze(const BlockContext& block, Overlay& state, const AccountId& account,
                const std::string& reason) {
    set_status(state, account, proto::ACCOUNT_STATUS_OPEN);
    auto freeze = kFreezes.find_or_default(state, account);
    freeze.set_ended_height(block.height);
    freeze.set_end_reason(reason);
    kFreezes.put(state, account, freeze);
}

}  // namespace

Result<Outcome> freeze(Context& context, const proto::FreezeAccount& action) {
    auto named = named_by_government(context, action.account(), action.reason());
    if (!named) return named.error();
    if (ledger::has_role(named->record, proto::ROLE_GOVERNMENT)) {
        return Error{Code::not_authorised, "a government's account cannot be frozen: nobody could undo it"};
    }
    if (auto open = require_status(*named, proto::ACCOUNT_STATUS_OPEN); !open) return open.error();
    if (action.until_ms() != 0) {
        if (action.until_ms() <= static_cast<std::uint64_t>(context.block.time.ms)) {
            return malformed("until_ms must be later than block time, which is " +
                             std::to_string(context.block.time.ms) + ", is " +
                             std::to_string(action.until_ms()));
        }
        if (auto kept = remember_end(context.state, named->account, action.until_ms()); !kept)
            return kept.error();
    }
    set_status(context.state, named->account, proto::ACCOUNT_STATUS_FROZEN);
    proto::FreezeRecord freeze;
    freeze.set_reason(action.reason());
    freeze.set_frozen_by(context.account.bytes());
    freeze.set_height(context.block.height);
    freeze.set_until_ms(action.until_ms());
    kFreezes.put(context.state, named->account, freeze);
    return Outcome{"froze account " + to_hex(named->account) +
                       (action.until_ms() == 0 ? "" : " until block time " + utc_text(action.until_ms())),
                   market::end_all_orders(context.state, named->account, proto::ORDER_END_STANDING)};
}

Result<Outcome> unfreeze(Context& context, const proto::UnfreezeAccount& action) {
    auto named = named_by_government(context, action.account(), action.reason());
    if (!named) return named.error();
    if (auto frozen = require_status(*named, proto::ACCOUNT_STATUS_FROZEN); !frozen) return frozen.error();
    forget_end(context.state, named->account);
    end_freeze(context.block, context.state, named->account, action.reason());
    return Outcome{"unfroze account " + to_hex(named->account), {}};
}

std::vector<proto::Event> end_freezes(const BlockContext& block, Overlay& state) {
    std::vector<proto::Event> events;
    auto ends = kFreezeEnds.find(state, Only());
    if (!ends) return events;
    auto& list = *ends->mutable_ends();
    while (!list.empty() && list[0].until_ms() <= static_cast<std::uint64_t>(block.time.ms)) {
        end_freeze(block, state, *AccountId::from(list[0].account()), "");
        events.emplace_back().mutable_unfrozen()->set_account(list[0].account());
        list.DeleteSubrange(0, 1);
    }
    if (!events.empty()) put_ends(state, *ends);
    return events;
}

bool freeze_end_due(const StateReader& state, Instant time) {
    const auto ends = kFreezeEnds.find(state, Only());
    return ends && ends->ends_size() > 0 && ends->ends(0).until_ms() <= static_cast<std::uint64_t>(time.ms);
}

Result<Outcome> close(Context& context, const proto::CloseAccount& action) {
    const auto named = named_by_government(context, action.account(), action.reason());
    if (!named) return named.error();
    if (auto person = require_person(context.state, named->account); !person) return person.error();
    std::optional<AccountId> heir;
    if (!action.heir().empty()) {
        const auto id = account_id(action.heir(), "heir");
        if (!id) return id.error();
        if (*id == named->account) return malformed("nobody is their own heir");
        if (auto person = require_person(context.state, *id); !person) return person.error();
        heir = *id;
    }
    auto events = settlement::close_out(context.block, context.state, {named->account, heir});
    if (!events) return events.error();
    if (auto open = require_status(*named, proto::ACCOUNT_STATUS_OPEN); !open) return open.error();
    set_status(context.state, named->account, proto::ACCOUNT_STATUS_CLOSED);
    return Outcome{"closed account " + to_hex(named->account) +
                       (heir ? "; what it had goes to account " + to_hex(*heir) : ""),
                   *std::move(events)};
}

}  // namespace pcq::contracts::registry
