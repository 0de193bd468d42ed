#include "src/cli/model/conditions.h"

namespace pcq::cli::model {
namespace {

using econ::FeePolicy;
using econ::Objective;
using econ::Status;
using econ::exact::Platform;
using econ::exact::Scales;

std::string is(const std::string& symbol, const Rational& value, Unit unit = Unit::one) {
    return symbol + " = " + text_of(value, unit);
}

std::string cross_values(const Platform& platform, Objective objective) {
    return is("g = alpha_s + alpha_d - c", econ::exact::terms(platform).g) + ", " +
           is("m", econ::exact::weight(objective)) +
           (objective == Objective::profit ? " (profit)" : " (welfare)");
}

}  // namespace

Error infeasible(Status status, const std::string& condition, const std::string& values) {
    return Error{Code::model_infeasible,
                 std::string(econ::name(status)) + ": the condition " + condition + " is broken: " + values};
}

Error why_no_market(Status status, const econ::exact::MarketIn& in) {
    if (status == Status::no_supply)
        return infeasible(status, "D W > 0 (somebody has a surplus)", is("D W", in.supply_max, Unit::kg));
    return infeasible(status, "P >= c + c_b (the ceiling covers the platform's costs)",
                      is("P", in.market_price, Unit::cny_per_kg) + ", " +
                          is("c + c_b", in.costs.op_cost + in.costs.chain_cost, Unit::cny_per_kg));
}

Error why_no_welfare(Status status, const econ::exact::Region& region, const Rational& offset_ratio) {
    if (status == Status::supply_cap) {
        return infeasible(status, "N delta <= D W (people can supply what is to be offset)",
                          is("N delta", region.quota_cap * offset_ratio, Unit::kg) + ", " +
                              is("D W", region.supply_max, Unit::kg));
    }
    return infeasible(Status::no_supply, "D W > 0 (somebody has a surplus)",
                      is("D W", region.supply_max, Unit::kg));
}

Error why_no_offset(Status status, const econ::exact::Region& region) {
    if (region.supply_max == 0)
        return infeasible(Status::no_supply, "D W > 0 (somebody has a surplus)",
                          is("D W", region.supply_max, Unit::kg));
    if (region.market_price == 0)
        return infeasible(status, "P > 0 (an allowance has a price)",
                          is("P", region.market_price, Unit::cny_per_kg));
    return infeasible(status, "2 D W != 3 e k ((11) is no straight line)",
                      is("2 D W", 2 * region.supply_max, Unit::kg) + ", " +
                          is("3 e k", 3 * region.effort_cost * region.abatement_ease, Unit::kg));
}

Error why_no_fees(Status status, const Platform& platform, Objective objective, FeePolicy policy) {
    if (status == Status::not_concave)
        return infeasible(status, "|g| < m (the objective has a maximum)", cross_values(platform, objective));
    Scales best = interior_scales(platform, objective);
    auto fees = econ::exact::fees_for(platform, best);
    std::string where;
    if (policy == FeePolicy::none && fees.d < 0) {
        best = free_entry_scales(platform, objective);
        fees = econ::exact::fees_for(platform, best);
        where = " with f_d = 0";
    }
    if (status == Status::scale_range) {
        return infeasible(
            status, "0 <= N_d, N_s <= 1 (shares of people)",
            is("N_d", best.d) + ", " + is("N_s", best.s) + where + "; --boxed keeps both in 0 to 1");
    }
    const auto outcome = econ::exact::outcome(platform, best, fees);
    return infeasible(status, "profit >= 0 (no outside money)",
                      is("profit", outcome.profit) + where + ": fees bring " +
                          full_text(outcome.profit + econ::exact::service_expense(platform)) +
                          ", service costs k q^2/2 = " + full_text(econ::exact::service_expense(platform)) +
                          "; --policy free allows it");
}

Error why_no_service(Status status, const Platform& platform, Objective objective) {
    if (status == Status::not_concave)
        return infeasible(status, "|g| < m (the objective has a maximum)", cross_values(platform, objective));
    const Rational bracket = econ::exact::service_bracket(platform, objective);
    if (status == Status::no_optimum) {
        return infeasible(
            status, "k (m^2 - g^2) > m (beta_d^2 + beta_s^2) + 2 g beta_d beta_s (the value is concave in q)",
            is("left - right", bracket) + ", " + is("k", platform.service_cost));
    }
    Platform best = platform;
    best.service_level = (platform.sens_d + platform.sens_s) *
                         (econ::exact::weight(objective) + econ::exact::terms(platform).g) / bracket;
    const Scales scales = interior_scales(best, objective);
    return infeasible(status, "0 <= N_d, N_s <= 1 at q*",
                      is("q*", best.service_level) + ", " + is("N_d", scales.d) + ", " + is("N_s", scales.s));
}

}  // namespace pcq::cli::model
