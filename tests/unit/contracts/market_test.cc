// The market against figures worked out by hand from economics.md, sections 2.1 and 7.2.
#include <gtest/gtest.h>

#include "src/economics/status.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// One month, two people: Ann has 499,999 g to spare, Bob lacks 400,001 g, c + c_b = 15,000.
struct TwoPeople {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit TwoPeople(const proto::Policy& rules = policy()) {
        proto::PostCosts costs;
        costs.set_op_cost_uy_per_kg(10'000);
        costs.set_chain_cost_uy_per_kg(5'000);
        chain.side.must(chain.platform, costs);
        chain.open(2013, 1, rules);
        chain.issue(2013, {{&ann, 1'200'000_g}, {&bob, 1'200'000_g}});
        chain.report(2013, 1, {{&ann, 700'001_g}, {&bob, 1'600'001_g}});
        chain.advance(2013, 1);
    }

    proto::EpochRecord epoch() const { return *kEpochs.find(chain.side, {2013, 1}); }
    proto::BookRecord book() const { return kBooks.find_or_default(chain.side, 2013); }
};

std::uint32_t number(econ::Status status) {
    return static_cast<std::uint32_t>(status);
}

TEST(Market, ClearsAtProposition1WithTheBuyingPriceRoundedUp) {
    const TwoPeople two;

    // N delta = floor(400,001 / 2) = 200,000; P_ph = ceil(0.2 * 200,000 / 499,999) = 0.080001, not 0.08;
    // P_c = 2 * 0.080001 + 0.015; supply = floor(499,999 * 80,001 / 200,000).
    const auto epoch = two.epoch();
    EXPECT_EQ(epoch.status(), number(econ::Status::cleared));
    EXPECT_EQ(epoch.surplus_g(), 499'999);
    EXPECT_EQ(epoch.excess_g(), 400'001);
    EXPECT_EQ(epoch.demand_g(), 200'000);
    EXPECT_EQ(epoch.buy_price_uy_per_kg(), 80'001);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 175'002);
    EXPECT_EQ(epoch.supply_g(), 200'002);
    EXPECT_TRUE(two.chain.period(2013).priced());
}

TEST(Market, PaysSellersRoundedDownAndChargesBuyersRoundedUp) {
    TwoPeople two;
    two.chain.join(2013, two.ann);
    two.chain.join(2013, two.bob);
    two.chain.deposit(two.chain.platform, 20'000'000_uy);
    two.chain.deposit(two.bob, 40'000'000_uy);

    const auto sold = two.chain.sell(2013, two.ann, 200'001_g);
    const auto bought = two.chain.buy(2013, two.bob, 199'999_g);

    // 200,001 g * 0.080001 = 16,000,280.001 down; 199,999 g * 0.175002 = 35,000,224.998 up; cost
    // 199,999 g * 0.015 = 2,999,985 exactly.
    EXPECT_EQ(two.chain.balance(two.ann), 16'000'280_uy);
    EXPECT_EQ(two.chain.balance(two.bob), MicroYuan(40'000'000 - 35'000'225));
    EXPECT_EQ(two.chain.balance(two.chain.platform),
              MicroYuan(2'000'000 + 20'000'000 - 16'000'280 + 35'000'225));
    EXPECT_EQ(two.chain.holding(two.ann, 2013).sold_g(), 200'001);
    EXPECT_EQ(two.chain.holding(two.bob, 2013).purchased_g(), 199'999);
    const auto book = two.book();
    EXPECT_EQ(book.inventory_g(), 2);
    EXPECT_EQ(book.paid_uy(), 16'000'280);
    EXPECT_EQ(book.received_uy(), 35'000'225);
    EXPECT_EQ(book.cost_uy(), 2'999'985);
    EXPECT_EQ(book.fees_uy(), 2'000'000);
    EXPECT_EQ(book.trades(), 2u);
    EXPECT_EQ(two.epoch().sold_g(), 200'001);
    EXPECT_EQ(two.epoch().bought_g(), 199'999);
    EXPECT_EQ(sold.events(0).traded().amount_uy(), 16'000'280);
    EXPECT_EQ(sold.events(0).traded().seller(), two.ann.account().bytes());
    EXPECT_EQ(bought.events(0).traded().amount_uy(), 35'000'225);
    EXPECT_EQ(bought.events(0).traded().buyer(), two.bob.account().bytes());
}

TEST(Market, SellsNoGramMoreThanTheSurplusAndBuysNoGramMoreThanTheShareOfTheExcess) {
    TwoPeople two;
    two.chain.join(2013, two.ann);
    two.chain.join(2013, two.bob);
    two.chain.deposit(two.chain.platform, 100'000'000_uy);
    two.chain.deposit(two.bob, 100'000'000_uy);

    EXPECT_EQ(two.chain.side.attempt(two.ann, sell_surplus(2013, 500'000_g)).code,
              Code::market_surplus_exceeded);
    two.chain.sell(2013, two.ann, 499'999_g);
    EXPECT_EQ(two.chain.side.attempt(two.ann, sell_surplus(2013, 1_g)).code, Code::market_surplus_exceeded);
    EXPECT_EQ(two.chain.side.attempt(two.bob, buy_quota(2013, 200'001_g)).code, Code::market_offset_exceeded);
    two.chain.buy(2013, two.bob, 200'000_g);
    EXPECT_EQ(two.chain.side.attempt(two.bob, buy_quota(2013, 1_g)).code, Code::market_offset_exceeded);
    EXPECT_EQ(two.chain.side.attempt(two.bob, sell_surplus(2013, 1_g)).code, Code::market_surplus_exceeded)
        << "what was bought is never sold again";
}

TEST(Market, HoldsTheLimitsThatBuyerAndSellerGave) {
    TwoPeople two;
    two.chain.join(2013, two.ann);
    two.chain.join(2013, two.bob);
    two.chain.deposit(two.chain.platform, 100'000'000_uy);
    two.chain.deposit(two.bob, 100'000'000_uy);

    EXPECT_EQ(two.chain.side.attempt(two.ann, sell_surplus(2013, 1_g, 80'002_uy_per_kg)).code,
              Code::market_price_below_minimum);
    EXPECT_EQ(two.chain.side.attempt(two.ann, sell_surplus(2013, 1'000_g, 80'001_uy_per_kg)).code, Code::ok);
    EXPECT_EQ(two.chain.side.attempt(two.bob, buy_quota(2013, 1_g, 175'001_uy_per_kg)).code,
              Code::market_price_above_maximum);
    EXPECT_EQ(two.chain.side.attempt(two.bob, buy_quota(2013, 1_g, 175'002_uy_per_kg)).code, Code::ok);
}

TEST(Market, PricesAShortSupplyAtTheEffortOfTheLastSeller) {
    auto rules = policy();
    rules.set_offset_ratio_ppb(1'000'000'000);
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 1, rules);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
    chain.report(2013, 1, {{&ann, 900_g}, {&bob, 1'101_g}});

    chain.advance(2013, 1);

    // N delta = 101 > D W = 100: P_ph = e, P_c = 2 e, everything is offered.
    const auto epoch = *kEpochs.find(chain.side, {2013, 1});
    EXPECT_EQ(epoch.status(), number(econ::Status::short_supply));
    EXPECT_EQ(epoch.buy_price_uy_per_kg(), 200'000);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 400'000);
    EXPECT_EQ(epoch.demand_g(), 101);
    EXPECT_EQ(epoch.supply_g(), 100);
}

TEST(Market, PricesAtTheCeilingWhereTheClearingPriceIsAboveIt) {
    auto rules = policy();
    rules.set_market_price_uy_per_kg(100'001);
    const TwoPeople two(rules);

    // P_c = P; P_ph = floor((100,001 - 15,000) / 2) = 42,500; supply = floor(499,999 * 42,500 / 200,000).
    const auto epoch = two.epoch();
    EXPECT_EQ(epoch.status(), number(econ::Status::short_cap));
    EXPECT_EQ(epoch.buy_price_uy_per_kg(), 42'500);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 100'001);
    EXPECT_EQ(epoch.supply_g(), 106'249);
    EXPECT_TRUE(two.chain.period(2013).priced());
}

TEST(Market, PaysNothingWhereNothingMayBeOffset) {
    auto rules = policy();
    rules.set_offset_ratio_ppb(0);
    const TwoPeople two(rules);

    const auto epoch = two.epoch();
    EXPECT_EQ(epoch.status(), number(econ::Status::no_demand));
    EXPECT_EQ(epoch.buy_price_uy_per_kg(), 0);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 15'000);
    EXPECT_EQ(epoch.demand_g(), 0);
    EXPECT_EQ(epoch.supply_g(), 0);
}

TEST(Market, StaysClosedWhereTheCeilingDoesNotCoverTheCost) {
    auto rules = policy();
    rules.set_market_price_uy_per_kg(14'999);
    TwoPeople two(rules);
    two.chain.join(2013, two.ann);

    EXPECT_EQ(two.epoch().status(), number(econ::Status::no_margin));
    EXPECT_EQ(two.epoch().buy_price_uy_per_kg(), 0);
    EXPECT_FALSE(two.chain.period(2013).priced());
    EXPECT_EQ(two.chain.side.attempt(two.ann, sell_surplus(2013, 1_g)).code, Code::market_closed);
}

TEST(Market, StaysClosedWhereNobodyHasASurplusAndOpensWithTheNextEpoch) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 2);
    chain.issue(2013, {{&ann, 2'000_g}});
    chain.join(2013, ann);
    chain.report(2013, 1, {{&ann, 1'000_g}});

    chain.advance(2013, 1);
    EXPECT_EQ(kEpochs.find(chain.side, {2013, 1})->status(), number(econ::Status::no_supply));
    EXPECT_EQ(chain.side.attempt(ann, sell_surplus(2013, 1_g)).code, Code::market_closed);

    chain.advance(2013, 2);
    EXPECT_EQ(kEpochs.find(chain.side, {2013, 2})->status(), number(econ::Status::no_demand));
    EXPECT_EQ(kEpochs.find(chain.side, {2013, 2})->surplus_g(), 1'000);
    EXPECT_TRUE(chain.period(2013).priced());
}

TEST(Market, CountsSurplusAndLackSinceThePeriodBeganWhateverWasTraded) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 2);
    chain.issue(2013, {{&ann, 2'001_g}, {&bob, 2'000_g}});
    chain.report(2013, 1, {{&ann, 500_g}, {&bob, 1'500_g}});
    chain.advance(2013, 1);
    chain.join(2013, ann);
    chain.join(2013, bob);
    chain.deposit(chain.platform, 1'000'000_uy);
    chain.deposit(bob, 1'000'000_uy);
    chain.sell(2013, ann, 500_g);  // floor(2,001 / 2) accrued
    chain.buy(2013, bob, 250_g);
    chain.report(2013, 2, {{&ann, 1'000_g}, {&bob, 900_g}});

    chain.advance(2013, 2);

    // Ann: 2,001 - 1,500 of surplus, of which 500 are sold. Bob: 2,400 - 2,000, whatever he has bought.
    const auto epoch = *kEpochs.find(chain.side, {2013, 2});
    EXPECT_EQ(epoch.surplus_g(), 501);
    EXPECT_EQ(epoch.excess_g(), 400);
    EXPECT_EQ(epoch.months_advanced(), 2u);
    EXPECT_EQ(epoch.people(), 2u);
}

TEST(Market, TradesNothingWhileAnEpochIsBeingPriced) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 2);
    chain.issue(2013, {{&ann, 2'000_g}, {&bob, 2'000_g}});
    chain.report(2013, 1, {{&ann, 500_g}, {&bob, 1'500_g}});
    chain.join(2013, ann);
    chain.deposit(chain.platform, 1'000'000_uy);
    chain.advance(2013, 1);
    chain.sell(2013, ann, 1_g);

    chain.main.must(chain.main_government, advance_period(2013, 2));
    chain.relay();
    ASSERT_TRUE(chain.side.has_work());
    EXPECT_EQ(chain.side.run(ann, sell_surplus(2013, 1_g)).code(),
              static_cast<std::uint32_t>(Code::market_closed));
    chain.side.finish_work();
    chain.sell(2013, ann, 1_g);
}

TEST(Market, TakesPostedCostsFromTheNextEpochOn) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 2);
    chain.issue(2013, {{&ann, 2'000_g}, {&bob, 2'000_g}});
    chain.report(2013, 1, {{&ann, 500_g}, {&bob, 1'500_g}});
    chain.advance(2013, 1);
    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(7);
    costs.set_chain_cost_uy_per_kg(5);

    chain.side.must(chain.platform, costs);

    EXPECT_EQ(kEpochs.find(chain.side, {2013, 1})->op_cost_uy_per_kg(), 0);
    chain.advance(2013, 2);
    const auto epoch = *kEpochs.find(chain.side, {2013, 2});
    EXPECT_EQ(epoch.op_cost_uy_per_kg(), 7);
    EXPECT_EQ(epoch.chain_cost_uy_per_kg(), 5);
    EXPECT_EQ(epoch.sell_price_uy_per_kg(), 2 * epoch.buy_price_uy_per_kg() + 12);
}

}  // namespace
}  // namespace pcq::contracts::testing
