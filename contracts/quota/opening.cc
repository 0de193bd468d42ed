#include "contracts/quota/opening.h"

#include <limits>

#include "contracts/pricing/fees.h"
#include "contracts/settlement/settlement.h"
#include "src/base/wide.h"
#include "src/economics/offset.h"

namespace pcq::contracts::quota {
namespace {

constexpr Range kPriceRange{0, econ::kPriceMax};
constexpr Range kRatioRange{0, kRatioOne};
constexpr Range kMoneyRange{0, std::numeric_limits<std::int64_t>::max()};

Result<> validate(const proto::Policy& policy) {
    if (auto ratio = in_range(policy.offset_ratio_ppb(), kRatioRange, "offset_ratio_ppb"); !ratio)
        return ratio.error();
    if (auto ratio = in_range(policy.banking_ratio_ppb(), kRatioRange, "banking_ratio_ppb"); !ratio)
        return ratio.error();
    if (auto price = in_range(policy.market_price_uy_per_kg(), kPriceRange, "market_price_uy_per_kg"); !price)
        return price.error();
    if (auto price = in_range(policy.penalty_uy_per_kg(), kPriceRange, "penalty_uy_per_kg"); !price)
        return price.error();
    if (auto ratio = in_range(policy.credit_rate_ppb(), kRatioRange, "credit_rate_ppb"); !ratio)
        return ratio.error();
    if (auto ratio = in_range(policy.credit_cap_ppb(), kRatioRange, "credit_cap_ppb"); !ratio)
        return ratio.error();
    if (auto accrual =
            in_range(policy.accrual(), {proto::ACCRUAL_MONTHLY, proto::ACCRUAL_AT_ONCE}, "accrual");
        !accrual)
        return accrual.error();
    if (auto life = settlement::check_policy(policy); !life) return life.error();
    if (auto cost = in_range(policy.effort_cost_uy_per_kg(), {1, econ::kPriceMax}, "effort_cost_uy_per_kg");
        !cost)
        return cost.error();
    if (auto ratio = in_range(policy.price_change_ppb(), kRatioRange, "price_change_ppb"); !ratio)
        return ratio.error();
    if (auto cap = in_range(policy.fee_cap_d_uy(), kMoneyRange, "fee_cap_d_uy"); !cap) return cap.error();
    if (auto cap = in_range(policy.fee_cap_s_uy(), kMoneyRange, "fee_cap_s_uy"); !cap) return cap.error();
    if (auto cap = in_range(policy.trade_fee_cap_uy(), kMoneyRange, "trade_fee_cap_uy"); !cap)
        return cap.error();
    return policy.has_fee_model() ? pricing::validate(policy.fee_model()) : Result<>();
}

Result<> validate(const proto::Estimates& estimates) {
    if (auto excess = in_range(estimates.excess_g(), {0, econ::kGramsMax}, "estimates.excess_g"); !excess)
        return excess.error();
    if (auto people = in_range(estimates.people(), {0, econ::kPopulationMax}, "estimates.people"); !people)
        return people.error();
    if (auto reduction = in_range(estimates.reduction_g(), {0, econ::kReductionMax}, "estimates.reduction_g");
        !reduction)
        return reduction.error();
    return in_range(estimates.abatement_ease(), {0, econ::kEaseMax}, "estimates.abatement_ease");
}

econ::OffsetIn market_of(const proto::OpenPeriod& action, Grams supply) {
    return {.quota_cap = Grams(action.estimates().excess_g()),
            .supply_max = supply,
            .effort_cost = PricePerKg(action.policy().effort_cost_uy_per_kg()),
            .market_price = PricePerKg(action.policy().market_price_uy_per_kg()),
            .abatement_ease = econ::AbatementEase(action.estimates().abatement_ease())};
}

// Where D W < N, the second bound of Proposition 2 is another one. 128 bits hold both sides.
bool abatement_pays_beside_supply(const econ::OffsetIn& market) {
    const Int128 missing = static_cast<Int128>(market.quota_cap.value()) - market.supply_max.value();
    const Int128 margin = market.market_price.value() - 3 * static_cast<Int128>(market.effort_cost.value());
    return 2'000'000 * missing < market.abatement_ease.value() * margin;
}

// The conditions that do not hold, and the values that they compare; empty if all hold, which is when the
// best delta lies inside its range and the delta chosen can be supplied.
std::string broken(const proto::OpeningRecord& record, const econ::OffsetIn& market) {
    const auto status = static_cast<econ::Status>(record.status());
    if (status == econ::Status::overflow)
        return "it cannot be assessed: D W is above " + to_text(Grams(econ::kGramsMax));
    if (econ::is_error(status)) return "it cannot be assessed: N, D, W, k, e and P must all be above 0";
    std::string list;
    const auto ask = [&list](bool holds, const char* condition) {
        if (!holds) list += (list.empty() ? "" : "; ") + std::string(condition) + " fails";
    };
    ask(record.lower_bound(), "P k < 2 N");
    if (market.supply_max >= market.quota_cap) {
        ask(record.upper_bound(), "3 e N < D W P");
    } else {
        ask(abatement_pays_beside_supply(market), "2 (N - D W) < k (P - 3 e), which D W < N asks for,");
    }
    ask(record.supply_suffices(), "delta N <= D W");
    if (list.empty()) return list;
    return list + " with N = " + to_text(market.quota_cap) + ", D W = " + to_text(market.supply_max) +
           ", e = " + to_text(market.effort_cost) + ", P = " + to_text(market.market_price) +
           ", k = " + std::to_string(market.abatement_ease.value()) + " g per CNY/kg";
}

}  // namespace

Result<> validate_terms(const proto::OpenPeriod& action) {
    if (auto policy = validate(action.policy()); !policy) return policy.error();
    if (auto estimates = validate(action.estimates()); !estimates) return estimates.error();
    if (action.optimal_offset() && action.policy().offset_ratio_ppb() != 0)
        return malformed("offset_ratio_ppb must be 0 when delta is left to the contract");
    if (action.override_reason().empty()) return {};
    return text_length(action.override_reason(), kReasonBytesMax, "override_reason");
}

Result<proto::OpeningRecord> judge(const proto::OpenPeriod& action) {
    const auto supply =
        econ::supply_max(action.estimates().people(), Grams(action.estimates().reduction_g()));
    const econ::OffsetIn market = market_of(action, supply.ok() ? supply.value : Grams());
    const auto best =
        supply.ok() ? econ::offset_optimum(market) : econ::Solved<econ::OffsetOptimum>(supply.status);
    if (action.optimal_offset() && !best.ok()) {
        return Error{Code::policy_no_optimum,
                     "delta cannot be left to the contract, the optimum of "
                     "Proposition 2 is not defined for these estimates (" +
                         std::string(econ::name(best.status)) + ")"};
    }
    proto::OpeningRecord record;
    *record.mutable_estimates() = action.estimates();
    record.set_status(static_cast<std::uint32_t>(best.status));
    record.set_optimal_offset(action.optimal_offset());
    record.set_override_reason(action.override_reason());
    if (best.ok()) {
        record.set_optimal_offset_ratio_ppb(best.value.offset_ratio.value());
        record.set_concave(best.value.concave);
        record.set_lower_bound(best.value.lower_bound);
        record.set_upper_bound(best.value.upper_bound);
        const std::int64_t delta =
            action.optimal_offset() ? best.value.offset_ratio.value() : action.policy().offset_ratio_ppb();
        record.set_supply_suffices(static_cast<Int128>(delta) * market.quota_cap.value() <=
                                   static_cast<Int128>(market.supply_max.value()) * kRatioOne);
    }
    const std::string fails = broken(record, market);
    if (!fails.empty() && action.override_reason().empty()) {
        return Error{Code::policy_breaks_conditions,
                     "the policy breaks Proposition 2: " + fails +
                         ". Change the policy or the estimates, or give an override_reason"};
    }
    return record;
}

}  // namespace pcq::contracts::quota
