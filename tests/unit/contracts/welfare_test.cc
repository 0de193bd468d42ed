// The government's view of a settled period, against figures worked out by hand.
#include "contracts/settlement/welfare.h"

#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// Ann has 500 kg to spare, Bob lacks 400 kg, of which he may offset half: P_ph 0.08, P_c 0.175 CNY/kg.
struct TwoPeople {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit TwoPeople(std::int64_t abatement_ease) {
        proto::PostCosts costs;
        costs.set_op_cost_uy_per_kg(10'000);
        costs.set_chain_cost_uy_per_kg(5'000);
        chain.side.must(chain.platform, costs);
        auto rules = policy();
        rules.set_market_price_uy_per_kg(500'000);
        auto open = open_period(2013, 10'000'000_g, 1, rules);
        auto& estimates = *open.mutable_estimates();
        if (abatement_ease > 0) {
            estimates.set_excess_g(400'000);
            estimates.set_people(2);
            estimates.set_reduction_g(250'000);
            estimates.set_abatement_ease(abatement_ease);
        } else {
            open.clear_estimates();
        }
        chain.main.must(chain.main_government, open);
        chain.relay();
        chain.issue(2013, {{&ann, 1'200'000_g}, {&bob, 1'200'000_g}});
        chain.report(2013, 1, {{&ann, 700'000_g}, {&bob, 1'600'000_g}});
        for (auto* who : {&ann, &bob}) {
            chain.deposit(*who, 200'000'000_uy);
            chain.join(2013, *who);
        }
        chain.deposit(chain.platform, 100'000'000_uy);
        chain.advance(2013, 1);
    }
    void trade() {
        chain.sell(2013, ann, 100'000_g);  // 8 CNY
        chain.buy(2013, bob, 60'000_g);    // 10.5 CNY, of which 0.9 are c + c_b
        chain.side.must(ann, place_order(2013, proto::MARKET_SIDE_SUPPLY, 50'000_g, 80'000_uy_per_kg));
        chain.side.must(bob, place_order(2013, proto::MARKET_SIDE_DEMAND, 50'000_g, 80'000_uy_per_kg));
    }
    auto realised() const { return settlement::realised_welfare(chain.side, chain.side.chain(), 2013); }
};

TEST(RealisedWelfare, AddsUpWhatSellersPlatformAndEnterprisesGained) {
    TwoPeople two(1'000'000);  // k: 1,000 kg^2/CNY
    two.trade();
    two.chain.settle(2013);

    const auto realised = two.realised();
    ASSERT_TRUE(realised) << realised.error().message;
    ASSERT_TRUE(realised->out.ok());
    EXPECT_EQ(realised->in.sold, 150'000_g);
    EXPECT_EQ(realised->in.supply_max, 500'000_g);
    EXPECT_EQ(realised->in.paid, 12'000'000_uy) << "8 by the platform, 4 in the auction";
    EXPECT_EQ(realised->in.abated, 290'000_g) << "400 less 60 and 50";
    const auto& out = realised->out.value;
    EXPECT_EQ(out.seller_surplus, 7'500'000_uy) << "12 less 0.2 x 150^2 / (2 x 500)";
    // Registration twice 1 CNY; no fee on trades was posted.
    EXPECT_EQ(out.platform_profit, MicroYuan(10'500'000 - 8'000'000 - 900'000 + 2'000'000));
    EXPECT_EQ(out.profit_plus_surplus, MicroYuan(out.platform_profit.value() + 7'500'000));
    EXPECT_EQ(out.abatement_cost, 290'000_uy_per_kg);
    EXPECT_EQ(out.enterprise_benefit, 60'900'000_uy) << "(0.5 - 0.29) x 290";
    EXPECT_EQ(out.total_welfare, MicroYuan(out.profit_plus_surplus.value() + 60'900'000));
}

TEST(RealisedWelfare, IsKnownOnceThePeriodIsSettled) {
    TwoPeople two(1'000'000);
    const auto early = two.realised();
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, Code::period_wrong_phase);
}

TEST(RealisedWelfare, SaysThatItCannotBeKnownWithoutEstimates) {
    TwoPeople two(0);
    two.trade();
    two.chain.settle(2013);
    const auto realised = two.realised();
    ASSERT_TRUE(realised);
    EXPECT_EQ(realised->out.status, econ::Status::bad_param);
}

}  // namespace
}  // namespace pcq::contracts::testing
