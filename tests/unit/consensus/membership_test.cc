// Row 18: who validates changes at a height; what one replica does then.
#include <gtest/gtest.h>

#include "consensus/catch_up.h"
#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

class Members : public testing::Test {
protected:
    Members() {
        after.last = {2, crypto::sha256({"block 2"}), static_cast<std::uint64_t>(kNow.ms) - 1, 0};
        block = after.block();
        hash = after.hash(block);
        for (std::uint32_t i = 0; i < after.voters.size(); ++i) {
            if (std::find(before.voters.keys.begin(), before.voters.keys.end(), after.voters.keys[i]) ==
                before.voters.keys.end())
                newcomer = i;
        }
    }
    // Of whoever has this key in the set of five; an observer until then if it is new.
    Replica replica(std::uint32_t index) const {
        const auto key = after.voters.keys[index];
        const auto at = std::find(before.voters.keys.begin(), before.voters.keys.end(), key);
        const auto self = at == before.voters.keys.end()
                              ? std::nullopt
                              : std::optional(static_cast<std::uint32_t>(at - before.voters.keys.begin()));
        Replica made(Options{}, {before.voters, self},
                     [key](const Hash& digest) { return cheap_sign(key, digest); }, before.last, {});
        made.start(proto::VoteRecord(), /*fresh=*/true, kNow);
        return made;
    }
    Event change(std::optional<std::uint32_t> self) const {
        return Advanced{after.last, Membership{after.voters, self}};
    }
    Effects hear(Replica& subject, const proto::ConsensusMessage& message) const {
        const auto verified = verify(after.voters, kChecks, message);
        PCQ_INVARIANT(verified.has_value());
        return subject.step(Received{*verified}, kNow);
    }

    const World before{4};
    World after{5};  // the same four and one more
    Proposal block;
    Hash hash;
    std::uint32_t newcomer = 0;
};

TEST_F(Members, MakesAnObserverVoteFromTheFirstHeightOfItsSet) {
    auto subject = replica(newcomer);
    EXPECT_FALSE(subject.votes());
    subject.step(change(newcomer), kNow);
    ASSERT_TRUE(subject.votes());
    if (subject.primary_now() == newcomer) GTEST_FAIL() << "the test wants somebody else to propose";
    const auto asked = hear(subject, after.pre_prepare({subject.primary_now(), 0, 3}, block));
    ASSERT_EQ(asked.execute.size(), 1u);
    const auto voted = subject.step(Executed{hash, true}, kNow);
    ASSERT_TRUE(voted.persist);
    EXPECT_EQ(voted.persist->height(), 3u);
    ASSERT_EQ(voted.send.size(), 1u);
    EXPECT_TRUE(voted.send[0].has_prepare());
    EXPECT_EQ(voted.send[0].sender(), newcomer);
    EXPECT_TRUE(verify(after.voters, kChecks, voted.send[0])) << "signed for its place in the new set";
}

