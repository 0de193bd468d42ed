// Result 2 and the printed formulas of section 3.2.2, over the regions of the specification's checker.
#include <array>
#include <map>

#include "src/cli/model/claims.h"
#include "src/cli/model/grid.h"
#include "src/economics/exact/results.h"
#include "src/economics/exact/service.h"

namespace pcq::cli::model {
namespace {

using econ::Objective;
using econ::exact::Platform;
using econ::printed::WelfarePlatform;

const std::vector<Rational> kSens = {Rational(1, 10), Rational(1, 2), 1};

std::string describe(const WelfarePlatform& p) {
    return at_point({{"alpha_s", p.cross_s},
                     {"sigma", p.sigma},
                     {"beta_d", p.sens_d},
                     {"beta_s", p.sens_s},
                     {"k", p.service_cost},
                     {"q", p.service_level}});
}

// The corrected model, for any sign of sigma = c - alpha_d.
Platform platform_of(const WelfarePlatform& p) {
    return Platform{.service_level = p.service_level,
                    .sens_d = p.sens_d,
                    .sens_s = p.sens_s,
                    .ask_price = p.sigma > 0 ? p.sigma : Rational(0),
                    .cross_d = p.sigma < 0 ? Rational(-p.sigma) : Rational(0),
                    .cross_s = p.cross_s,
                    .service_cost = p.service_cost};
}

template <class Visit>
void each_welfare_platform(const Visit& visit) {
    for (const auto& cross_s : steps(0, Rational(7, 4), 7))
        for (const auto& sigma : steps(-1, Rational(5, 2), 35))
            for (const auto& b_d : kSens)
                for (const auto& b_s : kSens)
                    for (const auto& k : {Rational(1, 10), Rational(1, 2), Rational(2)})
                        for (const auto& q : {Rational(1, 10), Rational(1, 2)})
                            visit(WelfarePlatform{q, b_d, b_s, sigma, cross_s, k});
}

constexpr auto kWelfareWhere =
    "alpha_s 0, 1/4 .. 7/4; sigma -1, -0.9 .. 2.5; beta_d, beta_s 1/10, 1/2, 1; k 1/10, 1/2, 2; q 1/10, 1/2; "
    "|g| not 1";

// "Welfare with the service exceeds that without", by region and by formula.
class Gains {
public:
    Gains() {
        for (const auto& region : kRegions) {
            for (const auto* reading :
                 {"as printed", "corrected closed form", "corrected, shares kept in 0 .. 1"}) {
                tallies_[region].emplace_back("result-2-1",
                                              "welfare with the service exceeds that without, in " + region,
                                              reading, kWelfareWhere);
            }
        }
    }

    void look(const WelfarePlatform& platform, const econ::exact::WelfareGain& gain) {
        const auto told = [&platform] { return describe(platform); };
        const auto [printed, closed, boxed] = of(gain);
        printed.point(gain.printed > 0, told);
        closed.point(gain.closed_form > 0, told);
        boxed.point(gain.boxed > 0, told);
    }

    void add_to(std::vector<Claim>& all) const {
        for (const auto& region : kRegions) {
            for (const auto& tally : tallies_.at(region)) all.push_back(tally.claim());
        }
    }

private:
    struct Three {
        Tally& printed;
        Tally& closed;
        Tally& boxed;
    };
    Three of(const econ::exact::WelfareGain& gain) {
        auto& found = tallies_[gain.regions.first    ? kRegions[0]
                               : gain.regions.second ? kRegions[1]
                               : gain.optimum_exists ? kRegions[2]
                                                     : kRegions[3]];
        return {found[0], found[1], found[2]};
    }

    inline static const std::array<std::string, 4> kRegions = {"R1", "R2", "neither, an optimum exists",
                                                               "neither, no optimum"};
    std::map<std::string, std::vector<Tally>> tallies_;
};

// At the best q, and at twice the best q.
struct BestLevels {
    Tally at_best{"result-2-1", "it does at q*, wherever an optimum exists", "corrected closed form",
                  kWelfareWhere};
    Tally at_twice{"result-2-1", "it gains nothing at 2 q*", "corrected closed form", kWelfareWhere};
    Tally boxed{"result-2-1", "it does at the best q, for every sigma", "corrected, shares kept in 0 .. 1",
                std::string(kWelfareWhere) + "; each platform once"};

