// Result 1 and the printed formulas of section 3.2.1, over the regions of the specification's checker.
#include "src/cli/model/claims.h"
#include "src/cli/model/grid.h"
#include "src/economics/exact/service.h"
#include "src/economics/printed/profit_platform.h"

namespace pcq::cli::model {
namespace {

using econ::FeePolicy;
using econ::Objective;
using econ::exact::Platform;

constexpr auto kWhere =
    "c 0.05, 0.15 .. 2.95; beta_d, beta_s 0, 0.2 .. 1; q 1/10, 1/2, 1; alpha_d 0, alpha_s 1, k 1/2; optima "
    "with N_d, N_s "
    "in 0 .. 1";

const Rational kLittle(1, 1'000'000);

std::string describe(const Platform& p) {
    return at_point({{"c", p.ask_price}, {"beta_d", p.sens_d}, {"beta_s", p.sens_s}, {"q", p.service_level}});
}

// What the printed fees earn when they are put through the printed scales.
Rational printed_chain(const Platform& platform) {
    const auto fees = econ::printed::fees(platform).value;
    const auto scales = econ::printed::scales(platform, fees).value;
    return scales.d * fees.d + scales.s * fees.s - econ::exact::service_expense(platform);
}

Platform with(Platform platform, Rational Platform::*what) {
    platform.*what += kLittle;
    return platform;
}

// The signs of Result 1 (1), (2): as derivatives, and as differences along the printed chain.
struct Signs {
    Tally sens{"result-1-1", "profit rises with beta_d and beta_s",
               "corrected, the printed profit* is the same; both sides take part", kWhere};
    Tally ask{"result-1-2", "profit falls with c",
              "corrected, the printed profit* is the same; both sides take part", kWhere};
    Tally chain_d{"result-1-1", "profit rises with beta_d", "printed fees through printed scales", kWhere};
    Tally chain_s{"result-1-1", "profit rises with beta_s", "printed fees through printed scales", kWhere};
    Tally chain_c{"result-1-2", "profit falls with c", "printed fees through printed scales", kWhere};
    Tally transfer{"result-1-2", "profit falls with c",
                   "corrected, what demanders pay suppliers get (alpha_s = c)", kWhere};

    std::size_t optima = 0;

    void look(const Platform& platform, const econ::exact::PlatformOptimum& best) {
        const auto told = [&platform] { return describe(platform); };
        ++optima;
        if (best.scale_d > 0 && best.scale_s > 0) {
            const auto moves = econ::exact::sensitivities(platform, Objective::profit).value;
            sens.point(moves.value_by_sens_d > 0 && moves.value_by_sens_s > 0, told);
            ask.point(moves.value_by_ask < 0, told);
        }
        const Rational here = printed_chain(platform);
        chain_d.point(printed_chain(with(platform, &Platform::sens_d)) > here, told);
        chain_s.point(printed_chain(with(platform, &Platform::sens_s)) > here, told);
        chain_c.point(printed_chain(with(platform, &Platform::ask_price)) < here, told);
        look_at_transfer(platform);
    }

private:
    // g = 0 whatever c is, so c moves nothing.
    void look_at_transfer(Platform platform) {
        const auto told = [&platform] { return describe(platform); };
        platform.cross_s = platform.ask_price;
        Platform dearer = with(platform, &Platform::ask_price);
        dearer.cross_s = dearer.ask_price;
        const auto before = econ::exact::two_sided(platform, Objective::profit, FeePolicy::free);
        const auto after = econ::exact::two_sided(dearer, Objective::profit, FeePolicy::free);
        if (before.ok() && after.ok()) transfer.point(after.value.profit < before.value.profit, told);
    }
};

// Each printed formula of 3.2.1 against the corrected one at the same point.
struct Formulas {
    Tally literal{"D11, D12", "(12), (13) as printed lead to the printed profit*",
                  "as printed, no gain of suppliers (alpha_s = 0)", kWhere};
    Tally restored{"D11, D12", "with +1 N_d in (13) they do", "corrected, alpha_s = 1", kWhere};
    Tally scales{"D14", "the printed N_d, N_s at given fees are right", "as printed", kWhere};
    Tally fees{"D15", "the printed fees (17), (18) are right", "as printed", kWhere};
    Tally hessian{"D16", "the printed Hessian is right", "as printed", kWhere};
    Tally labels{"D18", "the printed N_d*, N_s* are right", "as printed", kWhere};
    Tally swapped{"D18", "they are right with the two sides exchanged", "as printed, exchanged", kWhere};

