// The market model over random markets: bounds, conservation, splitting. Its values: vectors_test.cc.
#include "src/economics/market.h"

#include <random>

#include <gtest/gtest.h>

namespace pcq::econ {
namespace {

using namespace literals;

TEST(MarketModel, TheMarginalSellerSells) {
    EXPECT_TRUE(sells(500'000'000_ppb, 200'000_uy_per_kg, 100'000_uy_per_kg));
    EXPECT_FALSE(sells(500'000'001_ppb, 200'000_uy_per_kg, 100'000_uy_per_kg));
}

// Random markets of every size that the bounds allow: what is traded is there, fits what is wanted, and no
// price passes the ceiling.
TEST(MarketModel, KeepsItsBoundsInRandomMarkets) {
    std::mt19937_64 random(1);
    const auto number = [&random](std::int64_t most) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1)) >> (random() % 40);
    };
    int solved = 0;
    for (int round = 0; round < 20'000; ++round) {
        MarketIn in{Grams(number(kGramsMax)),
                    Ratio(number(kRatioOne)),
                    PricePerKg(number(kPriceMax)),
                    Costs{PricePerKg(number(kPriceMax)), PricePerKg(number(kPriceMax))},
                    PricePerKg(round % 2 == 0 ? 0 : number(kPriceMax)),
                    Grams(number(kGramsMax))};
        const auto market = market_prices(in);
        if (!market.ok()) continue;
        ++solved;
        const MarketPrices& prices = market.value;
        EXPECT_EQ(prices.traded, std::min(prices.supply, prices.demand));
        EXPECT_EQ(prices.unmet.value(), prices.demand.value() - prices.traded.value());
        EXPECT_LE(prices.supply, in.supply_max);
        EXPECT_LE(prices.buy_price, in.effort_cost);
        EXPECT_GE(prices.buy_price, 0_uy_per_kg);
        const std::int64_t cost = in.costs.op_cost.value() + in.costs.chain_cost.value();
        EXPECT_GE(prices.sell_price.value(), 2 * prices.buy_price.value() + cost);
        EXPECT_TRUE(in.market_price.is_zero() || prices.sell_price <= in.market_price);
        EXPECT_GE(prices.profit, 0_uy) << "the platform does not pay to trade";
        EXPECT_EQ(market.status == Status::cleared || market.status == Status::no_demand,
                  prices.unmet.is_zero())
            << name(market.status);
    }
    EXPECT_GT(solved, 5'000);
}

TEST(SettleTrade, GivesToEverybodyWhatTheBuyerPaysToTheLastMicroYuan) {
    std::mt19937_64 random(2);
    int traded = 0;
    for (int round = 0; round < 20'000; ++round) {
        const auto number = [&random](std::int64_t most) {
            return PricePerKg(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most)) >>
                              (random() % 30));
        };
        const Costs costs{number(kPriceMax), number(kPriceMax)};
        const PricePerKg buy = number(kPriceMax);
        const PricePerKg sell(buy.value() + costs.op_cost.value() + costs.chain_cost.value() +
                              number(kPriceMax).value());
        const Grams quantity(1 + static_cast<std::int64_t>(random() % 1'000'000));
        const auto trade = settle_trade(quantity, buy, sell, costs);
        if (!trade.ok()) continue;
        ++traded;
        const Trade& parts = trade.value;
        EXPECT_EQ(parts.buyer_pays.value(), parts.seller_gets.value() + parts.platform_gets.value());
        EXPECT_EQ(parts.platform_gets.value(), parts.cost_part.value() + parts.margin_part.value());
        EXPECT_GE(parts.margin_part, 0_uy);
        EXPECT_GE(parts.cost_part, 0_uy);
        EXPECT_GE(parts.seller_gets, 0_uy);
    }
    EXPECT_GT(traded, 15'000);
    EXPECT_EQ(settle_trade(0_g, 1_uy_per_kg, 2_uy_per_kg, {}).status, Status::bad_param);
    EXPECT_EQ(settle_trade(1_g, 2_uy_per_kg, 1_uy_per_kg, {}).status, Status::no_margin);
    EXPECT_EQ(settle_trade(Grams(kGramsMax), PricePerKg(kPriceMax), PricePerKg(kPriceMax), {}).status,
              Status::overflow);
}

