#include "contracts/quota/reserve.h"

#include "contracts/bridge/bridge.h"
#include "contracts/quota/quota.h"
#include "src/base/hex.h"
#include "src/economics/market.h"

namespace pcq::contracts::quota {

Result<> validate(const proto::IssueReserve& action) {
    if (auto period = valid_period(action.period()); !period) return period.error();
    if (auto chain = chain_id(action.side_chain(), "side_chain"); !chain) return chain.error();
    return in_range(action.grams(), {1, econ::kGramsMax}, "grams");
}

Result<Outcome> issue_reserve(Context& context, const proto::IssueReserve& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    const auto record = require_running(context.state, action.period());
    if (!record) return record.error();
    const ChainId side_chain = *ChainId::from(action.side_chain());
    if (!bridge::foreign_chain(context.state, side_chain)) {
        return Error{Code::side_chain_unknown, "side chain " + to_hex(side_chain) + " is not registered"};
    }
    const Grams grams(action.grams());
    if (auto counted = count_against_cap(context.state, *record, grams); !counted) return counted.error();
    auto issuance = kIssuance.find_or_default(context.state, {side_chain, action.period()});
    issuance.set_issued_g(issuance.issued_g() + grams.value());
    issuance.set_reserve_g(issuance.reserve_g() + grams.value());
    kIssuance.put(context.state, {side_chain, action.period()}, issuance);

    proto::OutboxRecord message;
    message.mutable_reserve_issued()->set_period(action.period());
    message.mutable_reserve_issued()->set_grams(grams.value());
    bridge::send(context.state, side_chain, message);
    return Outcome{"issued a reserve of " + to_text(grams), {}};
}

void take_reserve(Overlay& state, const proto::ReserveIssued& issued) {
    auto record = reserve(state, issued.period());
    record.set_issued_g(record.issued_g() + issued.grams());
    kReserves.put(state, issued.period(), record);
}

proto::ReserveRecord reserve(const StateReader& state, Period period) {
    return kReserves.find_or_default(state, period);
}

void credit_from_reserve(Overlay& state, const AccountId& account, Period period, Grams grams) {
    auto record = reserve(state, period);
    record.set_converted_g(record.converted_g() + grams.value());
    kReserves.put(state, period, record);
    auto owned = holding(state, account, period);
    owned.set_issued_g(owned.issued_g() + grams.value());
    owned.set_converted_g(owned.converted_g() + grams.value());
    kHoldings.put(state, {account, period}, owned);
    auto totals = vintage_totals(state, period);
    totals.set_issued_g(totals.issued_g() + grams.value());
    totals.set_held_g(totals.held_g() + grams.value());
    kVintageTotals.put(state, period, totals);
}

}  // namespace pcq::contracts::quota
