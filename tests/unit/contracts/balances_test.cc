// The balances in receipts: what the transaction left of what who signed it has, and nothing else.
#include "contracts/balances.h"

#include <gtest/gtest.h>

#include "contracts/quota/quota.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

class Balances : public ::testing::Test {
protected:
    Balances() {
        chain_.open(2013);
        chain_.issue(2013, {{&ann_, 1000_g}, {&bob_, 1000_g}});
        chain_.report(2013, 1, {{&ann_, 400_g}, {&bob_, 1500_g}});
        chain_.deposit(chain_.platform, 1'000'000_uy);
        chain_.deposit(ann_, 1'000'000_uy);
        chain_.deposit(bob_, 1'000'000_uy);
        chain_.advance(2013, 1);
    }
    // What the state says of them; for a receipt of the last transaction of a block that does nothing else.
    void expect_cash_as_in_state(const proto::Receipt& receipt, const client::Wallet& who) const {
        const auto record = kCash.find_or_default(chain_.side, who.account());
        EXPECT_EQ(receipt.balances().cash().balance_uy(), record.balance_uy());
        EXPECT_EQ(receipt.balances().cash().escrow_uy(), record.escrow_uy());
    }
    void expect_holding_as_in_state(const proto::Receipt& receipt, const client::Wallet& who) const {
        ASSERT_EQ(receipt.balances().holdings_size(), 1);
        const auto record = chain_.holding(who, 2013);
        EXPECT_EQ(receipt.balances().holdings(0).vintage(), 2013u);
        EXPECT_EQ(receipt.balances().holdings(0).held_g(), quota::held(record).value());
        EXPECT_EQ(receipt.balances().holdings(0).escrow_g(), record.escrow_g());
    }

    TestChain chain_;
    client::Wallet& ann_ = chain_.person("ann");
    client::Wallet& bob_ = chain_.person("bob");
};

TEST_F(Balances, OfASaleAreCashAndHoldingAsTheStateHasThem) {
    chain_.join(2013, ann_);
    const auto before = chain_.balance(ann_);
    const auto receipt = chain_.sell(2013, ann_, 300_g);
    ASSERT_EQ(receipt.code(), 0u) << receipt.text();
    expect_cash_as_in_state(receipt, ann_);
    expect_holding_as_in_state(receipt, ann_);
    EXPECT_GT(receipt.balances().cash().balance_uy(), before.value());
    EXPECT_EQ(receipt.balances().holdings(0).held_g(), 700);
}

TEST_F(Balances, OfAnOrderShowWhatIsInEscrow) {
    chain_.join(2013, ann_);
    const auto receipts = chain_.side.block(
        {chain_.side.sign(ann_, place_order(2013, proto::MARKET_SIDE_SUPPLY, 100_g, PricePerKg(100'000)))});
    ASSERT_EQ(receipts.at(0).code(), 0u) << receipts.at(0).text();
    expect_holding_as_in_state(receipts[0], ann_);
    EXPECT_EQ(receipts[0].balances().holdings(0).escrow_g(), 100);
    EXPECT_EQ(receipts[0].balances().holdings(0).held_g(), 900);
}

TEST_F(Balances, AreThoseRightAfterEachTransactionOfABlock) {
    const auto receipts = chain_.side.block({chain_.side.sign(ann_, transfer(bob_, 10_uy)),
                                             chain_.side.sign(ann_, transfer(bob_, 20_uy)),
                                             chain_.side.sign(bob_, transfer(ann_, 5_uy))});
    ASSERT_EQ(receipts.size(), 3u);
    EXPECT_EQ(receipts[0].balances().cash().balance_uy(), 1'000'000 - 10);
    EXPECT_EQ(receipts[1].balances().cash().balance_uy(), 1'000'000 - 30);
    EXPECT_EQ(receipts[2].balances().cash().balance_uy(), 1'000'000 + 30 - 5);
    EXPECT_EQ(receipts[0].balances().holdings_size(), 0) << "a transfer of money moves no quota";
    EXPECT_EQ(chain_.balance(ann_), MicroYuan(1'000'000 - 30 + 5));
}

TEST_F(Balances, AreNotInReceiptsOfWhatChangedNone) {
    const auto refused = chain_.side.block({chain_.side.sign(ann_, transfer(bob_, 9'000'000_uy))});
    EXPECT_NE(refused.at(0).code(), 0u);
    EXPECT_FALSE(refused[0].has_balances());
    // The bank has paid in for another: its own cash is not touched, and the other's is nobody's business.
    proto::Deposit deposit;
    deposit.set_account(ann_.account().bytes());
    deposit.set_amount_uy(5);
    deposit.set_reference("of balances");
    const auto paid = chain_.side.block({chain_.side.sign(chain_.bank, deposit)});
    ASSERT_EQ(paid.at(0).code(), 0u) << paid[0].text();
    EXPECT_FALSE(paid[0].has_balances());
}

}  // namespace
}  // namespace pcq::contracts::testing
