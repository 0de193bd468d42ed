// What a replica lets its driver work on before its turn: the block after the one in agreement.
#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

constexpr std::uint32_t kPrimary = 1;      // of height 1
constexpr std::uint32_t kNextPrimary = 2;  // of height 2

class LookingAhead : public testing::Test {
protected:
    // Of height 2, on the block of height 1.
    Proposal next_block(const Hash& parent, const std::string& mark = "next") const {
        World after = world;
        after.last = Decided{1, parent, static_cast<std::uint64_t>(kNow.ms), 0};
        return after.block(0, mark);
    }
    // Until it has executed the block of height 1, and its Prepare is said.
    void execute(Subject& subject) const {
        subject.hear(world.pre_prepare({kPrimary}, block));
        subject.step(Executed{hash, true});
    }
    void prepare(Subject& subject) const {
        execute(subject);
        for (const std::uint32_t other : {0u, 3u}) subject.hear(world.prepare({other}, hash));
    }

    World world;
    const Proposal block = world.block();
    const Hash hash = world.hash(block);
};

TEST_F(LookingAhead, TheNextPrimaryMayBuildOnceItHasCommitted) {
    Subject subject(world, kNextPrimary);
    execute(subject);
    EXPECT_TRUE(subject.effects.look_ahead.empty());
    subject.hear(world.prepare({0}, hash));
    ASSERT_EQ(subject.said().size(), 1u);
    EXPECT_TRUE(subject.said()[0].has_commit());
    ASSERT_EQ(subject.effects.look_ahead.size(), 1u);
    EXPECT_EQ(subject.effects.look_ahead[0].parent, hash);
    EXPECT_TRUE(subject.effects.look_ahead[0].build);
    EXPECT_FALSE(subject.effects.look_ahead[0].execute);
    // Nothing is asked for, and nothing of the next height is said.
    EXPECT_FALSE(subject.effects.build);
}

TEST_F(LookingAhead, NobodyElseBuilds) {
    for (const std::uint32_t other : {0u, 3u}) {
        Subject subject(world, other);
        execute(subject);
        subject.hear(world.prepare({other == 0 ? 3u : 0u}, hash));
        ASSERT_FALSE(subject.said().empty());
        EXPECT_TRUE(subject.said()[0].has_commit());
        EXPECT_TRUE(subject.effects.look_ahead.empty());
    }
}

// The block came in a further view: whoever missed the turn that is next is passed over.
TEST_F(LookingAhead, WhoHasTheNextTurnFollowsFromTheViewOfTheBlock) {
    const World seven(7);
    const Proposal later = seven.block(2, "b");  // of view 2: 1 and 2 have missed their turns
    const std::uint32_t next = primary(2, 0, 7, {{1, 2}});
    ASSERT_NE(next, kNextPrimary);
    const std::vector<std::uint32_t> others{4, 5, 6};
    for (const std::uint32_t self : {next, kNextPrimary, 0u}) {
        Subject subject(seven, self);
        if (self != next) {
            std::vector<proto::ConsensusMessage> changes;
            for (const std::uint32_t other : {2u, 3u, 4u, 5u, 6u})
                changes.push_back(seven.view_change({other, 2}));
            subject.hear(seven.pre_prepare({3, 2}, later, changes));
            subject.step(Executed{seven.hash(later), true});
        } else {
            for (const std::uint32_t other : {2u, 4u, 5u, 6u}) subject.hear(seven.view_change({other, 2}));
            subject.step(Built{2, later});
        }
        std::vector<LookAhead> hints;
        for (const std::uint32_t other : others) {
            subject.hear(seven.prepare({other, 2}, seven.hash(later)));
            hints.insert(hints.end(), subject.effects.look_ahead.begin(), subject.effects.look_ahead.end());
        }
        subject.hear(seven.prepare({1, 2}, seven.hash(later)));
        hints.insert(hints.end(), subject.effects.look_ahead.begin(), subject.effects.look_ahead.end());
        EXPECT_EQ(hints.size(), self == next ? 1u : 0u) << self;
    }
}

TEST_F(LookingAhead, AProposalOfTheNextHeightMayBeExecutedWhileItsParentIsInAgreement) {
    Subject subject(world, 0);
    prepare(subject);
    const Proposal next = next_block(hash);
    subject.hear(world.pre_prepare({kNextPrimary, 0, 2}, next));
    ASSERT_EQ(subject.effects.look_ahead.size(), 1u);
    const LookAhead& hint = subject.effects.look_ahead[0];
    EXPECT_EQ(hint.parent, hash);
    EXPECT_FALSE(hint.build);
    ASSERT_TRUE(hint.execute);
    EXPECT_EQ(hint.execute->block, world.hash(next));
    EXPECT_EQ(hint.execute->proposal.transactions, next.transactions);
    EXPECT_TRUE(subject.effects.execute.empty());
    EXPECT_TRUE(subject.said().empty());

    // A two-faced primary makes nobody execute twice.
    subject.hear(world.pre_prepare({kNextPrimary, 0, 2}, next_block(hash, "other")));
    EXPECT_TRUE(subject.effects.look_ahead.empty());
}

TEST_F(LookingAhead, AProposalIsLeftForItsTurnUnlessItsPrimaryAndItsParentAreTheLikelyOnes) {
    Subject subject(world, 0);
    subject.hear(world.pre_prepare({kPrimary}, block));
    const Proposal next = next_block(hash);
    subject.hear(world.pre_prepare({kNextPrimary, 0, 2}, next));
    EXPECT_TRUE(subject.effects.look_ahead.empty()) << "its parent has not been executed here";
    subject.step(Executed{hash, true});
    subject.hear(world.pre_prepare({3, 0, 2}, next));
    EXPECT_TRUE(subject.effects.look_ahead.empty()) << "not its turn";

    Subject other(world, 0);
    prepare(other);
    other.hear(world.pre_prepare({kNextPrimary, 0, 2}, next_block(crypto::sha256({"unknown"}))));
    EXPECT_FALSE(other.effects.ignored);
    EXPECT_TRUE(other.effects.look_ahead.empty()) << "on a block that nobody knows";
}

TEST_F(LookingAhead, AProposalThatNamesAnotherProposerOrHeightIsNotExecuted) {
    const auto executes = [&](const std::function<void(proto::Header&)>& change) {
        Proposal next = next_block(hash);
        proto::Header header;
        header.ParseFromString(next.header);
        change(header);
        next.header = header.SerializeAsString();
        Subject fresh(world, 0);
        prepare(fresh);
        fresh.hear(world.pre_prepare({kNextPrimary, 0, 2}, next));
        return !fresh.effects.look_ahead.empty();
    };
    EXPECT_TRUE(executes([](auto&) {}));
    EXPECT_FALSE(executes([this](auto& header) { header.set_proposer(world.voters.keys[3].encoded()); }));
    EXPECT_FALSE(executes([](auto& header) { header.set_height(3); }));
}

// Whatever was worked on ahead, the next height takes the usual way.
TEST_F(LookingAhead, TheNextHeightIsAskedForAsEver) {
    Subject subject(world, 0);
    prepare(subject);
    const Proposal next = next_block(hash);
    subject.hear(world.pre_prepare({kNextPrimary, 0, 2}, next));
    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms) - 1, 0}});
    ASSERT_EQ(subject.effects.execute.size(), 1u);
    EXPECT_EQ(subject.effects.execute[0].block, world.hash(next));
}

}  // namespace
}  // namespace pcq::consensus
