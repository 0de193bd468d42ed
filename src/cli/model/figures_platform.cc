// F4 to F8 and F12: the two-sided platform of section 3.2.
#include <cmath>

#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"
#include "src/economics/exact/results.h"
#include "src/economics/printed/profit_platform.h"

namespace pcq::cli::model {
namespace {

using econ::Objective;
using econ::exact::Platform;
using econ::exact::Scales;

constexpr unsigned kPlatformSteps = 120;

Platform with(Platform platform, Rational Platform::*what, const Rational& value) {
    platform.*what = value;
    return platform;
}

bool in_box(const Scales& scales) {
    return scales.d >= 0 && scales.d <= 1 && scales.s >= 0 && scales.s <= 1;
}

// Profit at the interior optimum, be its shares possible or not; nothing where |g| >= 2.
std::optional<Rational> interior_profit(const Platform& platform) {
    const auto t = econ::exact::terms(platform);
    if (abs(t.g) >= 2) return std::nullopt;
    const auto scales = interior_scales(platform, Objective::profit);
    return econ::exact::outcome(platform, scales, econ::exact::fees_for(platform, scales)).profit;
}

// Two curves: where the shares lie in 0..1, and where they do not.
struct Split {
    Points possible;
    Points impossible;
};
template <class Make>
Split split(const Rational& low, const Rational& high, const Make& make) {
    Split found;
    for (unsigned i = 0; i <= kPlatformSteps; ++i) {
        const Rational x = low + (high - low) * i / kPlatformSteps;
        const Platform platform = make(x);
        const auto profit = interior_profit(platform);
        const bool inside = profit && in_box(interior_scales(platform, Objective::profit));
        found.possible.emplace_back(to_double(x), inside ? to_double(*profit) : kNoPoint);
        found.impossible.emplace_back(to_double(x), profit && !inside ? to_double(*profit) : kNoPoint);
    }
    return found;
}

double boxed_profit(const Platform& platform) {
    return to_double(econ::exact::two_sided_boxed(platform, Objective::profit).value.profit);
}

}  // namespace

Figure profit_by_sensitivity(const Inputs& inputs) {
    const Platform base = platform_of(inputs);
    const auto by = [&](Rational Platform::*what) {
        return sample(0, 1, kPlatformSteps,
                      [&](const Rational& value) { return boxed_profit(with(base, what, value)); });
    };
    const auto d = by(&Platform::sens_d);
    const auto s = by(&Platform::sens_s);
    Figure figure;
    figure.id = "F4";
    figure.title = "Profit against the users' sensitivity to service";
    figure.parameters = inputs.summary();
    figure.expected = "Profit rises with beta_d and with beta_s (Result 1 (1)).";
    figure.as_expected = rises(d) && rises(s);
    figure.found = figure.as_expected ? "It does." : "It does not.";
    figure.panels = {{"Profit",
                      "sensitivity beta_d or beta_s (1)",
                      "profit (1)",
                      "",
                      {{"against beta_d", d}, {"against beta_s", s}},
                      {},
                      {},
                      {}}};
    return figure;
}

Figure profit_by_ask(const Inputs& inputs) {
    Platform base = platform_of(inputs);
    base.service_level = Rational(3, 10);
    const auto one = split(Rational(1, 40), Rational(119, 40), [&](const Rational& c) {
        return with(with(base, &Platform::ask_price, c), &Platform::cross_s, 1);
    });
    const auto none = split(Rational(1, 40), Rational(119, 40), [&](const Rational& c) {
        return with(with(base, &Platform::ask_price, c), &Platform::cross_s, 0);
    });
    const auto same = split(Rational(1, 40), Rational(119, 40), [&](const Rational& c) {
        return with(with(base, &Platform::ask_price, c), &Platform::cross_s, c);
    });
    std::size_t wrong = 0;
    std::optional<double> last;
    const auto chain = sample(Rational(1, 40), Rational(119, 40), kPlatformSteps, [&](const Rational& c) {
        const Platform platform = with(with(base, &Platform::ask_price, c), &Platform::cross_s, 1);
        const auto fees = econ::printed::fees(platform);
        if (!fees.ok()) return kNoPoint;
        const auto scales = econ::printed::scales(platform, fees.value).value;
        const double value = to_double(scales.d * fees.value.d + scales.s * fees.value.s -
                                       econ::exact::service_expense(platform));
        wrong += last && value > *last ? 1U : 0U;
        last = value;
        return std::abs(value) > 6 ? kNoPoint : value;  // the pole at 2
    });
    bool flat = true;
    std::optional<double> level;
    for (const auto& [c, profit] : same.possible) {
        if (!std::isfinite(profit)) continue;
        flat = flat && (!level || std::abs(profit - *level) < 1e-12);
        level = profit;
    }
    Figure figure;
    figure.id = "F5";
    figure.title = "Profit against the ask price c";
    figure.parameters = inputs.summary() + "; here q = 0.3, c and alpha_s as drawn";
    figure.expected =
        "Profit falls with c (Result 1 (2)); it is flat for alpha_s = c; the printed fees put through the "
        "printed scales are "
        "irregular, with a pole at c = 2. Dashed: N_d or N_s would leave 0 to 1.";
    figure.as_expected = falls(one.possible) && falls(none.possible) && flat && wrong > 0;
    figure.found = std::string("Where shares are possible it ") +
                   (falls(one.possible) && falls(none.possible) ? "falls" : "does not fall throughout") +
                   ", and for alpha_s = c it is " + (flat ? "flat" : "not flat") +
                   "; the printed chain rises at " + std::to_string(wrong) + " of " +
                   std::to_string(kPlatformSteps) + " steps.";
    figure.panels = {{"Profit",
                      "ask price c (1)",
                      "profit (1)",
                      "",
                      {{"alpha_s = 1", one.possible, Stroke::line, 0, false},
                       {"", one.impossible, Stroke::dashed, 0, false},
                       {"alpha_s = 0, (12), (13) as printed", none.possible, Stroke::line, 1, false},
                       {"", none.impossible, Stroke::dashed, 1, false},
                       {"alpha_s = c", same.possible, Stroke::line, 2, false},
                       {"printed fees and scales", chain, Stroke::points, 4, false}},
                      Range{0, 3},
                      Range{-1, 3.5},
                      {}}};
    return figure;
}

Figure profit_by_service(const Inputs& inputs) {
    const Platform base = platform_of(inputs);
    Figure figure;
    figure.id = "F6";
    figure.title = "Profit against the service level q";
    figure.parameters = inputs.summary() + "; k as drawn";
    figure.expected =
        "A hump; where k is small the closed form is convex in q, and keeping N_d, N_s in 0 to 1 brings the "
        "hump back "
        "(Result 1 (3)).";
    std::vector<Curve> strict;
    std::vector<Curve> boxed;
    bool humps = true;
    std::string convex;
    int colour = 0;
    for (const auto& [k, name] : std::vector<std::pair<Rational, std::string>>{
             {Rational(1, 20), "0.05"}, {Rational(1, 10), "0.1"}, {Rational(1, 2), "0.5"}, {2, "2"}}) {
        const Platform platform = with(base, &Platform::service_cost, k);
        const auto inside = sample(0, 6, kPlatformSteps, [&](const Rational& q) {
            const auto profit = interior_profit(with(platform, &Platform::service_level, q));
            return profit ? to_double(*profit) : kNoPoint;
        });
        // As far as where every curve has turned.
        const auto kept = sample(0, 12, kPlatformSteps, [&](const Rational& q) {
            return boxed_profit(with(platform, &Platform::service_level, q));
        });
        std::size_t turns = 0;
        for (std::size_t i = 2; i < kept.size(); ++i) {
            turns +=
                (kept[i].second > kept[i - 1].second) != (kept[i - 1].second > kept[i - 2].second) ? 1U : 0U;
        }
        humps = humps && turns <= 1 && kept.back().second < kept[kept.size() - 2].second;
        if (econ::exact::service_bracket(platform, Objective::profit) <= 0)
            convex += (convex.empty() ? "" : ", ") + name;
        strict.push_back({"k = " + name, inside, Stroke::line, colour, false});
        boxed.push_back({"k = " + name, kept, Stroke::line, colour, false});
        ++colour;
    }
    figure.as_expected = humps && !convex.empty();
    figure.found = std::string("With shares kept in 0 to 1 ") +
                   (humps ? "every curve has one hump" : "some curve has no single hump") +
                   "; the closed form is convex for k = " + (convex.empty() ? "none" : convex) + ".";
    figure.columns = 2;
    figure.panels = {{"Closed form", "service level q (1)", "profit (1)", "", strict, {}, Range{-2, 3}, {}},
                     {"With N_d, N_s kept in 0 to 1",
                      "service level q (1)",
                      "profit (1)",
                      "",
                      boxed,
                      {},
                      Range{-2, 3},
                      {}}};
    return figure;
}

namespace {

std::vector<Curve> boundaries() {
    const auto line = [](const auto& f) {
        Points points;
        for (int i = 0; i <= 40; ++i) points.emplace_back(i / 20.0, f(i / 20.0));
        return points;
    };
    return {{"|g| = 1", line([](double a) { return a - 1; }), Stroke::line, 7, false},
            {"", line([](double a) { return a + 1; }), Stroke::line, 7, false},
            {"sigma = alpha_s", line([](double a) { return a; }), Stroke::dashed, 3, false},
            {"R1: up to 1", {{0, 1}, {2, 1}}, Stroke::dashed, 2, false},
            {"R2: below", line([](double a) { return a - std::sqrt(a * a + 1); }), Stroke::dashed, 4, false}};
}

}  // namespace

Figure welfare_gains(const Inputs& inputs) {
    const Platform base = platform_of(inputs);
    struct Map {
        Points gains;
        Points loses;
    };
    Map printed;
    Map closed;
    Map boxed;
    bool small_q = true;  // printed: gains where g > 0, |g| < 1
    bool exists = true;   // closed form: gains wherever an optimum exists
    bool second = true;   // R2: neither gains
    for (int i = 0; i <= 40; ++i) {
        for (int j = 0; j <= 70; ++j) {
            const Rational cross_s(i, 20);
            const Rational sigma = Rational(j, 20) - 1;
            const auto gain = econ::exact::welfare_gain(
                {base.service_level, base.sens_d, base.sens_s, sigma, cross_s, base.service_cost});
            if (!gain.ok()) continue;
            const std::pair point{to_double(cross_s), to_double(sigma)};
            const auto put = [&point](Map& map, const Rational& value) {
                (value > 0 ? map.gains : map.loses).push_back(point);
            };
            put(printed, gain.value.printed);
            put(closed, gain.value.closed_form);
            put(boxed, gain.value.boxed);
            if (gain.value.optimum_exists) {
                exists = exists && gain.value.closed_form > 0;
                if (sigma > cross_s) small_q = small_q && gain.value.printed <= 0;
            }
            if (gain.value.regions.second)
                second = second && gain.value.printed <= 0 && gain.value.closed_form <= 0;
        }
    }
    Figure figure;
    figure.id = "F7";
    figure.title = "Does the service raise welfare? (Result 2 (1))";
    figure.parameters = inputs.summary() + "; alpha_s and sigma = c - alpha_d as drawn";
    figure.expected =
        "Printed formula: no gain in R1 above sigma = alpha_s, none in R2; closed form: gains wherever an "
        "optimum exists "
        "(|g| < 1), none in R2; with shares kept in 0 to 1: gains nearly everywhere.";
    figure.as_expected = small_q && exists && second;
    figure.found = std::string("Printed: ") +
                   (small_q ? "no gain above sigma = alpha_s" : "gains above sigma = alpha_s too") +
                   "; closed form: " +
                   (exists ? "gains wherever an optimum exists" : "not everywhere where an optimum exists") +
                   "; R2: " + (second ? "neither gains" : "some gain") +
                   "; with shares kept in 0 to 1: gains at " + std::to_string(boxed.gains.size()) + " of " +
                   std::to_string(boxed.gains.size() + boxed.loses.size()) + " points.";
    figure.columns = 3;
    const auto panel = [](const std::string& title, const Map& map) {
        std::vector<Curve> curves = {{"gain", map.gains, Stroke::dots, 0, false},
                                     {"no gain", map.loses, Stroke::dots, 1, false}};
        for (auto& line : boundaries()) curves.push_back(line);
        Panel made{title, "alpha_s (1)", "sigma (1)", "", curves, Range{0, 2}, Range{-1, 2.5}, {}};
        made.key = "outside bottom center horizontal maxcols 4";
        return made;
    };
    figure.panels = {panel("Printed", printed), panel("Closed form", closed),
                     panel("Shares kept in 0 to 1", boxed)};
    return figure;
}

Figure reduction_signs(const Inputs& inputs) {
    const Platform below = platform_of(inputs);  // g < 0, welfare
    Platform above = below;                      // g > 0, profit
    above.ask_price = Rational(1, 2);
    above.cross_d = 0;
    above.cross_s = 1;
    Figure figure;
    figure.id = "F8";
    figure.title = "What may be called the reduction E (Result 2 (2))";
    figure.parameters = inputs.summary() + "; right column: c = 0.5, alpha_d = 0, alpha_s = 1, profit";
    figure.expected = "E rises with q and beta_d and falls with beta_s only if E is N_d and g < 0.";
    figure.columns = 2;
    bool claimed = true;
    bool reversed = true;
    const std::vector<std::pair<Rational Platform::*, std::string>> axes = {
        {&Platform::service_level, "service level q (1)"},
        {&Platform::sens_d, "sensitivity beta_d (1)"},
        {&Platform::sens_s, "sensitivity beta_s (1)"}};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto& [what, label] = axes[i];
        for (const bool negative : {true, false}) {
            const auto objective = negative ? Objective::welfare : Objective::profit;
            const auto curve = [&, field = what](const auto& of) {
                return sample(0, Rational(3, 5), kPlatformSteps / 2, [&](const Rational& x) {
                    const auto scales = interior_scales(with(negative ? below : above, field, x), objective);
                    return in_box(scales) ? to_double(of(scales)) : kNoPoint;
                });
            };
            const auto d = curve([](const Scales& n) { return n.d; });
            const auto s = curve([](const Scales& n) { return n.s; });
            const auto product = curve([](const Scales& n) { return Rational(n.d * n.s); });
            if (negative) claimed = claimed && (i < 2 ? rises(d) : falls(d));
            if (!negative && i == 2) reversed = rises(d);
            figure.panels.push_back({negative ? "g < 0 (welfare)" : "g > 0 (profit)",
                                     label,
                                     "share (1)",
                                     "",
                                     {{"N_d", d}, {"N_s", s}, {"N_d N_s", product}},
                                     {},
                                     {},
                                     {}});
        }
    }
    figure.as_expected = claimed && reversed;
    figure.found = std::string("With g < 0 N_d ") + (claimed ? "does so" : "does not") + "; with g > 0 it " +
                   (reversed ? "rises with beta_s as well." : "does not rise with beta_s.");
    return figure;
}

