// What a period's policy must stand up to: Proposition 2, with the figures of economics.md, section 10, T1, a
// billionth of them.
#include <gtest/gtest.h>

#include "src/economics/status.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// N 200 kg, 1.4 people with 1,000 kg each would be D W 1,400 kg: 14 people with 100 kg; k 3,000 kg^2/CNY,
// e 0.2, P 0.1 CNY/kg. The best delta is 0.7.
proto::OpenPeriod opening(std::int64_t delta_ppb = 700'000'000) {
    proto::Policy rules;
    rules.set_offset_ratio_ppb(delta_ppb);
    rules.set_market_price_uy_per_kg(100'000);
    rules.set_effort_cost_uy_per_kg(200'000);
    auto action = open_period(2013, 1'000'000_g, 12, rules);
    action.clear_override_reason();
    auto& estimates = *action.mutable_estimates();
    estimates.set_excess_g(200'000);
    estimates.set_people(14);
    estimates.set_reduction_g(100'000);
    estimates.set_abatement_ease(3'000'000);
    return action;
}

proto::PeriodRecord opened(TestChain& chain, const proto::OpenPeriod& action) {
    chain.main.must(chain.main_government, action);
    chain.relay();
    return chain.period(2013);
}

TEST(Opening, KeepsWhatThePolicyWasHeldAgainst) {
    TestChain chain;
    const auto record = opened(chain, opening(500'000'000)).opening();

    EXPECT_EQ(record.status(), static_cast<std::uint32_t>(econ::Status::interior));
    EXPECT_EQ(record.optimal_offset_ratio_ppb(), 700'000'000);
    EXPECT_TRUE(record.concave());
    EXPECT_TRUE(record.lower_bound());
    EXPECT_TRUE(record.upper_bound());
    EXPECT_TRUE(record.supply_suffices());
    EXPECT_EQ(record.estimates().people(), 14);
    EXPECT_EQ(chain.period(2013).policy().offset_ratio_ppb(), 500'000'000)
        << "the government's own delta stays";
}

TEST(Opening, LeavesDeltaToTheContractWhenAskedTo) {
    TestChain chain;
    auto action = opening(0);
    action.set_optimal_offset(true);
    const auto record = opened(chain, action);
    EXPECT_EQ(record.policy().offset_ratio_ppb(), 700'000'000);
    EXPECT_TRUE(record.opening().optimal_offset());

    TestChain other;
    action.mutable_policy()->set_offset_ratio_ppb(1);
    EXPECT_TRUE(refused(other.main.attempt(other.main_government, action), Code::action_malformed))
        << "delta is given and left to the contract";
}

TEST(Opening, NamesTheConditionThatFailsAndWhatItCompares) {
    TestChain chain;
    const auto attempt = [&chain](const proto::OpenPeriod& action) {
        return chain.main.attempt(chain.main_government, action);
    };
    auto too_easy = opening();
    too_easy.mutable_estimates()->set_abatement_ease(4'000'000);  // P k = 400 kg = 2 N
    const auto lower = attempt(too_easy);
    EXPECT_TRUE(refused(lower, Code::policy_breaks_conditions));
    EXPECT_NE(lower.text.find("P k < 2 N fails"), std::string::npos) << lower.text;
    EXPECT_EQ(lower.text.find("D W P"), std::string::npos) << lower.text;

    auto too_dear = opening();
    too_dear.mutable_estimates()->set_people(12);  // 3 e N = 120 = D W P
    const auto upper = attempt(too_dear);
    EXPECT_TRUE(refused(upper, Code::policy_breaks_conditions));
    EXPECT_NE(upper.text.find("3 e N < D W P fails"), std::string::npos) << upper.text;
    too_dear.mutable_estimates()->set_people(13);
    EXPECT_EQ(attempt(too_dear).code, Code::ok);
}

TEST(Opening, AsksThatPeopleCanSupplyWhatMayBeOffset) {
    TestChain chain;
    auto action = opening(700'000'000);
    // D W = 150 kg < N = 200 kg: the best delta lies inside iff P k < 2 N and 2 (N - D W) < k (P - 3 e).
    action.mutable_policy()->set_effort_cost_uy_per_kg(20'000);
    action.mutable_estimates()->set_people(3);
    action.mutable_estimates()->set_reduction_g(50'000);
    EXPECT_EQ(chain.main.attempt(chain.main_government, action).code, Code::ok) << "0.7 * 200 <= 150";
    TestChain other;
    action.mutable_policy()->set_offset_ratio_ppb(750'000'001);
    const auto beyond = other.main.attempt(other.main_government, action);
    EXPECT_TRUE(refused(beyond, Code::policy_breaks_conditions));
    EXPECT_NE(beyond.text.find("delta N <= D W fails"), std::string::npos) << beyond.text;
    action.mutable_policy()->set_offset_ratio_ppb(750'000'000);
    EXPECT_EQ(other.main.attempt(other.main_government, action).code, Code::ok);
}

TEST(Opening, BlamesNoConditionThatHolds) {
    TestChain chain;
    auto action = opening();
    // D W = 150 kg < N = 200 kg. P k = 400 kg = 2 N fails, while 2 (N - D W) = 100 kg < k (P - 3 e) = 160 kg.
    action.mutable_policy()->set_effort_cost_uy_per_kg(20'000);
    action.mutable_estimates()->set_people(3);
    action.mutable_estimates()->set_reduction_g(50'000);
    action.mutable_estimates()->set_abatement_ease(4'000'000);
    const auto lower = chain.main.attempt(chain.main_government, action);
    EXPECT_TRUE(refused(lower, Code::policy_breaks_conditions));
    EXPECT_NE(lower.text.find("P k < 2 N fails"), std::string::npos) << lower.text;
    EXPECT_EQ(lower.text.find("2 (N - D W)"), std::string::npos) << lower.text;

    // P k = 250 kg < 400 kg, while k (P - 3 e) = 100 kg is not above 100 kg.
    action.mutable_estimates()->set_abatement_ease(2'500'000);
    const auto upper = chain.main.attempt(chain.main_government, action);
    EXPECT_TRUE(refused(upper, Code::policy_breaks_conditions));
    EXPECT_EQ(upper.text.find("P k < 2 N"), std::string::npos) << upper.text;
    EXPECT_NE(upper.text.find("2 (N - D W) < k (P - 3 e)"), std::string::npos) << upper.text;
}

TEST(Opening, SaysThatTheSurplusIsTooLargeWhenItIs) {
    TestChain chain;
    auto action = opening();
    action.mutable_estimates()->set_people(2'000'000'000);
    action.mutable_estimates()->set_reduction_g(2'000'000'001);  // 2 g beyond the largest total
    const auto attempt = chain.main.attempt(chain.main_government, action);
    EXPECT_TRUE(refused(attempt, Code::policy_breaks_conditions));
    EXPECT_NE(attempt.text.find("D W"), std::string::npos) << attempt.text;
    EXPECT_EQ(attempt.text.find("above 0"), std::string::npos) << attempt.text;
}

TEST(Opening, OverridesTheConditionsWithAReasonThatStays) {
    TestChain chain;
    auto action = opening();
    action.clear_estimates();
    const auto unknown = chain.main.attempt(chain.main_government, action);
    EXPECT_TRUE(refused(unknown, Code::policy_breaks_conditions));
    EXPECT_NE(unknown.text.find("cannot be assessed"), std::string::npos) << unknown.text;

    action.set_override_reason("pilot of one district");
    const auto record = opened(chain, action).opening();
    EXPECT_EQ(record.override_reason(), "pilot of one district");
    EXPECT_EQ(record.status(), static_cast<std::uint32_t>(econ::Status::bad_param));
    EXPECT_FALSE(record.upper_bound());
}

}  // namespace
}  // namespace pcq::contracts::testing