    void look(const WelfarePlatform& platform, bool optimum_exists) {
        const auto told = [&platform] { return describe(platform); };
        const Platform right = platform_of(platform);
        if (platform.service_level == Rational(1, 10)) {
            const auto best = econ::exact::service_optimum_boxed(right, Objective::welfare);
            Platform without = right;
            without.service_level = 0;
            const auto none =
                econ::exact::boxed_scales(econ::exact::terms(without), Objective::welfare).value;
            boxed.point(best.ok() && best.value.objective_value > none, told);
        }
        const Rational bracket = econ::exact::service_bracket(right, Objective::welfare);
        if (!optimum_exists || bracket <= 0) return;
        WelfarePlatform best = platform;
        best.service_level = (right.sens_d + right.sens_s) * (1 + econ::exact::terms(right).g) / bracket;
        at_best.point(econ::exact::welfare_gain(best).value.closed_form > 0, told);
        best.service_level *= 2;
        at_twice.point(econ::exact::welfare_gain(best).value.closed_form == 0, told);
    }
};

// D19: each printed formula of 3.2.2 against the corrected one, where an optimum exists.
struct WelfareFormulas {
    static Tally tally(const std::string& what) {
        return {"D19", "the printed " + what + " is right", "as printed",
                std::string(kWelfareWhere) + "; |g| < 1"};
    }
    Tally scale_d = tally("N_d at given fees");
    Tally scale_s = tally("N_s at given fees");
    Tally surplus = tally("surplus S_d, S_s at given fees");
    Tally fee_d = tally("f_d*");
    Tally fee_s = tally("f_s*");
    Tally hessian = tally("Hessian of welfare");
    Tally scales = tally("pair N_d*, N_s*");
    Tally profit = tally("profit at the optimum");
    Tally welfare = tally("W*");

    void look(const WelfarePlatform& platform) {
        const auto told = [&platform] { return describe(platform); };
        const Platform right = platform_of(platform);
        const auto t = econ::exact::terms(right);
        const Rational z = 1 - t.g * t.g;
        const econ::exact::Scales best{(t.appeal_d + t.g * t.appeal_s) / z,
                                       (t.appeal_s + t.g * t.appeal_d) / z};
        const auto fees = econ::exact::fees_for(right, best);
        const auto all = econ::exact::outcome(right, best, fees);
        const auto joined = econ::printed::welfare_scales(platform, fees).value;
        scale_d.point(joined.d == best.d, told);
        scale_s.point(joined.s == best.s, told);
        const auto gained = econ::printed::welfare_surplus(platform, fees).value;
        surplus.point(gained.d == all.surplus_d && gained.s == all.surplus_s, told);
        const auto paper = econ::printed::welfare_fees(platform).value;
        fee_d.point(paper.d == fees.d, told);
        fee_s.point(paper.s == fees.s, told);
        const auto curved = econ::printed::welfare_hessian(platform).value;
        const auto bent = econ::exact::hessian(right, Objective::welfare).value;
        hessian.point(curved.dd == bent.dd && curved.ds == bent.ds && curved.ss == bent.ss, told);
        const auto printed = econ::printed::welfare_equilibrium(platform).value;
        scales.point(printed.scale_d == best.d && printed.scale_s == best.s, told);
        profit.point(printed.profit == all.profit, told);
        welfare.point(printed.welfare == all.welfare, told);
    }
};

// E, the total reduction of emissions, which the paper does not define.
struct Reading {
    std::string name;
    Rational (*of)(const Rational& d, const Rational& s);
};
const std::array<Reading, 5> kReadings = {
    Reading{"N_d", [](const Rational& d, const Rational&) { return d; }},
    Reading{"N_s", [](const Rational&, const Rational& s) { return s; }},
    Reading{"N_d N_s", [](const Rational& d, const Rational& s) { return Rational(d * s); }},
    Reading{"min(N_d, N_s)", [](const Rational& d, const Rational& s) { return d < s ? d : s; }},
    Reading{"N_d + N_s", [](const Rational& d, const Rational& s) { return Rational(d + s); }}};

// Points, and those where E rises with q, rises with beta_d, falls with beta_s; first for g > 0, then g < 0.
struct SignCounts {
    std::array<std::array<std::size_t, 4>, 2> by_sign{};
};

struct CrossPoint {
    Rational g;
    Rational m;
    Rational b_d;
    Rational b_s;
    Rational q;

