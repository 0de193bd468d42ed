// Debts against figures worked out by hand: instalments, repayment, collection by sweeps, and what an overdue
// debt holds back.
#include "contracts/cash/debts.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::uint64_t kMonthMs = 30ULL * 86'400'000;

proto::Policy in_three_months() {
    auto rules = policy();
    rules.set_instalments(3);
    rules.set_instalment_ms(kMonthMs);
    return rules;
}

proto::RepayDebt repay(Period period, MicroYuan amount) {
    proto::RepayDebt action;
    action.set_period(period);
    action.set_amount_uy(amount.value());
    return action;
}

proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

// 2,000 g at 0.300001 are 600,002; 500,000 of cash, so 100,002 are owed: 33,334 a month.
struct Debtor {
    TestChain chain;
    client::Wallet& poor = chain.person("poor");
    Instant settled;

    explicit Debtor(const proto::Policy& rules = in_three_months()) {
        chain.open(2013, 1, rules);
        chain.issue(2013, {{&poor, 1'000_g}});
        chain.report(2013, 1, {{&poor, 3'000_g}});
        chain.deposit(poor, 500'000_uy);
        chain.advance(2013, 1);
        chain.settle(2013);
        settled.ms = static_cast<std::int64_t>(record().settled_ms());
    }
    proto::DebtRecord record() const { return *kDebts.find(chain.side, {poor.account(), 2013}); }
    // The next block is this much after the settlement.
    void after(std::uint64_t ms) {
        chain.side.set_time({settled.ms + static_cast<std::int64_t>(ms) - 1'000});
    }
};

TEST(Debts, AreWhatCashDidNotCoverInEqualInstalments) {
    Debtor debtor;
    const auto record = debtor.record();
    EXPECT_EQ(record.owed_uy(), 100'002);
    EXPECT_EQ(record.paid_uy(), 0);
    EXPECT_EQ(record.instalments(), 3u);
    EXPECT_EQ(record.instalment_ms(), kMonthMs);
    const auto due = [&](std::uint64_t ms) {
        return debts::due(record, {debtor.settled.ms + static_cast<std::int64_t>(ms)}).value();
    };
    EXPECT_EQ(due(0), 0);
    EXPECT_EQ(due(kMonthMs - 1), 0);
    EXPECT_EQ(due(kMonthMs), 33'334);
    EXPECT_EQ(due(2 * kMonthMs), 66'668);
    EXPECT_EQ(due(3 * kMonthMs), 100'002);
    EXPECT_EQ(due(100 * kMonthMs), 100'002);
}

TEST(Debts, AreDueAtOnceWherePolicyKnowsNoInstalments) {
    Debtor debtor(policy());
    EXPECT_EQ(debtor.record().instalments(), 1u);
    EXPECT_EQ(debts::due(debtor.record(), debtor.settled), 100'002_uy);
}

TEST(Debts, AreRepaidByTheirOwnerAndGoToTheGovernment) {
    Debtor debtor;
    debtor.chain.deposit(debtor.poor, 200'000_uy);

    const auto receipt = debtor.chain.side.must(debtor.poor, repay(2013, 2_uy));
    EXPECT_EQ(receipt.events(0).debt_paid().open_uy(), 100'000);
    EXPECT_TRUE(
        refused(debtor.chain.side.attempt(debtor.poor, repay(2013, 100'001_uy)), Code::debt_exceeded));
    EXPECT_TRUE(refused(debtor.chain.side.attempt(debtor.poor, repay(2014, 1_uy)), Code::debt_unknown));
    debtor.chain.side.must(debtor.poor, repay(2013, 100'000_uy));

    EXPECT_TRUE(refused(debtor.chain.side.attempt(debtor.poor, repay(2013, 1_uy)), Code::debt_unknown));
    EXPECT_EQ(debtor.record().paid_uy(), 100'002) << "a debt that was paid stays on record";
    EXPECT_FALSE(kLiabilities.contains(debtor.chain.side, debtor.poor.account()));
    EXPECT_EQ(debtor.chain.balance(debtor.poor), 99'998_uy);
    EXPECT_EQ(debtor.chain.balance(debtor.chain.government), 600'002_uy);
}

TEST(Debts, AreNotRepaidWithMoneyThatIsNotThere) {
    Debtor debtor;
    debtor.chain.deposit(debtor.poor, 5_uy);
    EXPECT_TRUE(refused(debtor.chain.side.attempt(debtor.poor, repay(2013, 6_uy)), Code::cash_insufficient));
    EXPECT_TRUE(refused(debtor.chain.side.attempt(debtor.poor, repay(2013, 0_uy)), Code::action_malformed));
}

TEST(Debts, HoldBackCashOnceTheyAreOverdue) {
    Debtor debtor;
    debtor.chain.deposit(debtor.poor, 60'000_uy);
    debtor.chain.side.must(debtor.poor, transfer(debtor.chain.platform, 10'000_uy));  // nothing is due yet

    debtor.after(kMonthMs);
    auto& side = debtor.chain.side;
    // 50,000 less 33,334.
    EXPECT_TRUE(
        refused(side.attempt(debtor.poor, transfer(debtor.chain.platform, 16'667_uy)), Code::debt_overdue));
    EXPECT_TRUE(
        refused(side.attempt(debtor.poor, transfer(debtor.chain.bank, 16'667_uy)), Code::debt_overdue));
    side.must(debtor.poor, transfer(debtor.chain.bank, 16'666_uy));
    EXPECT_EQ(debtor.chain.balance(debtor.poor), 33'334_uy);
    EXPECT_TRUE(refused(side.attempt(debtor.poor, transfer(debtor.chain.platform, 33'335_uy)),
                        Code::cash_insufficient));
}

TEST(Debts, AreCollectedByEverySweepAsFarAsTheyAreDueAndThere) {
    Debtor debtor;
    auto& chain = debtor.chain;
    chain.deposit(debtor.poor, 40'000_uy);
    chain.open(2014, 3);

    chain.advance(2014, 1);
    EXPECT_EQ(debtor.record().paid_uy(), 0) << "not due yet";

    debtor.after(kMonthMs);
    chain.advance(2014, 2);
    EXPECT_EQ(debtor.record().paid_uy(), 33'334);
    EXPECT_EQ(chain.balance(debtor.poor), 6'666_uy);

    debtor.after(2 * kMonthMs);
    chain.advance(2014, 3);
    EXPECT_EQ(debtor.record().paid_uy(), 40'000) << "all there is of another 33,334";
    EXPECT_EQ(chain.balance(debtor.poor), 0_uy);
    EXPECT_EQ(chain.balance(chain.government), 540'000_uy);
}

TEST(Debts, AreCollectedBeforeANewPenaltyIsTaken) {
    Debtor debtor(policy());
    auto& chain = debtor.chain;
    chain.open(2014);
    chain.report(2014, 1, {{&debtor.poor, 1'000_g}});
    chain.advance(2014, 1);
    chain.deposit(debtor.poor, 150'000_uy);

    chain.settle(2014);

    // 100,002 for 2013, then 49,998 of the 300,001 for 2014.
    EXPECT_EQ(debtor.record().paid_uy(), 100'002);
    const auto next = *kSettlements.find(chain.side, {debtor.poor.account(), 2014});
    EXPECT_EQ(next.cash_before_uy(), 49'998);
    EXPECT_EQ(next.penalty_paid_uy(), 49'998);
    EXPECT_EQ(next.penalty_owed_uy(), 250'003);
    EXPECT_EQ(kLiabilities.find(chain.side, debtor.poor.account())->periods_size(), 1);
}

TEST(Debts, BeyondAllMoneyNeitherWrapNorLetMoneyGo) {
    auto rules = policy();
    rules.set_penalty_uy_per_kg(1'000'000'000'000);
    rules.set_instalments(60);
    TestChain chain;
    auto& ann = chain.person("ann");
    for (const Period year : {2013u, 2014u}) {
        chain.open(year, 1, rules);
        chain.report(year, 1, {{&ann, 1'000'000'000'000'000_g}});
        chain.advance(year, 1);
        chain.settle(year);
    }
    EXPECT_EQ(debts::overdue(chain.side, ann.account(), {std::numeric_limits<std::int64_t>::max()}),
              MicroYuan(std::numeric_limits<std::int64_t>::max()));
    chain.deposit(ann, 7_uy);
    EXPECT_TRUE(refused(chain.side.attempt(ann, transfer(chain.platform, 1_uy)), Code::debt_overdue));
    chain.side.must(ann, repay(2014, 7_uy));
    EXPECT_EQ(debts::open(*kDebts.find(chain.side, {ann.account(), 2014})),
              MicroYuan(std::numeric_limits<std::int64_t>::max() - 7));
}

}  // namespace
}  // namespace pcq::contracts::testing
