// The agent-based market of pcq model simulate: against the closed form, and by its own books.
#include "src/cli/model/agents.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/cli/model/simulate.h"

namespace pcq::cli::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kQuota = 2'000'000;  // g a home, at a cap of 1
constexpr std::int64_t kGap = 1'000'000;    // g below or above it

// n homes below their quota and n above, each by the same amount.
std::vector<Home> equal_homes(std::size_t n) {
    std::vector<Home> homes;
    for (std::size_t i = 0; i < n; ++i) {
        homes.push_back({"low" + std::to_string(i), 1, Grams(kQuota - kGap)});
        homes.push_back({"high" + std::to_string(i), 1, Grams(kQuota + kGap)});
    }
    return homes;
}

// Homes of many sizes, as real ones are.
std::vector<Home> unequal_homes(std::size_t n) {
    std::vector<Home> homes;
    for (std::size_t i = 0; i < n; ++i)
        homes.push_back({std::to_string(i), static_cast<std::int64_t>(i % 4 + 1),
                         Grams(static_cast<std::int64_t>(300'000 + (i * 7'919) % 9'000'001))});
    return homes;
}

// e 0.2, c 0.01, c_b 0.005 CNY/kg, delta 0.3, no ceiling: P_ph = 0.3 e = 0.06 for equal homes.
MarketRules rules() {
    MarketRules rules;
    rules.offset_ratio = Ratio(300'000'000);
    rules.effort_cost = PricePerKg(200'000);
    rules.costs = {PricePerKg(10'000), PricePerKg(5'000)};
    rules.cap = Ratio(kRatioOne);
    rules.periods = 40;
    rules.start_price = PricePerKg(100'000);
    return rules;
}
constexpr std::int64_t kClosedForm = 60'000;

Simulation run(const std::vector<Home>& homes, const MarketRules& rules) {
    auto found = simulate(homes, rules);
    if (!found) throw std::runtime_error(found.error().message);
    return *std::move(found);
}

std::int64_t error_of(const Simulation& found) {
    return std::abs(found.periods.back().buy_price.value() - kClosedForm);
}

TEST(Agents, AtQuantilesMeetTheClosedFormWithinTwoHouseholds) {
    for (const std::size_t n : {50U, 500U, 5'000U}) {
        auto even = rules();
        even.draw = Draw::quantiles;

        const auto found = run(equal_homes(n), even);

        const auto step = 200'000 / static_cast<std::int64_t>(n);  // of P_ph, for one household more
        EXPECT_LE(error_of(found), 2 * step) << n;
        EXPECT_LE(std::abs(found.periods.back().offered.value() - found.demand.value()), 2 * kGap) << n;
        EXPECT_EQ(found.supply_max, Grams(static_cast<std::int64_t>(n) * kGap));
        EXPECT_EQ(found.demand, Grams(static_cast<std::int64_t>(n) * kGap * 3 / 10));
    }
}

TEST(Agents, DrawnAtRandomMeetTheClosedFormWithinTheStatedBound) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto drawn = rules();
        drawn.seed = seed;

        const auto found = run(equal_homes(1'000), drawn);

        const Rational bound = price_bound(found, drawn);
        EXPECT_LE(Rational(error_of(found), 1'000'000), bound) << seed;
    }
}

TEST(Agents, StateABoundOfThreeDeviationsAndTwoSteps) {
    const auto found = run(equal_homes(1'000), rules());
    const double expected = 0.2 * (3 * std::sqrt(0.3 * 0.7 / 1'000) + 2.0 / 1'000);
    EXPECT_NEAR(to_double(price_bound(found, rules())), expected, 1e-9);
}

TEST(Agents, ComeCloserToTheClosedFormAsTheyGrowInNumber) {
    const auto mean_error = [](std::size_t n) {
        double sum = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            auto drawn = rules();
            drawn.seed = seed;
            sum += static_cast<double>(error_of(run(equal_homes(n), drawn)));
        }
        return sum / 20;
    };
    const double few = mean_error(100);
    EXPECT_GT(few, 0);
    EXPECT_LT(mean_error(10'000), few / 4) << "it should be about a tenth";
}

TEST(Agents, AreTheSameForTheSameSeedAndOthersForAnother) {
    const auto homes = unequal_homes(400);
    auto other = rules();
    other.seed = 2;
    const auto first = run(homes, rules());
    const auto again = run(homes, rules());
    const auto second = run(homes, other);

    std::size_t moved = 0;
    for (std::size_t i = 0; i < first.periods.size(); ++i) {
        EXPECT_EQ(first.periods[i].buy_price, again.periods[i].buy_price);
        EXPECT_EQ(first.periods[i].traded, again.periods[i].traded);
        EXPECT_EQ(first.periods[i].profit, again.periods[i].profit);
        moved += first.periods[i].offered == second.periods[i].offered ? 0U : 1U;
    }
    EXPECT_GT(moved, first.periods.size() / 2);
    EXPECT_EQ(thetas(3, Draw::random, 1), thetas(3, Draw::random, 1));
    EXPECT_NE(thetas(3, Draw::random, 1), thetas(3, Draw::random, 2));
}

TEST(Agents, HaveThetasThatAreUniform) {
    double sum = 0;
    const auto drawn = thetas(10'000, Draw::random, 5);
    for (const auto theta : drawn) {
        ASSERT_GE(theta, 0);
        ASSERT_LT(theta, kRatioOne);
        sum += static_cast<double>(theta) / 1e9;
    }
    EXPECT_NEAR(sum / 10'000, 0.5, 4 * std::sqrt(1.0 / 12 / 10'000));
    EXPECT_THAT(thetas(4, Draw::quantiles, 3),
                testing::UnorderedElementsAre(125'000'000, 375'000'000, 625'000'000, 875'000'000));
}

TEST(Agents, NeitherCreateNorLoseAGramOrMoreThanRounding) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto market = rules();
        market.seed = seed;
        market.market_price = PricePerKg(200'000);
        market.cap = Ratio(900'000'000);

        const auto found = run(unequal_homes(301), market);

        const auto& last = found.periods.back();
        std::int64_t sold = 0;
        std::int64_t bought = 0;
        std::int64_t paid = 0;  // by all households to the platform
        for (const auto& agent : found.agents) {
            EXPECT_LE(agent.sold, agent.surplus);
            EXPECT_LE(agent.bought, agent.wants);
            EXPECT_LE(agent.cost_after, agent.cost_before) << "a trade makes nobody poorer";
            sold += agent.sold.value();
            bought += agent.bought.value();
            const auto rest = agent.deficit.value() - agent.bought.value();
            paid += agent.cost_after.value() - (rest * market.market_price.value() + 999) / 1'000;
        }
        EXPECT_EQ(sold, last.traded.value());
        EXPECT_EQ(bought, last.traded.value());
        EXPECT_GT(sold, 0);
        const auto running = (15'000 * last.traded.value() + 999) / 1'000;
        EXPECT_EQ(last.profit.value(), paid - running);
        const auto margin = last.sell_price.value() - last.buy_price.value() - 15'000;
        EXPECT_NEAR(static_cast<double>(last.profit.value()),
                    static_cast<double>(margin) * static_cast<double>(last.traded.value()) / 1e3, 302);
    }
}

TEST(Agents, KeepToTheCeilingAndSellLessUnderIt) {
    auto capped = rules();
    capped.draw = Draw::quantiles;
    capped.offset_ratio = Ratio(700'000'000);  // wants P_ph 0.14
    capped.market_price = PricePerKg(100'000);

    const auto found = run(equal_homes(1'000), capped);

    for (const auto& period : found.periods) EXPECT_LE(period.sell_price, capped.market_price);
    EXPECT_EQ(found.periods.back().sell_price, capped.market_price);
    EXPECT_EQ(found.periods.back().buy_price, PricePerKg(42'500));  // (P - c - c_b)/2
    EXPECT_EQ(found.periods.back().traded, Grams(213 * kGap))
        << "theta e <= P_ph: to (213 - 1/2)/1000, the tie sells";
}

TEST(Agents, PayAllTheyAskForWhereSurplusIsShort) {
    auto scarce = rules();
    scarce.offset_ratio = Ratio(kRatioOne);
    scarce.cap = Ratio(900'000'000);  // less surplus than deficit

    const auto found = run(equal_homes(200), scarce);

    EXPECT_LT(found.supply_max, found.demand);
    EXPECT_EQ(found.periods.back().buy_price, scarce.effort_cost);
    EXPECT_EQ(found.periods.back().traded, found.supply_max);
}

TEST(Agents, NameTheConditionThatAMarketBreaks) {
    auto poor = rules();
    poor.cap = Ratio(100'000'000);
    auto dear = rules();
    dear.market_price = PricePerKg(14'999);

    const auto nobody = simulate(equal_homes(10), poor);
    const auto loss = simulate(equal_homes(10), dear);

    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Code::model_infeasible);
    EXPECT_THAT(nobody.error().message, AllOf(HasSubstr("E_NO_SUPPLY"), HasSubstr("D W > 0")));
    ASSERT_FALSE(loss);
    EXPECT_EQ(loss.error().code, Code::model_infeasible);
    EXPECT_THAT(loss.error().message,
                AllOf(HasSubstr("E_NO_MARGIN"), HasSubstr("P >= c + c_b"), HasSubstr("0.014999")));
}

TEST(Households, ThatComeWithTheProgramAreTheSurveyOf2015) {
    const auto homes = load_homes(own_homes(), 0);
    ASSERT_TRUE(homes) << homes.error().message;
    EXPECT_EQ(homes->all.size(), 3'987U);
    std::int64_t people = 0;
    for (const auto& home : homes->all) people += home.people;
    EXPECT_GT(people, 3'987);
}

}  // namespace
}  // namespace pcq::cli::model