// A record that did not keep up would be taken for a lost one, and two newcomers who watch can stop a chain.
TEST_F(Members, LetsAnObserverThatHasRestartedVoteWhenItsHeightComes) {
    auto subject = replica(newcomer);
    const Decided first{1, crypto::sha256({"block 1"}), static_cast<std::uint64_t>(kNow.ms) - 2, 0};
    subject.step(Advanced{first}, kNow);
    const auto kept = subject.step(Fetched{}, kNow);
    ASSERT_TRUE(kept.persist) << "before the next block is stored";
    EXPECT_EQ(kept.persist->height(), 2u);
    Replica restarted(Options{}, {before.voters, std::nullopt}, [](const Hash&) { return Bytes(); }, first,
                      {});
    restarted.start(*kept.persist, /*fresh=*/false, {kNow.ms + 600'000});

    restarted.step(change(newcomer), {kNow.ms + 600'000});

    EXPECT_TRUE(restarted.votes());
}

// Row 7, of a validator that was none at genesis.
TEST_F(Members, TakesAWipedNewcomerForNoNewOne) {
    const auto key = after.voters.keys[newcomer];
    const auto made = [&](const Decided& last, std::optional<std::uint32_t> self) {
        return Replica(Options{}, {self ? after.voters : before.voters, self},
                       [key](const Hash& digest) { return cheap_sign(key, digest); }, last, {});
    };
    const Instant later{kNow.ms + 60'000};
    auto wiped = made(before.last, std::nullopt);
    const auto kept = wiped.start(std::nullopt, /*fresh=*/true, later);
    const auto watching = wiped.step(change(newcomer), later);
    EXPECT_FALSE(wiped.votes()) << "others may have been decided with its vote";
    ASSERT_TRUE(watching.persist);
    EXPECT_EQ(watching.persist->height(), 0u) << "no record of what it said before";

    // The power fails between the block and that record.
    ASSERT_TRUE(kept.persist);
    auto record = *kept.persist;
    record.set_height(after.last.height);
    auto restarted = made(after.last, newcomer);
    restarted.start(record, /*fresh=*/false, later);
    EXPECT_FALSE(restarted.votes());
}

// It may alone have the last block of its set, and the others wait for it.
TEST_F(Members, LeavesWhoHasGoneNothingToSayButWhereItIs) {
    auto subject = replica(newcomer == 0 ? 1 : 0);
    ASSERT_TRUE(subject.votes());
    subject.step(change(std::nullopt), kNow);
    EXPECT_FALSE(subject.votes());
    const std::uint32_t primary = subject.primary_now();
    hear(subject, after.pre_prepare({primary, 0, 3}, block));
    EXPECT_TRUE(subject.step(Executed{hash, true}, kNow).send.empty());
    const auto later = subject.step(Tick{}, {kNow.ms + 60'000});
    ASSERT_EQ(later.send.size(), 1u);
    EXPECT_TRUE(later.send[0].has_status());
    EXPECT_EQ(later.send[0].status().height(), subject.height());
    EXPECT_FALSE(later.persist);
}

TEST_F(Members, DecidesByAQuorumOfTheNewSet) {
    auto subject = replica(newcomer);
    subject.step(change(newcomer), kNow);
    hear(subject, after.pre_prepare({subject.primary_now(), 0, 3}, block));
    subject.step(Executed{hash, true}, kNow);
    int heard = 0;
    for (std::uint32_t sender = 0; sender < 5 && heard < 3; ++sender) {
        if (sender == newcomer) continue;
        EXPECT_FALSE(hear(subject, after.commit({sender, 0, 3}, hash)).decide) << "three of five";
        ++heard;
    }
    for (std::uint32_t sender = 4;; --sender) {
        if (sender == newcomer) continue;
        EXPECT_TRUE(hear(subject, after.commit({sender, 0, 3}, hash)).decide) << "four of five";
        break;
    }
}

// Sent for the next height, and kept, by indices of the old set.
TEST_F(Members, CountsNothingThatWasKeptUnderTheOldSet) {
    auto subject = replica(newcomer);
    subject.step(Advanced{{1, Hash(), before.last.time_ms + 1, 0}}, kNow);
    for (const std::uint32_t sender : {0u, 1u, 2u, 3u}) {
        const auto verified = verify(before.voters, kChecks, before.commit({sender, 0, 3}, hash));
        subject.step(Received{*verified}, kNow);
    }
    EXPECT_EQ(subject.stats().kept, 4u);
    subject.step(change(newcomer), kNow);
    EXPECT_EQ(subject.stats().kept, 0u);
    hear(subject, after.pre_prepare({subject.primary_now(), 0, 3}, block));
    EXPECT_FALSE(subject.step(Executed{hash, true}, kNow).decide);
}

TEST_F(Members, BeginsTheTurnsAnew) {
    auto subject = replica(newcomer);
    auto late = after.last;
    late.view = 1;  // somebody of the old set has missed its turn
    subject.step(Advanced{late, Membership{after.voters, newcomer}}, kNow);
    EXPECT_EQ(subject.primary_now(), 3u % 5u);
}

TEST_F(Members, RefusesAnIndexThatTheSetDoesNotHave) {
    Replica subject(Options{}, {after.voters, std::nullopt}, [](const Hash&) { return Bytes(); }, before.last,
                    {});
    subject.start(std::nullopt, /*fresh=*/false, kNow);
    subject.step(Advanced{after.last, Membership{before.voters, std::nullopt}}, kNow);
    EXPECT_EQ(subject.refusal(after.commit({4, 0, 3}, hash)), Code::consensus_unknown_sender);
    EXPECT_EQ(hear(subject, after.commit({4, 0, 3}, hash)).ignored, Code::consensus_unknown_sender);
}

TEST(CatchingUpWithOthers, AsksByTheNewIndices) {
    const std::vector<std::uint32_t> connected{3};
    CatchUp catch_up(4, 0, [&connected](std::uint32_t validator) {
        return std::find(connected.begin(), connected.end(), validator) != connected.end();
    });
    EXPECT_EQ(catch_up.behind(10, 3, kNow), 3u);
    catch_up.renew(5, 3);
    EXPECT_FALSE(catch_up.is_running());
    EXPECT_FALSE(catch_up.take(3)) << "nobody has been asked";
    EXPECT_EQ(catch_up.behind(10, 3, kNow), std::nullopt) << "that is this node itself now";
}

}  // namespace
}  // namespace pcq::consensus
