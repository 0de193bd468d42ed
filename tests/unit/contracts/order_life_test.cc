// Orders and the life of a quota: what stands on offer when its owner is frozen, closed or claimed from, when
// quota is given away, and when the time to trade is over.
#include <algorithm>

#include <gtest/gtest.h>

#include "contracts/settlement/settlement.h"
#include "tests/unit/contracts/four_people.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::FreezeAccount freeze(const client::Wallet& who) {
    proto::FreezeAccount action;
    action.set_account(who.account().bytes());
    action.set_reason("inquiry");
    return action;
}

void claw_back(FourPeople& four, const client::Wallet& from, Grams grams, MicroYuan money) {
    proto::ProposeClawback action;
    action.set_account(from.account().bytes());
    action.set_period(2013);
    action.set_grams(grams.value());
    action.set_amount_uy(money.value());
    action.set_legal_reference("judgement 12/2013");
    action.set_reason("issued twice");
    const auto proposed = four.chain.side.must(four.chain.government, action);
    proto::ApproveClawback approval;
    approval.set_clawback(proposed.events(0).clawback_proposed().clawback());
    four.chain.side.must(four.chain.authority, approval);
}

proto::TransferQuota give(const client::Wallet& to, Grams grams) {
    proto::TransferQuota action;
    action.set_period(2013);
    action.set_to(to.account().bytes());
    action.set_grams(grams.value());
    return action;
}

TEST(OrdersInALife, EndWhenACorrectionLeavesLessThanTheyOffer) {
    FourPeople four;
    const Hash order = four.place(four.ann, FourPeople::sell(450'000, 150'000));

    const auto receipt = four.chain.correct(2013, 1, four.ann, Grams(800'000));

    EXPECT_FALSE(four.order(order));
    ASSERT_GT(receipt.events_size(), 0);
    EXPECT_TRUE(std::any_of(receipt.events().begin(), receipt.events().end(), [&](const proto::Event& event) {
        return event.order_ended().order() == order.bytes();
    }));
}

TEST(OrdersInALife, EndWhenTheirOwnerIsFrozenAndTradeNoMore) {
    FourPeople four;
    const Hash selling = four.place(four.ann, FourPeople::sell(300'000, 80'000));

    const auto receipt = four.chain.side.must(four.chain.government, freeze(four.ann));

    ASSERT_EQ(receipt.events_size(), 1);
    EXPECT_EQ(receipt.events(0).order_ended().order(), selling.view());
    EXPECT_EQ(receipt.events(0).order_ended().reason(), proto::ORDER_END_STANDING);
    EXPECT_EQ(receipt.events(0).order_ended().returned_g(), 300'000);
    EXPECT_FALSE(four.order(selling));
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    four.place(four.bob, FourPeople::buy(100'000, 175'000));
    EXPECT_EQ(four.holding(four.bob).purchased_g(), 0);
    EXPECT_EQ(four.holding(four.ann).sold_g(), 0);
}

TEST(OrdersInALife, EndWhenTheirOwnersAccountIsClosedAndLeaveAllToTheHeir) {
    FourPeople four;
    four.place(four.ann, FourPeople::sell(300'000, 150'000));
    four.place(four.bob, FourPeople::buy(150'000, 120'000));
    const auto sellers = four.cash(four.ann).balance_uy();

    four.chain.side.must(four.chain.government, close(four.ann, &four.ada));

    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    EXPECT_EQ(four.holding(four.ann).surrendered_g(), 700'000);
    EXPECT_EQ(four.holding(four.ada).purchased_g(), 500'000);
    EXPECT_EQ(four.cash(four.ada).balance_uy(), 100'000'000 + sellers);
    // 400,000 g at 0.300001 are 120,000,400: all the 100,000,000 that Bob had are taken, those in escrow too.
    four.chain.side.must(four.chain.government, close(four.bob, &four.ben));
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 0);
    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 0);
    EXPECT_EQ(kDebts.find(four.chain.side, {four.bob.account(), 2013})->owed_uy(), 20'000'400);
    EXPECT_EQ(four.totals().escrow_g(), 0);
}

TEST(OrdersInALife, EndAsFarAsAClawBackNeedsWhatTheyOffer) {
    FourPeople four;
    const Hash first = four.place(four.ann, FourPeople::sell(300'000, 150'000));
    const Hash newest = four.place(four.ann, FourPeople::sell(100'000, 150'000));

    claw_back(four, four.ann, 100'000_g, 0_uy);
    EXPECT_TRUE(four.order(first) && four.order(newest)) << "400,000 g of surplus are left, and on offer";
    claw_back(four, four.ann, 1_g, 0_uy);
    EXPECT_TRUE(four.order(first));
    EXPECT_FALSE(four.order(newest));
    // 1,099,999 g are hers, of which 300,000 g are on offer.
    claw_back(four, four.ann, 1'000'000_g, 0_uy);
    EXPECT_EQ(kClawbacks.find(four.chain.side, 3)->taken_g(), 1'000'000);
    EXPECT_FALSE(kObligations.contains(four.chain.side, four.ann.account()));
    EXPECT_FALSE(four.order(first));
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);

    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));
    claw_back(four, four.bob, 0_g, 81'998'936_uy);
    EXPECT_TRUE(four.order(buying)) << "as much as is not set aside";
    claw_back(four, four.bob, 0_g, 10'000'000_uy);
    EXPECT_FALSE(four.order(buying));
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000 - 91'998'936);
    EXPECT_FALSE(kDebts.contains(four.chain.side, {four.bob.account(), 2013}));
}

