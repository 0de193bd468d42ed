// The ends of the ranges: sums that do not fit are refused or stop at the largest number; nothing wraps.
#include <limits>

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "src/economics/status.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr Grams kMostGrams(4'000'000'000'000'000'000);
constexpr Grams kMostReading(1'000'000'000'000'000);

void open_without_a_cap(TestChain& chain, std::uint32_t months, const proto::Policy& rules) {
    chain.main.must(chain.main_government, open_period(2013, kMostGrams, months, rules));
    chain.relay();
}

TEST(Limits, OwePenaltiesBeyondAllMoneyAsTheLargestAmount) {
    auto rules = policy();
    rules.set_penalty_uy_per_kg(1'000'000'000'000);
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 1, rules);
    chain.report(2013, 1, {{&ann, kMostReading}, {&bob, kMostReading}});
    chain.deposit(ann, 5_uy);
    chain.advance(2013, 1);

    chain.settle(2013);

    EXPECT_EQ(kSettlements.find(chain.side, {ann.account(), 2013})->penalty_paid_uy(), 5);
    EXPECT_EQ(kSettlements.find(chain.side, {ann.account(), 2013})->penalty_owed_uy(), kMost - 5);
    const auto report = *kPeriodReports.find(chain.main, {chain.side.chain(), 2013});
    EXPECT_EQ(report.penalty_paid_uy(), 5);
    EXPECT_EQ(report.penalty_owed_uy(), kMost);
    EXPECT_EQ(report.penalised_g(), 2 * kMostReading.value());
}

TEST(Limits, StopTheSumsOfEmissionsAtTheLargestNumber) {
    TestChain chain({.settlement_per_block = 400});
    constexpr int kPeople = 770;  // times twelve months of the largest reading: beyond 64 bits
    std::vector<client::Wallet> people;
    for (int done = 0; done < kPeople;) {
        proto::RegisterUsers action;
        for (; action.users_size() < 385; ++done) {
            const std::string name = "person " + std::to_string(done);
            *action.add_users() = client::new_user(chain.side.chain(), chain.platform.account(), key_of(name),
                                                   crypto::sha256({"identity of", name}));
            people.push_back(chain.side.wallet(name));
        }
        chain.side.must(chain.platform, action);
    }
    open_without_a_cap(chain, 12, policy());
    for (std::uint32_t month = 1; month <= 12; ++month) {
        std::vector<Share> shares;
        for (const auto& person : people) shares.push_back({&person, kMostReading});
        chain.report(2013, month, shares);
        chain.main.must(chain.main_government, advance_period(2013, month));
        chain.relay();
    }
    chain.side.finish_work();

    const auto epoch = *kEpochs.find(chain.side, {2013, 12});
    EXPECT_EQ(epoch.excess_g(), kMost);
    EXPECT_EQ(epoch.status(), static_cast<std::uint32_t>(econ::Status::overflow));
    EXPECT_FALSE(chain.period(2013).priced());
    chain.settle(2013);
    const auto report = *kPeriodReports.find(chain.main, {chain.side.chain(), 2013});
    EXPECT_EQ(report.emitted_g(), kMost);
    EXPECT_EQ(report.penalised_g(), kMost);
}

// Ann has a surplus of 2 * 10^18 g, Bob lacks 10^15 g, delta is 1: P_ph = 1.8 * 10^10 * 10^15 / (2 * 10^18).
struct Giants {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    Giants() {
        auto rules = policy();
        rules.set_offset_ratio_ppb(1'000'000'000);
        rules.set_effort_cost_uy_per_kg(18'000'000'000);
        open_without_a_cap(chain, 1, rules);
        chain.issue(2013, {{&ann, Grams(2'000'000'000'000'000'000)}});
        chain.report(2013, 1, {{&bob, kMostReading}});
        chain.advance(2013, 1);
        chain.join(2013, ann);
        chain.join(2013, bob);
        EXPECT_EQ(kEpochs.find(chain.side, {2013, 1})->buy_price_uy_per_kg(), 9'000'000);
    }
};

TEST(Limits, RefuseATradeThatThePlatformsBooksCannotHold) {
    Giants giants;
    auto& [chain, ann, bob] = giants;
    const MicroYuan twice(7'200'000'000'000'000'000);
    const Grams grams(400'000'000'000'000);  // 3.6 * 10^18 to the seller, twice as much from the buyer
    chain.deposit(chain.platform, MicroYuan(9'000'000'000'000'000'000));
    chain.sell(2013, ann, grams);
    chain.sell(2013, ann, grams);
    chain.side.must(ann, transfer(chain.platform, twice));

    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, grams)), Code::amount_overflow))
        << "10.8 * 10^18 paid in all";
    chain.side.must(chain.platform, transfer(bob, twice));
    chain.buy(2013, bob, grams);
    chain.side.must(chain.platform, transfer(bob, twice));
    EXPECT_TRUE(refused(chain.side.attempt(bob, buy_quota(2013, grams)), Code::amount_overflow))
        << "14.4 * 10^18 received in all";
    EXPECT_TRUE(
        refused(chain.side.attempt(ann, sell_surplus(2013, Grams(kMostReading))), Code::amount_overflow))
        << "its price alone is beyond all money";
}

