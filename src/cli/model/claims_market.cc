// Propositions 1 and 2 and the claim of section 5, over the regions of the specification's checker.
#include "src/cli/model/claims.h"
#include "src/cli/model/grid.h"
#include "src/economics/printed/market.h"

namespace pcq::cli::model {
namespace {

using econ::Status;
using econ::exact::MarketIn;
using econ::exact::Region;

constexpr auto kMarkets =
    "N 100, 1000; delta 0, 0.1 .. 1; D W 10, 100, 100, 1000; e 1/2, 2; c 0, 1/10, 1; c_b 0, 1/20; P none, "
    "1/20, 1/2, "
    "3, 10";
constexpr auto kRegions =
    "N 1 .. 13 (6 values); D W 1 .. 32 (6); e 1/4 .. 2 (4); P 1/2 .. 4 (4); k 1/4 .. 16 (7)";

const std::vector<Rational> kQuotaCaps = {100, 1000};
const std::vector<Rational> kPopulations = {10, 100};
const std::vector<Rational> kReductions = {1, 10};
const std::vector<Rational> kEfforts = {Rational(1, 2), 2};
const std::vector<Rational> kOpCosts = {0, Rational(1, 10), 1};
const std::vector<Rational> kCeilings = {0, Rational(1, 20), Rational(1, 2), 3, 10};

template <class Visit>
void each_market(const std::vector<Rational>& chain_costs, const Visit& visit) {
    for (const auto& n : kQuotaCaps)
        for (const auto& delta : steps(0, 1, 10))
            for (const auto& w : kPopulations)
                for (const auto& d : kReductions)
                    for (const auto& e : kEfforts)
                        for (const auto& c : kOpCosts)
                            for (const auto& c_b : chain_costs)
                                for (const auto& p : kCeilings)
                                    visit(MarketIn{n, delta, e, {c, c_b}, p, w * d});
}

std::string describe(const MarketIn& in) {
    return at_point({{"N", in.quota_cap},
                     {"delta", in.offset_ratio},
                     {"D W", in.supply_max},
                     {"e", in.effort_cost},
                     {"c", in.costs.op_cost},
                     {"c_b", in.costs.chain_cost},
                     {"P", in.market_price}});
}

std::string describe(const Region& region) {
    return at_point({{"N", region.quota_cap},
                     {"D W", region.supply_max},
                     {"e", region.effort_cost},
                     {"P", region.market_price},
                     {"k", region.abatement_ease}});
}

// Best response (6), demand met, and no buyer pays more than an ordinary allowance costs.
bool is_equilibrium(const MarketIn& in, const Rational& buy, const Rational& sell) {
    if (in.market_price > 0 && sell > in.market_price) return false;
    const auto best = econ::exact::best_buy_price({sell, in.effort_cost, in.costs, in.supply_max});
    const auto offered = econ::exact::supply(buy, in.effort_cost, in.supply_max);
    return best.ok() && best.value.buy_price == buy && offered.ok() &&
           offered.value == in.quota_cap * in.offset_ratio;
}

std::vector<Claim> proposition_1() {
    Tally corrected("proposition-1",
                    "(7) is the pair where the platform answers best and demand meets supply", "corrected",
                    std::string(kMarkets) + "; markets that clear");
    Tally printed("proposition-1", "(7) is the pair where the platform answers best and demand meets supply",
                  "as printed", kMarkets);
    Tally chain_cost("D1", "the printed P_c bears the whole cost", "as printed",
                     std::string(kMarkets) + "; markets that clear");
    Tally share("D3", "the printed share P_ph/e is a share", "as printed", kMarkets);
    Tally bounds("D5", "the printed (7) keeps to what people have and to the ceiling P", "as printed",
                 kMarkets);
    each_market({0, Rational(1, 20)}, [&](const MarketIn& in) {
        const auto told = [&in] { return describe(in); };
        const auto prices = econ::printed::market_prices(in).value;
        const auto found = econ::exact::market_prices(in);
        if (found.status == Status::cleared) {
            corrected.point(is_equilibrium(in, found.value.buy_price, found.value.sell_price), told);
            chain_cost.point(prices.sell_price == found.value.sell_price, told);
        }
        printed.point(is_equilibrium(in, prices.buy_price, prices.sell_price), told);
        share.point(prices.buy_price <= in.effort_cost, told);
        bounds.point(prices.buy_price <= in.effort_cost &&
                         (in.market_price == 0 || prices.sell_price <= in.market_price),
                     told);
    });
    return {corrected.claim(), printed.claim(), chain_cost.claim(), share.claim(), bounds.claim()};
}

template <class Visit>
void each_region(const Visit& visit) {
    for (const int n : {1, 2, 3, 5, 8, 13})
        for (const int s : {1, 2, 4, 8, 16, 32})
            for (const auto& e : {Rational(1, 4), Rational(1, 2), Rational(1), Rational(2)})
                for (const auto& p : {Rational(1, 2), Rational(1), Rational(2), Rational(4)})
                    for (const auto& k : {Rational(1, 4), Rational(1, 2), Rational(1), Rational(2),
                                          Rational(4), Rational(8), Rational(16)})
                        visit(Region{n, s, e, p, k});
}

Rational top_of(const Region& region) {
    return region.supply_max < region.quota_cap ? Rational(region.supply_max / region.quota_cap)
                                                : Rational(1);
}

// What Proposition 2 must say where D W < N as well (specification, section 2.2).
bool expects_interior(const Region& region) {
    const auto& [n, s, e, p, k] = region;
    const bool lower = p * k < 2 * n;
    return s >= n ? lower && 3 * e * n < s * p : lower && 2 * (n - s) < k * (p - 3 * e);
}

bool is_best_of_grid(const Region& region, const Rational& best) {
    const auto welfare = econ::exact::welfare_parabola(region);
    const auto value = [&](const Rational& delta) -> Rational {
        return (welfare.a * delta + welfare.b) * delta;
    };
    const Rational reached = value(best);
    for (const auto& delta : steps(0, top_of(region), 40)) {
        if (value(delta) > reached) return false;
    }
    return true;
}

struct UnitsOfMass {
    Region kg{Rational("200000000000"), Rational("1400000000000"), Rational(1, 5), Rational(1, 10),
              Rational("3000000000000")};
    Region gt{Rational(1, 5), Rational(7, 5), Rational("200000000000"), Rational("100000000000"),
              Rational("3/1000000000000")};
};

std::vector<Claim> proposition_2() {
    Tally best("proposition-2", "delta* is the best offset ratio", "corrected",
               std::string(kRegions) + "; against 41 ratios");
    Tally corrected("proposition-2", "the optimum lies inside if and only if P k < 2 N and 3 e N < D W P",
                    "corrected", std::string(kRegions) + "; with D W < N its own bound");
    Tally printed("proposition-2",
                  "the optimum lies inside if and only if k < min(2 N/P, 2 D W/(3 e k)), N < D W P/(3 e)",
                  "as printed", kRegions);
    Tally sufficient("D8", "where the printed condition holds and D W >= N the optimum lies inside",
                     "as printed", kRegions);
    Tally stationary("D9", "the printed delta* is the best offset ratio", "as printed", kRegions);
    Tally same("D6", "counting the buyers' payments does not move the best offset ratio", "as printed",
               std::string(kRegions) + "; c = c_b = 0");
    std::size_t inside = 0;
    std::size_t true_at = 0;
    std::size_t missed = 0;
    std::size_t supply = 0;
    each_region([&](const Region& region) {
        const auto told = [&region] { return describe(region); };
        const auto found = econ::exact::offset_optimum(region);
        const auto paper = econ::printed::offset_optimum(region);
        const bool is_inside = found.status == Status::interior;
        const bool condition = paper.ok() ? paper.value.condition : false;
        best.point(is_best_of_grid(region, found.value.offset_ratio), told);
        corrected.point(is_inside == expects_interior(region), told);
        printed.point(is_inside == condition, told);
        if (condition && region.supply_max >= region.quota_cap) sufficient.point(is_inside, told);
        stationary.point(paper.ok() && paper.value.offset_ratio == found.value.offset_ratio, told);
        const auto full = econ::exact::ext::offset_optimum_full(region, {0, 0});
        same.point(full.ok() && full.value.offset_ratio == found.value.offset_ratio, told);
        inside += is_inside ? 1 : 0;
        true_at += condition ? 1 : 0;
        missed += is_inside && !condition ? 1 : 0;
        supply += found.status == Status::corner_supply ? 1 : 0;
    });
    printed.figure("interior optima", inside);
    printed.figure("printed condition true", true_at);
    printed.figure("interior although the printed condition is false", missed);
    printed.figure("supply bound binds", supply);
    Tally units("D8", "the printed condition does not depend on the unit of mass", "as printed",
                "T1 in kg and in Gt");
    const UnitsOfMass t1;
    units.point(econ::printed::offset_optimum(t1.kg).value.condition ==
                    econ::printed::offset_optimum(t1.gt).value.condition,
                [] { return std::string("T1: false in kg, true in Gt; delta* is 7/10 in both"); });
    return {best.claim(),       corrected.claim(), printed.claim(), sufficient.claim(),
            stationary.claim(), same.claim(),      units.claim()};
}

}  // namespace

std::vector<Claim> check_market_claims() {
    auto all = proposition_1();
    for (auto& claim : proposition_2()) all.push_back(std::move(claim));
    return all;
}

std::vector<Claim> check_section_5() {
    const std::string where =
        "N 100, 1000; delta 0 .. 1 (11); W 10, 100; D 1, 10; e 1/2, 2; c 0, 1/10, 1; P none, 1/20, 1/2, 3, "
        "10";
    Tally plain("section-5", "trading reduces consumers' emissions without a subsidy", "corrected, anywhere",
                where);
    Tally conditional("section-5", "it does if and only if N delta > 0 and (P > c or no ceiling)",
                      "corrected", where);
    Tally funded("section-5", "the platform needs no subsidy: profit >= 0", "corrected",
                 where + "; markets that exist");
    Tally displaced("section-5", "emissions fall although what is bought replaces abatement (displacement 1)",
                    "corrected", where + "; markets that exist");
    std::size_t capped = 0;
    each_market({0}, [&](const MarketIn& in) {
        const auto told = [&in] { return describe(in); };
        const auto found = econ::exact::emission_change(in, 0);
        const bool reduces = found.ok() && found.value.consumer_reduction > 0;
        const bool should =
            in.offset_ratio > 0 && (in.market_price == 0 || in.market_price > in.costs.op_cost);
        plain.point(reduces, told);
        conditional.point(reduces == should, told);
        if (!found.ok()) return;
        funded.point(found.value.platform_profit >= 0, told);
        displaced.point(econ::exact::emission_change(in, 1).value.net_change < 0, told);
        capped += found.status == Status::short_cap ? 1 : 0;
    });
    plain.figure("the ceiling binds", capped);
    return {plain.claim(), conditional.claim(), funded.claim(), displaced.claim()};
}

}  // namespace pcq::cli::model
