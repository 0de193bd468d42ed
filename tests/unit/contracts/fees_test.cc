// Registration fees, the fee on trades and the bound on prices, against economics.md: section 10, T2 and T3.
#include <gtest/gtest.h>

#include "src/economics/status.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// T2: q 0.5, beta 0.3 and 0.2, k 0.5.
proto::PostService service() {
    proto::PostService action;
    action.set_service_level_nano(500'000'000);
    action.set_sens_d_nano(300'000'000);
    action.set_sens_s_nano(200'000'000);
    action.set_service_cost_nano(500'000'000);
    return action;
}

// T2: c 1, alpha_d 0, alpha_s 1; 1 of utility is worth 2 CNY.
proto::Policy with_model() {
    auto rules = policy();
    auto& model = *rules.mutable_fee_model();
    model.set_ask_price_nano(1'000'000'000);
    model.set_cross_s_nano(1'000'000'000);
    model.set_value_unit_uy(2'000'000);
    return rules;
}

proto::JoinMarket join(proto::MarketSide side, std::int64_t most = 10'000'000) {
    return join_market(2013, MicroYuan(most), side);
}

struct Town {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit Town(const proto::Policy& rules, bool posted = true) {
        if (posted) chain.side.must(chain.platform, service());
        chain.open(2013, 2, rules);
        chain.deposit(ann, 10'000'000_uy);
        chain.deposit(bob, 10'000'000_uy);
    }
    std::int64_t spent(const client::Wallet& who) const { return 10'000'000 - chain.balance(who).value(); }
    proto::FeeRecord fees() const { return *kFees.find(chain.side, 2013); }
};

TEST(Fees, FollowFromTheTwoSidedModel) {
    Town town(with_model());
    const auto receipt = town.chain.side.must(town.ann, join(proto::MARKET_SIDE_SUPPLY));
    town.chain.side.must(town.bob, join(proto::MARKET_SIDE_DEMAND));

    ASSERT_EQ(receipt.events_size(), 1);
    EXPECT_EQ(receipt.events(0).joined_market().account(), town.ann.account().bytes());
    EXPECT_EQ(receipt.events(0).joined_market().side(), proto::MARKET_SIDE_SUPPLY);
    EXPECT_EQ(receipt.events(0).joined_market().fee_uy(), 2'250'000);
    // T2: f_d 0.025, f_s 1.125, N 0.575 and 0.55.
    EXPECT_EQ(town.spent(town.ann), 2'250'000);
    EXPECT_EQ(town.spent(town.bob), 50'000);
    EXPECT_EQ(town.fees().source(), proto::FEE_SOURCE_MODEL);
    EXPECT_EQ(town.fees().status(), static_cast<std::uint32_t>(econ::Status::interior));
    EXPECT_EQ(town.fees().scale_d_nano(), 575'000'000);
    EXPECT_EQ(town.fees().scale_s_nano(), 550'000'000);
    EXPECT_EQ(town.fees().service().sens_d_nano(), 300'000'000);
    EXPECT_EQ(kBooks.find(town.chain.side, 2013)->fees_uy(), 2'300'000);

    town.chain.side.must(town.ann, join(proto::MARKET_SIDE_DEMAND));
    EXPECT_EQ(town.spent(town.ann), 2'300'000) << "each side has its fee";
    EXPECT_TRUE(refused(town.chain.side.attempt(town.ann, join_market(2013, 1_uy)), Code::market_joined));
}

TEST(Fees, StayForThePeriodWhenTheFirstPersonHasJoined) {
    Town town(with_model());
    town.chain.side.must(town.ann, join(proto::MARKET_SIDE_SUPPLY));
    auto dearer = service();
    dearer.set_service_level_nano(600'000'000);
    town.chain.side.must(town.chain.platform, dearer);
    town.chain.side.must(town.bob, join(proto::MARKET_SIDE_SUPPLY));
    EXPECT_EQ(town.spent(town.bob), 2'250'000);
}

TEST(Fees, AreCappedByTheGovernment) {
    auto rules = with_model();
    rules.set_fee_cap_s_uy(1'000'000);
    rules.set_fee_cap_d_uy(0);
    Town town(rules);
    town.chain.side.must(town.ann, join_market(2013, 1'000'000_uy));
    EXPECT_EQ(town.spent(town.ann), 1'000'000);
}

TEST(Fees, PayWhoIsToBeWonOverIfThePlatformCan) {
    auto rules = with_model();  // T3: c 1, alpha_d 0.1, alpha_s 0.5, q 0.25, for the welfare of all
    rules.mutable_fee_model()->set_cross_d_nano(100'000'000);
    rules.mutable_fee_model()->set_cross_s_nano(500'000'000);
    rules.mutable_fee_model()->set_maximise_welfare(true);
    Town town(rules, false);
    auto posted = service();
    posted.set_service_level_nano(250'000'000);
    town.chain.side.must(town.chain.platform, posted);
    EXPECT_TRUE(
        refused(town.chain.side.attempt(town.bob, join(proto::MARKET_SIDE_DEMAND)), Code::cash_insufficient));
    town.chain.side.must(town.ann, join(proto::MARKET_SIDE_SUPPLY));
    town.chain.side.must(town.bob, join(proto::MARKET_SIDE_DEMAND));
    // f_s = 0.7017857..., f_d = -0.3690476...: up to a nano, then up to a micro-yuan.
    EXPECT_EQ(town.spent(town.ann), 1'403'572);
    EXPECT_EQ(town.spent(town.bob), -738'095);
    EXPECT_EQ(kBooks.find(town.chain.side, 2013)->fees_uy(), 1'403'572 - 738'095);
}

TEST(Fees, AreTheFlatOneWhereThereIsNoModelOrNothingWasPosted) {
    Town flat(policy());
    flat.chain.side.must(flat.ann, join(proto::MARKET_SIDE_SUPPLY));
    flat.chain.side.must(flat.ann, join(proto::MARKET_SIDE_DEMAND));
    EXPECT_EQ(flat.spent(flat.ann), 1'000'000) << "once for both sides";
    EXPECT_EQ(flat.fees().source(), proto::FEE_SOURCE_FLAT);

    Town silent(with_model(), false);
    silent.chain.side.must(silent.ann, join_market(2013, 1'000'000_uy));
    EXPECT_EQ(silent.fees().source(), proto::FEE_SOURCE_FLAT);
    EXPECT_EQ(silent.fees().status(), static_cast<std::uint32_t>(econ::Status::bad_param));
}

TEST(Fees, OfTheEarlierPeriodStayWhereTheModelHasNoAnswer) {
    Town town(with_model());
    town.chain.side.must(town.ann, join(proto::MARKET_SIDE_SUPPLY));
    auto rules = with_model();
    rules.mutable_fee_model()->set_cross_s_nano(4'000'000'000);  // |g| > 2: no best pair
    town.chain.open(2014, 1, rules);
    town.chain.side.must(town.bob, join_market(2014, 10'000'000_uy, proto::MARKET_SIDE_SUPPLY));

    EXPECT_EQ(town.spent(town.bob), 2'250'000);
    const auto fees = *kFees.find(town.chain.side, 2014);
    EXPECT_EQ(fees.source(), proto::FEE_SOURCE_EARLIER);
    EXPECT_EQ(fees.status(), static_cast<std::uint32_t>(econ::Status::not_concave));
}

TEST(Fees, StayTheFlatOneForBothSidesWhereTheModelHasNoAnswerAndNeverHadOne) {
    Town town(policy());  // 2013 has no model
    town.chain.side.must(town.ann, join_market(2013, 1'000'000_uy));
    auto rules = with_model();
    rules.mutable_fee_model()->set_cross_s_nano(4'000'000'000);  // |g| > 2: no best pair
    town.chain.open(2014, 1, rules);

    town.chain.side.must(town.bob, join_market(2014, 10'000'000_uy));

    EXPECT_EQ(town.spent(town.bob), 1'000'000) << "once for both sides";
    EXPECT_EQ(kFees.find(town.chain.side, 2014)->source(), proto::FEE_SOURCE_FLAT);
}

TEST(Fees, AreNotPaidOutOfAFrozenAccountOfThePlatform) {
    auto rules = with_model();  // T3, where demand is paid for joining
    rules.mutable_fee_model()->set_cross_d_nano(100'000'000);
    rules.mutable_fee_model()->set_cross_s_nano(500'000'000);
    rules.mutable_fee_model()->set_maximise_welfare(true);
    Town town(rules, false);
    auto posted = service();
    posted.set_service_level_nano(250'000'000);
    town.chain.side.must(town.chain.platform, posted);
    town.chain.deposit(town.chain.platform, 5'000'000_uy);
    proto::FreezeAccount freeze;
    freeze.set_account(town.chain.platform.account().bytes());
    freeze.set_reason("inquiry");
    town.chain.side.must(town.chain.government, freeze);

    EXPECT_TRUE(
        refused(town.chain.side.attempt(town.bob, join(proto::MARKET_SIDE_DEMAND)), Code::market_closed));
}

// One month of Ann's surplus against Bob's excess.
struct Trading : Town {
    explicit Trading(const proto::Policy& rules, std::int64_t trade_fee) : Town(rules, false) {
        auto posted = service();
        posted.set_trade_fee_uy(trade_fee);
        chain.side.must(chain.platform, posted);
        chain.issue(2013, {{&ann, 2'000'000_g}, {&bob, 2'000'000_g}});
        chain.side.must(ann, join_market(2013, 5'000'000_uy));
        chain.side.must(bob, join_market(2013, 5'000'000_uy));
        chain.deposit(chain.platform, 50'000'000_uy);
        chain.deposit(bob, 50'000'000_uy);
        chain.report(2013, 1, {{&ann, 600'000_g}, {&bob, 1'200'000_g}});
        chain.advance(2013, 1);
    }
    proto::EpochRecord epoch(std::uint32_t number) const { return *kEpochs.find(chain.side, {2013, number}); }
};

TEST(Fees, OnTradesAreTakenFromBothSidesUpToTheCap) {
    auto rules = policy();
    rules.set_trade_fee_cap_uy(700);
    Trading town(rules, 900);
    ASSERT_EQ(town.epoch(1).trade_fee_uy(), 700);
    const auto ann = town.chain.balance(town.ann);
    const auto bob = town.chain.balance(town.bob);

    town.chain.sell(2013, town.ann, 100'000_g);  // N delta 100 kg of D W 400 kg: P_ph 0.05, P_c 0.1
    const auto bought = town.chain.buy(2013, town.bob, 100'000_g);

    EXPECT_EQ(town.chain.balance(town.ann), MicroYuan(ann.value() + 5'000'000 - 700));
    EXPECT_EQ(town.chain.balance(town.bob), MicroYuan(bob.value() - 10'000'000 - 700));
    ASSERT_EQ(bought.events_size(), 1);
    EXPECT_EQ(bought.events(0).traded().fee_uy(), 700);
    EXPECT_EQ(town.epoch(1).paid_uy(), 5'000'000);
    EXPECT_EQ(town.epoch(1).received_uy(), 10'000'000);
    EXPECT_EQ(town.epoch(1).fees_uy(), 1'400);
    EXPECT_EQ(town.epoch(1).expected_g(), 100'000);
    EXPECT_EQ(town.epoch(1).expected_profit_uy(), 5'000'000)
        << "what the platform has earned, but for the fees";
    EXPECT_TRUE(refused(town.chain.side.attempt(town.ann, sell_surplus(2013, 13_g)),
                        Code::market_fee_above_proceeds));
}

TEST(Prices, MoveByAtMostThePolicysShareFromOneEpochToTheNext) {
    auto rules = policy();
    rules.set_price_change_ppb(100'000'000);
    Trading town(rules, 0);
    EXPECT_EQ(town.epoch(1).buy_price_uy_per_kg(), 50'000);
    EXPECT_FALSE(town.epoch(1).bounded());
    town.chain.report(2013, 2, {{&town.ann, 1'000'000_g}, {&town.bob, 1'200'000_g}});

    town.chain.advance(2013, 2);

    // N delta 200 kg of D W 400 kg would be 0.1.
    const auto epoch = town.epoch(2);
    EXPECT_EQ(epoch.cleared_buy_price_uy_per_kg(), 100'000);
    EXPECT_EQ(epoch.previous_buy_price_uy_per_kg(), 50'000);
    EXPECT_EQ(epoch.buy_price_uy_per_kg(), 55'000);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 110'000);
    EXPECT_TRUE(epoch.bounded());
    EXPECT_EQ(epoch.expected_g(), 110'000) << "what people sell at 0.055";
}

}  // namespace
}  // namespace pcq::contracts::testing
