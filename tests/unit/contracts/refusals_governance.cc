// Refusals of governance: votes and pauses.
#include "tests/unit/contracts/refusals.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::ProposeChange change(const TestChain& chain, std::uint64_t blocks) {
    return propose_change(kChain.find(chain.side, Only())->parameters(), chain.side.tip()->height() + blocks);
}

std::uint64_t now_ms(const TestChain& chain) {
    return chain.side.tip()->time_ms();
}

Attempt market_paused(TestChain& chain) {
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.side.must(chain.platform, pause_market(now_ms(chain) + 60'000));
    return chain.side.attempt(ann, join_market(2013, 1'000'000_uy));
}

Attempt market_not_paused(TestChain& chain) {
    return chain.side.attempt(chain.government, resume_market());
}

Attempt pause_outside_range(TestChain& chain) {
    return chain.side.attempt(chain.government, pause_market(now_ms(chain)));
}

Attempt pause_too_soon(TestChain& chain) {
    chain.side.must(chain.government, pause_market(now_ms(chain) + 60'000));
    chain.side.block({});
    chain.side.must(chain.government, resume_market());
    return chain.side.attempt(chain.platform, pause_market(now_ms(chain) + 60'000));
}

Attempt proposal_unknown(TestChain& chain) {
    return chain.side.attempt(chain.voter(chain.side, 1), vote(1, true));
}

Attempt proposal_closed(TestChain& chain) {
    chain.decide(chain.side, change(chain, 20));
    return chain.side.attempt(chain.voter(chain.side, 4), vote(1, true));
}

Attempt vote_repeated(TestChain& chain) {
    chain.side.must(chain.voter(chain.side, 1), change(chain, 20));
    return chain.side.attempt(chain.voter(chain.side, 1), vote(1, false));
}

Attempt proposals_too_many(TestChain& chain) {
    for (int i = 0; i < 16; ++i) chain.side.must(chain.voter(chain.side, i / 4), change(chain, 1'000));
    return chain.side.attempt(chain.voter(chain.side, 4), change(chain, 1'000));
}

Attempt height_outside_range(TestChain& chain) {
    return chain.side.attempt(chain.voter(chain.side, 1), change(chain, 10));
}

Attempt version_not_newer(TestChain& chain) {
    return chain.side.attempt(chain.voter(chain.side, 1),
                              propose_version(1, chain.side.tip()->height() + 50));
}

Attempt validators_impossible(TestChain& chain) {
    proto::ProposeChange action;
    auto& removed = *action.mutable_change()->mutable_validators()->add_remove();
    fill(removed, key_of("a stranger").public_key());
    action.set_activate_height(chain.side.tip()->height() + 20);
    action.set_reason("reason");
    return chain.side.attempt(chain.voter(chain.side, 1), action);
}

Attempt contracts_version_unknown(TestChain& chain) {
    chain.decide(chain.side, propose_version(2, chain.side.tip()->height() + 20));
    const auto executed = chain.side.execute_with(chain.side.contracts());
    if (executed) return {Code::ok, "the block was made", false};
    return {executed.error().code, executed.error().message, true};  // no block, no change
}

}  // namespace

std::vector<Refusal> governance_refusals() {
    return {
        REFUSAL(market_paused),       REFUSAL(market_not_paused),
        REFUSAL(pause_outside_range), REFUSAL(proposal_unknown),
        REFUSAL(proposal_closed),     REFUSAL(vote_repeated),
        REFUSAL(proposals_too_many),  REFUSAL(height_outside_range),
        REFUSAL(version_not_newer),   REFUSAL(contracts_version_unknown),
        REFUSAL(pause_too_soon),      REFUSAL(validators_impossible),
    };
}

}  // namespace pcq::contracts::testing
