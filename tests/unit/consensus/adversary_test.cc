// One liar, one crash or one wrong clock against one honest replica: what it must not be talked into.
// Validator 0 of four unless said otherwise, at height 1, where validator 1 is the primary of view 0, 2 of
// view 1, 3 of view 2 and 0 of view 3.
#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

class Adversary : public testing::Test {
protected:
    // What a third replica makes of a proposal.
    std::optional<Code> refusal(const proto::ConsensusMessage& proposal) const {
        Subject other(world, 1);
        other.hear(proposal);
        return other.effects.ignored;
    }

    World world;
    Proposal block = world.block();
    Hash hash = world.hash(block);
    Subject subject{world, 0};
};

// A liar is among the first quorum and is gone to the next view before the block is built: without its words
// the proposal would prove nothing, in this view and in every further one.
TEST_F(Adversary, CannotSpoilAProposalByLeavingTheViewWhileItIsBuilt) {
    subject.hear(world.view_change({1, 3}));
    subject.hear(world.view_change({2, 3}));
    ASSERT_TRUE(subject.effects.build);
    subject.hear(world.view_change({2, 4}));

    subject.step(Built{3, world.block(3, "fresh")});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].pre_prepare().justification_size(), 3);
    EXPECT_EQ(refusal(subject.said()[0]), std::nullopt);
}

TEST_F(Adversary, CannotSpoilAFreshProposalByShowingACertificateLate) {
    subject.hear(world.view_change({1, 3}));
    subject.hear(world.view_change({2, 3}));
    ASSERT_TRUE(subject.effects.build);
    subject.hear(world.view_change({3, 3}, block, world.certificate(block, 0, {1, 2, 3})));

    subject.step(Built{3, world.block(3, "fresh")});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(refusal(subject.said()[0]), std::nullopt);
}

TEST_F(Adversary, CannotSpoilASecondProposalByTakingItsViewChangeAway) {
    subject.hear(world.view_change({2, 3}, block, world.certificate(block, 0, {1, 2, 3})));
    subject.hear(world.view_change({1, 3}));
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    subject.hear(world.view_change({2, 4}));

    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].pre_prepare().header(), block.header);
    EXPECT_EQ(refusal(subject.said()[0]), std::nullopt);
}

// Row 17: an hour back must not silence a validator for an hour.
TEST_F(Adversary, ClockThatJumpedBackStillTimesOut) {
    subject.step(Work{true});
    subject.now = {subject.now.ms - 3'600'000};
    subject.step(Tick{});
    EXPECT_EQ(subject.replica.view(), 0u);
    EXPECT_LE(subject.effects.wake_at, subject.now + Duration{2'000});
    subject.wait({6'000});
    EXPECT_EQ(subject.replica.view(), 1u);
}

TEST_F(Adversary, ClockThatWasAheadOnceDoesNotMakeLaterTimesAcceptable) {
    subject.now = {subject.now.ms + 3'600'000};
    subject.step(Tick{});
    subject.now = kNow;
    proto::Header header;
    header.ParseFromString(block.header);
    header.set_time_ms(header.time_ms() + 2'001);
    Proposal ahead = block;
    ahead.header = header.SerializeAsString();
    subject.hear(world.pre_prepare({1}, ahead));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_bad_proposal);
}

// Whoever missed a turn is told by the view in the header: a block that names an older one would hide it.
// What is shown beside it is not signed by its proposer, and says nothing about it.
TEST_F(Adversary, CannotPassAFreshBlockOffAsOneOfAnOlderView) {
    const auto justification = {world.view_change({1, 1}), world.view_change({2, 1}),
                                world.view_change({3, 1})};
    subject.hear(world.pre_prepare({2, 1}, world.block(0, "fresh"), justification));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_not_justified);
    EXPECT_TRUE(subject.effects.execute.empty());
    EXPECT_EQ(subject.replica.view(), 0u);
}

// Nor if this replica has executed that block before, when it was proposed in its own view: others have not,
// and what is accepted must not depend on it.
TEST_F(Adversary, CannotProposeAnOlderBlockAgainWithoutItsCertificate) {
    subject.hear(world.pre_prepare({1}, block));
    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 1u);
    const auto justification = {world.view_change({1, 1}), world.view_change({2, 1}),
                                world.view_change({3, 1})};

    subject.hear(world.pre_prepare({2, 1}, block, justification));

    EXPECT_EQ(subject.effects.ignored, Code::consensus_not_justified);
    EXPECT_EQ(subject.replica.view(), 0u);
    EXPECT_TRUE(subject.said().empty());
}

// The signature of a proposal does not cover its justification. Another quorum of view changes under the
// same proposal, by another's hand and before the true one, must not take its place.
TEST_F(Adversary, CannotDisplaceAProposalByShowingSomethingElseUnderIt) {
    const auto others = {world.view_change({0, 1}), world.view_change({2, 1}), world.view_change({3, 1})};
    const auto shown = {world.view_change({1, 1}, block, world.certificate(block, 0, {1, 2, 3})),
                        world.view_change({2, 1}), world.view_change({3, 1})};
    subject.hear(world.pre_prepare({2, 1}, block, others));
    EXPECT_EQ(subject.replica.view(), 0u);
    EXPECT_EQ(subject.replica.stats().kept, 0u);

    subject.hear(world.pre_prepare({2, 1}, block, shown));
    EXPECT_EQ(subject.replica.view(), 1u);
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].prepare().block_hash(), hash.view());
}

