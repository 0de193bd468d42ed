// What the organisations decide in a random run (random_test.cc), valid or not.
#pragma once

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

// Whether the next block's own work decides a proposal: a refused action then changes more than a sequence.
inline bool decides_next(const TestLedger& ledger) {
    const auto open = kOpenProposals.find_or_default(ledger, Only());
    return std::any_of(open.proposals().begin(), open.proposals().end(), [&ledger](const auto& entry) {
        return entry.activate_height() <= ledger.tip()->height() + 2;
    });
}

template <class World>
void govern_at_random(World& world) {
    auto& chain = world.chain_;
    auto& side = chain.side;
    auto& voter = world.chance(6) ? world.anybody() : chain.voter(side, static_cast<int>(world.below(5)));
    switch (world.below(5)) {
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
