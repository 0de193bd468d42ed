// Money in, out and between accounts.
#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::Deposit deposit(const client::Wallet& who, MicroYuan amount, const std::string& reference) {
    proto::Deposit action;
    action.set_account(who.account().bytes());
    action.set_amount_uy(amount.value());
    action.set_reference(reference);
    return action;
}

proto::Withdraw withdraw(MicroYuan amount, const std::string& reference) {
    proto::Withdraw action;
    action.set_amount_uy(amount.value());
    action.set_reference(reference);
    return action;
}

constexpr MicroYuan kAllMoney(std::numeric_limits<std::int64_t>::max());

TEST(Cash, ComesInGoesOutAndIsCounted) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.side.must(chain.bank, deposit(ann, 1'000_uy, "in"));

    chain.side.must(ann, transfer(chain.bank, 400_uy));
    chain.side.must(chain.bank, withdraw(400_uy, "out"));

    EXPECT_EQ(chain.balance(ann), 600_uy);
    EXPECT_EQ(chain.balance(chain.bank), 0_uy);
    const auto& totals = chain.side.tip()->totals();
    EXPECT_EQ(totals.deposited_uy(), 1'000);
    EXPECT_EQ(totals.withdrawn_uy(), 400);
    EXPECT_EQ(totals.cash_held_uy(), 600);
}

TEST(Cash, BooksAReferenceOnceWhateverItWasFor) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.side.must(chain.bank, deposit(chain.bank, 1'000_uy, "reference"));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.bank, withdraw(1_uy, "reference")), Code::cash_reference_used));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.bank, deposit(ann, 2_uy, "reference")), Code::cash_reference_used));
}

TEST(Cash, MovesBetweenAccounts) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.deposit(ann, 1'000_uy);

    const auto receipt = chain.side.must(ann, transfer(bob, 400_uy));

    EXPECT_EQ(chain.balance(ann), 600_uy);
    EXPECT_EQ(chain.balance(bob), 400_uy);
    ASSERT_EQ(receipt.events_size(), 2) << "a statement of either account shows it";
    EXPECT_EQ(receipt.events(0).cash_moved().account(), ann.account().bytes());
    EXPECT_EQ(receipt.events(0).cash_moved().change_uy(), -400);
    EXPECT_EQ(receipt.events(1).cash_moved().account(), bob.account().bytes());
    EXPECT_EQ(receipt.events(1).cash_moved().change_uy(), 400);
}

TEST(Cash, SentToOneselfChangesNothing) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.deposit(ann, 1'000_uy);
    chain.side.must(ann, transfer(ann, 1'000_uy));
    EXPECT_EQ(chain.balance(ann), 1'000_uy);
    EXPECT_TRUE(refused(chain.side.attempt(ann, transfer(ann, 1'001_uy)), Code::cash_insufficient));
}

TEST(Cash, IsNeverNegativeAndNeverTakenFromNobody) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.deposit(ann, 10_uy);
    EXPECT_TRUE(refused(chain.side.attempt(chain.bank, withdraw(1_uy, "out")), Code::cash_insufficient))
        << "nobody has sent it to the bank";
    EXPECT_TRUE(refused(chain.side.attempt(chain.bank, deposit(ann, 0_uy, "0")), Code::action_malformed));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.bank, deposit(ann, MicroYuan(-1), "-")), Code::action_malformed));
    EXPECT_TRUE(
        refused(chain.side.attempt(ann, transfer(chain.bank, MicroYuan(-1))), Code::action_malformed));
    EXPECT_TRUE(
        refused(chain.side.attempt(ann, transfer(chain.side.wallet("nobody"), 1_uy)), Code::account_unknown));
}

// A day's limit is against thieves of a key, who cannot be paid out at the bank.
TEST(Cash, SentToTheBankCountsToNoLimit) {
    TestChain chain({.transfer_day_uy = 10});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.deposit(ann, 1'000_uy);
    EXPECT_TRUE(refused(chain.side.attempt(ann, transfer(bob, 11_uy)), Code::day_limit_exceeded));
    chain.side.must(ann, transfer(chain.bank, 900_uy));
    chain.side.must(ann, transfer(bob, 10_uy));
}

TEST(Cash, NeverWraps) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.side.must(chain.bank, deposit(ann, kAllMoney, "all"));
    EXPECT_TRUE(refused(chain.side.attempt(chain.bank, deposit(ann, 1_uy, "more")), Code::amount_overflow));
    EXPECT_TRUE(refused(chain.side.attempt(chain.bank, deposit(bob, 1_uy, "more")), Code::amount_overflow));
    chain.side.must(ann, transfer(bob, kAllMoney));
    EXPECT_EQ(chain.balance(bob), kAllMoney);
}

}  // namespace
}  // namespace pcq::contracts::testing
