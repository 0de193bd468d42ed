// The ends of the ranges of emissions and credits.
#include <gtest/gtest.h>

#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

TEST(CreditLimits, RefuseAnActivityThatAvoidsMoreThanAReadingMayHold) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.side.must(chain.government, set_methodology("ship", 1'000'000'000'000));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, avoided(2013, 1, "ship", 1, {{&ann, 1'000'001, "a"}})),
                Code::amount_overflow));
    chain.side.must(chain.meter, avoided(2013, 1, "ship", 1, {{&ann, 1'000'000, "a"}}));
    EXPECT_EQ(kCredits.find(chain.side, {ann.account(), 2013})->minted_g(), 1'000'000'000'000'000);
}

TEST(CreditLimits, RefuseCreditsBeyondTheLargestNumber) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.side.must(chain.government, set_methodology("ship", 1'000'000'000'000));
    for (int i = 0; i < 19; ++i) {  // 500 x 10^15 each; 9.2 x 10^18 is the largest number
        std::vector<Activity> activities;
        for (int n = 0; n < 500; ++n)
            activities.push_back({&ann, 1'000'000, std::to_string(i) + " " + std::to_string(n)});
        const auto action = avoided(2013, 1, "ship", 1, activities);
        if (i < 18) {
            chain.side.must(chain.meter, action);
        } else {
            EXPECT_TRUE(refused(chain.side.attempt(chain.meter, action), Code::amount_overflow));
        }
    }
    EXPECT_EQ(kCreditTotals.find(chain.side, 2013)->minted_g(), 9'000'000'000'000'000'000);
}

TEST(CreditLimits, BoundEveryNumberAndTextOfAnAction) {
    TestChain chain;
    auto& ann = chain.person("ann");
    const auto malformed = [&chain](client::Wallet& by, const auto& action) {
        return refused(chain.side.attempt(by, action), Code::action_malformed);
    };
    for (const auto change : std::initializer_list<void (*)(proto::SetMethodology&)>{
             [](auto& m) { m.set_id(""); }, [](auto& m) { m.set_id("Subway"); },
             [](auto& m) { m.set_id(Bytes(65, 'a')); }, [](auto& m) { m.set_title(""); },
             [](auto& m) { m.set_title(Bytes(129, 'a')); }, [](auto& m) { m.set_unit(Bytes(33, 'a')); },
             [](auto& m) { m.set_region(""); }, [](auto& m) { m.set_source(Bytes(513, 'a')); },
             [](auto& m) { m.set_avoided_mg_per_unit(0); },
             [](auto& m) { m.set_avoided_mg_per_unit(1'000'000'000'001); }}) {
        auto action = set_methodology("subway", 1'000);
        change(action);
        EXPECT_TRUE(malformed(chain.government, action));
    }
    for (const auto change : std::initializer_list<void (*)(proto::ReportAvoided&)>{
             [](auto& a) { a.set_month(13); }, [](auto& a) { a.clear_entries(); },
             [](auto& a) { a.mutable_entries(0)->set_units(0); },
             [](auto& a) { a.mutable_entries(0)->set_units(1'000'000'001); },
             [](auto& a) { a.mutable_entries(0)->set_activity("short"); },
             [](auto& a) { a.mutable_entries(0)->set_account("short"); }}) {
        auto action = avoided(2013, 1, "subway", 1, {{&ann, 1, "a"}});
        change(action);
        EXPECT_TRUE(malformed(chain.meter, action));
    }
    EXPECT_TRUE(malformed(ann, convert_credits(2013, 0_g)));
    EXPECT_TRUE(malformed(ann, dispute_reading(chain.meter, 2013, 13)));
    auto dispute = dispute_reading(chain.meter, 2013, 1);
    dispute.set_reason("");
    EXPECT_TRUE(malformed(ann, dispute));
    EXPECT_TRUE(malformed(chain.government, proto::RejectDispute()));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, issue_reserve(chain.side, 2013, 0_g)),
                        Code::action_malformed));
    for (const auto change : std::initializer_list<void (*)(proto::Policy&)>{
             [](auto& p) { p.set_credit_rate_ppb(1'000'000'001); }, [](auto& p) { p.set_credit_cap_ppb(-1); },
             [](auto& p) { p.set_accrual(static_cast<proto::Accrual>(2)); }}) {
        auto rules = policy();
        change(rules);
        EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, open_period(2013, 1_g, 1, rules)),
                            Code::action_malformed));
    }
}

}  // namespace
}  // namespace pcq::contracts::testing
