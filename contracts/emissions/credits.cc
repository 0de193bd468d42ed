// Credits of avoided emissions: minting by meters, conversion by their owners, expiry.
#include "contracts/emissions/credits.h"

#include <algorithm>

#include "contracts/emissions/readings.h"
#include "contracts/market/orders.h"
#include "contracts/quota/quota.h"
#include "contracts/quota/reserve.h"
#include "contracts/registry/registry.h"
#include "src/base/hex.h"
#include "src/base/wide.h"
#include "src/economics/market.h"

namespace pcq::contracts::emissions {
namespace {

constexpr int kEntriesMax = 500;
constexpr std::int64_t kUnitsMax = 1'000'000'000;

std::int64_t share(std::int64_t whole, std::int64_t ratio_ppb) {
    return static_cast<std::int64_t>(static_cast<Int128>(whole) * ratio_ppb / kRatioOne);
}

Result<proto::MethodologyRecord> in_force(const StateReader& state, const std::string& id,
                                          std::uint32_t version) {
    auto record = methodology(state, id, version);
    if (!record) {
        return Error{Code::methodology_unknown,
                     "methodology " + id + " has no version " + std::to_string(version)};
    }
    if (!record->active() || methodology(state, id, version + 1)) {
        return Error{Code::methodology_not_in_force, "version " + std::to_string(version) +
                                                         " of methodology " + id +
                                                         " is not in force; see `methodologies`"};
    }
    return *std::move(record);
}

Result<Grams> avoided(const proto::MethodologyRecord& methodology, std::int64_t units) {
    const Int128 grams = static_cast<Int128>(units) * methodology.avoided_mg_per_unit() / 1000;
    if (grams < 1)
        return Error{Code::credit_worthless, "the units avoid less than a gram; report more at once"};
    if (grams > kReadingMax) {
        return Error{Code::amount_overflow, "one activity avoids at most " + to_text(Grams(kReadingMax))};
    }
    return Grams(static_cast<std::int64_t>(grams));
}

// What has been checked once for all entries of a report.
struct Minting {
    const proto::ReportAvoided& action;
    const proto::MethodologyRecord& methodology;
};

Result<> mint(Context& context, const Minting& minting, const proto::Avoided& entry,
              proto::CreditTotalsRecord& totals) {
    const AccountId account = *AccountId::from(entry.account());
    if (auto person = registry::require_person(context.state, account); !person) return person.error();
    const Hash activity = *Hash::from(entry.activity());
    if (kActivities.contains(context.state, activity)) {
        return Error{Code::activity_credited, "activity " + to_hex(activity) + " has been credited before"};
    }
    const auto grams = avoided(minting.methodology, entry.units());
    if (!grams) return grams.error();
    // A person's credits are part of the total, so no sum but the total can overflow.
    const auto total = checked_add(Grams(totals.minted_g()), *grams);
    if (!total) return total.error();
    totals.set_minted_g(total->value());
    auto owned = credits(context.state, account, minting.action.period());
    owned.set_minted_g(owned.minted_g() + grams->value());
    kCredits.put(context.state, {account, minting.action.period()}, owned);

    proto::ActivityRecord record;
    record.set_account(entry.account());
    record.set_period(minting.action.period());
    record.set_month(minting.action.month());
    record.set_methodology(minting.action.methodology());
    record.set_version(minting.action.version());
    record.set_units(entry.units());
    record.set_grams(grams->value());
    record.set_meter(context.account.bytes());
    kActivities.put(context.state, activity, record);
    return {};
}

// Grams of quota for the credits, if the policy, the person's own quota and the reserve allow it.
Result<Grams> worth(const Context& context, const proto::PeriodRecord& period, Grams spent) {
    const Grams quota(share(spent.value(), period.policy().credit_rate_ppb()));
    if (quota.is_zero()) {
        return Error{Code::credit_worthless, "at the policy's rate of " +
                                                 std::to_string(period.policy().credit_rate_ppb()) +
                                                 " ppb these credits give not a gram of quota"};
    }
    const auto holding = quota::holding(context.state, context.account, period.period());
    const std::int64_t most =
        share(holding.issued_g() - holding.converted_g(), period.policy().credit_cap_ppb());
    const Grams more(std::max<std::int64_t>(0, most - holding.converted_g()));
    if (quota > more) {
        return Error{Code::credit_cap_exceeded, "the credits give " + to_text(quota) +
                                                    "; the policy lets this account convert into " +
                                                    to_text(more) + " more"};
    }
    const auto reserve = quota::reserve(context.state, period.period());
    const Grams there(reserve.issued_g() - reserve.converted_g());
    if (quota > there) {
        return Error{Code::reserve_short,
                     "the credits give " + to_text(quota) + "; the reserve has " + to_text(there) + " left"};
    }
    return quota;
}

}  // namespace

Result<> validate(const proto::ReportAvoided& action) {
    if (auto month = in_range(action.month(), kMonthRange, "month"); !month) return month.error();
    if (auto count = in_range(action.entries_size(), {1, kEntriesMax}, "the number of entries"); !count)
        return count.error();
    for (const auto& entry : action.entries()) {
        if (auto account = account_id(entry.account(), "an entry's account"); !account)
            return account.error();
        if (auto units = in_range(entry.units(), {1, kUnitsMax}, "an entry's units"); !units)
            return units.error();
        if (entry.activity().size() != Hash::kSize)
            return malformed("an entry's activity must have 32 bytes");
    }
    return {};
}

Result<> validate(const proto::ConvertCredits& action) {
    return in_range(action.grams(), {1, econ::kGramsMax}, "grams");
}

Result<Outcome> report_avoided(Context& context, const proto::ReportAvoided& action) {
    if (auto allowed = require_role(context, proto::ROLE_METER); !allowed) return allowed.error();
    if (auto running = running_month(context, action.period(), action.month()); !running)
        return running.error();
    const auto by = in_force(context.state, action.methodology(), action.version());
    if (!by) return by.error();
    auto totals = kCreditTotals.find_or_default(context.state, action.period());
    const std::int64_t before = totals.minted_g();
    for (const auto& entry : action.entries()) {
        if (auto minted = mint(context, {action, *by}, entry, totals); !minted) return minted.error();
    }
    kCreditTotals.put(context.state, action.period(), totals);
    return Outcome{"credited " + to_text(Grams(totals.minted_g() - before)) + " avoided by " +
                       std::to_string(action.entries_size()) + " activities",
                   {}};
}

Result<Outcome> convert_credits(Context& context, const proto::ConvertCredits& action) {
    if (auto person = registry::require_person(context.state, context.account); !person)
        return person.error();
    const auto period = quota::require_running(context.state, action.period());
    if (!period) return period.error();
    if (auto early = quota::require_before_deadline(*period, context.block.time); !early)
        return early.error();
    auto owned = credits(context.state, context.account, action.period());
    const Grams spent(action.grams());
    if (spent > left(owned)) {
        return Error{Code::credits_short,
                     "asked to convert " + to_text(spent) + " of credits, there are " + to_text(left(owned))};
    }
    const auto quota = worth(context, *period, spent);
    if (!quota) return quota.error();

    owned.set_converted_g(owned.converted_g() + spent.value());
    owned.set_quota_g(owned.quota_g() + quota->value());
    kCredits.put(context.state, {context.account, action.period()}, owned);
    auto totals = kCreditTotals.find_or_default(context.state, action.period());
    totals.set_converted_g(totals.converted_g() + spent.value());
    kCreditTotals.put(context.state, action.period(), totals);
    quota::credit_from_reserve(context.state, context.account, action.period(), *quota);

    proto::Event event;
    auto& converted = *event.mutable_credits_converted();
    converted.set_period(action.period());
    converted.set_account(context.account.bytes());
    converted.set_credits_g(spent.value());
    converted.set_quota_g(quota->value());
    Outcome outcome{"converted " + to_text(spent) + " of credits into " + to_text(*quota) + " of quota",
                    {event}};
    // What was wanted may be needed no more.
    append(outcome.events, market::hold_to_allowance(context.state, context.account, action.period()));
    return outcome;
}

void expire_credits(Overlay& state, const AccountId& account, Period period) {
    auto owned = credits(state, account, period);
    const Grams lapsed = left(owned);
    if (lapsed.is_zero()) return;
    owned.set_expired_g(owned.expired_g() + lapsed.value());
    kCredits.put(state, {account, period}, owned);
    auto totals = kCreditTotals.find_or_default(state, period);
    totals.set_expired_g(totals.expired_g() + lapsed.value());
    kCreditTotals.put(state, period, totals);
}

proto::CreditRecord credits(const StateReader& state, const AccountId& account, Period period) {
    return kCredits.find_or_default(state, {account, period});
}

Grams left(const proto::CreditRecord& credits) {
    return Grams(credits.minted_g() - credits.converted_g() - credits.expired_g());
}

}  // namespace pcq::contracts::emissions
