// What is answered of an account in a period that runs, one whose deadline has passed, and one that is over.
#include "src/answers/answers.h"

#include <gtest/gtest.h>

#include "tests/unit/contracts/four_people.h"

namespace pcq::answers {
namespace {

using contracts::testing::FourPeople;
using contracts::testing::TestLedger;

boost::json::object value_of(const TestLedger& side, const rpc::Query& question) {
    const auto& header = side.tip();
    const auto answered = answer(side, side.chain(), header->height(),
                                 Instant{static_cast<std::int64_t>(header->time_ms())}, question);
    EXPECT_TRUE(answered) << (answered ? "" : answered.error().message);
    return answered ? answered->value : boost::json::object();
}

// What both questions say may be sold and bought; they agree.
std::pair<std::string, std::string> may(const FourPeople& four, const client::Wallet& who) {
    rpc::query::Account account;
    account.account = who.account();
    account.period = 2013;
    const auto of_account = value_of(four.chain.side, account).at("periods").as_array().at(0).as_object();
    rpc::query::Orders orders;
    orders.account = who.account();
    orders.period = 2013;
    const auto of_orders = value_of(four.chain.side, orders);
    EXPECT_EQ(of_account.at("surplus_g"), of_orders.at("may_sell_g"));
    EXPECT_EQ(of_account.at("may_buy_g"), of_orders.at("may_buy_g"));
    return {std::string(of_orders.at("may_sell_g").as_string()),
            std::string(of_orders.at("may_buy_g").as_string())};
}

using Both = std::pair<std::string, std::string>;

TEST(Answers, OfAClosedPeriodNothingMayBeTraded) {
    FourPeople four;
    EXPECT_EQ(may(four, four.ann), Both("500000", "0"));
    EXPECT_EQ(may(four, four.bob), Both("0", "200000"));

    four.chain.settle(2013);

    EXPECT_EQ(may(four, four.ann), Both("0", "0"));
    EXPECT_EQ(may(four, four.bob), Both("0", "0"));
}

TEST(Answers, PastTheDeadlineWhatIsLackingMayBeBoughtAndNothingSold) {
    FourPeople four(1'000'000'000, 1'000, 1, FourPeople::with_grace(86'400'000));
    EXPECT_EQ(may(four, four.ann), Both("500000", "0"));

    four.chain.side.set_time(Instant{static_cast<std::int64_t>(four.chain.period(2013).earliest_close_ms())});
    four.chain.side.block({});

    EXPECT_EQ(may(four, four.ann), Both("0", "0"));
    EXPECT_EQ(may(four, four.bob), Both("0", "200000"));
}

}  // namespace
}  // namespace pcq::answers