    void look(const Platform& platform, const econ::exact::PlatformOptimum& best) {
        const auto told = [&platform] { return describe(platform); };
        const auto printed = econ::printed::equilibrium(platform).value;
        Platform plain = platform;
        plain.cross_s = 0;
        const auto without = econ::exact::two_sided_boxed(plain, Objective::profit).value;
        literal.point(without.profit == printed.profit, told);
        restored.point(best.profit == printed.profit, told);
        const econ::exact::Fees given{best.fee_d, best.fee_s};
        const auto joined = econ::printed::scales(platform, given).value;
        scales.point(joined.d == best.scale_d && joined.s == best.scale_s, told);
        const auto paper = econ::printed::fees(platform).value;
        fees.point(paper.d == best.fee_d && paper.s == best.fee_s, told);
        const auto curved = econ::printed::hessian(platform);
        const auto right = econ::exact::hessian(platform, Objective::profit).value;
        hessian.point(curved.dd == right.dd && curved.ds == right.ds && curved.ss == right.ss, told);
        labels.point(printed.scale_d == best.scale_d && printed.scale_s == best.scale_s, told);
        swapped.point(printed.scale_d == best.scale_s && printed.scale_s == best.scale_d, told);
    }
};

template <class Visit>
void each_platform(const Visit& visit) {
    for (const auto& c : steps(Rational(1, 20), Rational(59, 20), 29))
        for (const auto& b_d : steps(0, 1, 5))
            for (const auto& b_s : steps(0, 1, 5))
                for (const auto& q : {Rational(1, 10), Rational(1, 2), Rational(1)})
                    visit(Platform{.service_level = q,
                                   .sens_d = b_d,
                                   .sens_s = b_s,
                                   .ask_price = c,
                                   .cross_d = 0,
                                   .cross_s = 1,
                                   .service_cost = Rational(1, 2)});
}

// The printed conditions on c alone.
std::vector<Claim> conditions_on_c() {
    const std::string where = "c 0.05, 0.15 .. 3.95";
    Tally existence("D17", "an optimum exists if and only if -2 < c (c - 1) < 2", "as printed", where);
    Tally corrected("D17", "it does if and only if -1 < c < 3", "corrected", where);
    for (const auto& c : steps(Rational(1, 20), Rational(79, 20), 39)) {
        const Platform platform{.service_level = 0, .sens_d = 0, .sens_s = 0, .ask_price = c};
        const auto told = [&c] { return at_point({{"c", c}}); };
        const bool exists = econ::exact::hessian(platform, Objective::profit).value.negative_definite;
        existence.point(econ::printed::hessian(platform).existence == exists, told);
        corrected.point((-1 < c && c < 3) == exists, told);
    }
    const std::string scales = "c = 2, A_d = A_s (q = 0); c = 1.6, A_d = 1, A_s = 4 (q = 1, beta_s = 3)";
    Tally positive("D17", "N_d, N_s >= 0 if and only if -2 < c (c - 1) < 1", "as printed", scales);
    for (const auto& [c, b_s] :
         {std::pair{Rational(2), Rational(0)}, std::pair{Rational(8, 5), Rational(3)}}) {
        const Platform platform{.service_level = 1, .sens_d = 0, .sens_s = b_s, .ask_price = c};
        positive.point(econ::printed::hessian(platform).positive ==
                           econ::exact::conditions(platform, Objective::profit).not_empty,
                       [&platform] { return describe(platform); });
    }
    return {existence.claim(), corrected.claim(), positive.claim()};
}

// Value of the objective with shares kept in 0..1.
Rational boxed_value(Platform platform, Objective objective, const Rational& q) {
    platform.service_level = q;
    return econ::exact::boxed_scales(econ::exact::terms(platform), objective).value -
           econ::exact::service_expense(platform);
}

bool has_one_hump(const Platform& platform, Objective objective) {
    bool rising = true;
    std::optional<Rational> last;
    for (const auto& q : steps(0, (platform.sens_d + platform.sens_s) / platform.service_cost + 1, 120)) {
        const Rational value = boxed_value(platform, objective, q);
        if (last && rising && value < *last)
            rising = false;
        else if (last && !rising && value > *last)
            return false;
        last = value;
    }
    return true;
}

Claim boxed_humps() {
    Tally humps("result-1-3", "first rises, then falls with q", "corrected, shares kept in 0 .. 1",
                "c 1/10 .. 2 (5); 5 pairs of beta; k 1/4, 1, 3; profit with alpha_s 1, 0, welfare with 1/2, "
                "0; 121 q each");
    const std::vector<std::pair<Rational, Rational>> betas = {
        {Rational(3, 10), Rational(1, 5)}, {1, 1}, {1, 0}, {Rational(1, 10), 1}, {2, Rational(1, 2)}};
    const std::vector<std::pair<Objective, Rational>> kinds = {{Objective::profit, 1},
                                                               {Objective::profit, 0},
                                                               {Objective::welfare, Rational(1, 2)},
                                                               {Objective::welfare, 0}};
    for (const auto& c : {Rational(1, 10), Rational(1, 2), Rational(1), Rational(3, 2), Rational(2)})
        for (const auto& [b_d, b_s] : betas)
            for (const auto& k : {Rational(1, 4), Rational(1), Rational(3)})
                for (const auto& kind : kinds) {
                    const Rational& cross_s = kind.second;
                    const Platform platform{.service_level = 0,
                                            .sens_d = b_d,
                                            .sens_s = b_s,
                                            .ask_price = c,
                                            .cross_d = 0,
                                            .cross_s = cross_s,
                                            .service_cost = k};
                    humps.point(has_one_hump(platform, kind.first), [&] {
                        return describe(platform) + at_point({{", k", k}, {"alpha_s", cross_s}});
                    });
                }
    return humps.claim();
}

}  // namespace

std::vector<Claim> check_result_1() {
    Signs signs;
    Formulas formulas;
    each_platform([&](const Platform& platform) {
        const auto best = econ::exact::two_sided(platform, Objective::profit, FeePolicy::free);
        if (!best.ok()) return;
        signs.look(platform, best.value);
        formulas.look(platform, best.value);
    });
    signs.sens.figure("interior points, also those where one side is empty", signs.optima);
    std::vector<Claim> all;
    for (const auto* tally :
         {&signs.sens, &signs.chain_d, &signs.chain_s, &signs.ask, &signs.chain_c, &signs.transfer,
          &formulas.literal, &formulas.restored, &formulas.scales, &formulas.fees, &formulas.hessian}) {
        all.push_back(tally->claim());
    }
    for (auto& claim : conditions_on_c()) all.push_back(std::move(claim));
    all.push_back(formulas.labels.claim());
    all.push_back(formulas.swapped.claim());
    return all;
}

std::vector<Claim> check_result_1_in_q() {
    const std::string where = "c 0.1, 0.3 .. 2.9; beta_d, beta_s 0, 1/4 .. 2; k 1/10, 1/2, 1, 2, 5";
    Tally concave("result-1-3", "profit is concave in q: it first rises, then falls",
                  "as printed, unconditional", where);
    Tally conditional("result-1-3",
                      "it is if and only if k > 2 (beta_d^2 + beta_s^2 + g beta_d beta_s)/(4 - g^2)",
                      "corrected", where);
    for (const auto& c : steps(Rational(1, 10), Rational(29, 10), 14))
        for (const auto& b_d : steps(0, 2, 8))
            for (const auto& b_s : steps(0, 2, 8))
                for (const auto& k :
                     {Rational(1, 10), Rational(1, 2), Rational(1), Rational(2), Rational(5)}) {
                    Platform platform{.service_level = 0,
                                      .sens_d = b_d,
                                      .sens_s = b_s,
                                      .ask_price = c,
                                      .cross_d = 0,
                                      .cross_s = 1,
                                      .service_cost = k};
                    const auto profit = [&platform](int q) -> Rational {
                        platform.service_level = q;
                        return econ::printed::equilibrium(platform).value.profit;
                    };
                    const bool bends = profit(2) - 2 * profit(1) + profit(0) < 0;
                    const auto told = [&] {
                        return at_point({{"c", c}, {"beta_d", b_d}, {"beta_s", b_s}, {"k", k}});
                    };
                    concave.point(bends, told);
                    conditional.point(
                        (econ::exact::service_bracket(platform, Objective::profit) > 0) == bends, told);
                }
    return {concave.claim(), conditional.claim(), boxed_humps()};
}

}  // namespace pcq::cli::model
