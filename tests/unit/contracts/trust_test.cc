// Counterparties, quota between people, and what may leave an account in a day.
#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::int64_t kDayMs = 86'400'000;

proto::AddTrusted trust(const client::Wallet& who) {
    proto::AddTrusted action;
    action.set_account(who.account().bytes());
    return action;
}

proto::RemoveTrusted distrust(const client::Wallet& who) {
    proto::RemoveTrusted action;
    action.set_account(who.account().bytes());
    return action;
}

proto::TransferQuota give(Period period, const client::Wallet& to, Grams grams) {
    proto::TransferQuota action;
    action.set_period(period);
    action.set_to(to.account().bytes());
    action.set_grams(grams.value());
    return action;
}

proto::TransferCash pay(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

// Ann has 400 g of surplus, Bob lacks 600 g of which he may offset 300 g.
struct Friends {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit Friends(const TestOptions& options = {}) : chain(options) {
        chain.open(2013, 1);
        chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(2013, 1, {{&ann, 600_g}, {&bob, 1'600_g}});
        chain.advance(2013, 1);
    }
    void later(std::int64_t ms) {
        chain.side.set_time({static_cast<std::int64_t>(chain.side.tip()->time_ms()) + ms - 1'000});
    }
};

TEST(Trust, CountsAfterItsDelay) {
    Friends friends({.trust_delay_ms = kDayMs});
    auto& side = friends.chain.side;
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 1_g)), Code::not_trusted));
    side.must(friends.ann, trust(friends.bob));
    EXPECT_EQ(kTrusted.find(side, friends.ann.account())->trusted(0).active_from_ms(),
              side.tip()->time_ms() + kDayMs);

    friends.later(kDayMs - 1);
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 1_g)), Code::not_trusted));
    friends.later(1'000);
    side.must(friends.ann, give(2013, friends.bob, 1_g));

    EXPECT_TRUE(refused(side.attempt(friends.bob, give(2013, friends.ann, 1_g)), Code::not_trusted))
        << "trust goes one way";
    side.must(friends.ann, distrust(friends.bob));
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 1_g)), Code::not_trusted));
    EXPECT_FALSE(kTrusted.contains(side, friends.ann.account()));
}

TEST(Trust, IsOfAtMostThirtyTwoAccountsEachOnce) {
    Friends friends;
    auto& side = friends.chain.side;
    for (int i = 0; i < 32; ++i) side.must(friends.ann, trust(friends.chain.person(std::to_string(i))));
    EXPECT_TRUE(refused(side.attempt(friends.ann, trust(friends.bob)), Code::trusted_full));
    EXPECT_TRUE(refused(side.attempt(friends.ann, trust(friends.chain.person("7"))), Code::trusted_already));
    EXPECT_TRUE(refused(side.attempt(friends.ann, distrust(friends.bob)), Code::not_trusted));
    EXPECT_TRUE(refused(side.attempt(friends.bob, trust(friends.bob)), Code::action_malformed));
    EXPECT_TRUE(refused(side.attempt(friends.bob, trust(side.wallet("nobody"))), Code::account_unknown));
    EXPECT_TRUE(refused(side.attempt(friends.chain.bank, trust(friends.bob)), Code::account_not_person));
    const auto record = *kTrusted.find(side, friends.ann.account());
    EXPECT_TRUE(std::is_sorted(record.trusted().begin(), record.trusted().end(),
                               [](const auto& a, const auto& b) { return a.account() < b.account(); }));
}

TEST(Transfers, CountAsSoldByTheGiverAndPurchasedByTheReceiver) {
    Friends friends;
    friends.chain.side.must(friends.ann, trust(friends.bob));

    const auto receipt = friends.chain.side.must(friends.ann, give(2013, friends.bob, 250_g));

    EXPECT_EQ(receipt.events(0).transferred().grams(), 250);
    EXPECT_EQ(friends.chain.holding(friends.ann, 2013).sold_g(), 250);
    EXPECT_EQ(friends.chain.holding(friends.bob, 2013).purchased_g(), 250);
    friends.chain.settle(2013);
    const auto bob = *kSettlements.find(friends.chain.side, {friends.bob.account(), 2013});
    EXPECT_EQ(bob.purchased_surrendered_g(), 250);
    EXPECT_EQ(bob.penalised_g(), 350);
    EXPECT_TRUE(refused(friends.chain.side.attempt(friends.ann, give(2013, friends.bob, 1_g)),
                        Code::period_wrong_phase));
}

