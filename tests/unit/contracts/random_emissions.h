// What meters, people and the government do about emissions in a random run (random_test.cc), valid or not.
#pragma once

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

template <class World>
void report_at_random(World& world) {
    std::vector<Share> shares;
    for (std::int64_t i = 0; i < 1 + world.below(4); ++i)
        shares.push_back({&world.person(), Grams(world.below(20'000))});
    world.act(world.chance(8) ? world.anybody() : world.meter(),
              readings(world.year(), static_cast<std::uint32_t>(1 + world.below(3)), shares));
}

template <class World>
void dispute_at_random(World& world) {
    if (world.chance(3)) {
        proto::RejectDispute action;
        action.set_dispute(static_cast<std::uint64_t>(world.below(8)));
        action.set_reason("random");
        return world.act(world.chance(8) ? world.anybody() : world.chain_.government, action);
    }
    world.act(world.chance(8) ? world.anybody() : world.person(),
              dispute_reading(world.meter(), world.year(), static_cast<std::uint32_t>(1 + world.below(2))));
}

template <class World>
void correct_at_random(World& world) {
    if (world.chance(3)) return dispute_at_random(world);
    if (world.chance(2)) {
        proto::ApproveCorrection approval;
        approval.set_correction(static_cast<std::uint64_t>(world.below(8)));
        return world.act(world.chance(8) ? world.anybody() : world.chain_.government, approval);
    }
    proto::ProposeCorrection action;
    action.set_period(world.year());
    action.set_month(static_cast<std::uint32_t>(1 + world.below(2)));
    action.set_account(world.person().account().bytes());
    action.set_grams(world.below(20'000));
    action.set_reason("random");
    world.act(world.chance(8) ? world.anybody() : world.meter(), action);
}

}  // namespace pcq::contracts::testing