TEST(SettleTrade, SplittingATradeNeverHelpsAUser) {
    const Costs costs{10'001_uy_per_kg, 5'003_uy_per_kg};
    const auto whole = settle_trade(1000_g, 20'003_uy_per_kg, 55'011_uy_per_kg, costs);
    MicroYuan paid = 0_uy;
    MicroYuan got = 0_uy;
    for (const Grams part : {1_g, 332_g, 667_g}) {
        const auto piece = settle_trade(part, 20'003_uy_per_kg, 55'011_uy_per_kg, costs);
        ASSERT_TRUE(piece.ok());
        EXPECT_EQ(piece.value.buyer_pays.value(),
                  piece.value.seller_gets.value() + piece.value.platform_gets.value());
        paid = *checked_add(paid, piece.value.buyer_pays);
        got = *checked_add(got, piece.value.seller_gets);
    }
    EXPECT_GE(paid, whole.value.buyer_pays);
    EXPECT_LE(got, whole.value.seller_gets);
}

// N delta 100 kg of D W 400 kg at e 0.2: P_ph 0.05, P_c 0.115.
MarketIn quarter() {
    return {100'000_g,   1'000'000'000_ppb, 200'000_uy_per_kg, {10'000_uy_per_kg, 5'000_uy_per_kg},
            0_uy_per_kg, 400'000_g};
}

TEST(BoundedPrices, MoveByAtMostTheShareAndKeepThePairAndTheTradeConsistent) {
    const auto rising = ext::bounded_prices(quarter(), {40'001_uy_per_kg, 100'000'000_ppb});
    // floor(40,001 * 1.1) = 44,001; P_c = 2 * 44,001 + 15,000; supply = floor(400,000 * 44,001 / 200,000).
    EXPECT_EQ(rising.value.prices.buy_price, 44'001_uy_per_kg);
    EXPECT_EQ(rising.value.prices.sell_price, 103'002_uy_per_kg);
    EXPECT_EQ(rising.value.prices.supply, 88'002_g);
    EXPECT_EQ(rising.value.prices.traded, 88'002_g);
    EXPECT_EQ(rising.value.prices.unmet, 11'998_g);
    EXPECT_EQ(rising.value.cleared_buy_price, 50'000_uy_per_kg);
    EXPECT_TRUE(rising.value.moved);

    const auto falling = ext::bounded_prices(quarter(), {60'001_uy_per_kg, 100'000'000_ppb});
    EXPECT_EQ(falling.value.prices.buy_price, 54'001_uy_per_kg) << "ceil(60,001 * 0.9)";
    EXPECT_EQ(falling.value.prices.traded, 100'000_g);
    const auto near = ext::bounded_prices(quarter(), {49'000_uy_per_kg, 100'000'000_ppb});
    EXPECT_EQ(near.value.prices.buy_price, 50'000_uy_per_kg);
    EXPECT_FALSE(near.value.moved);
}

TEST(BoundedPrices, MoveByAMicroYuanWhereTheShareIsLess) {
    EXPECT_EQ(ext::bounded_prices(quarter(), {9_uy_per_kg, 100'000'000_ppb}).value.prices.buy_price,
              10_uy_per_kg);
    auto market = quarter();
    market.quota_cap = 2_g;  // P_ph 1
    EXPECT_EQ(ext::bounded_prices(market, {9_uy_per_kg, 100'000'000_ppb}).value.prices.buy_price,
              8_uy_per_kg);
}

TEST(BoundedPrices, StepBackForTheCeilingAMarketWithoutDemandAndWhereNothingWasBefore) {
    auto market = quarter();
    market.market_price = 100'000_uy_per_kg;  // P_ph = (100,000 - 15,000) / 2
    const auto capped = ext::bounded_prices(market, {60'000_uy_per_kg, 100'000'000_ppb});
    EXPECT_EQ(capped.value.prices.buy_price, 42'500_uy_per_kg);
    EXPECT_EQ(capped.value.prices.sell_price, 100'000_uy_per_kg);
    EXPECT_FALSE(capped.value.moved);

    auto idle = quarter();
    idle.offset_ratio = 0_ppb;
    EXPECT_EQ(ext::bounded_prices(idle, {60'000_uy_per_kg, 1_ppb}).value.prices.buy_price, 0_uy_per_kg);
    EXPECT_EQ(ext::bounded_prices(quarter(), {0_uy_per_kg, 1_ppb}).value.prices.buy_price, 50'000_uy_per_kg);
    EXPECT_EQ(ext::bounded_prices(quarter(), {1_uy_per_kg, 0_ppb}).value.prices.buy_price, 50'000_uy_per_kg);
    EXPECT_EQ(ext::bounded_prices(quarter(), {1_uy_per_kg, 1'000'000'001_ppb}).status, Status::bad_param);
}

}  // namespace
}  // namespace pcq::econ
