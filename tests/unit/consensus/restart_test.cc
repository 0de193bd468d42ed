// What a replica does after a restart, with its record of votes, without it, and after a snapshot.
#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

// Row 6: it may say the same again, never anything else.
TEST_F(ReplicaStep, ResumesAfterARestartWithWhatItSaid) {
    subject.hear(world.pre_prepare({1}, block));
    subject.step(Executed{hash, true});
    const proto::VoteRecord record = *subject.effects.persist;

    Subject again(world, 0, After{record});
    again.hear(world.pre_prepare({1}, world.block(0, "other")));
    EXPECT_TRUE(again.said().empty());
    EXPECT_TRUE(again.effects.execute.empty());
}

TEST_F(ReplicaStep, CountsItsOwnVoteAgainAfterARestart) {
    subject.hear(world.pre_prepare({1}, block));
    subject.step(Executed{hash, true});
    const proto::VoteRecord record = *subject.effects.persist;

    Subject again(world, 0, After{record});
    again.hear(world.pre_prepare({1}, block));
    ASSERT_EQ(again.effects.execute.size(), 1u) << "executed again, to commit to it";
    again.step(Executed{hash, true});
    EXPECT_TRUE(again.said().empty());
    again.hear(world.prepare({2}, hash));
    ASSERT_EQ(again.said().size(), 1u);
    EXPECT_TRUE(again.said()[0].has_commit());
}

// Three of four come back after a power failure, prepared in view 1, the fourth never does: their commits
// must count again, and if not they must be able to leave the view.
TEST_F(ReplicaStep, LeavesAFurtherViewThatItHadPreparedInBeforeARestart) {
    proto::VoteRecord record;
    record.set_height(1);
    record.set_view(1);
    record.set_voted(true);
    record.set_voted_hash(hash.bytes());
    *record.mutable_prepared() = world.certificate(block, 1, {1, 2, 3});
    record.set_prepared_header(block.header);
    for (const auto& transaction : block.transactions) record.add_prepared_transactions(transaction.bytes());

    Subject again(world, 0, After{record});
    again.hear(world.commit({1, 1}, hash));
    again.hear(world.commit({2, 1}, hash));
    EXPECT_EQ(again.effects.execute.size(), 1u);
    again.wait({30'000});
    EXPECT_EQ(again.replica.view(), 2u);
}

// Row 7.
TEST_F(ReplicaStep, OnlyWatchesWithoutItsRecordUntilTwoHeightsAreDecidedBeforeItsEyes) {
    Subject amnesiac(world, 0, After{});
    EXPECT_FALSE(amnesiac.replica.votes());
    World at = world;
    for (std::uint64_t height = 1; height <= 2; ++height) {  // old blocks, by catching up
        at.last = {height, crypto::sha256({std::to_string(height)}), at.last.time_ms + 1, 0};
        amnesiac.step(Advanced{at.last});
    }
    EXPECT_FALSE(amnesiac.replica.votes());
    for (std::uint64_t height = 3; height <= 4; ++height) {
        const Proposal proposal = at.block();
        const Hash decided = at.hash(proposal);
        const auto primary = static_cast<std::uint32_t>(height % 4);
        if (primary == 0) {  // its own turn, which it cannot take: view 1
            amnesiac.hear(at.pre_prepare({1, 1, height}, at.block(1),
                                         {at.view_change({1, 1, height}), at.view_change({2, 1, height}),
                                          at.view_change({3, 1, height})}));
        } else {
            amnesiac.hear(at.pre_prepare({primary, 0, height}, proposal));
        }
        const std::uint32_t view = primary == 0 ? 1 : 0;
        const Hash block_of_view = view == 0 ? decided : at.hash(at.block(1));
        for (const std::uint32_t sender : {1u, 2u, 3u})
            amnesiac.hear(at.commit({sender, view, height}, block_of_view));
        EXPECT_TRUE(amnesiac.said().empty());
        amnesiac.step(Executed{block_of_view, true});
        ASSERT_TRUE(amnesiac.effects.decide);
        EXPECT_FALSE(amnesiac.replica.votes());
        at.last = {height, block_of_view, static_cast<std::uint64_t>(kNow.ms) + 2'000 + height, view};
        amnesiac.step(Advanced{at.last});
    }
    EXPECT_TRUE(amnesiac.replica.votes());
}

// Row 7: the chain was restored from an old copy, the record was not.
TEST_F(ReplicaStep, SaysNothingUntilTheChainHasCaughtUpWithItsRecord) {
    proto::VoteRecord record;
    record.set_height(2);
    record.set_view(2);
    Subject restored(world, 0, After{record});
    EXPECT_FALSE(restored.replica.votes());
    restored.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_TRUE(restored.replica.votes());
    EXPECT_EQ(restored.replica.view(), 2u) << "views below the one it had changed to are over";
}

// What it has said is of heights that are decided below the one with which its chain goes on.
TEST_F(ReplicaStep, VotesAtOnceAfterASnapshotIfItsRecordWasWhole) {
    proto::VoteRecord record;
    record.set_height(1);
    World joined = world;
    joined.last = {300, hash, static_cast<std::uint64_t>(kNow.ms) - 60'000, 0};
    const Subject whole(world, 0, After{record});
    const auto after = whole.replica.record_after(300);
    ASSERT_TRUE(after);
    EXPECT_TRUE(Subject(joined, 0, After{*after}).replica.votes());
    EXPECT_FALSE(Subject(joined, 0, After{record}).replica.votes()) << "below the chain: an old copy";

    EXPECT_FALSE(Subject(world, 0, After{}).replica.record_after(300)) << "it was lost";
    record.set_height(400);
    EXPECT_FALSE(Subject(world, 0, After{record}).replica.record_after(300)) << "it says more than that";
}

// It may have had another disk, and have said anything of the heights before its start.
TEST_F(ReplicaStep, WatchesAfterASnapshotThatIsOlderThanItsFirstStart) {
    const Subject fresh(world, 0);
    const auto after = fresh.replica.record_after(300);
    ASSERT_TRUE(after);
    World joined = world;
    joined.last = {300, hash, static_cast<std::uint64_t>(kNow.ms) - 60'000, 0};
    EXPECT_FALSE(Subject(joined, 0, After{*after}).replica.votes());
    joined.last.time_ms = static_cast<std::uint64_t>(kNow.ms) + 1;
    EXPECT_TRUE(Subject(joined, 0, After{*after}).replica.votes());
}

}  // namespace
}  // namespace pcq::consensus
