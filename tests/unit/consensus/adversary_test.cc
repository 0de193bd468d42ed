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

}  // namespace
}  // namespace pcq::consensus
