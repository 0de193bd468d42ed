// What the relayer finds to carry, on two chains with real governance.
#include "src/node/relay_due.h"

#include <gtest/gtest.h>

#include "contracts/governance/validators.h"
#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::node {
namespace {

using namespace contracts::testing;

proto::AnchorRecord anchored(std::uint64_t height) {
    proto::AnchorRecord record;
    record.set_height(height);
    return record;
}

TEST(RelayDue, IsAnAnchorAtEveryMultipleOfTheIntervalThatIsInForce) {
    TestChain chain;
    auto parameters = contracts::kChain.find(chain.side, contracts::Only())->parameters();
    parameters.set_anchor_interval(10);
    chain.decide(chain.side, propose_change(parameters, chain.side.tip()->height() + 20));
    EXPECT_EQ(next_anchor(chain.side, std::nullopt).height, 10u);
    EXPECT_EQ(next_anchor(chain.side, anchored(10)).height, 20u);
    EXPECT_EQ(next_anchor(chain.side, anchored(23)).height, 30u);

    parameters.set_anchor_interval(7);
    chain.decide(chain.side, propose_change(parameters, chain.side.tip()->height() + 20));

    EXPECT_EQ(next_anchor(chain.side, anchored(23)).height, 28u) << "as voted, not as genesis has it";
}

// The side chain's validators change twice; the main chain follows one change at a time.
TEST(RelayDue, IsEverySetOfValidatorsThatTheOtherChainHasNotFollowedTo) {
    TestChain chain;
    auto& side = chain.side;
    const auto known = [&chain] { return *contracts::kForeignChains.find(chain.main, chain.side.chain()); };
    const auto add = [&](const std::string& name) {
        side.know(name);
        const auto key = key_of(name);
        proto::ProposeChange action;
        auto& added = *action.mutable_change()->mutable_validators()->add_add();
        fill(*added.mutable_public_key(), key.public_key());
        added.set_name(name);
        added.set_possession(key.sign(client::possession_digest(side.chain(), chain.voter(side, 0).account(),
                                                                crypto::account_of(key.public_key()))));
        action.set_activate_height(side.tip()->height() + 20);
        action.set_reason("as agreed");
        chain.decide(side, action);
        proto::UpdateValidators update;
        const auto last = side.certified();
        update.set_header(last.header);
        update.set_certificate(last.certificate);
        *update.mutable_validators() = contracts::governance::validators(side).fields();
        side.block({});
        return update;
    };
    EXPECT_EQ(unknown_validators(side, known()), std::nullopt);
    const auto first = add("fresh");
    EXPECT_EQ(unknown_validators(side, known()), 1u);
    const auto second = add("other");
    EXPECT_EQ(unknown_validators(side, known()), 1u);
    chain.main.must(chain.main_anyone, first);
    EXPECT_EQ(unknown_validators(side, known()), 2u);
    chain.main.must(chain.main_anyone, second);
    EXPECT_EQ(unknown_validators(side, known()), std::nullopt);
}

}  // namespace
}  // namespace pcq::node
