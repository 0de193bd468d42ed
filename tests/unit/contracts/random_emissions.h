// What meters, people and the government do about emissions in a random run (random_test.cc), valid or not.
#pragma once

#include "contracts/emissions/credits.h"
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

// Methodologies, avoided emissions, conversions, reserves.
template <class World>
void credit_at_random(World& world) {
    auto& chain = world.chain_;
    switch (world.below(6)) {
        case 0:
            return world.act(world.chance(4) ? world.anybody() : chain.government,
                             set_methodology(world.chance(2) ? "bus" : "subway",
                                             1'000 * (1 + world.below(900)), !world.chance(6)));
        case 1:
            return world.act_on(chain.main, world.chance(6) ? chain.main_anyone : chain.main_government,
                                issue_reserve(chain.side, world.year(), Grams(1 + world.below(9'000))));
        case 2:
        case 3: {
            const std::string id = world.chance(2) ? "bus" : "subway";
            std::uint32_t version = 1;
            const auto list = kMethodologyList.find_or_default(chain.side, Only());
            for (const auto& entry : list.entries()) {
                if (entry.id() == id && !world.chance(8)) version = entry.versions();
            }
            std::vector<Activity> activities;
            for (std::int64_t i = 0; i < 1 + world.below(3); ++i)
                activities.push_back(
                    {&world.person(), 1 + world.below(20), std::to_string(world.below(400))});
            return world.act(world.chance(8) ? world.anybody() : world.meter(),
                             avoided(world.year(), static_cast<std::uint32_t>(1 + world.below(2)), id,
                                     version, activities));
        }
        default: {
            const Period year = world.year();
            const auto left = [&](const client::Wallet& who) {
                return emissions::left(emissions::credits(chain.side, who.account(), year));
            };
            auto* who = world.chance(8) ? &world.anybody() : &world.person();
            for (int i = 0; i < 8 && left(*who) == Grams(); ++i) who = &world.person();
            const bool all = left(*who) > Grams() && !world.chance(4);
            return world.act(*who, convert_credits(year, all ? left(*who) : Grams(1 + world.below(6'000))));
        }
    }
}

template <class World>
void correct_at_random(World& world) {
    if (world.chance(3)) return dispute_at_random(world);
    if (world.chance(2)) {
        proto::ApproveCorrection approval;
        const auto proposed = kCorrectionCount.find_or_default(world.chain_.side, Only()).value();
        approval.set_correction(
            static_cast<std::uint64_t>(world.below(static_cast<std::int64_t>(proposed) + 2)));
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