// All clocks were an hour ahead and have been set right.
TEST_F(Adversary, ChainWhoseTimeIsAheadGoesOnByTheLeastStep) {
    world.last.time_ms = static_cast<std::uint64_t>(kNow.ms) + 3'600'000;
    const auto refused = [this](std::uint64_t time_ms) {
        proto::Header header;
        header.ParseFromString(block.header);
        header.set_time_ms(time_ms);
        Proposal later = block;
        later.header = header.SerializeAsString();
        Subject fresh(world, 0);
        fresh.hear(world.pre_prepare({1}, later));
        return fresh.effects.execute.empty();
    };
    EXPECT_FALSE(refused(world.last.time_ms + 1));
    EXPECT_TRUE(refused(world.last.time_ms + 2));
    EXPECT_TRUE(refused(world.last.time_ms));
}

TEST_F(Adversary, PrepareBesideAnotherProposalIsEvidence) {
    const Proposal other = world.block(0, "b");
    subject.hear(world.prepare({1}, world.hash(other)));
    subject.hear(world.pre_prepare({1}, block));
    ASSERT_EQ(subject.effects.evidence.size(), 1u);
    EXPECT_EQ(subject.effects.evidence[0].first.prepare().block_hash(), world.hash(other).view());
    EXPECT_EQ(subject.effects.evidence[0].second.pre_prepare().header(), block.header);
    EXPECT_TRUE(verify(world.voters, kChecks, subject.effects.evidence[0].first));
}

TEST_F(Adversary, CommitBesideAViewChangeThatHidesItsCertificateIsEvidence) {
    subject.hear(world.commit({2, 1}, hash));
    subject.hear(world.view_change({2, 2}));
    ASSERT_EQ(subject.effects.evidence.size(), 1u);
    EXPECT_TRUE(subject.effects.evidence[0].first.has_commit());
    EXPECT_TRUE(subject.effects.evidence[0].second.has_view_change());
    for (const auto& side : {subject.effects.evidence[0].first, subject.effects.evidence[0].second})
        EXPECT_TRUE(verify(world.voters, kChecks, side));

    Subject other_order(world, 0);
    other_order.hear(world.view_change({2, 2}, block, world.certificate(block, 0, {1, 2, 3})));
    other_order.hear(world.commit({2, 1}, hash));
    EXPECT_EQ(other_order.effects.evidence.size(), 1u) << "the certificate is of a lower view";
}