TEST(Limits, BoundEveryNumberOfAnAction) {
    TestChain chain;
    const auto malformed = [&chain](TestLedger& on, client::Wallet& by, const auto& action) {
        return refused(on.attempt(by, action), Code::action_malformed);
    };
    auto& main = chain.main;
    auto& government = chain.main_government;
    EXPECT_TRUE(malformed(main, government, open_period(1989, 1_g, 1)));
    EXPECT_TRUE(malformed(main, government, open_period(10'000, 1_g, 1)));
    EXPECT_TRUE(malformed(main, government, open_period(2013, 0_g, 1)));
    EXPECT_TRUE(malformed(main, government, open_period(2013, Grams(kMostGrams.value() + 1), 1)));
    EXPECT_TRUE(malformed(main, government, open_period(2013, 1_g, 0)));
    EXPECT_TRUE(malformed(main, government, open_period(2013, 1_g, 13)));
    for (const auto change : std::initializer_list<void (*)(proto::Policy&)>{
             [](proto::Policy& p) { p.set_offset_ratio_ppb(1'000'000'001); },
             [](proto::Policy& p) { p.set_offset_ratio_ppb(-1); },
             [](proto::Policy& p) { p.set_banking_ratio_ppb(1'000'000'001); },
             [](proto::Policy& p) { p.set_market_price_uy_per_kg(-1); },
             [](proto::Policy& p) { p.set_penalty_uy_per_kg(1'000'000'000'001); },
             [](proto::Policy& p) { p.set_effort_cost_uy_per_kg(0); }}) {
        auto rules = policy();
        change(rules);
        EXPECT_TRUE(malformed(main, government, open_period(2013, 1_g, 1, rules)));
    }
    auto& side = chain.side;
    auto& ann = chain.person("ann");
    EXPECT_TRUE(malformed(side, ann, sell_surplus(2013, Grams(-1))));
    EXPECT_TRUE(malformed(side, ann, sell_surplus(2013, Grams(kMostGrams.value() + 1))));
    EXPECT_TRUE(malformed(side, ann, sell_surplus(2013, 1_g, PricePerKg(-1))));
    EXPECT_TRUE(malformed(side, ann, buy_quota(2013, 0_g)));
    EXPECT_TRUE(malformed(side, ann, buy_quota(2013, 1_g, PricePerKg(-1))));
    EXPECT_TRUE(malformed(side, ann, join_market(2013, MicroYuan(-1))));
    EXPECT_TRUE(malformed(side, chain.meter, readings(2013, 0, {{&ann, 1_g}})));
    EXPECT_TRUE(malformed(side, chain.meter, readings(2013, 13, {{&ann, 1_g}})));
    EXPECT_TRUE(malformed(side, chain.meter, readings(2013, 1, {{&ann, Grams(kMostReading.value() + 1)}})));
    EXPECT_TRUE(malformed(side, chain.meter, readings(2013, 1, {{&ann, Grams(-1)}})));
    EXPECT_TRUE(malformed(side, chain.meter, readings(2013, 1, {})));
    EXPECT_TRUE(malformed(side, chain.anyone, proto::DeliverMessages()));
    EXPECT_TRUE(malformed(side, chain.anyone, proto::ClaimIssuance()));
    EXPECT_TRUE(malformed(main, chain.main_anyone, proto::SubmitAnchor()));
}

}  // namespace
}  // namespace pcq::contracts::testing
