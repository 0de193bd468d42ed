// What a node answers about somebody's year, against what the contracts would let them do.
#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "src/answers/answers.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::answers {
namespace {

using namespace pcq::literals;
using contracts::testing::TestChain;
namespace json = boost::json;

constexpr std::uint32_t kYear = 2013;

// Ann has 400 g more than she needs, Bob lacks 600 g.
struct Year {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");

    explicit Year(std::int64_t grace_ms = 0) {
        auto rules = contracts::testing::policy();
        rules.set_grace_ms(grace_ms);
        chain.open(kYear, 1, rules);
        chain.issue(kYear, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(kYear, 1, {{&ann, 600_g}, {&bob, 1'600_g}});
        chain.advance(kYear, 1);
    }

    json::object ask(const rpc::Query& question, Instant time) const {
        const auto& tip = chain.side.tip();
        const auto found = answer(chain.side, chain.side.chain(), tip->height(), time, question);
        EXPECT_TRUE(found) << found.error().message;
        return found ? found->value : json::object();
    }
    Instant now() const { return Instant{static_cast<std::int64_t>(chain.side.tip()->time_ms())}; }
    std::string part(const client::Wallet& who, const char* name, Instant time) const {
        const auto value = ask(rpc::query::Account{who.account(), kYear}, time);
        return std::string(value.at("periods").as_array().at(0).at(name).as_string());
    }
    std::string orders(const client::Wallet& who, const char* name, Instant time) const {
        const auto value = ask(rpc::query::Orders{who.account(), kYear}, time);
        return std::string(value.at(name).as_string());
    }
};

TEST(AccountAnswer, SaysWhatMayBeSoldAndBoughtWhileThePeriodRuns) {
    const Year year;

    EXPECT_EQ(year.part(year.ann, "surplus_g", year.now()), "400");
    EXPECT_EQ(year.orders(year.ann, "may_sell_g", year.now()), "400");
    EXPECT_EQ(year.part(year.bob, "may_buy_g", year.now()), "300");
    EXPECT_EQ(year.orders(year.bob, "may_buy_g", year.now()), "300");
}

TEST(AccountAnswer, OfASettledPeriodLeavesNothingToSellOrBuy) {
    Year year;

    year.chain.settle(kYear);

    EXPECT_EQ(year.part(year.ann, "surplus_g", year.now()), "0");
    EXPECT_EQ(year.orders(year.ann, "may_sell_g", year.now()), "0");
    EXPECT_EQ(year.part(year.bob, "may_buy_g", year.now()), "0");
    EXPECT_EQ(year.orders(year.bob, "may_buy_g", year.now()), "0");
}

TEST(AccountAnswer, InTheTimeOfGraceLeavesBuyingAlone) {
    const Year year(/*grace_ms=*/1'000);
    const Instant after{static_cast<std::int64_t>(year.chain.period(kYear).earliest_close_ms()) + 1};

    EXPECT_EQ(year.part(year.ann, "surplus_g", after), "0");
    EXPECT_EQ(year.orders(year.ann, "may_sell_g", after), "0");
    EXPECT_EQ(year.part(year.bob, "may_buy_g", after), "300");
}

}  // namespace
}  // namespace pcq::answers
