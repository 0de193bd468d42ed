// Settlement against figures worked out by hand, and what may happen around a sweep.
#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::SettlementRecord statement(const TestChain& chain, const client::Wallet& who, Period period) {
    const auto record = kSettlements.find(chain.side, {who.account(), period});
    EXPECT_TRUE(record) << "the account is not settled";
    return record.value_or(proto::SettlementRecord());
}

// Ann sold 200,001 g of her 499,999 g surplus, Bob bought 199,999 g towards his excess of 400,001 g.
struct Traded {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit Traded(const TestOptions& options = {}) : chain(options) {
        chain.open(2013);
        chain.issue(2013, {{&ann, 1'200'000_g}, {&bob, 1'200'000_g}});
        chain.report(2013, 1, {{&ann, 700'001_g}, {&bob, 1'600'001_g}});
        chain.advance(2013, 1);
        chain.join(2013, ann);
        chain.join(2013, bob);
        chain.deposit(chain.platform, 100'000'000_uy);
        chain.deposit(bob, 100'000'000_uy);
        chain.sell(2013, ann, 200'001_g);
        chain.buy(2013, bob, 199'999_g);
    }
};

TEST(Settlement, TakesOwnQuotaThenPurchasesThenPenaltyAndBanksAQuarterOfTheRest) {
    Traded traded;
    const auto cash = traded.chain.balance(traded.bob);

    traded.chain.settle(2013);

    // Ann: own 999,999, 700,001 surrendered, 299,998 left, of which floor(a quarter) is banked.
    const auto ann = statement(traded.chain, traded.ann, 2013);
    EXPECT_EQ(ann.emitted_g(), 700'001);
    EXPECT_EQ(ann.own_surrendered_g(), 700'001);
    EXPECT_EQ(ann.penalised_g(), 0);
    EXPECT_EQ(ann.penalty_paid_uy(), 0);
    EXPECT_EQ(ann.banked_g(), 74'999);
    EXPECT_EQ(ann.expired_g(), 224'999);
    // Bob: excess 400,001, half of it floor 200,000, bought 199,999, so 200,002 g at 0.300001:
    // 60,000,800.002.
    const auto bob = statement(traded.chain, traded.bob, 2013);
    EXPECT_EQ(bob.own_surrendered_g(), 1'200'000);
    EXPECT_EQ(bob.purchased_surrendered_g(), 199'999);
    EXPECT_EQ(bob.penalised_g(), 200'002);
    EXPECT_EQ(bob.penalty_paid_uy(), 60'000'801);
    EXPECT_EQ(bob.penalty_owed_uy(), 0);
    EXPECT_EQ(bob.banked_g() + bob.expired_g(), 0);
    EXPECT_EQ(traded.chain.balance(traded.bob), MicroYuan(cash.value() - 60'000'801));
    EXPECT_EQ(traded.chain.balance(traded.chain.government), 60'000'801_uy);
}

TEST(Settlement, ReportsTheSumsOfEverybodyToTheMainChain) {
    Traded traded;

    traded.chain.settle(2013);

    const auto report = *kPeriodReports.find(traded.chain.main, {traded.chain.side.chain(), 2013});
    EXPECT_EQ(report.people(), 2u);
    EXPECT_EQ(report.issued_g(), 2'400'000);
    EXPECT_EQ(report.emitted_g(), 2'300'002);
    EXPECT_EQ(report.sold_g(), 200'001);
    EXPECT_EQ(report.bought_g(), 199'999);
    EXPECT_EQ(report.own_surrendered_g(), 1'900'001);
    EXPECT_EQ(report.purchased_surrendered_g(), 199'999);
    EXPECT_EQ(report.penalised_g(), 200'002);
    EXPECT_EQ(report.penalty_paid_uy(), 60'000'801);
    EXPECT_EQ(report.banked_g(), 74'999);
    EXPECT_EQ(report.expired_g(), 224'999);
    // Two grams were left in the inventory: floor(2 / 4) stays, two expire.
    EXPECT_EQ(report.platform().expired_g(), 2);
    EXPECT_EQ(report.platform().inventory_g(), 0);
    EXPECT_EQ(report.epochs(), 1u);
    EXPECT_EQ(report.buy_price_uy_per_kg(),
              kEpochs.find(traded.chain.side, {2013, 1})->buy_price_uy_per_kg());
    EXPECT_EQ(traded.chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
}

TEST(Settlement, TakesWhatCashThereIsAndWritesDownTheRest) {
    TestChain chain;
    auto& poor = chain.person("poor");
    chain.open(2013);
    chain.issue(2013, {{&poor, 1'000_g}});
    chain.report(2013, 1, {{&poor, 3'000_g}});
    chain.deposit(poor, 500'000_uy);
    chain.advance(2013, 1);

    chain.settle(2013);

    const auto record = statement(chain, poor, 2013);
    EXPECT_EQ(record.penalised_g(), 2'000);
    EXPECT_EQ(record.penalty_paid_uy(), 500'000);
    EXPECT_EQ(record.penalty_owed_uy(), 600'002 - 500'000);
    EXPECT_EQ(chain.balance(poor), 0_uy);
}

TEST(Settlement, UsesBankedQuotaFirstAndOnce) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    for (const Period year : {2013u, 2014u, 2015u}) {
        chain.open(year);
        chain.issue(year, {{&ann, 1'000_g}, {&bob, 1'000_g}});
    }
    // Ann banks 200 of 2013 and uses 150 of them; Bob banks 250 and uses none.
    chain.report(2013, 1, {{&ann, 200_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    EXPECT_EQ(statement(chain, ann, 2013).banked_g(), 200);
    EXPECT_EQ(statement(chain, bob, 2013).banked_g(), 250);

    chain.report(2014, 1, {{&ann, 150_g}});
    chain.advance(2014, 1);
    chain.settle(2014);

    const auto second = statement(chain, ann, 2014);
    EXPECT_EQ(second.own_surrendered_g(), 150);
    EXPECT_EQ(second.banked_g(), 250);
    EXPECT_EQ(second.expired_g(), 750 + 50);
    const auto old = chain.holding(ann, 2013);
    EXPECT_EQ(old.surrendered_g(), 200 + 150);
    EXPECT_EQ(old.expired_g(), 600 + 50);
    EXPECT_EQ(statement(chain, bob, 2014).expired_g(), 750 + 250);

    chain.report(2015, 1, {{&ann, 1'300_g}});
    chain.advance(2015, 1);
    chain.settle(2015);
    EXPECT_EQ(statement(chain, ann, 2015).own_surrendered_g(), 1'250);
    EXPECT_EQ(statement(chain, ann, 2015).penalised_g(), 50);
}

TEST(Settlement, GoesThroughEverybodyInBoundedSteps) {
    TestChain chain({.settlement_per_block = 2});
    std::vector<Share> shares;
    for (const char* name : {"a", "b", "c", "d", "e"}) shares.push_back({&chain.person(name), 10_g});
    chain.open(2013);
    chain.issue(2013, shares);
    chain.advance(2013, 1);
    chain.main.must(chain.main_government, close_period(2013));

    chain.relay();
    const auto receipts = chain.side.block({});

    ASSERT_EQ(receipts.size(), 1u);
    EXPECT_EQ(receipts[0].events_size(), 2) << "the delivering block settled two, this one two more";
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLING);
    EXPECT_EQ(chain.side.finish_work(), 1);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
    for (const auto& share : shares) EXPECT_EQ(statement(chain, *share.who, 2013).banked_g(), 2);
}

TEST(Settlement, PenalisesSurplusThatACorrectionTookAwayAfterItWasSold) {
    Traded traded;
    proto::ProposeCorrection proposal;
    proposal.set_period(2013);
    proposal.set_month(1);
    proposal.set_account(traded.ann.account().bytes());
    proposal.set_grams(1'100'000);
    proposal.set_reason("a meter was read twice");
    const auto proposed = traded.chain.side.must(traded.chain.meter, proposal);
    proto::ApproveCorrection approval;
    approval.set_correction(proposed.events(0).correction_proposed().correction());
    traded.chain.side.must(traded.chain.government, approval);

    EXPECT_EQ(traded.chain.side.attempt(traded.ann, sell_surplus(2013, 1_g)).code,
              Code::market_surplus_exceeded);
    traded.chain.settle(2013);

    const auto record = statement(traded.chain, traded.ann, 2013);
    EXPECT_EQ(record.emitted_g(), 1'100'000);
    EXPECT_EQ(record.own_surrendered_g(), 999'999);
    EXPECT_EQ(record.penalised_g(), 100'001);
}

}  // namespace
}  // namespace pcq::contracts::testing