Figure fees_by_ask(const Inputs& inputs) {
    const Platform base = platform_of(inputs);
    struct Line {
        std::string title;
        Points printed;
        Points corrected;
    };
    std::vector<Line> lines = {
        {"Fee f_d", {}, {}}, {"Fee f_s", {}, {}}, {"Scale N_d", {}, {}}, {"Scale N_s", {}, {}}};
    std::size_t equal = 0;
    std::size_t compared = 0;
    for (unsigned i = 1; i < kPlatformSteps; ++i) {
        const Platform platform = with(base, &Platform::ask_price, Rational(3 * i, kPlatformSteps));
        const double c = to_double(platform.ask_price);
        const auto scales = interior_scales(platform, Objective::profit);
        const auto fees = econ::exact::fees_for(platform, scales);
        const auto paper = econ::printed::fees(platform);
        const auto best = econ::printed::equilibrium(platform);
        const std::vector<Rational> right = {fees.d, fees.s, scales.d, scales.s};
        const std::vector<Rational> written = {paper.value.d, paper.value.s, best.value.scale_d,
                                               best.value.scale_s};
        const std::vector<bool> there = {paper.ok(), paper.ok(), best.ok(), best.ok()};
        for (std::size_t j = 0; j < lines.size(); ++j) {
            lines[j].corrected.emplace_back(c, to_double(right[j]));
            lines[j].printed.emplace_back(c, there[j] ? to_double(written[j]) : kNoPoint);
            equal += there[j] && right[j] == written[j] ? 1U : 0U;
            compared += there[j] ? 1U : 0U;
        }
    }
    Figure figure;
    figure.id = "F12";
    figure.title = "Fees and scales, as printed and corrected";
    figure.parameters = inputs.summary() + "; c as drawn";
    figure.expected = "The curves coincide only at isolated points.";
    figure.as_expected = equal * 20 < compared;
    figure.found =
        "They are equal at " + std::to_string(equal) + " of " + std::to_string(compared) + " values.";
    figure.columns = 2;
    for (const auto& line : lines) {
        const bool fee = line.title.starts_with("Fee");
        figure.panels.push_back(
            {line.title,
             "ask price c (1)",
             fee ? "fee (1)" : "share (1)",
             "",
             {{"corrected", line.corrected}, {"printed", line.printed, Stroke::dashed, 1, false}},
             Range{0, 3},
             fee ? Range{-3, 4} : Range{-1, 3},
             {}});
    }
    return figure;
}

}  // namespace pcq::cli::model