TEST_F(Adversary, HonestViewChangeAfterACommitIsNoEvidence) {
    subject.hear(world.commit({2}, hash));
    subject.hear(world.view_change({2, 1}, block, world.certificate(block, 0, {1, 2, 3})));
    EXPECT_TRUE(subject.effects.evidence.empty());
    subject.hear(world.commit({2, 1}, hash));
    EXPECT_TRUE(subject.effects.evidence.empty());
}

TEST_F(Adversary, DecidedBlockIsAskedOfThoseWhoDecidedIt) {
    const World seven_world(7);
    Subject seven(seven_world, 0);
    seven.hear(seven_world.commit({1}, Hash()));  // another block
    for (const std::uint32_t sender : {2u, 3u, 4u, 5u, 6u}) seven.hear(seven_world.commit({sender}, hash));
    seven.wait({500});
    ASSERT_TRUE(seven.effects.fetch);
    EXPECT_NE(seven.effects.fetch->from, 1u);
}

// Row 7. A new disk has neither blocks nor votes, and so has a validator on its first day; the age of the
// blocks tells them apart.
TEST_F(Adversary, WipedValidatorIsNotTakenForANewOne) {
    Replica wiped = world.replica(0);
    const Instant start{kNow.ms + 60'000};
    wiped.start(std::nullopt, /*fresh=*/true, start);
    EXPECT_TRUE(wiped.votes());
    wiped.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}}, start);
    EXPECT_FALSE(wiped.votes());
}

