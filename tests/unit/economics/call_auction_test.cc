// The call auction against figures worked out by hand, and against trying every price.
#include "src/economics/call_auction.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "src/base/wide.h"

namespace pcq::econ {
namespace {

using namespace literals;

AuctionLevel buys(std::int64_t price, std::int64_t grams) {
    return {PricePerKg(price), Grams(grams), Grams()};
}
AuctionLevel sells(std::int64_t price, std::int64_t grams) {
    return {PricePerKg(price), Grams(), Grams(grams)};
}

TEST(CallAuction, TradesTheMostThenLeavesTheLeastOverThenTakesTheMiddle) {
    // One seller at 10, one buyer at 15: every price from 10 to 15 trades 7 of 7; the middle of 10 to 15.
    const std::vector<AuctionLevel> pair{sells(10, 7), buys(15, 7)};
    ASSERT_TRUE(call_auction(pair));
    EXPECT_EQ(call_auction(pair)->price, 12_uy_per_kg);
    EXPECT_EQ(call_auction(pair)->volume, 7_g);

    // 10 to 12 trade 5 with 0 left over, 13 to 15 trade 5 with 3 left over.
    const std::vector<AuctionLevel> balanced{sells(10, 5), sells(13, 3), buys(15, 5)};
    EXPECT_EQ(call_auction(balanced)->price, 11_uy_per_kg);
    EXPECT_EQ(call_auction(balanced)->volume, 5_g);

    // At 10: D 11, S 5. At 12 and 13: D 8, S 5 then 9: 13 trades 8.
    const std::vector<AuctionLevel> most{{10_uy_per_kg, 3_g, 5_g}, sells(13, 4), buys(14, 8)};
    EXPECT_EQ(call_auction(most)->price, 13_uy_per_kg);
    EXPECT_EQ(call_auction(most)->volume, 8_g);
}

TEST(CallAuction, FindsNothingWhereNobodyMeets) {
    EXPECT_FALSE(call_auction({}));
    const std::vector<AuctionLevel> apart{buys(9, 7), sells(10, 7)};
    EXPECT_FALSE(call_auction(apart));
    const std::vector<AuctionLevel> one_sided{buys(9, 7), buys(10, 7)};
    EXPECT_FALSE(call_auction(one_sided));
}

TEST(CallAuction, HoldsSumsBeyondSixtyFourBits) {
    constexpr std::int64_t kMost = 4'000'000'000'000'000'000;
    const std::vector<AuctionLevel> levels{sells(1, kMost), sells(2, kMost), sells(3, kMost),
                                           buys(4, kMost),  buys(5, kMost),  buys(6, 5)};
    EXPECT_EQ(call_auction(levels)->volume, Grams(8'000'000'000'000'000'005));
}

// Among all prices, one after the other, by the definition.
std::optional<AuctionOutcome> by_trying(const std::vector<AuctionLevel>& levels, std::int64_t highest) {
    Int128 best_volume = 0;
    Int128 best_rest = 0;
    std::vector<std::int64_t> prices;
    for (std::int64_t price = 0; price <= highest; ++price) {
        Int128 demand = 0;
        Int128 supply = 0;
        for (const auto& level : levels) {
            if (level.price.value() >= price) demand += level.demand.value();
            if (level.price.value() <= price) supply += level.supply.value();
        }
        const Int128 volume = std::min(demand, supply);
        const Int128 rest = demand > supply ? demand - supply : supply - demand;
        if (volume == 0) continue;
        if (volume > best_volume || (volume == best_volume && rest < best_rest)) {
            best_volume = volume;
            best_rest = rest;
            prices.clear();
        }
        if (volume == best_volume && rest == best_rest) prices.push_back(price);
    }
    if (prices.empty()) return std::nullopt;
    EXPECT_EQ(prices.back() - prices.front() + 1, static_cast<std::int64_t>(prices.size())) << "one range";
    return AuctionOutcome{PricePerKg(prices.front() + (prices.back() - prices.front()) / 2),
                          Grams(static_cast<std::int64_t>(best_volume))};
}

TEST(CallAuction, IsWhatTryingEveryPriceGives) {
    std::mt19937_64 random(7);
    const auto below = [&random](std::uint64_t bound) { return static_cast<std::int64_t>(random() % bound); };
    int met = 0;
    for (int round = 0; round < 5'000; ++round) {
        std::vector<AuctionLevel> levels;
        for (std::int64_t price = below(4); price < 40; price += 1 + below(6)) {
            const std::int64_t demand = below(3) == 0 ? 0 : below(20);
            const std::int64_t supply = below(3) == 0 ? 0 : below(20);
            levels.push_back({PricePerKg(price), Grams(demand), Grams(supply)});
        }
        const auto found = call_auction(levels);
        const auto expected = by_trying(levels, 60);
        ASSERT_EQ(found.has_value(), expected.has_value()) << round;
        if (!found) continue;
        ++met;
        EXPECT_EQ(found->price, expected->price) << round;
        EXPECT_EQ(found->volume, expected->volume) << round;
    }
    EXPECT_GT(met, 2'000);
}

}  // namespace
}  // namespace pcq::econ
