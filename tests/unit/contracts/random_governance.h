// What the organisations decide in a random run (random_test.cc), valid or not.
#pragma once

#include <algorithm>

#include "contracts/governance/validators.h"
#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

// Whether the next block's own work decides a proposal: a refused action then changes more than a sequence.
inline bool decides_next(const TestLedger& ledger) {
    const auto open = kOpenProposals.find_or_default(ledger, Only());
    return std::any_of(open.proposals().begin(), open.proposals().end(), [&ledger](const auto& entry) {
        return entry.activate_height() <= ledger.tip()->height() + 2;
    });
}

// A newcomer comes or goes, or takes the place of the last of the first validators, who may come back.
template <class World>
void change_validators_at_random(World& world, client::Wallet& proposer) {
    auto& side = world.chain_.side;
    const std::string name =
        world.chance(3) ? "side validator 4" : "newcomer " + std::to_string(world.below(2));
    const auto key = key_of(name);
    proto::ProposeChange proposal;
    auto& change = *proposal.mutable_change()->mutable_validators();
    const auto now = governance::validators(side);
    if (now.index_of(key.public_key())) {
        fill(*change.add_remove(), key.public_key());
    } else {
        side.know(name);
        auto& added = *change.add_add();
        fill(*added.mutable_public_key(), key.public_key());
        added.set_name(name);
        added.set_possession(key.sign(client::possession_digest(side.chain(), proposer.account(),
                                                                crypto::account_of(key.public_key()))));
        if (world.chance(3)) fill(*change.add_remove(), key_of("side validator 4").public_key());
    }
    proposal.set_activate_height(side.tip()->height() + 8 + static_cast<std::uint64_t>(world.below(40)));
    proposal.set_reason("as drawn");
    world.act(proposer, proposal);
}

// The main chain is told of the next set that it has not followed to, or of one that it has.
template <class World>
void tell_of_validators(World& world) {
    auto& chain = world.chain_;
    const auto& told = chain.side.successions();
    if (told.empty()) return;
    const auto known = kForeignChains.find(chain.main, chain.side.chain())->validators_from();
    const auto next =
        std::find_if(told.begin(), told.end(), [known](const auto& one) { return one.from_height > known; });
    world.act_on(chain.main, chain.main_anyone, (next == told.end() ? told.back() : *next).action);
}

// An auditor, or somebody who would like to be one, attests a chain; now and then what was attested before,
// or a block that is not there yet.
template <class World>
void attest_at_random(World& world) {
    auto& chain = world.chain_;
    auto action = attestation_of(world.chance(2) ? chain.main : chain.side);
    if (world.chance(3)) action.set_height(action.height() + static_cast<std::uint64_t>(world.below(3)));
    world.act(world.chance(6) ? world.anybody() : chain.auditor, action);
}

template <class World>
void govern_at_random(World& world) {
    auto& chain = world.chain_;
    auto& side = chain.side;
    auto& voter = world.chance(6) ? world.anybody() : chain.voter(side, static_cast<int>(world.below(5)));
    switch (world.below(7)) {
        case 0: {
            auto parameters = kChain.find(side, Only())->parameters();
            parameters.set_registration_fee_uy(world.below(2'000'000));
            parameters.set_settlement_per_block(static_cast<std::uint32_t>(world.below(5)));
            parameters.set_trust_delay_ms(static_cast<std::uint64_t>(world.below(3) * 1'500));
            parameters.set_transfer_day_g(world.below(3) * 1'000);
            parameters.set_transfer_day_uy(world.below(3) * 5'000'000);
            parameters.set_pause_max_ms(static_cast<std::uint64_t>(1 + world.below(20'000)));
            return world.act(voter,
                             propose_change(parameters, side.tip()->height() + 8 +
                                                            static_cast<std::uint64_t>(world.below(40))));
        }
        case 1:
            return world.act(
                world.chance(2) ? chain.platform : chain.government,
                pause_market(side.tip()->time_ms() + static_cast<std::uint64_t>(world.below(10'000))));
        case 2:
            return world.act(world.chance(4) ? world.anybody() : chain.government, resume_market());
        case 3:
            return change_validators_at_random(world, voter);
        case 4:
            return tell_of_validators(world);
        default: {
            const auto last = kProposalCount.find_or_default(side, Only()).value();
            const auto back = static_cast<std::uint64_t>(world.below(2));
            const std::uint64_t number = last > back ? last - back : 1;
            world.act(voter, vote(number, !world.chance(5)));
            if (world.chance(2)) return;  // one alone, or the whole board
            for (int i = 0; i < 5; ++i) world.act(chain.voter(side, i), vote(number, !world.chance(8)));
            return;
        }
    }
}

}  // namespace pcq::contracts::testing
