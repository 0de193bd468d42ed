// The arithmetic and the pure rules: quorums, primaries, what view changes allow, what may be signed.
#include <gtest/gtest.h>

#include "consensus/view_change.h"
#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

// Row 13.
TEST(Quorum, MeetsInAnHonestValidatorAndIsReachedByTheHonestOnes) {
    for (std::uint32_t n = 4; n <= 100; ++n) {
        EXPECT_GE(2 * quorum(n), n + faults(n) + 1) << n;
        EXPECT_LE(quorum(n), n - faults(n)) << n;
        EXPECT_LT(3 * faults(n), n);
    }
    EXPECT_EQ(quorum(6), 4u);
    EXPECT_EQ(quorum(8), 6u);
    EXPECT_EQ(quorum(9), 6u);
}

TEST(Primary, RotatesWithHeightAndView) {
    EXPECT_EQ(primary(5, 0, 4, {}), 1u);
    EXPECT_EQ(primary(6, 0, 4, {}), 2u);
    EXPECT_EQ(primary(6, 3, 4, {}), 1u);
}

TEST(Primary, PassesOverWhoMissedItsTurnInTheLastHeights) {
    const std::vector<DecidedView> recent = {{5, 1}, {6, 0}, {7, 0}, {8, 0}};
    EXPECT_EQ(primary(9, 0, 4, recent), 2u);                       // 1 missed height 5
    EXPECT_EQ(primary(9, 4, 4, recent), 1u);                       // only in view 0
    EXPECT_EQ(primary(13, 0, 4, {{9, 0}, {10, 0}, {11, 0}}), 1u);  // forgotten after n heights
    EXPECT_EQ(primary(13, 0, 4, {{5, 1}, {11, 0}, {12, 0}}), 1u);  // also if it is still listed
}

TEST(Primary, PassesOverNoMoreThanMayBeFaulty) {
    // With n = 4 one is passed over, the latest; 2 missed before and has its turn again.
    EXPECT_EQ(primary(10, 0, 4, {{6, 1}, {7, 1}, {8, 0}, {9, 0}}), 2u);
}

// 1 missed its turn at height 5 and is passed over at 9, where 2 stands in and misses. If that were blamed on
// 1 as well, a liar next to it could keep an honest validator out for ever.
TEST(Primary, BlamesWhoStoodInRatherThanWhoWasPassedOver) {
    const std::vector<DecidedView> recent = {{5, 1}, {6, 0},  {7, 0},  {8, 0},
                                             {9, 1}, {10, 0}, {11, 0}, {12, 0}};
    EXPECT_EQ(primary(9, 0, 4, recent), 2u);
    EXPECT_EQ(primary(10, 0, 4, recent), 3u);
    EXPECT_EQ(primary(13, 0, 4, recent), 1u);
}

// Whatever the header below turns out to be, which is the last of `recent`.
TEST(Primary, CanBeToldApartFromMostOthersBeforeTheHeaderBelowIsKnown) {
    for (const std::uint32_t n : {4u, 7u, 10u}) {
        for (const std::uint32_t view : {0u, 1u, 5u}) {
            std::uint32_t possible = 0;
            for (std::uint32_t who = 0; who < n; ++who)
                possible += may_be_primary(who, 30, view, n) ? 1u : 0u;
            EXPECT_EQ(possible, view == 0 ? faults(n) + 1 : 1u);
            for (std::uint32_t last = 0; last <= n; ++last) {
                for (std::uint64_t missed = 31 - n; missed < 30; ++missed) {
                    const std::vector<DecidedView> recent{{missed - 1, 2}, {missed, last}, {29, last}};
                    EXPECT_TRUE(may_be_primary(primary(30, view, n, recent), 30, view, n));
                }
            }
        }
    }
}

TEST(ViewChange, AllowsAFreshBlockWhenNobodyShowsACertificate) {
    const World world;
    const auto a = world.view_change({0, 1}), b = world.view_change({1, 1}), c = world.view_change({2, 1});
    const auto allowed = allowed_by({&a, &b, &c}, {1, 1}, 4);
    ASSERT_TRUE(allowed);
    EXPECT_FALSE(allowed->block());
}

// Row 9: the highest shown rules.
TEST(ViewChange, AllowsOnlyTheBlockOfTheHighestCertificate) {
    const World world;
    const Proposal low = world.block(0, "low"), high = world.block(1, "high");
    const auto a = world.view_change({0, 2}, low, world.certificate(low, 0, {0, 1, 2}));
    const auto b = world.view_change({1, 2}, high, world.certificate(high, 1, {0, 1, 2}));
    const auto c = world.view_change({2, 2});
    const auto allowed = allowed_by({&a, &b, &c}, {1, 2}, 4);
    ASSERT_TRUE(allowed);
    EXPECT_EQ(allowed->block(), world.hash(high));
    EXPECT_EQ(allowed->sender, 1u);
}

TEST(ViewChange, AllowsNothingWithoutAQuorumOfDistinctSendersInExactlyThisPlace) {
    const World world;
    const auto a = world.view_change({0, 1}), b = world.view_change({1, 1}), c = world.view_change({2, 1});
    const auto other_view = world.view_change({2, 2}), other_height = world.view_change({2, 1, 2});
    EXPECT_FALSE(allowed_by({&a, &b}, {1, 1}, 4));
    EXPECT_FALSE(allowed_by({&a, &b, &b}, {1, 1}, 4));
    EXPECT_FALSE(allowed_by({&a, &b, &other_view}, {1, 1}, 4));
    EXPECT_FALSE(allowed_by({&a, &b, &other_height}, {1, 1}, 4));
    EXPECT_FALSE(allowed_by({&a, &b, &c}, {1, 1}, 5)) << "three of five are no quorum";
}

TEST(ViewChange, PullsNobodyFurtherThanEnoughHaveGone) {
    EXPECT_EQ(reached_by({9, 3, 2}, 2), 3u);
    EXPECT_EQ(reached_by({9}, 2), 0u);
}

TEST(Safety, VotesOnceInAView) {
    Safety safety;
    safety.enter_height(1);
    const Hash one = crypto::sha256({"1"}), two = crypto::sha256({"2"});
    safety.prepare(one);
    EXPECT_TRUE(safety.may_prepare(one));
    EXPECT_FALSE(safety.may_prepare(two));
    safety.enter_view(1);
    EXPECT_TRUE(safety.may_prepare(two));
}

TEST(Safety, IsTheSameAfterARestart) {
    const World world;
    const Proposal block = world.block();
    Safety safety;
    safety.enter_height(1);
    safety.prepare(world.hash(block));
    safety.hold({world.certificate(block, 0, {0, 1, 2}), block});
    safety.enter_view(3);
    safety.prepare(world.hash(world.block(3, "b")));

    const Safety again(safety.record());
    EXPECT_EQ(again.record().SerializeAsString(), safety.record().SerializeAsString());
    EXPECT_EQ(again.view(), 3u);
    EXPECT_FALSE(again.may_prepare(world.hash(block)));
    ASSERT_TRUE(again.prepared());
    EXPECT_EQ(again.prepared()->proposal.transactions, block.transactions);
}

TEST(Safety, KeepsTheHighestCertificate) {
    const World world;
    const Proposal low = world.block(0, "low"), high = world.block(1, "high");
    Safety safety;
    safety.enter_height(1);
    safety.hold({world.certificate(high, 1, {0, 1, 2}), high});
    safety.hold({world.certificate(low, 0, {0, 1, 2}), low});
    EXPECT_EQ(safety.prepared()->certificate.view(), 1u);
}

}  // namespace
}  // namespace pcq::consensus
