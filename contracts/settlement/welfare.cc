#include "contracts/settlement/welfare.h"

#include <algorithm>

#include "contracts/market/market.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/settlement/report.h"

namespace pcq::contracts::settlement {

Result<RealisedWelfare> realised_welfare(const StateReader& state, const ChainId& chain, Period period) {
    const auto record = quota::require_period(state, period);
    if (!record) return record.error();
    const auto sums = report(state, chain, period);
    if (record->phase() != proto::PERIOD_PHASE_SETTLED || !sums) {
        return Error{Code::period_wrong_phase, "period " + std::to_string(period) +
                                                   " is not settled yet; its welfare is known when it is"};
    }
    const auto& book = sums->platform();
    const auto last = pricing::epoch(state, period, record->epoch());
    const Grams sold(capped_sum(book.bought_g(), book.matched_g()));
    const auto& policy = record->policy();
    const econ::ext::RealisedIn in{
        .sold = sold,
        .supply_max = std::max(sold, Grams(last ? last->surplus_g() : 0)),
        .paid = MicroYuan(capped_sum(book.paid_uy(), book.matched_uy())),
        .profit = MicroYuan(book.received_uy() + book.fees_uy() - book.paid_uy() - book.cost_uy()),
        .abated = Grams(sums->penalised_g()),
        .effort_cost = PricePerKg(policy.effort_cost_uy_per_kg()),
        .market_price = PricePerKg(policy.market_price_uy_per_kg()),
        .abatement_ease = econ::AbatementEase(record->opening().estimates().abatement_ease())};
    return RealisedWelfare{in, econ::ext::realised_welfare(in)};
}

}  // namespace pcq::contracts::settlement
