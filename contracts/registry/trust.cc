#include "contracts/registry/trust.h"

#include <algorithm>

#include "contracts/governance/governance.h"
#include "contracts/registry/registry.h"
#include "src/base/hex.h"
#include "src/base/instant_text.h"
#include "src/base/wide.h"
#include "src/economics/limits.h"

namespace pcq::contracts::registry {
namespace {

constexpr int kTrustedMax = 32;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kDelayMaxMs = 366 * kDayMs;

auto entry_of(proto::TrustedRecord& record, const AccountId& account) {
    return std::find_if(
        record.mutable_trusted()->begin(), record.mutable_trusted()->end(),
        [&account](const proto::TrustedEntry& entry) { return entry.account() == account.view(); });
}

// `limit` 0: no limit.
Result<std::int64_t> count(std::int64_t gone, std::int64_t now, std::int64_t limit, const char* what) {
    const Int128 sum = static_cast<Int128>(gone) + now;
    if (limit != 0 && sum > limit) {
        return Error{Code::day_limit_exceeded, std::string("at most ") + std::to_string(limit) + " " + what +
                                                   " leave an account in a day, " +
                                                   std::to_string(std::max<std::int64_t>(0, limit - gone)) +
                                                   " are left of today's; asked for " + std::to_string(now)};
    }
    return capped_sum(gone, now);
}

}  // namespace

Result<> check_parameters(const proto::Parameters& parameters) {
    if (parameters.trust_delay_ms() > static_cast<std::uint64_t>(kDelayMaxMs)) {
        return malformed("parameters.trustDelayMs must be 0 to " + std::to_string(kDelayMaxMs) + ", is " +
                         std::to_string(parameters.trust_delay_ms()));
    }
    if (auto grams = in_range(parameters.transfer_day_g(), {0, econ::kGramsMax}, "parameters.transferDayG");
        !grams)
        return grams.error();
    return in_range(parameters.transfer_day_uy(), {0, std::numeric_limits<std::int64_t>::max()},
                    "parameters.transferDayUy");
}

Result<> validate(const proto::AddTrusted& action) {
    if (auto id = account_id(action.account(), "account"); !id) return id.error();
    return {};
}

Result<> validate(const proto::RemoveTrusted& action) {
    if (auto id = account_id(action.account(), "account"); !id) return id.error();
    return {};
}

Result<Outcome> add_trusted(Context& context, const proto::AddTrusted& action) {
    if (auto person = require_person(context.state, context.account); !person) return person.error();
    const AccountId account = *AccountId::from(action.account());
    if (account == context.account) return malformed("an account need not trust itself");
    if (auto live = require_live(context.state, account); !live) return live.error();
    auto record = trusted(context.state, context.account);
    if (entry_of(record, account) != record.mutable_trusted()->end()) {
        return Error{Code::trusted_already, "account " + to_hex(account) + " is a counterparty already"};
    }
    if (record.trusted_size() >= kTrustedMax) {
        return Error{Code::trusted_full, "an account has at most 32 counterparties; remove one first"};
    }
    const std::uint64_t from = static_cast<std::uint64_t>(context.block.time.ms) +
                               governance::chain(context.state).parameters().trust_delay_ms();
    auto& entry = *record.add_trusted();
    entry.set_account(account.bytes());
    entry.set_active_from_ms(from);
    std::sort(record.mutable_trusted()->begin(), record.mutable_trusted()->end(),
              [](const auto& a, const auto& b) { return a.account() < b.account(); });
    kTrusted.put(context.state, context.account, record);
    return Outcome{"account " + to_hex(account) + " is trusted from block time " + utc_text(from) + " on",
                   {}};
}

Result<Outcome> remove_trusted(Context& context, const proto::RemoveTrusted& action) {
    const AccountId account = *AccountId::from(action.account());
    auto record = trusted(context.state, context.account);
    const auto entry = entry_of(record, account);
    if (entry == record.mutable_trusted()->end()) {
        return Error{Code::not_trusted, "account " + to_hex(account) + " is no counterparty of this one"};
    }
    record.mutable_trusted()->erase(entry);
    if (record.trusted().empty()) {
        kTrusted.remove(context.state, context.account);
    } else {
        kTrusted.put(context.state, context.account, record);
    }
    return Outcome{"account " + to_hex(account) + " is not trusted any more", {}};
}

proto::TrustedRecord trusted(const StateReader& state, const AccountId& owner) {
    return kTrusted.find_or_default(state, owner);
}

Result<> require_trusted(const StateReader& state, const AccountId& owner, const AccountId& account,
                         Instant now) {
    auto record = trusted(state, owner);
    const auto entry = entry_of(record, account);
    if (entry == record.mutable_trusted()->end()) {
        return Error{Code::not_trusted, "account " + to_hex(account) +
                                            " is no trusted counterparty of this one; add it, and wait"};
    }
    if (entry->active_from_ms() <= static_cast<std::uint64_t>(now.ms)) return {};
    return Error{Code::not_trusted, "account " + to_hex(account) + " is trusted from block time " +
                                        utc_text(entry->active_from_ms()) + " on, it is " +
                                        utc_text(static_cast<std::uint64_t>(now.ms))};
}

proto::DayRecord day(const StateReader& state, const AccountId& account, Instant now) {
    auto record = kDays.find_or_default(state, account);
    const auto today = static_cast<std::uint32_t>(now.ms / kDayMs);
    if (record.day() != today) record.Clear();
    record.set_day(today);
    return record;
}

Result<> count_quota(Context& context, Grams grams) {
    auto record = day(context.state, context.account, context.block.time);
    const auto gone = count(record.quota_g(), grams.value(),
                            governance::chain(context.state).parameters().transfer_day_g(), "grams of quota");
    if (!gone) return gone.error();
    record.set_quota_g(*gone);
    kDays.put(context.state, context.account, record);
    return {};
}

Result<> count_cash(Context& context, MicroYuan amount) {
    auto record = day(context.state, context.account, context.block.time);
    const auto gone = count(record.cash_uy(), amount.value(),
                            governance::chain(context.state).parameters().transfer_day_uy(),
                            "micro-yuan to accounts that are not trusted");
    if (!gone) return gone.error();
    record.set_cash_uy(*gone);
    kDays.put(context.state, context.account, record);
    return {};
}

}  // namespace pcq::contracts::registry
