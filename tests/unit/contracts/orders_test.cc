// Orders: what they set aside, and every way in which they end. Figures worked out by hand.
#include <gtest/gtest.h>

#include "tests/unit/contracts/four_people.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

TEST(Orders, SetAsideWhatTheyOffer) {
    FourPeople four;
    const Hash selling = four.place(four.ann, FourPeople::sell(300'000, 150'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));

    // A sale stands on the tick above its limit, a purchase on the one below: P_ph + 189 and 107 ticks of
    // 372.
    EXPECT_EQ(four.order(selling)->price_uy_per_kg(), 80'000 + 189 * 372);
    EXPECT_EQ(four.order(buying)->price_uy_per_kg(), 80'000 + 107 * 372);
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 300'000);
    EXPECT_EQ(four.totals().escrow_g(), 300'000);
    EXPECT_EQ(four.totals().held_g(), 4 * 1'200'000 - 300'000);
    // 150 kg at 0.12, the fee of 1,000, and a micro-yuan for the rounding of each of 64 parts.
    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 18'000'000 + 1'000 + 64);
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000 - 18'001'064);
    EXPECT_EQ(four.epoch().orders(), 2u);
    EXPECT_EQ(four.epoch().offered_g(), 450'000);
}

TEST(Orders, ShareTheSurplusAndTheShareOfTheExcessWithTradesWithThePlatform) {
    FourPeople four;
    four.chain.deposit(four.chain.platform, 100'000'000_uy);
    four.place(four.ann, FourPeople::sell(300'000, 175'000));
    EXPECT_TRUE(refused(four.chain.side.attempt(four.ann, FourPeople::sell(200'001, 175'000)),
                        Code::market_surplus_exceeded));
    EXPECT_TRUE(refused(four.chain.side.attempt(four.ann, sell_surplus(2013, 200'001_g)),
                        Code::market_surplus_exceeded));
    four.chain.sell(2013, four.ann, 200'000_g);

    four.place(four.bob, FourPeople::buy(150'000, 80'000));
    EXPECT_TRUE(refused(four.chain.side.attempt(four.bob, FourPeople::buy(50'001, 80'000)),
                        Code::market_offset_exceeded));
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.bob, buy_quota(2013, 50'001_g)), Code::market_offset_exceeded));
    four.chain.buy(2013, four.bob, 50'000_g);
}

TEST(Orders, StayInsideTheBandAndBelowTheirNumber) {
    FourPeople four;
    for (const std::int64_t limit : {79'999, 175'001}) {
        EXPECT_TRUE(
            refused(four.chain.side.attempt(four.ann, FourPeople::sell(1, limit)), Code::order_outside_band));
    }
    for (int i = 0; i < 16; ++i) four.place(four.ann, FourPeople::sell(1, 175'000 - i));
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.ann, FourPeople::sell(1, 175'000)), Code::order_too_many));
}

TEST(Orders, AreRefusedToWhoHasNotJoinedTheirSide) {
    FourPeople four;
    auto& cyd = four.chain.person("cyd");
    four.chain.deposit(cyd, 10'000'000_uy);
    four.chain.side.must(cyd, join_market(2013, 1'000'000_uy, proto::MARKET_SIDE_DEMAND));
    EXPECT_TRUE(refused(four.chain.side.attempt(cyd, FourPeople::sell(1, 100'000)), Code::market_not_joined));
    EXPECT_TRUE(
        refused(four.chain.side.attempt(cyd, FourPeople::buy(1, 100'000)), Code::market_offset_exceeded));
}

TEST(Orders, AreForNoLessThanTheParametersSay) {
    FourPeople four;
    auto parameters = kChain.find(four.chain.side, Only())->parameters();
    parameters.set_order_least_g(1'000);
    four.chain.decide(four.chain.side, propose_change(parameters, four.chain.side.tip()->height() + 20));

    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.ann, FourPeople::sell(999, 100'000)), Code::order_too_small));
    four.place(four.ann, FourPeople::sell(1'000, 100'000));
}

TEST(Orders, ToBuyNeedTheMoneyForTheirLimitAndTheFee) {
    FourPeople four;
    proto::TransferCash all_but_ten;
    all_but_ten.set_to(four.chain.bank.account().bytes());
    all_but_ten.set_amount_uy(four.cash(four.bob).balance_uy() - 10'001'500);
    four.chain.side.must(four.bob, all_but_ten);

    EXPECT_TRUE(refused(four.chain.side.attempt(four.bob, FourPeople::buy(105'000, 100'000)),
                        Code::cash_insufficient));

    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 0);
    four.place(four.bob, FourPeople::buy(100'000, 100'000));
    EXPECT_GE(four.cash(four.bob).escrow_uy(), 10'000'000 + 1'000);
}

TEST(Orders, GiveBackWhatIsLeftWhenTheirOwnerCancelsThem) {
    FourPeople four;
    const Hash selling = four.place(four.ann, FourPeople::sell(300'000, 150'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));
    EXPECT_TRUE(refused(four.chain.side.attempt(four.bob, cancel_order(selling)), Code::order_unknown))
        << "somebody else's";

    const auto first = four.chain.side.must(four.ann, cancel_order(selling));
    four.chain.side.must(four.bob, cancel_order(buying));

    EXPECT_EQ(first.events(0).order_ended().reason(), proto::ORDER_END_CANCELLED);
    EXPECT_EQ(first.events(0).order_ended().returned_g(), 300'000);
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    EXPECT_EQ(four.totals().escrow_g(), 0);
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000);
    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 0);
    EXPECT_FALSE(kOpenBooks.contains(four.chain.side, Only()));
    EXPECT_FALSE(kOrderLists.contains(four.chain.side, {four.ann.account(), 2013}));
    EXPECT_TRUE(refused(four.chain.side.attempt(four.ann, cancel_order(selling)), Code::order_unknown));
}

TEST(Orders, MayBeCancelledInTheBlockThatPlacesThem) {
    FourPeople four;
    const auto placed = four.chain.side.sign(four.ann, FourPeople::sell(300'000, 80'000));
    const auto cancelled = four.chain.side.sign(four.ann, cancel_order(placed->hash()));
    const auto bought = four.chain.side.sign(four.bob, FourPeople::buy(100'000, 175'000));

    const auto receipts = four.chain.side.block({placed, cancelled, bought});

    for (const auto& receipt : receipts) EXPECT_EQ(receipt.code(), 0u) << receipt.text();
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    EXPECT_EQ(four.holding(four.bob).purchased_g(), 0);
}

TEST(Orders, LeaveAnyPlaceOfTheirQueueWithoutBreakingIt) {
    FourPeople four;
    std::vector<Hash> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(four.place(four.ann, FourPeople::sell(1'000, 100'000)));
    for (const int i : {2, 0, 4})
        four.chain.side.must(four.ann, cancel_order(ids[static_cast<std::size_t>(i)]));

    four.place(four.bob, FourPeople::buy(1'500, 175'000));

    EXPECT_FALSE(four.order(ids[1])) << "first in turn";
    EXPECT_EQ(four.order(ids[3])->remaining_g(), 500);
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 500);
}

TEST(Orders, EndAfterTheAuctionOfTheirLastBlock) {
    FourPeople four;
    auto order = FourPeople::sell(1'000, 100'000);
    order.set_expires_height(four.chain.side.tip()->height() + 2);
    const Hash id = four.place(four.ann, order);
    ASSERT_TRUE(four.order(id));
    const auto receipts =
        four.chain.side.block({four.chain.side.sign(four.bob, FourPeople::buy(400, 175'000))});
    EXPECT_EQ(four.holding(four.bob).purchased_g(), 400) << "its last auction";
    EXPECT_FALSE(four.order(id));
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    const auto& ended = receipts.back().events(receipts.back().events_size() - 1).order_ended();
    EXPECT_EQ(ended.reason(), proto::ORDER_END_EXPIRED);
    EXPECT_EQ(ended.returned_g(), 600);

    order.set_expires_height(four.chain.side.tip()->height());
    EXPECT_TRUE(refused(four.chain.side.attempt(four.ann, order), Code::order_expiry_invalid));
    order.set_expires_height(four.chain.side.tip()->height() + 1'000'002);
    EXPECT_TRUE(refused(four.chain.side.attempt(four.ann, order), Code::order_expiry_invalid));
}

TEST(Orders, EndWithTheirEpochBeforeTheNextPriceIsFixed) {
    FourPeople four(1'000'000'000, 1'000, 2);
    const Hash selling = four.place(four.ann, FourPeople::sell(300'000, 150'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));
    four.report(2);

    four.chain.advance(2013, 2);

    EXPECT_FALSE(four.order(selling));
    EXPECT_FALSE(four.order(buying));
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000);
    EXPECT_EQ(four.epoch().surplus_g(), 2'000'000);
    EXPECT_EQ(four.epoch().orders(), 0u);
    four.chain.settle(2013);
    EXPECT_EQ(four.totals().escrow_g(), 0);
}

TEST(Orders, EndWhenAReadingLeavesTheirOwnerNothingToOffer) {
    FourPeople four(1'000'000'000, 1'000, 2);
    const Hash first = four.place(four.ann, FourPeople::sell(300'000, 175'000));
    const Hash newest = four.place(four.ann, FourPeople::sell(200'000, 175'000));

    four.chain.report(2013, 2, {{&four.ann, 200'000_g}});  // of 500,000 to spare, 300,000 are left
    EXPECT_TRUE(four.order(first));
    EXPECT_FALSE(four.order(newest));
    const auto last = four.chain.side.must(four.chain.meter, readings(2013, 2, {{&four.ada, 1_g}}));
    EXPECT_EQ(last.events_size(), 0);
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 300'000);
}

TEST(Orders, RestWhileThePlatformIsFrozenAndCanStillBeCancelled) {
    FourPeople four;
    const Hash id = four.place(four.ann, FourPeople::sell(1'000, 100'000));
    proto::FreezeAccount freeze;
    freeze.set_account(four.chain.platform.account().bytes());
    freeze.set_reason("inquiry");
    four.chain.side.must(four.chain.government, freeze);
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.bob, FourPeople::buy(1'000, 175'000)), Code::market_closed));
    EXPECT_FALSE(four.chain.side.has_work());
    four.chain.side.must(four.ann, cancel_order(id));
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
}

TEST(Orders, EndWhenTheirOwnerIsFrozen) {
    FourPeople four;
    const Hash selling = four.place(four.ann, FourPeople::sell(1'000, 175'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(2'000, 80'000));
    proto::FreezeAccount freeze;
    freeze.set_reason("inquiry");
    for (auto* who : {&four.ann, &four.bob}) {
        freeze.set_account(who->account().bytes());
        const auto receipt = four.chain.side.must(four.chain.government, freeze);
        ASSERT_EQ(receipt.events_size(), 1);
        EXPECT_EQ(receipt.events(0).order_ended().reason(), proto::ORDER_END_STANDING);
    }
    EXPECT_FALSE(four.order(selling));
    EXPECT_FALSE(four.order(buying));
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000);
}

// Ann's and Bob's orders meet in the block that pauses the market for ten seconds.
struct PausedMarket : FourPeople {
    Hash selling = place(ann, sell(1'000, 100'000));
    Hash buying;
    std::uint64_t until_ms = chain.side.tip()->time_ms() + 10'000;

    PausedMarket() {
        const auto receipts = chain.side.block({chain.side.sign(bob, buy(1'000, 120'000)),
                                                chain.side.sign(chain.platform, pause_market(until_ms))});
        buying = *Hash::from(receipts[0].transaction());
    }
    bool are_open() const { return order(selling) && order(buying); }
};

TEST(Orders, RestDuringAPauseAndCanStillBeCancelled) {
    PausedMarket market;
    auto& side = market.chain.side;
    EXPECT_TRUE(market.are_open());
    EXPECT_FALSE(side.has_work());
    EXPECT_TRUE(refused(side.attempt(market.ben, FourPeople::buy(1, 100'000)), Code::market_paused));
    side.must(market.ann, cancel_order(market.selling));
    EXPECT_EQ(market.holding(market.ann).escrow_g(), 0);
    EXPECT_TRUE(market.order(market.buying));
}

TEST(Orders, MeetInTheBlockThatEndsAPause) {
    PausedMarket market;
    market.chain.side.must(market.chain.government, resume_market());
    EXPECT_FALSE(market.order(market.selling));
    EXPECT_EQ(market.holding(market.bob).purchased_g(), 1'000);
}

TEST(Orders, MeetInTheFirstBlockAfterAPauseThatEndedByItself) {
    PausedMarket market;
    auto& side = market.chain.side;
    while (side.tip()->time_ms() + 1'000 < market.until_ms) {
        EXPECT_FALSE(side.has_work());
        side.block({});
    }
    EXPECT_TRUE(market.are_open());
    EXPECT_TRUE(side.has_work());
    side.block({});
    EXPECT_FALSE(market.order(market.selling));
    EXPECT_EQ(market.holding(market.bob).purchased_g(), 1'000);
}

// Bob lacks 400,000 g and may offset half of it; 120,000 g of quota for credits leave him 140,000 g.
TEST(Orders, EndWhenCreditsBecomeQuotaAndTheirOwnerLacksLess) {
    auto rules = policy();
    rules.set_credit_rate_ppb(1'000'000'000);
    rules.set_credit_cap_ppb(100'000'000);
    FourPeople four(1'000'000'000, 1'000, 1, rules);
    auto& side = four.chain.side;
    side.must(four.chain.government, set_methodology("subway", 1'000'000));
    side.must(four.chain.transport, avoided(2013, 1, "subway", 1, {{&four.bob, 120, "rides"}}));
    four.chain.main.must(four.chain.main_government, issue_reserve(side, 2013, 120'000_g));
    four.chain.relay();
    const Hash first = four.place(four.bob, FourPeople::buy(140'000, 80'000));
    const Hash second = four.place(four.bob, FourPeople::buy(60'000, 80'000));

    const auto receipt = side.must(four.bob, convert_credits(2013, 120'000_g));

    ASSERT_EQ(receipt.events_size(), 2);
    EXPECT_EQ(receipt.events(1).order_ended().reason(), proto::ORDER_END_STANDING);
    EXPECT_TRUE(four.order(first));
    EXPECT_FALSE(four.order(second));
}

// The penalty is 60,000,200: 200,000 g at 0.300001. Only with what the order holds there is more.
TEST(Orders, DoNotHideWhatAnAccountHasFromItsClosing) {
    FourPeople four;
    auto& cyd = four.chain.person("cyd");
    four.chain.join(2013, cyd);
    four.chain.deposit(cyd, MicroYuan(55'000'000 + 8'000'000 + 1'000 + 64));
    four.chain.report(2013, 1, {{&cyd, 200'000_g}});
    four.place(cyd, FourPeople::buy(100'000, 80'000));
    ASSERT_EQ(four.cash(cyd).balance_uy(), 55'000'000);
    proto::CloseAccount close;
    close.set_account(cyd.account().bytes());
    close.set_reason("moved away");
    EXPECT_TRUE(refused(four.chain.side.attempt(four.chain.government, close), Code::account_has_assets));
    EXPECT_EQ(four.cash(cyd).escrow_uy(), 8'000'000 + 1'000 + 64) << "a refusal leaves the order";
}

}  // namespace
}  // namespace pcq::contracts::testing
