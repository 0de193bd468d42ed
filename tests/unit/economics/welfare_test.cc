// Welfare as it came about: by hand, and where the market did what the model expects of it.
#include "src/economics/welfare.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/unit/economics/draw.h"

namespace pcq::econ {
namespace {

using namespace pcq::literals;

ext::RealisedIn example() {
    return {.sold = 100'000_g,
            .supply_max = 400'000_g,
            .paid = 5'000'000_uy,
            .profit = 5'000'000_uy,
            .abated = 300'000_g,
            .effort_cost = 200'000_uy_per_kg,
            .market_price = 500'000_uy_per_kg,
            .abatement_ease = AbatementEase(1'000'000)};
}

TEST(RealisedWelfare, IsWhatTheFormulasSay) {
    const auto out = ext::realised_welfare(example());
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(out.value.seller_surplus, 2'500'000_uy) << "5 less 0.2 x 100^2 / (2 x 400)";
    EXPECT_EQ(out.value.profit_plus_surplus, 7'500'000_uy);
    EXPECT_EQ(out.value.abatement_cost, 300'000_uy_per_kg);
    EXPECT_EQ(out.value.enterprise_benefit, 60'000'000_uy);
    EXPECT_EQ(out.value.total_welfare, 67'500'000_uy);
}

TEST(RealisedWelfare, IsALossWherePeopleSoldBelowTheirEffort) {
    auto in = example();
    in.paid = 1'000'000_uy;
    in.profit = MicroYuan(-2'000'000);
    in.abated = 600'000_g;  // at 0.6, above the price
    const auto out = ext::realised_welfare(in);
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(out.value.seller_surplus, MicroYuan(-1'500'000));
    EXPECT_EQ(out.value.profit_plus_surplus, MicroYuan(-3'500'000));
    EXPECT_EQ(out.value.enterprise_benefit, MicroYuan(-60'000'000));
}

TEST(RealisedWelfare, NeedsAnEaseAndNoMoreSoldThanThereWas) {
    auto in = example();
    in.abatement_ease = AbatementEase(0);
    EXPECT_EQ(ext::realised_welfare(in).status, Status::bad_param);
    in = example();
    in.sold = 400'001_g;
    EXPECT_EQ(ext::realised_welfare(in).status, Status::supply_cap);
    in = example();
    in.sold = Grams();
    in.supply_max = Grams();
    in.paid = MicroYuan();
    EXPECT_EQ(ext::realised_welfare(in).value.seller_surplus, 0_uy) << "nobody had anything to sell";
}

TEST(RealisedWelfare, IsTheModelsWhereTheMarketClearedAsItExpects) {
    Draw draw(31);
    int cleared = 0;
    for (int round = 0; round < 500; ++round) {
        const WelfareIn model{.quota_cap = Grams(draw.number(1'000, 50'000'000)),
                              .offset_ratio = Ratio(draw.number(0, kRatioOne)),
                              .supply_max = Grams(draw.number(1'000, 50'000'000)),
                              .effort_cost = PricePerKg(draw.number(1, 4'000'000)),
                              .market_price = PricePerKg(draw.number(1, 9'000'000)),
                              .abatement_ease = AbatementEase(draw.number(1'000'000, 9'000'000'000))};
        const auto expected = welfare_terms(model);
        const auto market = market_prices({.quota_cap = model.quota_cap,
                                           .offset_ratio = model.offset_ratio,
                                           .effort_cost = model.effort_cost,
                                           .costs = {},
                                           .market_price = PricePerKg(),
                                           .supply_max = model.supply_max});
        if (!expected.ok() || market.status != Status::cleared) continue;
        ++cleared;
        const Grams traded = market.value.demand;
        const std::int64_t paid = traded.value() * market.value.buy_price.value() / 1'000;
        const auto realised = ext::realised_welfare(
            {.sold = traded,
             .supply_max = model.supply_max,
             .paid = MicroYuan(paid),
             .profit = MicroYuan(traded.value() * market.value.sell_price.value() / 1'000 - paid),
             .abated = Grams(model.quota_cap.value() - traded.value()),
             .effort_cost = model.effort_cost,
             .market_price = model.market_price,
             .abatement_ease = model.abatement_ease});
        ASSERT_TRUE(realised.ok());
        // P_ph is rounded up to a micro-yuan a kilogram, and P_c with it to two.
        const std::int64_t grid = 2 * traded.value() / 1'000 + 3;
        const auto near = [grid](MicroYuan a, MicroYuan b) {
            return std::abs(a.value() - b.value()) <= grid;
        };
        EXPECT_TRUE(near(realised.value.seller_surplus, expected.value.seller_surplus));
        EXPECT_TRUE(near(realised.value.platform_profit, expected.value.platform_profit));
        EXPECT_TRUE(near(realised.value.total_welfare, expected.value.total_welfare));
        EXPECT_EQ(realised.value.enterprise_benefit, expected.value.enterprise_benefit);
        EXPECT_EQ(realised.value.abatement_cost, expected.value.abatement_cost);
    }
    EXPECT_GT(cleared, 100);
}

}  // namespace
}  // namespace pcq::econ
