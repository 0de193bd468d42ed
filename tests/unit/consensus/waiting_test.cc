// What a replica says that it waits for, at every step of a height.
#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

constexpr std::uint32_t kPrimary = 1;  // of height 1

class WaitsFor : public testing::Test {
protected:
    using Validators = std::vector<std::uint32_t>;
    static Validators heard(const Subject& subject) { return subject.replica.waiting().heard; }
    static Validators missing(const Subject& subject) { return subject.replica.waiting().missing; }
    static Awaits what(const Subject& subject) { return subject.replica.waiting().what; }

    World world;
    const Proposal block = world.block();
    const Hash hash = world.hash(block);
    Subject subject{world, 0};
};

TEST_F(WaitsFor, NothingWhileThereIsNothingToDo) {
    EXPECT_EQ(what(subject), Awaits::nothing);
    EXPECT_FALSE(subject.replica.waiting().since);
}

TEST_F(WaitsFor, TheProposalOfThePrimarySinceThereIsWork) {
    subject.step(Work{true});
    const Instant began = subject.now;
    subject.wait({100});
    EXPECT_EQ(what(subject), Awaits::proposal);
    EXPECT_EQ(subject.replica.waiting().primary, kPrimary);
    EXPECT_EQ(subject.replica.waiting().since, began);
}

TEST_F(WaitsFor, ItsOwnProposalAsThePrimary) {
    Subject primary(world, kPrimary);
    primary.step(Work{true});
    EXPECT_EQ(what(primary), Awaits::own_proposal);
}

TEST_F(WaitsFor, EachVoteInItsTurnAndNamesWhoseAreMissing) {
    subject.hear(world.pre_prepare({kPrimary}, block));
    EXPECT_EQ(what(subject), Awaits::execution);
    EXPECT_EQ(subject.replica.waiting().block, hash);
    subject.step(Executed{hash, true});
    EXPECT_EQ(what(subject), Awaits::prepares);
    EXPECT_EQ(heard(subject), (Validators{0, 1}));
    EXPECT_EQ(missing(subject), (Validators{2, 3}));
    subject.hear(world.prepare({3}, hash));
    EXPECT_EQ(what(subject), Awaits::commits);
    EXPECT_EQ(heard(subject), (Validators{0}));
    subject.hear(world.commit({3}, hash));
    EXPECT_EQ(missing(subject), (Validators{1, 2}));
    subject.hear(world.commit({2}, hash));
    EXPECT_EQ(what(subject), Awaits::storage);
    EXPECT_EQ(subject.replica.waiting().block, hash);
    subject.step(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_EQ(what(subject), Awaits::nothing);
    EXPECT_EQ(subject.replica.waiting().height, 2u);
}

TEST_F(WaitsFor, ViewChangesOfAQuorumOnceItHasLeftAView) {
    subject.step(Work{true});
    subject.wait({1'500});
    ASSERT_EQ(subject.replica.view(), 1u);
    EXPECT_EQ(what(subject), Awaits::view_changes);
    EXPECT_EQ(heard(subject), (Validators{0}));
    EXPECT_EQ(missing(subject), (Validators{1, 2, 3}));
    subject.hear(world.view_change({3, 1}));
    EXPECT_EQ(missing(subject), (Validators{1, 2}));
    subject.hear(world.view_change({2, 1}));
    EXPECT_EQ(what(subject), Awaits::proposal);
    EXPECT_EQ(subject.replica.waiting().primary, 2u);
}

// Whoever has gone on to a later view justifies nothing in this one.
TEST_F(WaitsFor, ViewChangesToItsOwnViewAsItsPrimary) {
    Subject primary(world, 2);
    primary.step(Work{true});
    primary.wait({1'500});
    ASSERT_EQ(primary.replica.view(), 1u);
    primary.hear(world.view_change({3, 1}));
    primary.hear(world.view_change({1, 2}));
    EXPECT_EQ(what(primary), Awaits::view_changes);
    EXPECT_EQ(missing(primary), (Validators{0, 1}));
    primary.hear(world.view_change({0, 1}));
    EXPECT_EQ(what(primary), Awaits::own_proposal);
}

TEST_F(WaitsFor, BlocksThatMoreThanLiarsSayAreThere) {
    subject.hear(world.status({1, 0, 5}));
    EXPECT_EQ(what(subject), Awaits::nothing) << "one may be lying";
    subject.hear(world.status({2, 0, 4}));
    EXPECT_EQ(what(subject), Awaits::blocks);
    EXPECT_EQ(subject.replica.waiting().target, 3u);
}

TEST_F(WaitsFor, HeightsThatPassBeforeItsEyesWithoutItsRecord) {
    Subject lost(world, 0, After{std::nullopt, false, kNow});
    lost.step(Work{true});
    EXPECT_EQ(what(lost), Awaits::watch);
    EXPECT_EQ(lost.replica.waiting().heights, 2u);
}

TEST_F(WaitsFor, TheChainToReachItsRecord) {
    proto::VoteRecord above;
    above.set_height(7);
    Subject restored(world, 0, After{above, false, kNow});
    EXPECT_EQ(what(restored), Awaits::chain);
}

TEST_F(WaitsFor, OthersAsAnObserver) {
    Subject observer(world, std::nullopt);
    observer.step(Work{true});
    EXPECT_EQ(what(observer), Awaits::others);
}

// The clock is this one's or the proposer's; either way people can be told.
TEST_F(WaitsFor, KeepsByHowMuchAProposalWasAheadOfItsClock) {
    subject.now = kNow + Duration{-60'000};
    subject.hear(world.pre_prepare({kPrimary}, block));
    EXPECT_EQ(subject.replica.view(), 1u);
    EXPECT_EQ(subject.replica.waiting().early.ms, 60'000);
}

TEST_F(WaitsFor, KeepsThatAProposalIsAheadByMoreThanAnyClockSays) {
    for (const std::uint64_t time : {std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
        Subject other(world, 0);
        auto proposal = world.block();
        proto::Header header;
        ASSERT_TRUE(header.ParseFromString(proposal.header));
        header.set_time_ms(time);
        proposal.header = header.SerializeAsString();
        other.hear(world.pre_prepare({kPrimary}, proposal));
        EXPECT_EQ(other.replica.view(), 1u);
        EXPECT_EQ(other.replica.waiting().early.ms, std::numeric_limits<std::int64_t>::max() - kNow.ms);
    }
}

}  // namespace
}  // namespace pcq::consensus
