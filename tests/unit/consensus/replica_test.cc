// One replica's small steps: one message in, exactly the words it must cause out. Validator 0 of four, at
// height 1, where validator 1 is the primary of view 0, 2 of view 1, 3 of view 2 and 0 of view 3.
#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

TEST_F(ReplicaStep, ExecutesAProposalBeforeItVotesAndPersistsBeforeItSends) {
    subject.hear(world.pre_prepare({1}, block));
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    EXPECT_EQ(subject.effects.execute[0].block, hash);
    EXPECT_EQ(subject.effects.execute[0].from, 1u);
    EXPECT_TRUE(subject.said().empty());

    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].prepare().block_hash(), hash.view());
    ASSERT_TRUE(subject.effects.persist);
    EXPECT_EQ(subject.effects.persist->voted_hash(), hash.view());
}

TEST_F(ReplicaStep, CommitsWithAPreparedCertificateAndKeepsIt) {
    prepare_block();
    ASSERT_TRUE(subject.effects.persist);
    EXPECT_EQ(subject.effects.persist->prepared().signatures_size(), 3);
    EXPECT_EQ(subject.effects.persist->prepared_header(), block.header);
}

// A quorum may have executed it; this replica says so of itself only.
TEST_F(ReplicaStep, CommitsToNothingThatItHasNotExecutedItself) {
    subject.hear(world.pre_prepare({1}, block));
    subject.hear(world.prepare({2}, hash));
    subject.hear(world.prepare({3}, hash));
    EXPECT_TRUE(subject.said().empty());
    EXPECT_FALSE(subject.effects.persist);
    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 2u);
    EXPECT_TRUE(subject.said()[1].has_commit());
}

TEST_F(ReplicaStep, DecidesWithAQuorumOfCommits) {
    prepare_block();
    subject.hear(world.commit({2}, hash));
    EXPECT_FALSE(subject.effects.decide);
    subject.hear(world.commit({3}, hash));
    ASSERT_TRUE(subject.effects.decide);
    EXPECT_EQ(subject.effects.decide->block, hash);
    proto::CommitCertificate certificate;
    ASSERT_TRUE(certificate.ParseFromString(subject.effects.decide->certificate));
    EXPECT_EQ(certificate.signatures_size(), 3);

    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_EQ(subject.replica.height(), 2u);
}

// Rule 4: whatever the own view.
TEST_F(ReplicaStep, DecidesByCommitsOfAViewThatItHasLeft) {
    subject.step(Work{true});
    subject.hear(world.pre_prepare({1}, block));
    subject.wait({6'000});
    ASSERT_EQ(subject.replica.view(), 1u);
    for (const std::uint32_t sender : {1u, 2u, 3u}) subject.hear(world.commit({sender}, hash));
    subject.step(Executed{hash, true});
    EXPECT_TRUE(subject.effects.decide);
    EXPECT_TRUE(subject.said().empty());
}

TEST_F(ReplicaStep, FetchesADecidedBlockThatItHasNotSeen) {
    for (const std::uint32_t sender : {1u, 2u, 3u}) subject.hear(world.commit({sender}, hash));
    subject.wait({500});
    ASSERT_TRUE(subject.effects.fetch);
    EXPECT_EQ(subject.effects.fetch->height, 1u);
}

TEST_F(ReplicaStep, LeavesTheViewAtOnceWhenTheBlockIsInvalid) {
    subject.hear(world.pre_prepare({1}, block));
    subject.step(Executed{hash, false});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].view_change().view(), 1u);
    ASSERT_TRUE(subject.effects.persist);
    EXPECT_EQ(subject.effects.persist->view(), 1u);
}

