// Allocation rules: their versions, the batches that name them, and the reason on each person's quota.
#include "contracts/quota/rules.h"

#include <gtest/gtest.h>

#include "contracts/quota/quota.h"
#include "src/client/actions.h"
#include "src/client/allocation.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

void add_row(proto::SetAllocationRule& rule, const std::string& attribute, Range values,
             std::int64_t share_ppb, bool each = false) {
    auto& row = *rule.add_rows();
    row.set_attribute(attribute);
    row.set_least(values.least);
    row.set_most(values.most);
    row.set_share_ppb(share_ppb);
    row.set_each(each);
    row.set_label(attribute);
}

// 1,000 kg for an adult, half of it for each child, 120 kg in the country, a tenth less in a large household.
proto::SetAllocationRule situations() {
    auto rule = client::equal_per_head("situations", 1'000'000_g);
    rule.set_base_label("adult");
    add_row(rule, "child", {1, 20}, 500'000'000, /*each=*/true);
    add_row(rule, "rural", {1, 1}, 0);
    rule.mutable_rows(1)->set_grams(120'000);
    add_row(rule, "large_home", {5, 1'000}, -100'000'000);
    return rule;
}

proto::AllocationRuleRecord kept(TestChain& chain, const proto::SetAllocationRule& rule) {
    chain.main.must(chain.main_government, rule);
    return *quota::allocation_rule(chain.main, rule.id(), 1);
}

TEST(Rules, GiveGramsAndTheReasonInWords) {
    TestChain chain;
    const auto rule = kept(chain, situations());
    const auto expect = [&rule](const client::Attributes& attributes, Grams grams,
                                const std::string& reason) {
        const auto allocation = client::allocate(rule, attributes);
        ASSERT_TRUE(allocation);
        EXPECT_EQ(allocation->grams, grams);
        EXPECT_EQ(allocation->reason, reason);
    };
    expect({}, 1'000'000_g, "adult 1");
    expect({{"child", 2}}, 2'000'000_g, "adult 1 + child 0.5 x 2");
    expect({{"child", 0}, {"rural", 1}}, 1'120'000_g, "adult 1 + rural 120000 g");
    expect({{"rural", 2}}, 1'000'000_g, "adult 1");
    expect({{"large_home", 4}}, 1'000'000_g, "adult 1");
    expect({{"large_home", 6}, {"child", 1}}, 1'400'000_g, "adult 1 + child 0.5 x 1 - large_home 0.1");
}

TEST(Rules, RoundSharesDownAndNeverGiveLessThanNothing) {
    TestChain chain;
    auto rule = client::equal_per_head("odd", 1'001_g);
    add_row(rule, "half", {1, 1}, 500'000'000);
    add_row(rule, "less", {1, 1}, -500'000'000);
    add_row(rule, "none", {1, 1}, -2'000'000'000);
    const auto record = kept(chain, rule);
    EXPECT_EQ(client::allocate(record, {{"half", 1}})->grams, 1'501_g);
    EXPECT_EQ(client::allocate(record, {{"less", 1}})->grams, 500_g) << "-500.5 rounded down";
    EXPECT_EQ(client::allocate(record, {{"none", 1}})->grams, 0_g);
    EXPECT_EQ(client::allocate(record, {{"none", -1}}).error().code, Code::bad_argument);
}

TEST(Rules, GiveNoMoreThanAQuotaMayHaveAndNoReasonLongerThanALeafMay) {
    TestChain chain;
    auto rule = client::equal_per_head("huge", Grams(4'000'000'000'000'000'000));
    add_row(rule, "more", {1, 1'000'000}, 1, /*each=*/true);
    for (char c = 'a'; c < 'i'; ++c) add_row(rule, std::string("circumstance_") + c, {1, 1}, -1);
    const auto record = kept(chain, rule);
    EXPECT_EQ(client::allocate(record, {{"more", 1}}).error().code, Code::amount_overflow);
    client::Attributes all;
    for (char c = 'a'; c < 'i'; ++c) all[std::string("circumstance_") + c] = 1;
    EXPECT_EQ(client::allocate(record, all)->reason, "head 1 and 8 rows of the rule");
}

TEST(Rules, KeepEveryVersion) {
    TestChain chain;
    chain.main.must(chain.main_government, client::equal_per_head("equal", 2'000_g));
    EXPECT_EQ(quota::allocation_rule(chain.main, "equal", 1)->base_g(), 1'000);
    EXPECT_EQ(quota::allocation_rule(chain.main, "equal", 2)->base_g(), 2'000);
    EXPECT_FALSE(quota::allocation_rule(chain.main, "equal", 3));
    EXPECT_EQ(kAllocationRuleList.find(chain.main, Only())->entries(0).versions(), 2u);
}

// A batch of this list, issued and arrived on the side chain.
client::IssuancePlan arrived(TestChain& chain, std::vector<client::Allotment> list) {
    auto plan = *client::IssuancePlan::from(chain.side.chain(), 2013, std::move(list));
    chain.main.must(chain.main_government, plan.batch({"situations", 1}));
    chain.relay();
    return plan;
}

TEST(Rules, StandWithTheReasonOnEachPersonsQuota) {
    TestChain chain;
    chain.main.must(chain.main_government, situations());
    chain.open(2013);
    auto& ann = chain.person("ann");
    const auto later = chain.side.wallet("later");
    const auto plan = arrived(chain, {{ann.account(), 2'000'000_g, "adult 1 + child 0.5 x 2"},
                                      {later.account(), 1'000'000_g, "adult 1"}});
    chain.side.must(chain.anyone, plan.claim(0, 0, 2));

    EXPECT_EQ(chain.holding(ann, 2013).rule(), "situations");
    EXPECT_EQ(chain.holding(ann, 2013).rule_version(), 1u);
    EXPECT_EQ(chain.holding(ann, 2013).reason(), "adult 1 + child 0.5 x 2");
    chain.person("later");
    EXPECT_EQ(chain.holding(later, 2013).issued_g(), 1'000'000);
    EXPECT_EQ(chain.holding(later, 2013).rule(), "situations");
    EXPECT_EQ(chain.holding(later, 2013).reason(), "adult 1") << "it waited with the quota";
}

TEST(Rules, LetNobodyClaimWithAnotherReason) {
    TestChain chain;
    chain.main.must(chain.main_government, situations());
    chain.open(2013);
    const auto plan = arrived(chain, {{chain.person("ann").account(), 1'000'000_g, "adult 1"}});
    auto claim = plan.claim(0, 0, 1);
    claim.mutable_leaves(0)->set_reason("adult 2");
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, claim), Code::bad_proof));
    claim.mutable_leaves(0)->set_reason(Bytes(65, 'a'));
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, claim), Code::action_malformed));
}

TEST(Rules, BoundEveryNumberAndText) {
    TestChain chain;
    for (const auto change : std::initializer_list<void (*)(proto::SetAllocationRule&)>{
             [](auto& r) { r.set_id("no spaces"); }, [](auto& r) { r.clear_title(); },
             [](auto& r) { r.set_text(Bytes(1025, 'a')); }, [](auto& r) { r.set_base_label(Bytes(25, 'a')); },
             [](auto& r) { r.set_base_g(-1); },
             [](auto& r) {
                 for (int i = 0; i < 62; ++i) *r.add_rows() = r.rows(0);
             },
             [](auto& r) { r.mutable_rows(0)->set_attribute("Child"); },
             [](auto& r) { r.mutable_rows(0)->clear_label(); },
             [](auto& r) { r.mutable_rows(0)->set_least(21); },
             [](auto& r) { r.mutable_rows(0)->set_most(1'000'001); },
             [](auto& r) { r.mutable_rows(0)->set_share_ppb(10'000'000'001); },
             [](auto& r) { r.mutable_rows(0)->set_grams(-1); }}) {
        auto rule = situations();
        change(rule);
        EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, rule), Code::action_malformed));
    }
    proto::IssueBatch batch = client::IssuancePlan::from(chain.side.chain(), 2013, {{AccountId(), 1_g}})
                                  ->batch({"Equal per head", 1});
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government, batch), Code::action_malformed));
}

}  // namespace
}  // namespace pcq::contracts::testing
