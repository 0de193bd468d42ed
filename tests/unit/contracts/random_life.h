// What happens to people's quota beyond trade in a random run (random_test.cc), valid or not.
#pragma once

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

// The next block ends a freeze, beside whatever is in it.
inline bool a_freeze_ends(const TestLedger& ledger) {
    constexpr std::uint64_t kBlockMs = 1'000;
    const auto ends = kFreezeEnds.find(ledger, Only());
    return ends && ends->ends(0).until_ms() <= ledger.tip()->time_ms() + kBlockMs;
}

template <class World>
void trust_at_random(World& world, client::Wallet& who, const client::Wallet& other) {
    proto::AddTrusted action;
    action.set_account(other.account().bytes());
    world.act(who, action);
    if (world.last_ == Code::ok) world.friends_.emplace_back(&who, &other);
}

template <class World>
void distrust_at_random(World& world) {
    if (world.friends_.empty()) return;
    const auto& [who, other] =
        world.friends_[static_cast<std::size_t>(world.below(std::ssize(world.friends_)))];
    proto::RemoveTrusted action;
    action.set_account(other->account().bytes());
    world.act(*who, action);
}

// Mostly to somebody who is trusted.
template <class World>
void give_at_random(World& world) {
    client::Wallet* who = &world.person();
    const client::Wallet* to = &world.person();
    if (!world.friends_.empty() && !world.chance(8)) {
        const auto& pair = world.friends_[static_cast<std::size_t>(world.below(std::ssize(world.friends_)))];
        who = pair.first;
        to = pair.second;
    }
    proto::TransferQuota action;
    action.set_period(world.year());
    action.set_to(to->account().bytes());
    action.set_grams(1 + world.below(500));
    world.act(*who, action);
    if (world.last_ == Code::ok) world.expect_kept_what_is_needed(*who, action.period());
}

template <class World>
void claw_back_at_random(World& world) {
    if (world.chance(2)) {
        proto::ApproveClawback action;
        action.set_clawback(static_cast<std::uint64_t>(world.below(12)));
        return world.act(world.chance(8) ? world.anybody() : world.chain_.authority, action);
    }
    proto::ProposeClawback action;
    action.set_account((world.chance(8) ? world.anybody() : world.person()).account().bytes());
    action.set_period(world.year());
    action.set_grams(world.below(3'000));
    action.set_amount_uy(world.chance(2) ? world.below(1'000'000) : 0);
    action.set_legal_reference("random");
    action.set_reason("random");
    world.act(world.chance(8) ? world.anybody() : world.chain_.government, action);
}

// Counterparties, quota between them, claw-backs.
template <class World>
void live_at_random(World& world) {
    switch (world.below(6)) {
        case 0:
            return world.chance(6)
                       ? distrust_at_random(world)
                       : trust_at_random(world, world.chance(8) ? world.anybody() : world.person(),
                                         world.chance(8) ? world.anybody() : world.person());
        case 1:
        case 2:
        case 3:
            return give_at_random(world);
        default:
            return claw_back_at_random(world);
    }
}

// Mostly by somebody who owes something.
template <class World>
void repay_at_random(World& world) {
    const auto owing = [&world](const client::Wallet& who) {
        return kLiabilities.find_or_default(world.chain_.side, who.account());
    };
    client::Wallet* drawn = &world.person();  // of a few the first who owes something
    for (int i = 0; i < 12 && owing(*drawn).periods().empty(); ++i) drawn = &world.person();
    auto& who = *drawn;
    const auto owes = owing(who);
    proto::RepayDebt action;
    action.set_period(owes.periods().empty() ? world.year() : owes.periods(0));
    action.set_amount_uy(1 + world.below(world.chance(2) ? 100 : 1'000'000));
    world.act(who, action);
}

}  // namespace pcq::contracts::testing
