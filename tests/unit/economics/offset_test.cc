// What the specification proves of the market, of welfare and of the best offset ratio, on random regions.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "src/economics/exact/welfare.h"
#include "src/economics/printed/market.h"
#include "tests/unit/economics/draw.h"

namespace pcq::econ::exact {
namespace {

// Sizes at which every case of Proposition 2 occurs.
Region any_region(Draw& draw) {
    return {draw.fraction(1, 20), draw.fraction(1, 20), draw.fraction(1, 4), draw.fraction(1, 9),
            draw.fraction(1, 9)};
}

// (11) without asking whether people can supply as much.
Rational welfare_at(const Region& region, const Rational& ratio) {
    const auto [a, b] = welfare_parabola(region);
    const auto& [n, s, e, p, k] = region;
    return a * ratio * ratio + b * ratio + p * n - n * n / k;
}

Rational top(const Region& region) {
    return std::min<Rational>(1, region.supply_max / region.quota_cap);
}

TEST(Clearing, ThePairIsTheFixPointOfThePaper) {
    Draw draw(11);
    int cleared = 0;
    for (int round = 0; round < 500; ++round) {
        const MarketIn in{.quota_cap = draw.fraction(1, 50),
                          .offset_ratio = draw.fraction(0, 1),
                          .effort_cost = draw.fraction(1, 4),
                          .costs = {draw.fraction(0, 1), draw.fraction(0, 1)},
                          .market_price = round % 2 == 0 ? Rational(0) : draw.fraction(1, 9),
                          .supply_max = draw.fraction(1, 50)};
        const auto market = market_prices(in);
        if (!market.ok()) continue;
        const MarketPrices& prices = market.value;
        const Rational cost = in.costs.op_cost + in.costs.chain_cost;
        EXPECT_EQ(prices.buy_price, (prices.sell_price - cost) / 2);
        EXPECT_GE(prices.profit, 0);
        EXPECT_EQ(prices.unmet == 0, market.status == Status::cleared || market.status == Status::no_demand);
        if (market.status != Status::cleared) continue;
        ++cleared;
        EXPECT_EQ(prices.supply, prices.demand);
        // (5) and (8) at clearing, free of c and c_b: the buyers bear the platform's costs.
        EXPECT_EQ(prices.profit, in.effort_cost * prices.demand * prices.demand / in.supply_max);
        EXPECT_EQ(prices.seller_surplus, prices.profit / 2);
        // The platform could do no better at this P_c.
        const auto best = best_buy_price({prices.sell_price, in.effort_cost, in.costs, in.supply_max});
        EXPECT_EQ(best.value.buy_price, prices.buy_price);
        EXPECT_EQ(best.value.profit, prices.profit);
    }
    EXPECT_GT(cleared, 100);
}

TEST(Clearing, OneRevisionReachesItIfSupplyFollowsTheModel) {
    const Rational e(1, 5);
    const Rational most(1000);
    const Rational demand(300);
    const Rational guess(1, 20);  // 0.06 clears
    const auto seen = supply(guess, e, most);
    const auto next = ext::next_buy_price({guess, demand, seen.value, e});
    EXPECT_EQ(next.value, Rational(6, 100));
    EXPECT_EQ(supply(next.value, e, most).value, demand);
    EXPECT_EQ(ext::next_buy_price({guess, 100'000, 1, e}).value, 2 * guess) << "at most doubled";
    EXPECT_EQ(ext::next_buy_price({guess, 0, 1, e}).value, guess / 2) << "at most halved";
    EXPECT_EQ(ext::next_buy_price({e, 2, 1, e}).value, e) << "never above the effort";
}

TEST(Welfare, IsTheParabolaOfTheOffsetRatioWhereverPeopleCanSupply) {
    Draw draw(12);
    int within = 0;
    for (int round = 0; round < 500; ++round) {
        const Region region = any_region(draw);
        const Rational ratio = draw.fraction(0, 1);
        const auto terms = welfare_terms(region, ratio);
        EXPECT_TRUE(welfare_terms(region, top(region)).ok()) << "up to all that they have";
        EXPECT_EQ(terms.ok(), ratio <= top(region));
        if (!terms.ok()) {
            EXPECT_EQ(terms.status, Status::supply_cap);
            continue;
        }
        ++within;
        EXPECT_EQ(terms.value.total_welfare, welfare_at(region, ratio));
        EXPECT_EQ(terms.value.profit_plus_surplus, terms.value.platform_profit + terms.value.seller_surplus);
        EXPECT_EQ(terms.value.total_welfare,
                  terms.value.enterprise_benefit + terms.value.profit_plus_surplus);
    }
    EXPECT_GT(within, 200);
}

TEST(OffsetOptimum, IsStationaryInsideAndNowhereBeatenInItsRange) {
    Draw draw(13);
    std::map<Status, int> seen;
    for (int round = 0; round < 1000; ++round) {
        const Region region = any_region(draw);
        const auto optimum = offset_optimum(region);
        ASSERT_TRUE(optimum.ok());
        ++seen[optimum.status];
        const Rational& best = optimum.value.offset_ratio;
        const Parabola welfare = welfare_parabola(region);
        if (optimum.status == Status::interior) {
            EXPECT_EQ(2 * welfare.a * best + welfare.b, 0) << "first order";
            EXPECT_LT(welfare.a, 0) << "second order";
        }
        EXPECT_EQ(optimum.value.concave, welfare.a < 0);
        for (int i = 0; i <= 20; ++i) {
            EXPECT_LE(welfare_at(region, top(region) * i / 20), welfare_at(region, best));
        }
    }
    for (const Status status :
         {Status::interior, Status::corner_zero, Status::corner_one, Status::corner_supply}) {
        EXPECT_GT(seen[status], 10) << name(status);
    }
}

TEST(OffsetOptimum, IsInsideExactlyIfBothBoundsHoldAndThenConcave) {
    Draw draw(14);
    int inside = 0;
    for (int round = 0; round < 2000; ++round) {
        Region region = any_region(draw);
        region.supply_max = std::max(region.supply_max, region.quota_cap);
        const auto optimum = offset_optimum(region);
        const bool bounds = optimum.value.lower_bound && optimum.value.upper_bound;
        // A maximum, not the minimum that both bounds reversed make.
        EXPECT_EQ(optimum.status == Status::interior, bounds);
        if (bounds) {
            ++inside;
            EXPECT_TRUE(optimum.value.concave);
        }
    }
    EXPECT_GT(inside, 100);
}

// Mass in units of u kg: quantities shrink by u, prices grow by u, k (mass^2 per CNY) shrinks by u^2.
Region in_units_of(const Region& region, const Rational& u) {
    return {region.quota_cap / u, region.supply_max / u, region.effort_cost * u, region.market_price * u,
            region.abatement_ease / (u * u)};
}

TEST(OffsetOptimum, DoesNotDependOnTheUnitOfMassAsThePrintedConditionDoes) {
    const Region country{200'000'000'000, 1'400'000'000'000, Rational(1, 5), Rational(1, 10),
                         3'000'000'000'000};
    const Region in_gigatonnes = in_units_of(country, 1'000'000'000'000);

    EXPECT_EQ(offset_optimum(country).value.offset_ratio, Rational(7, 10));
    EXPECT_EQ(offset_optimum(in_gigatonnes).value.offset_ratio, Rational(7, 10));
    EXPECT_FALSE(printed::offset_optimum(country).value.condition);
    EXPECT_TRUE(printed::offset_optimum(in_gigatonnes).value.condition);
}

TEST(OffsetOptimum, TakesTheSmallerOfTwoEqualEnds) {
    // a = 0 and b = 0: 3 e k = 2 D W and P k = 2 N.
    const auto tie = offset_optimum({1, 3, 1, 1, 2});
    EXPECT_EQ(tie.status, Status::tie);
    EXPECT_EQ(tie.value.offset_ratio, 0);
}

TEST(FullOptimum, IsNowhereBeatenInItsRange) {
    Draw draw(15);
    std::map<Status, int> seen;
    for (int round = 0; round < 500; ++round) {
        const Region region = any_region(draw);
        const Costs costs{draw.fraction(0, 3), draw.fraction(0, 1)};
        const auto optimum = ext::offset_optimum_full(region, costs);
        ++seen[optimum.status];
        for (int i = 0; i <= 20; ++i) {
            EXPECT_LE(ext::total_welfare_full(region, costs, top(region) * i / 20),
                      optimum.value.total_welfare);
        }
    }
    EXPECT_GT(seen[Status::interior], 50);
    EXPECT_GT(seen[Status::corner_zero], 50);
    EXPECT_GT(seen[Status::corner_supply], 10);
}

// Section 5: low-carbon people emit less by what is traded, with no subsidy, in every market that has any
// trade.
TEST(EmissionChange, TradingReducesWhatConsumersEmitWithoutASubsidy) {
    Draw draw(16);
    int traded = 0;
    for (int round = 0; round < 500; ++round) {
        const MarketIn in{.quota_cap = draw.fraction(1, 50),
                          .offset_ratio = draw.fraction(0, 1),
                          .effort_cost = draw.fraction(1, 4),
                          .costs = {draw.fraction(0, 1), draw.fraction(0, 1)},
                          .market_price = draw.fraction(0, 5),
                          .supply_max = draw.fraction(1, 50)};
        const auto change = emission_change(in, Rational(1, 4));
        if (!change.ok()) continue;
        const Rational cost = in.costs.op_cost + in.costs.chain_cost;
        EXPECT_EQ(change.value.consumer_reduction > 0,
                  in.offset_ratio > 0 && (in.market_price == 0 || in.market_price > cost));
        EXPECT_EQ(change.value.net_change, change.value.consumer_reduction * -3 / 4);
        EXPECT_GE(change.value.platform_profit, 0);
        if (change.value.consumer_reduction > 0) ++traded;
        EXPECT_EQ(emission_change(in, 1).value.net_change, 0) << "what replaces abatement saves nothing";
    }
    EXPECT_GT(traded, 200);
}

}  // namespace
}  // namespace pcq::econ::exact
