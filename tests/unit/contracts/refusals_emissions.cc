// Refusals of emissions and allocation: readings, corrections, disputes, credits, rules.
#include "src/client/actions.h"
#include "tests/unit/contracts/refusals.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// Ann has a reading of 600 g of the first of three months, which is running.
void with_a_reading(TestChain& chain) {
    chain.open(2013, 3);
    chain.report(2013, 1, {{&chain.person("ann"), 600_g}});
}

proto::ProposeCorrection correction(const client::Wallet& who) {
    proto::ProposeCorrection action;
    action.set_period(2013);
    action.set_month(1);
    action.set_account(who.account().bytes());
    action.set_grams(1);
    action.set_reason("reason");
    return action;
}

proto::ApproveCorrection approval() {
    proto::ApproveCorrection action;
    action.set_correction(1);
    return action;
}

proto::RejectDispute rejection() {
    proto::RejectDispute action;
    action.set_dispute(1);
    action.set_reason("reason");
    return action;
}

Attempt reading_repeated(TestChain& chain) {
    with_a_reading(chain);
    return chain.side.attempt(chain.meter, readings(2013, 1, {{&chain.person("ann"), 600_g}}));
}

Attempt reading_outside_period(TestChain& chain) {
    with_a_reading(chain);
    return chain.side.attempt(chain.meter, readings(2013, 2, {{&chain.person("ann"), 600_g}}));
}

Attempt reading_late(TestChain& chain) {
    with_a_reading(chain);
    chain.advance(2013, 1);
    chain.advance(2013, 2);
    return chain.side.attempt(chain.transport, readings(2013, 1, {{&chain.person("ann"), 1_g}}));
}

Attempt reading_unknown(TestChain& chain) {
    with_a_reading(chain);
    return chain.side.attempt(chain.person("ann"), dispute_reading(chain.transport, 2013, 1));
}

Attempt meters_too_many(TestChain& chain) {
    with_a_reading(chain);
    auto& ann = chain.person("ann");
    for (int i = 0; i < 7; ++i) {
        auto meter = chain.side.wallet("transport " + std::to_string(i));
        chain.side.must(meter, readings(2013, 1, {{&ann, 1_g}}));
    }
    auto ninth = chain.side.wallet("transport 7");
    return chain.side.attempt(ninth, readings(2013, 1, {{&ann, 1_g}}));
}

Attempt correction_unknown(TestChain& chain) {
    with_a_reading(chain);
    return chain.side.attempt(chain.government, approval());
}

Attempt correction_done(TestChain& chain) {
    with_a_reading(chain);
    chain.side.must(chain.meter, correction(chain.person("ann")));
    chain.side.must(chain.government, approval());
    return chain.side.attempt(chain.government, approval());
}

Attempt dispute_unknown(TestChain& chain) {
    return chain.side.attempt(chain.government, rejection());
}

Attempt dispute_open(TestChain& chain) {
    with_a_reading(chain);
    chain.side.must(chain.person("ann"), dispute_reading(chain.meter, 2013, 1));
    return chain.side.attempt(chain.person("ann"), dispute_reading(chain.meter, 2013, 1));
}

Attempt disputes_used_up(TestChain& chain) {
    with_a_reading(chain);
    auto answer = rejection();
    for (std::uint64_t number = 1; number <= 3; ++number) {
        chain.side.must(chain.person("ann"), dispute_reading(chain.meter, 2013, 1));
        answer.set_dispute(number);
        chain.side.must(chain.government, answer);
    }
    return chain.side.attempt(chain.person("ann"), dispute_reading(chain.meter, 2013, 1));
}

Attempt dispute_done(TestChain& chain) {
    with_a_reading(chain);
    chain.side.must(chain.person("ann"), dispute_reading(chain.meter, 2013, 1));
    chain.side.must(chain.government, rejection());
    return chain.side.attempt(chain.government, rejection());
}

// --- Credits ---------------------------------------------------------------------------------------------