TEST(OrdersInALife, OfferWhatCannotBeGivenAwayToo) {
    FourPeople four;
    proto::AddTrusted trust;
    trust.set_account(four.bob.account().bytes());
    four.chain.side.must(four.ann, trust);
    four.place(four.ann, FourPeople::sell(400'000, 150'000));
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.ann, give(four.bob, 100'001_g)), Code::market_surplus_exceeded));
    four.place(four.bob, FourPeople::buy(150'000, 120'000));
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.ann, give(four.bob, 50'001_g)), Code::market_offset_exceeded));
    four.chain.side.must(four.ann, give(four.bob, 50'000_g));
    EXPECT_EQ(four.holding(four.bob).purchased_g(), 50'000);
}

TEST(OrdersInALife, HoldMoneyThatARehearsalCounts) {
    FourPeople four;
    four.place(four.bob, FourPeople::buy(150'000, 120'000));
    const auto rehearsed =
        settlement::rehearse(four.chain.side, four.bob.account(), 2013,
                             {static_cast<std::int64_t>(four.chain.side.tip()->time_ms())});
    ASSERT_TRUE(rehearsed);
    EXPECT_EQ(rehearsed->penalty_paid_uy(), 100'000'000);
    EXPECT_EQ(rehearsed->penalty_owed_uy(), 20'000'400);

    four.chain.settle(2013);

    const auto real = *kSettlements.find(four.chain.side, {four.bob.account(), 2013});
    EXPECT_EQ(real.cash_before_uy(), rehearsed->cash_before_uy());
    EXPECT_EQ(real.penalty_paid_uy(), 100'000'000);
}

TEST(OrdersInALife, EndWithTheTimeToTrade) {
    constexpr std::int64_t kDayMs = 86'400'000;
    FourPeople four(1'000'000'000, 1'000, 1, FourPeople::with_grace(kDayMs));
    const auto deadline = static_cast<std::int64_t>(four.chain.period(2013).earliest_close_ms());
    const Hash selling = four.place(four.ann, FourPeople::sell(300'000, 150'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));
    four.chain.side.set_time({deadline - 2'000});
    four.chain.side.block({});
    EXPECT_TRUE(four.order(selling) && four.order(buying));

    four.chain.side.set_time({deadline});
    four.chain.side.block({});

    EXPECT_FALSE(four.order(selling));
    EXPECT_FALSE(four.order(buying));
    EXPECT_EQ(four.totals().escrow_g(), 0);
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000);
    EXPECT_TRUE(
        refused(four.chain.side.attempt(four.ann, FourPeople::sell(1, 150'000)), Code::period_in_grace));
}

}  // namespace
}  // namespace pcq::contracts::testing
