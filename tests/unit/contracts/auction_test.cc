// The call auction of a block: who trades, at what price, and who pays what. Figures worked out by hand.
#include "contracts/market/auction.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "contracts/market/orders.h"
#include "tests/unit/contracts/four_people.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

TEST(Auction, TradesAtOnePriceBuyersRoundedUpSellersRoundedDownTheRestToThePlatform) {
    FourPeople four;
    const MicroYuan platform = four.chain.balance(four.chain.platform);
    const auto fees = four.book().fees_uy();
    const Hash selling = four.place(four.ann, FourPeople::sell(100'001, 100'000));
    const Hash buying = four.place(four.bob, FourPeople::buy(150'000, 120'000));

    // From 100,088 (54 ticks up) to 119,804 (107 ticks): the middle is 109,946. 100.001 kg of it are
    // 10,994,709.946.
    EXPECT_FALSE(four.order(selling));
    EXPECT_EQ(four.order(buying)->remaining_g(), 49'999);
    EXPECT_EQ(four.cash(four.ann).balance_uy(), 100'000'000 + 10'994'709 - 1'000);
    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 18'001'064 - 10'994'710 - 1'000);
    EXPECT_EQ(four.chain.balance(four.chain.platform), MicroYuan(platform.value() + 2'001));
    EXPECT_EQ(four.holding(four.ann).sold_g(), 100'001);
    EXPECT_EQ(four.holding(four.ann).escrow_g(), 0);
    EXPECT_EQ(four.holding(four.bob).purchased_g(), 100'001);
    EXPECT_EQ(four.totals().escrow_g(), 0);
    EXPECT_EQ(four.totals().inventory_g(), 0) << "the platform never owned it";
    EXPECT_EQ(four.book().fees_uy(), fees + 2'001);
    EXPECT_EQ(four.book().matched_g(), 100'001);
    EXPECT_EQ(four.book().matched_uy(), 10'994'709);
    EXPECT_EQ(four.epoch().matched_uy(), 10'994'709);
    EXPECT_EQ(four.epoch().matched_g(), 100'001) << "each gram once, as in the book";
    EXPECT_EQ(four.epoch().offered_g(), 250'001);

    four.chain.side.must(four.bob, cancel_order(buying));
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000 - 10'994'710 - 1'000);
}

TEST(Auction, SaysInTheBlocksReceiptWhatItDid) {
    FourPeople four;
    four.place(four.ann, FourPeople::sell(1'000, 100'000));
    const auto receipts =
        four.chain.side.block({four.chain.side.sign(four.bob, FourPeople::buy(400, 175'000))});

    const auto& events = receipts.back().events();
    ASSERT_EQ(events.size(), 3);
    EXPECT_EQ(events[0].order_filled().side(), proto::MARKET_SIDE_DEMAND);
    EXPECT_EQ(events[0].order_filled().grams(), 400);
    EXPECT_EQ(events[0].order_filled().fee_uy(), 1'000);
    EXPECT_EQ(events[1].order_filled().account(), four.ann.account().bytes());
    EXPECT_EQ(events[1].order_filled().remaining_g(), 600);
    EXPECT_EQ(events[2].auctioned().grams(), 400);
    EXPECT_EQ(events[2].auctioned().price_uy_per_kg(), events[0].order_filled().price_uy_per_kg());
}

TEST(Auction, FillsTheBetterLimitFirstThenTheOlderOrder) {
    FourPeople four;
    const Hash old = four.place(four.ann, FourPeople::sell(1'000, 120'000));
    const Hash young = four.place(four.ada, FourPeople::sell(1'000, 120'000));
    const Hash cheap = four.place(four.ada, FourPeople::sell(1'000, 90'000));

    four.place(four.bob, FourPeople::buy(1'500, 175'000));

    EXPECT_FALSE(four.order(cheap));
    EXPECT_EQ(four.order(old)->remaining_g(), 500);
    EXPECT_EQ(four.order(young)->remaining_g(), 1'000);
}

// The same transactions in every order of a block: one result.
TEST(Auction, DoesNotCareInWhichOrderABlockHasItsOrders) {
    std::vector<int> turn{0, 1, 2, 3, 4, 5};
    std::optional<Hash> root;
    int tried = 0;
    do {
        FourPeople four;
        auto& side = four.chain.side;
        const std::vector<ledger::VerifiedTransaction> orders{
            side.sign(four.ann, FourPeople::sell(40'000, 120'000)),
            side.sign(four.ada, FourPeople::sell(30'000, 120'000)),
            side.sign(four.ada, FourPeople::sell(20'000, 100'000)),
            side.sign(four.bob, FourPeople::buy(35'000, 130'000)),
            side.sign(four.ben, FourPeople::buy(30'000, 130'000)),
            side.sign(four.ben, FourPeople::buy(9'000, 90'000))};
        std::vector<ledger::VerifiedTransaction> block;
        for (const int i : turn) block.push_back(orders[static_cast<std::size_t>(i)]);
        for (const auto& receipt : side.block(block)) EXPECT_EQ(receipt.code(), 0u) << receipt.text();
        EXPECT_EQ(four.book().matched_g(), 65'000);
        if (!root) root = side.tip().state_root();
        EXPECT_EQ(side.tip().state_root(), *root);
        for (int i = 0; i < 97; ++i) std::next_permutation(turn.begin(), turn.end());
    } while (++tried < 8);
}

// Ann and Ada, who can sell, and twelve who lack 1,000 kg each.
struct Crowd {
    FourPeople four{1'000'000'000, 1'000, 1};
    std::vector<client::Wallet*> people;

    Crowd() {
        std::vector<Share> emitted;
        for (int i = 0; i < 12; ++i) {
            auto& who = four.chain.person("one of a crowd " + std::to_string(i));
            people.push_back(&who);
            emitted.push_back({&who, Grams(1'000'000)});
            four.chain.deposit(who, MicroYuan(100'000'000));
            four.chain.join(2013, who);
        }
        four.chain.report(2013, 1, emitted);
    }
};

// A gain from a place in the block would be another state. Orders of all limits, some cancelled at once.
TEST(Auction, GivesTheSameToEverybodyWhateverTheOrderOfAnyBlock) {
    std::mt19937_64 random(7);
    std::int64_t matched = 0;
    for (int round = 0; round < 12; ++round) {
        struct Wish {
            std::size_t who;
            proto::PlaceOrder order;
        };
        std::vector<Wish> wishes;
        for (std::size_t i = 0; i < 30; ++i) {
            const auto limit = static_cast<std::int64_t>(80'000 + random() % 95'001);
            const auto grams = static_cast<std::int64_t>(1 + random() % 9'999);
            const std::size_t who = random() % 14;  // ann and ada sell, the others buy
            wishes.push_back(
                {who, who < 2 ? FourPeople::sell(10 * grams, limit) : FourPeople::buy(grams, limit)});
        }
        std::optional<Hash> root;
        for (int order = 0; order < 3; ++order) {
            Crowd crowd;
            auto& side = crowd.four.chain.side;
            std::vector<ledger::VerifiedTransaction> block;
            for (const auto& wish : wishes) {
                auto& who = wish.who == 0   ? crowd.four.ann
                            : wish.who == 1 ? crowd.four.ada
                                            : *crowd.people[wish.who - 2];
                block.push_back(side.sign(who, wish.order));
            }
            if (order > 0) std::shuffle(block.begin(), block.end(), random);
            side.block(block);
            side.finish_work();
            if (!root) root = side.tip().state_root();
            EXPECT_EQ(side.tip().state_root(), *root) << "round " << round;
            matched += crowd.four.book().matched_g();
        }
    }
    EXPECT_GT(matched, 100'000) << "nothing was shown";
}

TEST(Auction, FillsAsManyOrdersAsTheServiceLevelAllowsAndTheRestInTheNextBlocks) {
    FourPeople four(2'000'000);  // q 0.002: two orders of each side
    for (int i = 0; i < 5; ++i) four.place(four.ann, FourPeople::sell(10, 100'000));
    four.place(four.bob, FourPeople::buy(50, 120'000));
    EXPECT_EQ(four.book().matched_g(), 20);
    EXPECT_TRUE(four.chain.side.has_work());
    EXPECT_EQ(four.chain.side.finish_work(), 2);
    EXPECT_EQ(four.book().matched_g(), 50);

    EXPECT_EQ(market::orders_per_auction(0), 1u);
    EXPECT_EQ(market::orders_per_auction(999'999), 1u);
    EXPECT_EQ(market::orders_per_auction(1'000'000'000), 1'000u);
    EXPECT_EQ(market::orders_per_auction(1'000'000'000'000), 1'000u);
}

TEST(Auction, TakesTheFeeFromWhatASaleBringsUntilItIsPaid) {
    FourPeople four;
    const Hash id = four.place(four.ann, FourPeople::sell(1'000, 80'000));
    four.place(four.bob, FourPeople::buy(5, 80'000));  // brings 400
    EXPECT_EQ(four.cash(four.ann).balance_uy(), 100'000'000);
    EXPECT_EQ(four.order(id)->fee_due_uy(), 600);
    four.place(four.bob, FourPeople::buy(10, 80'000));  // brings 800
    EXPECT_EQ(four.cash(four.ann).balance_uy(), 100'000'200);
    EXPECT_EQ(four.order(id)->fee_due_uy(), 0);
}

TEST(Auction, EndsAnOrderAfterItsManyPartsAndNeverTakesMoreThanItSetAside) {
    FourPeople four(1'000'000'000, 0);
    const Hash id = four.place(four.bob, FourPeople::buy(100, 80'372));
    for (std::uint32_t i = 1; i < market::kPartsMax; ++i) {
        four.place(four.ann, FourPeople::sell(1, 80'000));
        ASSERT_EQ(four.order(id)->parts(), i);
    }
    four.place(four.ann, FourPeople::sell(1, 80'000));
    EXPECT_FALSE(four.order(id));
    // Between 80,000 and 80,372 the middle is 80,186: 80.186 rounded up, 64 times.
    EXPECT_EQ(four.cash(four.bob).balance_uy(), 100'000'000 - 64 * 81);
    EXPECT_EQ(four.cash(four.bob).escrow_uy(), 0);
    EXPECT_EQ(four.cash(four.ann).balance_uy(), 100'000'000 + 64 * 80);
}

TEST(Auction, SettlesWhatWasMatchedAsWhatWasBoughtFromThePlatform) {
    FourPeople four;
    four.place(four.ann, FourPeople::sell(200'000, 100'000));
    four.place(four.bob, FourPeople::buy(200'000, 120'000));

    four.chain.settle(2013);

    const auto bob = *kSettlements.find(four.chain.side, {four.bob.account(), 2013});
    EXPECT_EQ(bob.purchased_surrendered_g(), 200'000);
    EXPECT_EQ(bob.penalised_g(), 200'000);
    const auto ann = *kSettlements.find(four.chain.side, {four.ann.account(), 2013});
    EXPECT_EQ(ann.sold_g(), 200'000);
    EXPECT_EQ(ann.own_surrendered_g(), 700'000);
}

}  // namespace
}  // namespace pcq::contracts::testing
