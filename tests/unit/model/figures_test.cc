// What the plots of pcq model show, by the anchor values of the specification.
#include "src/cli/model/figures.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcq::cli::model {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

Inputs inputs(const std::vector<std::string>& keys, const std::string& preset) {
    Inputs made(keys, preset);
    EXPECT_TRUE(made.read_preset_only());
    return made;
}

const Curve& curve(const Panel& panel, const std::string& title) {
    for (const auto& one : panel.curves) {
        if (one.title == title) return one;
    }
    throw std::runtime_error(panel.title + " has no curve " + title);
}

double at(const Curve& curve, double x) {
    for (const auto& [there, y] : curve.points) {
        if (std::abs(there - x) < 1e-9) return y;
    }
    throw std::runtime_error(curve.title + " has no point at " + std::to_string(x));
}

TEST(PriceCurves, PassThroughTheAnchorsOfT1) {
    const auto figure = price_curves(inputs(kMarketKeys, "T1"));
    EXPECT_TRUE(figure.as_expected) << figure.found;
    const auto& prices = figure.panels.at(0);
    EXPECT_NEAR(at(curve(prices, "P_ph, D W"), 0.7), 0.02, 1e-12);
    EXPECT_NEAR(at(curve(prices, "P_c, D W"), 0.7), 0.055, 1e-12);
    EXPECT_NEAR(at(curve(prices, "P_ph, half D W"), 0.7), 0.04, 1e-12);
    EXPECT_NEAR(at(curve(prices, "P_c, twice D W"), 0.7), 0.035, 1e-12);
    EXPECT_NEAR(at(curve(figure.panels.at(1), "D W"), 0.7), 0.1, 1e-12);
    // Against D W: N delta = 140 Mt, so everybody sells at e up to there and half of them at twice as much.
    const auto& by_supply = curve(figure.panels.at(2), "P_ph");
    EXPECT_NEAR(at(by_supply, 70), 0.2, 1e-12);
    EXPECT_NEAR(at(by_supply, 140), 0.2, 1e-12);
    EXPECT_NEAR(at(by_supply, 280), 0.1, 1e-12);
    // Against e: P_ph = e/10, P_c = e/5 + 0.015.
    const auto& by_effort = curve(figure.panels.at(3), "P_c");
    EXPECT_NEAR(by_effort.points.back().first, 0.4, 1e-12);
    EXPECT_NEAR(by_effort.points.back().second, 0.095, 1e-12);
}

TEST(WelfareCurves, HaveTheirPeakAtTheBestOffsetRatio) {
    const auto figure = welfare_curves(inputs(kMarketKeys, "T1"));
    EXPECT_TRUE(figure.as_expected) << figure.found;
    const auto& total = curve(figure.panels.at(1), "(11) total");
    EXPECT_NEAR(at(total, 0.7), 9.0, 1e-9);
    EXPECT_NEAR(at(total, 0), 20.0 / 3, 1e-9);
    EXPECT_NEAR(at(total, 1), 60.0 / 7, 1e-9);
    EXPECT_NEAR(curve(figure.panels.at(1), "δ*").points.at(0).first, 0.7, 1e-12);
    EXPECT_NEAR(at(curve(figure.panels.at(0), "(9) profit and sellers' surplus"), 0.7), 4.2, 1e-9);
    EXPECT_THAT(figure.found, HasSubstr("(10) turns at 0.25"));
}

TEST(ProfitCurves, PassThroughTheAnchorOfT2) {
    const auto base = inputs(kPlatformKeys, "T2");
    const auto by_sensitivity = profit_by_sensitivity(base);
    EXPECT_TRUE(by_sensitivity.as_expected) << by_sensitivity.found;
    EXPECT_NEAR(at(curve(by_sensitivity.panels.at(0), "against beta_d"), 0.3), 0.570625, 1e-12);
    EXPECT_NEAR(at(curve(by_sensitivity.panels.at(0), "against beta_s"), 0.2), 0.570625, 1e-12);
    const auto by_service = profit_by_service(base);
    EXPECT_TRUE(by_service.as_expected) << by_service.found;
    EXPECT_NEAR(at(curve(by_service.panels.at(0), "k = 0.5"), 0.5), 0.570625, 1e-12);
    EXPECT_NEAR(at(curve(by_service.panels.at(1), "k = 0.5"), 0.5), 0.570625, 1e-12);
    const auto by_ask = profit_by_ask(base);
    EXPECT_TRUE(by_ask.as_expected) << by_ask.found;
    // q = 0.3 there, and for alpha_s = c: (A_d^2 + A_s^2)/4 - k q^2/2, whatever c is.
    for (const auto& [c, profit] : curve(by_ask.panels.at(0), "alpha_s = c").points)
        EXPECT_NEAR(profit, (1.09 * 1.09 + 1.06 * 1.06) / 4 - 0.0225, 1e-12) << c;
}

// Where the paths of a panel end.
std::vector<std::pair<double, double>> ends(const Panel& panel) {
    std::vector<std::pair<double, double>> all;
    for (const auto& one : panel.curves) {
        if (one.points.size() > 1) all.push_back(one.points.back());
    }
    return all;
}