// It may have to say something before it hears of the first block.
TEST_F(Adversary, WipedValidatorThatHasSpokenIsNotTakenForANewOne) {
    Subject wiped(world, 0, {std::nullopt, /*fresh=*/true, {kNow.ms + 60'000}});
    wiped.step(Work{true});
    wiped.wait({2'000});
    ASSERT_TRUE(wiped.effects.persist);
    ASSERT_EQ(wiped.replica.view(), 1u);
    const proto::VoteRecord said = *wiped.effects.persist;
    const Advanced first{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}};

    wiped.step(first);

    EXPECT_FALSE(wiped.replica.votes());
    // And remembers over a restart that its record is of no use.
    ASSERT_TRUE(wiped.effects.persist);
    World later = world;
    later.last = first.last;
    EXPECT_FALSE(Subject(later, 0, {*wiped.effects.persist}).replica.votes());

    Subject restarted(world, 0, {said, /*fresh=*/false, {kNow.ms + 70'000}});
    EXPECT_TRUE(restarted.replica.votes());
    restarted.step(first);
    EXPECT_FALSE(restarted.replica.votes());
}

// Or the first block would never be decided if the power fails meanwhile.
TEST_F(Adversary, NewValidatorThatRestartsBeforeTheFirstBlockVotesOnIt) {
    Subject young(world, 0, {std::nullopt, /*fresh=*/true, kNow});
    young.step(Work{true});
    young.wait({2'000});
    ASSERT_TRUE(young.effects.persist);

    Subject restarted(world, 0, {*young.effects.persist, /*fresh=*/false, {kNow.ms + 600'000}});
    restarted.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms) + 500, 0}});
    EXPECT_TRUE(restarted.replica.votes());
}

// Others decide the first block without it.
TEST_F(Adversary, NewValidatorThatRestartsBeforeItHasSaidAnythingVotes) {
    Subject young(world, 0, {std::nullopt, /*fresh=*/true, kNow});
    ASSERT_TRUE(young.effects.persist);

    Subject restarted(world, 0, {*young.effects.persist, /*fresh=*/false, {kNow.ms + 600'000}});
    restarted.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms) + 500, 0}});
    EXPECT_TRUE(restarted.replica.votes());
}

TEST_F(Adversary, NewValidatorVotesOnTheFirstBlocks) {
    Replica young = world.replica(0);
    young.start(std::nullopt, /*fresh=*/true, kNow);
    young.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms) + 500, 0}}, kNow);
    EXPECT_TRUE(young.votes());
}

// An old copy of the record: the chain beside it is ahead.
TEST_F(Adversary, RecordOlderThanTheChainCountsAsLost) {
    World later = world;
    later.last = {7, hash, world.last.time_ms, 0};
    proto::VoteRecord record;
    record.set_height(6);
    Subject rolled_back(later, 0, After{record});
    EXPECT_FALSE(rolled_back.replica.votes());
    record.set_height(7);
    Subject crashed_after_deciding(later, 0, After{record});
    EXPECT_TRUE(crashed_after_deciding.replica.votes());
}

// A crash between the block and the next record must not look like an old copy of the record.
TEST_F(Adversary, RecordHasTheHeightOfABlockBeforeTheBlockIsStored) {
    world.last = {1, hash, static_cast<std::uint64_t>(kNow.ms) - 500, 0};
    proto::VoteRecord record;
    record.set_height(1);
    Subject fetching(world, 0, After{record});
    fetching.step(Fetched{});
    ASSERT_TRUE(fetching.effects.persist);
    EXPECT_EQ(fetching.effects.persist->height(), 2u);
    fetching.step(Fetched{});
    EXPECT_FALSE(fetching.effects.persist) << "once is enough";

    // Decided by others before this replica has voted.
    Subject deciding(world, 0, After{record});
    const Proposal next = world.block();
    deciding.hear(world.pre_prepare({2, 0, 2}, next));
    for (const std::uint32_t sender : {1u, 2u, 3u})
        deciding.hear(world.commit({sender, 0, 2}, world.hash(next)));
    deciding.step(Executed{world.hash(next), true});
    ASSERT_TRUE(deciding.effects.decide);
    ASSERT_TRUE(deciding.effects.persist);
    EXPECT_EQ(deciding.effects.persist->height(), 2u);
}

// Commits are public. Who lost its record must not count heights decided long ago that somebody replays to
// it.
// Blocks of heights in which it has voted before come back one by one: in none of them may it vote again.
TEST_F(Adversary, ChainBelowItsRecordGetsNoSecondVote) {
    proto::VoteRecord record;
    record.set_height(4);
    record.set_view(2);
    record.set_voted(true);
    record.set_voted_hash(hash.bytes());
    Subject restored(world, 0, After{record});
    for (const std::uint64_t height : {1u, 2u, 3u}) {
        EXPECT_FALSE(restored.replica.votes()) << height;
        EXPECT_TRUE(restored.said().empty()) << height;
        restored.step(Advanced{{height, hash, static_cast<std::uint64_t>(kNow.ms) + height, 0}});
    }
    EXPECT_TRUE(restored.replica.votes());
    EXPECT_EQ(restored.replica.view(), 2u);
    restored.wait({500});
    ASSERT_FALSE(restored.said().empty());
    EXPECT_EQ(restored.said().back().prepare().block_hash(), hash.view()) << "the vote on record, again";
}

TEST_F(Adversary, ReplayedDecisionsDoNotEndTheWatch) {
    Subject amnesiac(world, 0, After{});
    World at = world;
    for (std::uint64_t height = 1; height <= 3; ++height) {
        const Proposal proposal = at.block();
        const auto primary = static_cast<std::uint32_t>(height % 4);
        amnesiac.hear(at.pre_prepare({primary, 0, height}, proposal));
        for (const std::uint32_t sender : {1u, 2u, 3u})
            amnesiac.hear(at.commit({sender, 0, height}, at.hash(proposal)));
        amnesiac.step(Executed{at.hash(proposal), true});
        ASSERT_TRUE(amnesiac.effects.decide);
        at.last = {height, at.hash(proposal), static_cast<std::uint64_t>(kNow.ms), 0};
        amnesiac.step(Advanced{at.last});
    }
    EXPECT_FALSE(amnesiac.replica.votes());
}

// Row 16: a signature that would change nothing is not worth checking.
TEST_F(Adversary, RepetitionsAndMessagesOutOfPlaceAreRefusedBeforeTheirSignatureIsChecked) {
    const auto refused = [this](const proto::ConsensusMessage& message) {
        return subject.replica.refusal(message);
    };
    const auto heard = [this, &refused](const proto::ConsensusMessage& message) {
        EXPECT_EQ(refused(message), std::nullopt);
        subject.hear(message);
        return refused(message);
    };
    EXPECT_EQ(heard(world.prepare({2}, hash)), Code::consensus_repeated_vote);
    EXPECT_EQ(heard(world.commit({2}, hash)), Code::consensus_repeated_vote);
    EXPECT_EQ(heard(world.view_change({2, 7})), Code::consensus_repeated_vote);
    EXPECT_EQ(refused(world.view_change({2, 6})), Code::consensus_repeated_vote);
    EXPECT_EQ(heard(world.pre_prepare({1}, block)), Code::consensus_repeated_vote);
    EXPECT_EQ(heard(world.prepare({3, 0, 2}, hash)), Code::consensus_repeated_vote) << "of the next height";
    EXPECT_EQ(heard(world.status({2, 0, 9})), Code::consensus_repeated_vote);

    EXPECT_EQ(refused(world.prepare({0}, hash)), Code::consensus_repeated_vote) << "its own";
    EXPECT_EQ(refused(world.pre_prepare({2}, block)), Code::consensus_not_primary);
    EXPECT_EQ(refused(world.prepare({3, 5}, hash)), Code::consensus_other_view);
    EXPECT_EQ(refused(world.status({3, 0, 1})), Code::consensus_other_height) << "where we are too";
    EXPECT_EQ(refused(world.view_change({3, 1, 3})), Code::consensus_other_height) << "dear, and of no use";
    EXPECT_EQ(refused(world.prepare({3, 0, 3}, hash)), std::nullopt) << "cheap, and tells that we are behind";

    subject.hear(world.prepare({3}, hash));
    EXPECT_EQ(refused(world.prepare({3}, Hash())), std::nullopt) << "evidence";
    subject.hear(world.prepare({3}, Hash()));
    EXPECT_EQ(refused(world.prepare({3}, Hash())), Code::consensus_equivocation) << "but once";
}

// Before the next height has begun, what is known of it already is enough to refuse most of what a liar says.
TEST_F(Adversary, CannotHaveAProposalOfTheNextHeightKeptThatItsTimeWillRefuse) {
    const World seven(7);  // 2 has the turn in view 0 of height 2, 3 in view 1
    World later = seven;
    later.last = {1, seven.hash(seven.block()), static_cast<std::uint64_t>(kNow.ms), 0};
    Subject at(seven, 0);
    const auto refused = [&at](const proto::ConsensusMessage& message) {
        return at.replica.refusal(message);
    };
    const auto changes = [&seven](std::uint64_t height, std::uint32_t from) {
        std::vector<proto::ConsensusMessage> made;
        for (std::uint32_t sender = from; sender < 7; ++sender)
            made.push_back(seven.view_change({sender, 1, height}));
        return made;
    };
    for (const std::uint32_t passed_over : {2u, 3u, 4u})
        EXPECT_EQ(refused(seven.pre_prepare({passed_over, 0, 2}, later.block())), std::nullopt);
    for (const std::uint32_t other : {1u, 5u, 6u})
        EXPECT_EQ(refused(seven.pre_prepare({other, 0, 2}, later.block())), Code::consensus_not_primary);
    const Proposal next = later.block(1);
    EXPECT_EQ(refused(seven.pre_prepare({3, 1, 2}, next, changes(2, 2))), std::nullopt);
    EXPECT_EQ(refused(seven.pre_prepare({2, 1, 2}, next, changes(2, 2))), Code::consensus_not_primary);
    EXPECT_EQ(refused(seven.pre_prepare({3, 1, 2}, next, changes(2, 3))), Code::consensus_not_justified);
    EXPECT_EQ(refused(seven.pre_prepare({3, 1, 2}, next, changes(1, 2))), Code::consensus_not_justified);
    EXPECT_EQ(refused(seven.pre_prepare({3, 1, 2}, later.block(), changes(2, 2))),
              Code::consensus_not_justified);
    EXPECT_EQ(refused(seven.pre_prepare({3, 8, 2}, next, changes(2, 2))), Code::consensus_other_view);
    at.hear(seven.prepare({1, 8, 2}, hash));
    EXPECT_EQ(at.effects.ignored, Code::consensus_other_view) << "heard, since it tells that we are behind";
    EXPECT_EQ(at.replica.stats().kept, 0u);
    EXPECT_EQ(refused(seven.prepare({1, 8, 2}, hash)), Code::consensus_repeated_vote);
}

// Whoever says again what another has said before, of a lower view, must not have it kept instead.
TEST_F(Adversary, CannotDisplaceWordsOfTheNextHeightByOlderOnes) {
    for (const std::uint32_t view : {0u, 2u, 1u}) {
        subject.hear(world.prepare({2, view, 2}, hash));
        subject.hear(world.commit({2, view, 2}, hash));
        subject.hear(world.view_change({2, view + 1, 2}));
    }
    EXPECT_EQ(subject.effects.ignored, Code::consensus_repeated_vote);
    EXPECT_EQ(subject.replica.stats().kept, 3u);
    subject.hear(world.prepare({2, 2, 2}, Hash()));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_repeated_vote) << "the first of a view is kept";

    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_EQ(subject.replica.refusal(world.prepare({2, 2, 2}, hash)), Code::consensus_repeated_vote);
    EXPECT_EQ(subject.replica.refusal(world.commit({2, 2, 2}, hash)), Code::consensus_repeated_vote);
    EXPECT_EQ(subject.replica.refusal(world.view_change({2, 3, 2})), Code::consensus_repeated_vote);
    EXPECT_EQ(subject.replica.refusal(world.prepare({2, 1, 2}, hash)), std::nullopt);
}

TEST_F(Adversary, StragglerIsAnsweredAgainOnlyAfterAWhile) {
    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_EQ(subject.replica.refusal(world.prepare({2}, hash)), std::nullopt);
    subject.hear(world.prepare({2}, hash));
    EXPECT_EQ(subject.replica.refusal(world.prepare({2}, hash)), Code::consensus_other_height);
    subject.wait({500});
    EXPECT_EQ(subject.replica.refusal(world.prepare({2}, hash)), std::nullopt);
}

// Whatever one validator says, what is kept of it is bounded: one message a kind and view in a window of
// views, one view change, one of each kind for the next height.
TEST_F(Adversary, CannotFillTheMemory) {
    for (std::uint32_t i = 0; i < 2'000; ++i) {
        const Hash other = crypto::sha256({std::to_string(i)});
        subject.hear(world.prepare({2, i}, other));
        subject.hear(world.commit({2, i % 9}, other));
        subject.hear(world.view_change({2, i + 1}));
        subject.hear(world.prepare({2, i, 2}, other));
        subject.hear(world.commit({2, 0, i + 3}, other));
        subject.hear(world.pre_prepare({1}, world.block(0, std::to_string(i))));
    }
    EXPECT_LE(subject.replica.stats().kept, 2u * 6 + 1 + 2 + 1 + 2);
}

// Whoever waits until others have forgotten the view of its Commit contradicts itself all the same.
TEST_F(Adversary, CommitIsHeldAgainstItsSenderInWhateverLaterView) {
    subject.hear(world.commit({3, 1}, hash));
    for (std::uint32_t view = 2; view <= 50; ++view) {
        for (const std::uint32_t other : {1u, 2u}) subject.hear(world.view_change({other, view}));
        if (view == 46) subject.hear(world.commit({3, 50}, hash));  // displaces nothing
    }
    ASSERT_EQ(subject.replica.view(), 50u);
    subject.hear(world.view_change({3, 50}));
    ASSERT_EQ(subject.effects.evidence.size(), 1u);
    EXPECT_EQ(subject.effects.evidence[0].first.commit().view(), 1u);
    EXPECT_TRUE(verify(world.voters, kChecks, subject.effects.evidence[0].first));
}

}  // namespace
}  // namespace pcq::consensus