// Every primary has had its turn: whoever executes otherwise than the others is in no hurry any more.
TEST_F(ReplicaStep, LeavesLaterViewsWithTheTimeOutThoughTheBlockIsInvalid) {
    for (const std::uint32_t view : {2u, 4u}) {
        Subject refusing(world, 0);
        const std::uint32_t primary = (1 + view) % 4;
        for (const std::uint32_t sender : {1u, 2u, 3u}) refusing.hear(world.view_change({sender, view}));
        ASSERT_EQ(refusing.replica.view(), view);
        const auto wrong = world.block(view);
        refusing.hear(world.pre_prepare(
            {primary, view}, wrong,
            {world.view_change({1, view}), world.view_change({2, view}), world.view_change({3, view})}));
        refusing.step(Executed{world.hash(wrong), false});
        EXPECT_EQ(refusing.replica.view(), view < 4 ? view + 1 : view);
        refusing.wait({60'000});
        EXPECT_EQ(refusing.replica.view(), view + 1);
    }
}

// Row 3, what the header alone shows.
TEST_F(ReplicaStep, LeavesTheViewAtOnceWhenTheHeaderCannotBeOfThisHeight) {
    const auto refused = [this](const std::function<void(proto::Header&)>& spoil) {
        proto::Header header;
        header.ParseFromString(block.header);
        spoil(header);
        Proposal spoilt = block;
        spoilt.header = header.SerializeAsString();
        Subject fresh(world, 0);
        fresh.hear(world.pre_prepare({1}, spoilt));
        return fresh.effects.ignored == Code::consensus_bad_proposal && fresh.replica.view() == 1 &&
               fresh.effects.execute.empty();
    };
    EXPECT_TRUE(refused([](auto& header) { header.set_height(2); }));
    EXPECT_TRUE(refused([](auto& header) { header.set_view(1); }));
    EXPECT_TRUE(refused([](auto& header) { header.set_previous_hash(Bytes(32, 'x')); }));
    EXPECT_TRUE(refused([](auto& header) { header.set_proposer("somebody"); }));
    EXPECT_TRUE(refused([](auto& header) { header.set_transaction_count(2); }));
    EXPECT_TRUE(refused([this](auto& header) { header.set_time_ms(world.last.time_ms); }));
    EXPECT_TRUE(refused([](auto& header) { header.set_time_ms(header.time_ms() + 2'001); }));
    EXPECT_FALSE(refused([](auto& header) { header.set_time_ms(header.time_ms() + 2'000); }));
}

// Row 1.
TEST_F(ReplicaStep, KeepsBothProposalsOfATwoFacedPrimaryAndLeavesItsView) {
    subject.hear(world.pre_prepare({1}, block));
    subject.hear(world.pre_prepare({1}, world.block(0, "b")));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_equivocation);
    ASSERT_EQ(subject.effects.evidence.size(), 1u);
    EXPECT_EQ(subject.effects.evidence[0].first.sender(), 1u);
    EXPECT_NE(subject.effects.evidence[0].first.pre_prepare().header(),
              subject.effects.evidence[0].second.pre_prepare().header());
    EXPECT_EQ(subject.replica.view(), 1u);
}

TEST_F(ReplicaStep, KeepsEvidenceOfTwoVotesAndCountsTheFirst) {
    subject.hear(world.commit({2}, hash));
    subject.hear(world.commit({2}, Hash()));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_equivocation);
    ASSERT_EQ(subject.effects.evidence.size(), 1u);
    for (const auto& side : {subject.effects.evidence[0].first, subject.effects.evidence[0].second})
        EXPECT_TRUE(verify(world.voters, kChecks, side)) << "both sides convince a third party";
    subject.hear(world.commit({2}, crypto::sha256({"third"})));
    EXPECT_TRUE(subject.effects.evidence.empty()) << "one piece of evidence a sender";
}

TEST_F(ReplicaStep, IgnoresTheSameAgain) {
    subject.hear(world.prepare({2}, hash));
    subject.hear(world.prepare({2}, hash));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_repeated_vote);
    subject.hear(world.view_change({2, 2}));
    subject.hear(world.view_change({2, 1}));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_repeated_vote) << "the highest of a sender stands";
}

TEST_F(ReplicaStep, IgnoresAProposalOfWhoeverIsNotThePrimary) {
    subject.hear(world.pre_prepare({2}, block));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_not_primary);
    EXPECT_TRUE(subject.effects.execute.empty());
}

TEST_F(ReplicaStep, IgnoresVotesOfViewsFarAhead) {
    subject.hear(world.prepare({2, 5}, hash));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_other_view);
    subject.hear(world.prepare({2, 4}, hash));
    EXPECT_FALSE(subject.effects.ignored);
}

// Row 10.
TEST_F(ReplicaStep, FollowsTwoOfFourToAHigherViewButNotOne) {
    subject.hear(world.view_change({1, 1'000'000}));
    EXPECT_EQ(subject.replica.view(), 0u);
    subject.hear(world.view_change({2, 3}));
    EXPECT_EQ(subject.replica.view(), 3u);
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].view_change().view(), 3u);
}

TEST_F(ReplicaStep, RemembersViewChangesOfViewsFarAheadSoThatAStragglerRejoins) {
    subject.hear(world.view_change({1, 20}));
    subject.hear(world.view_change({2, 20}));
    EXPECT_EQ(subject.replica.view(), 20u);
}

TEST_F(ReplicaStep, ShowsItsPreparedCertificateAndItsBlockWhenItChangesViews) {
    prepare_block();
    subject.wait({6'000});
    ASSERT_EQ(subject.replica.view(), 1u);
    const auto said = subject.said();
    const auto change =
        std::find_if(said.begin(), said.end(), [](const auto& m) { return m.has_view_change(); });
    ASSERT_NE(change, said.end());
    EXPECT_EQ(change->view_change().prepared().block_hash(), hash.view());
    EXPECT_EQ(change->view_change().header(), block.header);
    EXPECT_TRUE(verify(world.voters, kChecks, *change));
}

TEST_F(ReplicaStep, RefusesANewViewThatIsNotJustified) {
    const Proposal fresh = world.block(1, "fresh");
    const auto shown = world.view_change({3, 1}, block, world.certificate(block, 0, {1, 2, 3}));
    // Too few, as one counts twice; and a fresh block where one has been prepared.
    subject.hear(world.pre_prepare(
        {2, 1}, fresh, {world.view_change({1, 1}), world.view_change({2, 1}), world.view_change({2, 1})}));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_not_justified);
    subject.hear(
        world.pre_prepare({2, 1}, fresh, {world.view_change({1, 1}), world.view_change({2, 1}), shown}));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_not_justified);
    EXPECT_EQ(subject.replica.view(), 0u);
    // That is seen before a signature is looked at.
    EXPECT_EQ(subject.replica.refusal(world.pre_prepare(
                  {2, 1}, fresh, {world.view_change({1, 1}), world.view_change({2, 1}), shown})),
              Code::consensus_not_justified);

    subject.hear(
        world.pre_prepare({2, 1}, block, {world.view_change({1, 1}), world.view_change({2, 1}), shown}));
    EXPECT_FALSE(subject.effects.ignored);
    EXPECT_EQ(subject.replica.view(), 1u) << "a justified proposal takes it along";
    subject.step(Executed{hash, true});
    ASSERT_FALSE(subject.said().empty());
    EXPECT_EQ(subject.said()[0].prepare().view(), 1u);
}

TEST_F(ReplicaStep, ProposesTheCertifiedBlockAgainAsPrimaryOfANewView) {
    const auto shown = world.view_change({2, 3}, block, world.certificate(block, 0, {1, 2, 3}));
    subject.hear(shown);
    subject.hear(world.view_change({1, 3}));  // f + 1 pull it along, and its own makes the quorum
    ASSERT_EQ(subject.replica.view(), 3u);
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    EXPECT_EQ(subject.effects.execute[0].from, 2u) << "who showed the block has its transactions";
    EXPECT_FALSE(subject.effects.build);

    subject.step(Executed{hash, true});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_EQ(subject.said()[0].pre_prepare().header(), block.header);
    EXPECT_EQ(subject.said()[0].pre_prepare().justification_size(), 3);
    EXPECT_TRUE(verify(world.voters, kChecks, subject.said()[0]));
}

TEST_F(ReplicaStep, BuildsAFreshBlockAsPrimaryOfANewViewWhenNothingIsPrepared) {
    subject.hear(world.view_change({1, 3}));
    subject.hear(world.view_change({2, 3}));
    ASSERT_TRUE(subject.effects.build);
    EXPECT_EQ(subject.effects.build->view, 3u);
    subject.step(Built{3, world.block(3, "fresh")});
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_TRUE(subject.said()[0].has_pre_prepare());
    EXPECT_TRUE(subject.effects.persist);
}

TEST_F(ReplicaStep, AsksTheNextProposerForTransactionsThatTheFirstOneKeeps) {
    subject.hear(world.pre_prepare({1}, block));
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    const auto shown = world.view_change({3, 1}, block, world.certificate(block, 0, {1, 2, 3}));
    subject.hear(
        world.pre_prepare({2, 1}, block, {world.view_change({1, 1}), world.view_change({2, 1}), shown}));
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    EXPECT_EQ(subject.effects.execute[0].from, 2u);
}

TEST_F(ReplicaStep, IgnoresABlockBuiltForAnotherParent) {
    Subject primary(world, 1);
    primary.step(Work{true});
    ASSERT_TRUE(primary.effects.build);
    World later = world;
    later.last.height = 1;
    primary.step(Built{0, later.block()});
    EXPECT_EQ(primary.effects.ignored, Code::consensus_other_height);
    EXPECT_TRUE(primary.said().empty());
    primary.step(Built{7, block});
    EXPECT_EQ(primary.effects.ignored, Code::consensus_other_view);
    primary.step(Built{0, block});
    ASSERT_EQ(primary.said().size(), 1u);
    EXPECT_TRUE(primary.said()[0].has_pre_prepare());
}

// Row 20: nothing to do, nothing said but where it is.
TEST_F(ReplicaStep, StaysInItsViewWhileThereIsNothingToDo) {
    for (int i = 0; i < 100; ++i) {
        subject.wait({2'000});
        EXPECT_TRUE(subject.said().empty());
    }
    EXPECT_EQ(subject.replica.view(), 0u);
    EXPECT_GT(subject.effects.wake_at, subject.now);
}

TEST_F(ReplicaStep, WaitsForAQuorumBeforeItLeavesAFurtherView) {
    subject.step(Work{true});
    subject.wait({6'000});
    ASSERT_EQ(subject.replica.view(), 1u);
    subject.wait({30'000});
    EXPECT_EQ(subject.replica.view(), 1u) << "alone there is nobody to agree with";
    subject.hear(world.view_change({1, 1}));
    subject.hear(world.view_change({2, 1}));
    subject.wait({30'000});
    EXPECT_EQ(subject.replica.view(), 2u);
}

TEST_F(ReplicaStep, WaitsTwiceAsLongInEachFurtherViewAndNeverLongerThanTheCap) {
    subject.step(Work{true});
    std::uint32_t view = 0;
    for (const std::int64_t timeout : {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
        subject.wait({timeout - 1});
        ASSERT_EQ(subject.replica.view(), view) << timeout;
        subject.wait({1});
        ASSERT_EQ(subject.replica.view(), ++view) << timeout;
        subject.hear(world.view_change({1, view}));
        subject.hear(world.view_change({2, view}));  // now they are enough: its time begins
    }
}

TEST_F(ReplicaStep, SaysAgainWhatMayHaveBeenLost) {
    prepare_block();
    subject.wait({500});
    const auto said = subject.said();
    ASSERT_EQ(said.size(), 2u);
    EXPECT_TRUE(said[0].has_prepare());
    EXPECT_TRUE(said[1].has_commit());
}

TEST_F(ReplicaStep, TellsAStragglerWhereItIsButNotTooOften) {
    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    subject.hear(world.prepare({3}, hash));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_other_height);
    ASSERT_EQ(subject.effects.reply.size(), 1u);
    EXPECT_EQ(subject.effects.reply[0].first, 3u);
    EXPECT_EQ(subject.effects.reply[0].second.status().height(), 2u);
    subject.hear(world.commit({3}, hash));
    EXPECT_TRUE(subject.effects.reply.empty());
}

TEST_F(ReplicaStep, CatchesUpAsFarAsOneHonestValidatorMustBe) {
    subject.hear(world.status({1, 0, 1'000'000}));
    ASSERT_TRUE(subject.effects.fetch);
    EXPECT_EQ(subject.effects.fetch->height, 1u) << "a claim of one may be a lie";
    subject.hear(world.status({2, 0, 9}));
    ASSERT_TRUE(subject.effects.fetch);
    EXPECT_EQ(subject.effects.fetch->height, 8u);
    EXPECT_EQ(subject.effects.fetch->from, 2u);
}

TEST_F(ReplicaStep, AsksAfterALonelyClaimOnce) {
    subject.hear(world.status({1, 0, 1'000'000}));
    subject.wait({500});
    EXPECT_TRUE(subject.effects.fetch);
    subject.wait({500});
    EXPECT_FALSE(subject.effects.fetch);
}

TEST_F(ReplicaStep, KeepsOneMessageOfEachSenderAndKindForTheNextHeight) {
    const World next = [this] {
        World later = world;
        later.last = {1, hash, static_cast<std::uint64_t>(kNow.ms) - 1, 0};
        return later;
    }();
    const Proposal second = next.block();
    subject.hear(world.pre_prepare({2, 0, 2}, second));
    EXPECT_FALSE(subject.effects.ignored);
    subject.hear(world.prepare({3, 0, 3}, next.hash(second)));
    EXPECT_EQ(subject.effects.ignored, Code::consensus_other_height) << "two heights ahead";
    subject.step(Advanced{next.last});
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    EXPECT_EQ(subject.effects.execute[0].block, next.hash(second));
}

TEST_F(ReplicaStep, FollowsWithoutAVoteAsAnObserver) {
    Subject observer(world, std::nullopt);
    observer.step(Work{true});
    observer.hear(world.pre_prepare({1}, block));
    for (const std::uint32_t sender : {1u, 2u, 3u}) observer.hear(world.commit({sender}, hash));
    observer.step(Executed{hash, true});
    EXPECT_TRUE(observer.effects.decide);
    observer.wait({60'000});
    for (const auto& message : observer.effects.send) EXPECT_TRUE(message.has_status()) << "where it is";
}

// Row 17.
TEST_F(ReplicaStep, StandsStillWhenItsClockJumpsBack) {
    subject.step(Work{true});
    subject.now = {subject.now.ms - 3'600'000};
    subject.step(Tick{});
    EXPECT_EQ(subject.replica.view(), 0u);
    EXPECT_TRUE(subject.said().empty());
}

// However many views a height takes, what is kept is of the last ones, and what has been prepared.
TEST_F(ReplicaStep, KeepsOfAHeightWithoutEndTheLastViewsAndWhatItHasPrepared) {
    prepare_block();
    for (std::uint32_t view = 1; view <= 200; ++view) {
        const auto others = changes(view);
        for (const auto& change : others) subject.hear(change);
        const std::uint32_t primary = (view + 1) % 4;
        const Proposal fresh = world.block(view, std::to_string(view));
        if (primary == 0) continue;  // what it has prepared is proposed again
        subject.hear(world.pre_prepare({primary, view}, fresh, others));
        ASSERT_EQ(subject.effects.execute.size(), 1u) << view;
        subject.step(Executed{world.hash(fresh), true});
        ASSERT_TRUE(subject.said()[0].has_prepare()) << view;
        subject.hear(world.commit({primary, view}, world.hash(fresh)));
        EXPECT_LE(subject.replica.stats().kept, 2 * (3 * 5 + 4)) << view;
        for (std::uint32_t before = 1; before <= view; ++before) {
            if ((before + 1) % 4 == 0) continue;
            const Hash old = world.hash(world.block(before, std::to_string(before)));
            const bool is_kept = subject.replica.keeps(old);
            // Longer only for the sake of a Commit: in every fourth view each of them sends one.
            ASSERT_TRUE(is_kept || before + 4 < view) << before << " in " << view;
            ASSERT_TRUE(!is_kept || before + 8 >= view) << before << " in " << view;
        }
    }
    EXPECT_TRUE(subject.replica.keeps(hash));
    EXPECT_EQ(subject.replica.refusal(world.prepare({2, 195}, hash)), Code::consensus_other_view);
    EXPECT_EQ(subject.replica.refusal(world.prepare({2, 196}, hash)), std::nullopt);
}

// A block of a view long left whose certificate comes to light only now is not executed once more: nobody
// would answer that.
TEST_F(ReplicaStep, ProposesACertifiedBlockOfAForgottenViewAtOnce) {
    subject.hear(world.pre_prepare({1}, block));
    subject.step(Executed{hash, true});
    subject.hear(world.view_change({1, 7}, block, world.certificate(block, 0, {1, 2, 3})));
    subject.hear(world.view_change({2, 7}));
    ASSERT_EQ(subject.replica.view(), 7u);
    EXPECT_TRUE(subject.effects.execute.empty());
    ASSERT_EQ(subject.said().size(), 2u);
    EXPECT_EQ(world.hash({subject.said()[1].pre_prepare().header(), {}}), hash);
}

}  // namespace
}  // namespace pcq::consensus