    std::pair<Rational, Rational> scales() const {
        const Rational a_d = 1 + q * b_d;
        const Rational a_s = 1 + q * b_s;
        const Rational z = m * m - g * g;
        return {(m * a_d + g * a_s) / z, (m * a_s + g * a_d) / z};
    }
    CrossPoint moved(Rational CrossPoint::*what) const {
        CrossPoint other = *this;
        other.*what += Rational(1, 1'000'000);
        return other;
    }
};

void look(const CrossPoint& point, const Rational& cross_s, const Reading& reading, Tally& tally,
          SignCounts& counts) {
    const auto value = [&reading](const CrossPoint& at) {
        const auto [d, s] = at.scales();
        return reading.of(d, s);
    };
    const Rational here = value(point);
    const std::array<bool, 3> holds = {value(point.moved(&CrossPoint::q)) > here,
                                       value(point.moved(&CrossPoint::b_d)) > here,
                                       value(point.moved(&CrossPoint::b_s)) < here};
    auto& count = counts.by_sign.at(point.g < 0 ? 1 : 0);
    ++count[0];
    for (std::size_t i = 0; i < 3; ++i) count.at(i + 1) += holds.at(i) ? 1U : 0U;
    tally.point(holds[0] && holds[1] && holds[2], [&] {
        return at_point({{"alpha_s", cross_s},
                         {"sigma", cross_s - point.g},
                         {"beta_d", point.b_d},
                         {"beta_s", point.b_s},
                         {"q", point.q}});
    });
}

template <class Visit>
void each_cross_point(int m, const Visit& visit) {
    for (const auto& cross_s : steps(0, Rational(3, 2), 6))
        for (const auto& sigma : steps(0, Rational(5, 2), 25)) {
            const Rational g = cross_s - sigma;
            if (abs(g) >= m || g == 0) continue;
            for (const auto& b_d : kSens)
                for (const auto& b_s : kSens)
                    for (const auto& q : {Rational(1, 20), Rational(1, 4)}) {
                        const CrossPoint point{g, m, b_d, b_s, q};
                        const auto [d, s] = point.scales();
                        if (d > 0 && d <= 1 && s > 0 && s <= 1) visit(point, cross_s);
                    }
        }
}

void put(Tally& tally, const SignCounts& counts) {
    const std::array<const char*, 2> signs = {"g > 0", "g < 0"};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& [points, by_q, by_d, by_s] = counts.by_sign.at(i);
        const std::string where = std::string(", ") + signs.at(i);
        tally.figure("points" + where, points);
        tally.figure("rises with q" + where, by_q);
        tally.figure("rises with beta_d" + where, by_d);
        tally.figure("falls with beta_s" + where, by_s);
    }
}

}  // namespace

std::vector<Claim> check_result_2_welfare() {
    Gains gains;
    BestLevels levels;
    WelfareFormulas formulas;
    each_welfare_platform([&](const WelfarePlatform& platform) {
        const auto gain = econ::exact::welfare_gain(platform);
        if (!gain.ok()) return;
        gains.look(platform, gain.value);
        levels.look(platform, gain.value.optimum_exists);
        if (gain.value.optimum_exists) formulas.look(platform);
    });
    std::vector<Claim> all;
    gains.add_to(all);
    for (const auto* tally : {&levels.at_best, &levels.at_twice, &levels.boxed, &formulas.scale_d,
                              &formulas.scale_s, &formulas.surplus, &formulas.fee_d, &formulas.fee_s,
                              &formulas.hessian, &formulas.scales, &formulas.profit, &formulas.welfare}) {
        all.push_back(tally->claim());
    }
    return all;
}

std::vector<Claim> check_result_2_emission() {
    std::vector<Claim> all;
    for (const int m : {1, 2}) {
        for (const auto& reading : kReadings) {
            Tally tally("result-2-2", "reduction E rises with q and beta_d, falls with beta_s",
                        "E = " + reading.name + (m == 1 ? ", welfare optimum" : ", profit optimum"),
                        "alpha_s 0, 1/4 .. 3/2; sigma 0, 0.1 .. 2.5; beta_d, beta_s 1/10, 1/2, 1; q 1/20, "
                        "1/4; optima with "
                        "N_d, N_s in 0 .. 1; g not 0");
            SignCounts counts;
            each_cross_point(m, [&](const CrossPoint& point, const Rational& cross_s) {
                look(point, cross_s, reading, tally, counts);
            });
            put(tally, counts);
            all.push_back(tally.claim());
        }
    }
    return all;
}

}  // namespace pcq::cli::model