TEST(PhasePortraits, EndAtTheRestPointsOfT4) {
    const auto figure = phase_portraits(inputs(kGameKeys, "T4"), inputs(kGameKeys, "T4-costly"));
    EXPECT_TRUE(figure.as_expected) << figure.found;
    const auto near = [](double x, double y) {
        return testing::Pair(testing::DoubleNear(x, 1e-3), testing::DoubleNear(y, 1e-3));
    };
    ASSERT_EQ(figure.panels.size(), 5U);
    EXPECT_EQ(ends(figure.panels[0]).size(), 4U);
    EXPECT_THAT(ends(figure.panels[0]), Each(near(31.0 / 60, 13.0 / 30)));
    EXPECT_THAT(ends(figure.panels[1]), Each(near(200, 1)));
    EXPECT_THAT(ends(figure.panels[2]), Each(near(0.4, 0.4)));
    EXPECT_THAT(ends(figure.panels[3]), Each(near(200, 0)));
    EXPECT_THAT(ends(figure.panels[4]), Each(near(0.4, 0.4)));
}

TEST(PhasePortraits, SayWhenNothingSettles) {
    auto game = inputs(kGameKeys, "T4");
    game.set("price_speed", Rational(1, 1'000));
    const auto figure = phase_portraits(game);
    EXPECT_FALSE(figure.as_expected);
    EXPECT_THAT(figure.found, HasSubstr("do not end at (r, r)"));
}

std::vector<Figure> all_of_them() {
    const auto market = inputs(kMarketKeys, "T1");
    const auto platform = inputs(kPlatformKeys, "T2");
    const auto welfare = inputs(kPlatformKeys, "T3");
    return {price_curves(market),
            welfare_curves(market),
            offset_regions(market),
            profit_by_sensitivity(platform),
            profit_by_ask(platform),
            profit_by_service(platform),
            welfare_gains(welfare),
            reduction_signs(welfare),
            emission_epochs(market),
            phase_portraits(inputs(kGameKeys, "T4")),
            agents_and_closed_form(market, platform),
            fees_by_ask(platform)};
}

TEST(EveryFigure, DoesWhatIsExpectedAndHasUnitsOnItsAxes) {
    std::size_t number = 0;
    for (const auto& figure : all_of_them()) {
        EXPECT_EQ(figure.id, "F" + std::to_string(++number));
        EXPECT_TRUE(figure.as_expected) << figure.id << ": " << figure.found;
        EXPECT_FALSE(figure.parameters.empty());
        ASSERT_FALSE(figure.panels.empty()) << figure.id;
        for (const auto& panel : figure.panels) {
            EXPECT_THAT(panel.x_label, testing::MatchesRegex(".+\\(.+\\)")) << figure.id;
            EXPECT_THAT(panel.y_label, testing::MatchesRegex(".+\\(.+\\)")) << figure.id;
            std::size_t drawn = 0;
            for (const auto& one : panel.curves) drawn += one.points.size();
            EXPECT_GT(drawn, 1U) << figure.id << " " << panel.title;
        }
    }
    EXPECT_EQ(number, 12U);
}

TEST(HouseholdDeciles, AreTenthsByEmissionsOverQuotaAndAddUp) {
    std::vector<Home> homes;
    for (std::int64_t i = 0; i < 100; ++i) homes.push_back({std::to_string(i), 1, Grams((100 - i) * 10'000)});
    MarketRules rules;
    rules.offset_ratio = Ratio(500'000'000);
    rules.effort_cost = PricePerKg(200'000);
    rules.market_price = PricePerKg(400'000);
    rules.cap = Ratio(kRatioOne);
    rules.start_price = PricePerKg(100'000);
    const auto found = simulate(homes, rules);
    ASSERT_TRUE(found) << found.error().message;

    const auto all = deciles(*found);
    const auto figure = household_deciles(*found, "made up");

    ASSERT_EQ(all.size(), 10U);
    double emitted = 0;
    double sold_less_bought = 0;
    for (const auto& one : all) {
        EXPECT_EQ(one.homes, 10U);
        EXPECT_NEAR(one.quota_kg, 505, 0.01);
        emitted += 10 * one.emitted_kg;
        sold_less_bought += 10 * (one.quota_kg - one.held_after_kg);
    }
    EXPECT_NEAR(emitted, 50'500, 1e-6);
    EXPECT_NEAR(sold_less_bought, 0, 1e-6);
    EXPECT_NEAR(all[0].emitted_kg, 55, 1e-9);
    EXPECT_NEAR(all[9].emitted_kg, 955, 1e-9);
    EXPECT_NEAR(all[9].over_before_kg, 450, 0.01);
    EXPECT_NEAR(all[9].cost_before_cny, 180, 0.01);
    EXPECT_LT(all[9].cost_after_cny, 180);
    EXPECT_LT(all[0].cost_after_cny, 0) << "who emits least earns";
    EXPECT_TRUE(figure.as_expected) << figure.found;
    EXPECT_EQ(figure.id, "F13");
}

TEST(GnuplotScript, KeepsWordsInsideTheirQuotes) {
    Figure figure;
    figure.id = "F0";
    figure.panels = {{"a\"\nset output \"b` id `\\",
                      "x (1)",
                      "y (1)",
                      "",
                      {{"c", {{1, 2}, {std::nan(""), 3}, {3, 4}}}},
                      {},
                      {},
                      {}}};
    const auto script = gnuplot_script(figure);
    EXPECT_THAT(script, HasSubstr("set title \"a\\\" set output \\\"b' id '\\\\\"\n"));
    EXPECT_THAT(script, Not(HasSubstr("`")));
    EXPECT_THAT(script, HasSubstr("1 2\n\n3 4\n")) << "what is no number interrupts the line";
}

}  // namespace
}  // namespace pcq::cli::model
