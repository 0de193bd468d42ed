// Quota from one person to another whom the first one trusts: a gift or a private deal, bounded as a sale to
// the platform is for the giver, and as a purchase from it for the receiver.
#include "contracts/market/market.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/registry/trust.h"
#include "contracts/settlement/settlement.h"
#include "src/base/hex.h"
#include "src/economics/limits.h"

namespace pcq::contracts::quota {
namespace {

Result<> check_people(const Context& context, const AccountId& to) {
    if (auto person = registry::require_person(context.state, context.account); !person)
        return person.error();
    if (to == context.account) return malformed("quota goes to another account than its owner's");
    if (auto person = registry::require_person(context.state, to); !person) return person.error();
    return registry::require_trusted(context.state, context.account, to, context.block.time);
}

// Both by the records as they are now.
Result<> check_bounds(const Context& context, const AccountId& to, Period period, Grams grams) {
    const Grams surplus = market::allowance(context.state, context.account, period).sell;
    if (grams > surplus) {
        return Error{
            Code::market_surplus_exceeded,
            "asked to give " + to_text(grams) + ", surplus that is not on offer is " + to_text(surplus)};
    }
    const Grams most = market::allowance(context.state, to, period).buy;
    if (grams > most) {
        return Error{Code::market_offset_exceeded, "asked to give " + to_text(grams) +
                                                       "; the policy lets the receiver offset " +
                                                       to_text(most) + " more"};
    }
    return {};
}

}  // namespace

Result<> validate(const proto::TransferQuota& action) {
    if (auto to = account_id(action.to(), "to"); !to) return to.error();
    return in_range(action.grams(), {1, econ::kGramsMax}, "grams");
}

Result<Outcome> transfer(Context& context, const proto::TransferQuota& action) {
    const AccountId to = *AccountId::from(action.to());
    if (auto people = check_people(context, to); !people) return people.error();
    const auto period = require_period(context.state, action.period());
    if (!period) return period.error();
    if (!is_running(*period)) {
        return Error{Code::period_wrong_phase,
                     "period " + std::to_string(action.period()) + " is closed; its quota stays where it is"};
    }
    if (auto early = require_before_deadline(*period, context.block.time); !early) return early.error();
    const Grams grams(action.grams());
    if (auto bounds = check_bounds(context, to, action.period(), grams); !bounds) return bounds.error();
    if (auto counted = registry::count_quota(context, grams); !counted) return counted.error();

    give(context.state, {context.account, to, action.period(), grams});
    proto::Event event;
    auto& fields = *event.mutable_transferred();
    fields.set_period(action.period());
    fields.set_from(context.account.bytes());
    fields.set_to(to.bytes());
    fields.set_grams(grams.value());
    return Outcome{"transferred " + to_text(grams) + " of vintage " + std::to_string(action.period()) +
                       " to " + to_hex(to),
                   {event}};
}

}  // namespace pcq::contracts::quota