// Ann has 5,155 g of credits and 10,000 g of quota; a gram of credits gives half a gram, up to a tenth.
void with_credits(TestChain& chain, Grams reserve) {
    auto rules = policy();
    rules.set_credit_rate_ppb(500'000'000);
    rules.set_credit_cap_ppb(100'000'000);
    auto& ann = chain.person("ann");
    chain.open(2013, 1, rules);
    chain.issue(2013, {{&ann, 10'000_g}});
    chain.side.must(chain.government, set_methodology("subway", 515'500));
    chain.side.must(chain.meter, avoided(2013, 1, "subway", 1, {{&ann, 10, "monday"}}));
    chain.main.must(chain.main_government, issue_reserve(chain.side, 2013, reserve));
    chain.relay();
}

Attempt methodology_unknown(TestChain& chain) {
    with_a_reading(chain);
    return chain.side.attempt(chain.meter,
                              avoided(2013, 1, "subway", 1, {{&chain.person("ann"), 1, "monday"}}));
}

Attempt methodology_not_in_force(TestChain& chain) {
    with_credits(chain, 1_g);
    chain.side.must(chain.government, set_methodology("subway", 1'000));
    return chain.side.attempt(chain.meter,
                              avoided(2013, 1, "subway", 1, {{&chain.person("ann"), 1, "tuesday"}}));
}

Attempt methodologies_too_many(TestChain& chain) {
    for (int block = 0; block < 2; ++block) {
        std::vector<ledger::VerifiedTransaction> some;
        const int count = block == 0 ? 128 : 127;  // with the fixture's own there are 256
        for (int i = 0; i < count; ++i) {
            const std::string id = "method-" + std::to_string(block * 128 + i);
            some.push_back(chain.side.sign(chain.government, set_methodology(id, 1'000)));
        }
        chain.side.block(some);
    }
    chain.side.must(chain.government, set_methodology("method-255", 2'000));
    return chain.side.attempt(chain.government, set_methodology("method-256", 1'000));
}

Attempt activity_credited(TestChain& chain) {
    with_credits(chain, 1_g);
    return chain.side.attempt(chain.transport,
                              avoided(2013, 1, "subway", 1, {{&chain.person("ann"), 1, "monday"}}));
}

Attempt credits_short(TestChain& chain) {
    with_credits(chain, 9'000_g);
    return chain.side.attempt(chain.person("ann"), convert_credits(2013, 5'156_g));
}

Attempt credit_worthless(TestChain& chain) {
    with_credits(chain, 9'000_g);
    return chain.side.attempt(chain.person("ann"), convert_credits(2013, 1_g));
}

Attempt credit_cap_exceeded(TestChain& chain) {
    with_credits(chain, 9'000_g);
    return chain.side.attempt(chain.person("ann"), convert_credits(2013, 2'002_g));
}

Attempt reserve_short(TestChain& chain) {
    with_credits(chain, 499_g);
    return chain.side.attempt(chain.person("ann"), convert_credits(2013, 1'000_g));
}

// --- Allocation rules ------------------------------------------------------------------------------------

Attempt rule_unknown(TestChain& chain) {
    chain.open(2013);
    const auto plan =
        *client::IssuancePlan::from(chain.side.chain(), 2013, {{chain.person("ann").account(), 1_g}});
    EXPECT_TRUE(
        refused(chain.main.attempt(chain.main_government, plan.batch({"equal", 2})), Code::rule_unknown));
    return chain.main.attempt(chain.main_government, plan.batch({"none", 1}));
}

Attempt rules_too_many(TestChain& chain) {
    for (int block = 0; block < 2; ++block) {
        std::vector<ledger::VerifiedTransaction> some;
        for (int i = 0; i < 128; ++i) {
            const std::string id = "rule-" + std::to_string(block * 128 + i);
            some.push_back(chain.main.sign(chain.main_government, client::equal_per_head(id, 1_g)));
        }
        chain.main.block(some);
    }
    chain.main.must(chain.main_government, client::equal_per_head("rule-254", 2_g));
    return chain.main.attempt(chain.main_government, client::equal_per_head("rule-255", 1_g));
}

}  // namespace

std::vector<Refusal> emission_refusals() {
    return {
        REFUSAL(reading_repeated),
        REFUSAL(reading_outside_period),
        REFUSAL(reading_late),
        REFUSAL(reading_unknown),
        REFUSAL(meters_too_many),
        REFUSAL(correction_unknown),
        REFUSAL(correction_done),
        REFUSAL(dispute_unknown),
        REFUSAL(dispute_open),
        REFUSAL(disputes_used_up),
        REFUSAL(dispute_done),
        REFUSAL(methodology_unknown),
        REFUSAL(methodology_not_in_force),
        REFUSAL(methodologies_too_many),
        REFUSAL(activity_credited),
        REFUSAL(credits_short),
        REFUSAL(credit_worthless),
        REFUSAL(credit_cap_exceeded),
        REFUSAL(reserve_short),
        REFUSAL(rule_unknown),
        REFUSAL(rules_too_many),
    };
}

}  // namespace pcq::contracts::testing