TEST(Transfers, AreBoundedBySurplusAndByWhatTheReceiverMayOffset) {
    Friends friends;
    auto& side = friends.chain.side;
    side.must(friends.ann, trust(friends.bob));
    EXPECT_TRUE(
        refused(side.attempt(friends.ann, give(2013, friends.bob, 401_g)), Code::market_surplus_exceeded));
    EXPECT_TRUE(
        refused(side.attempt(friends.ann, give(2013, friends.bob, 301_g)), Code::market_offset_exceeded));
    side.must(friends.ann, give(2013, friends.bob, 300_g));
    EXPECT_TRUE(
        refused(side.attempt(friends.ann, give(2013, friends.bob, 1_g)), Code::market_offset_exceeded));
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 0_g)), Code::action_malformed));
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.ann, 1_g)), Code::action_malformed));
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2012, friends.bob, 1_g)), Code::period_unknown));
    EXPECT_TRUE(
        refused(side.attempt(friends.ann, give(2013, friends.chain.bank, 1_g)), Code::account_not_person));
    EXPECT_TRUE(
        refused(side.attempt(friends.chain.bank, give(2013, friends.ann, 1_g)), Code::account_not_person));
}

TEST(DayLimits, HoldQuotaBackUntilTheNextDay) {
    Friends friends({.transfer_day_g = 100});
    auto& side = friends.chain.side;
    side.must(friends.ann, trust(friends.bob));
    friends.later(kDayMs - static_cast<std::int64_t>(side.tip()->time_ms()) % kDayMs);  // the first of a day
    side.must(friends.ann, give(2013, friends.bob, 60_g));
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 41_g)), Code::day_limit_exceeded));
    side.must(friends.ann, give(2013, friends.bob, 40_g));
    EXPECT_EQ(kDays.find(side, friends.ann.account())->quota_g(), 100);
    EXPECT_TRUE(refused(side.attempt(friends.ann, give(2013, friends.bob, 1_g)), Code::day_limit_exceeded));
    friends.later(kDayMs);
    side.must(friends.ann, give(2013, friends.bob, 100_g));
}

TEST(DayLimits, HoldBackCashToWhomOneDoesNotTrust) {
    Friends friends({.transfer_day_uy = 1'000});
    auto& chain = friends.chain;
    auto& side = chain.side;
    chain.deposit(friends.ann, 10'000_uy);
    chain.deposit(chain.platform, 10'000_uy);
    side.must(friends.ann, trust(friends.bob));
    side.must(friends.ann, pay(chain.platform, 999_uy));
    EXPECT_TRUE(refused(side.attempt(friends.ann, pay(chain.platform, 2_uy)), Code::day_limit_exceeded));
    side.must(friends.ann, pay(friends.bob, 5'000_uy));
    side.must(friends.ann, pay(friends.ann, 3'000_uy));
    side.must(friends.ann, pay(chain.platform, 1_uy));
    side.must(chain.platform, pay(friends.ann, 10'000_uy));  // an organisation's cash is its own affair
    EXPECT_EQ(kDays.find(side, friends.ann.account())->cash_uy(), 1'000);
}

TEST(DayLimits, HaveTheirRanges) {
    const auto refuses = [](const auto& change) {
        TestChain chain;
        auto fields = side_genesis(validator_set(validator_keys("side", 5)), chain.main.chain(),
                                   validator_set(chain.main.validators()));
        change(*fields.mutable_parameters());
        return !ledger::make_genesis(chain.side.contracts(), genesis_of(fields));
    };
    EXPECT_FALSE(refuses([](auto&) {}));
    EXPECT_TRUE(refuses([](auto& parameters) { parameters.set_trust_delay_ms(367ULL * kDayMs); }));
    EXPECT_TRUE(refuses([](auto& parameters) { parameters.set_transfer_day_g(-1); }));
    EXPECT_TRUE(refuses([](auto& parameters) { parameters.set_transfer_day_uy(-1); }));
}

}  // namespace
}  // namespace pcq::contracts::testing
