// Whom a replica that is behind asks: validator 2 of four, all connected, at height 10.
#include "consensus/catch_up.h"

#include <utility>

#include <gtest/gtest.h>

namespace pcq::consensus {
namespace {

class CatchingUp : public testing::Test {
protected:
    // An answer that was taken brought blocks up to `reached`.
    std::optional<std::uint32_t> answered(std::uint64_t reached, std::uint64_t tip, bool lied = false) {
        const std::uint64_t before = std::exchange(height, reached);
        return catch_up.checked({before, reached, tip, lied}, now);
    }

    std::set<std::uint32_t> connected{0, 1, 3};
    CatchUp catch_up{4, 2, [this](std::uint32_t validator) { return connected.count(validator) != 0; }};
    Instant now{1'700'000'000'000};
    std::uint64_t height = 10;
};

TEST_F(CatchingUp, AsksFirstTheOneThatSaysItHasTheBlocksThenTheOthersInTurn) {
    EXPECT_FALSE(catch_up.is_running());
    EXPECT_EQ(catch_up.behind(200, 1, now), 1u);
    EXPECT_TRUE(catch_up.is_running());
    EXPECT_TRUE(catch_up.take(1));
    EXPECT_EQ(answered(60, 200), 3u) << "never itself";
    EXPECT_TRUE(catch_up.take(3));
    EXPECT_EQ(answered(110, 200), 0u);
    EXPECT_TRUE(catch_up.take(0));
    EXPECT_EQ(answered(200, 200), std::nullopt);
    EXPECT_FALSE(catch_up.is_running());
}

TEST_F(CatchingUp, AsksOnceWhileAnAnswerIsOnItsWayOrChecked) {
    ASSERT_EQ(catch_up.behind(100, 3, now), 3u);
    EXPECT_EQ(catch_up.behind(101, 1, now + Duration{2'999}), std::nullopt);
    ASSERT_TRUE(catch_up.take(3));
    EXPECT_EQ(catch_up.behind(102, 1, now + CatchUp::kPatience), std::nullopt);
    EXPECT_EQ(catch_up.disconnected(3, now), std::nullopt);
    EXPECT_EQ(answered(101, 200), 0u) << "the target is the highest that was heard of";
}

TEST_F(CatchingUp, AsksTheNextOneWhenThereIsNoAnswerInTimeOrTheOneThatWasAskedIsGone) {
    ASSERT_EQ(catch_up.behind(100, 0, now), 0u);
    now = now + CatchUp::kPatience;
    EXPECT_EQ(catch_up.behind(100, 0, now), 1u);
    EXPECT_EQ(catch_up.disconnected(3, now), std::nullopt) << "another one";
    connected.erase(1);
    EXPECT_EQ(catch_up.disconnected(1, now), 3u);
}

TEST_F(CatchingUp, AsksNobodyWhoIsNotConnected) {
    connected = {1};
    EXPECT_EQ(catch_up.behind(100, 3, now), 1u);
    connected.clear();
    EXPECT_EQ(catch_up.disconnected(1, now), std::nullopt);
    EXPECT_FALSE(catch_up.is_running());
    connected = {0};
    EXPECT_EQ(catch_up.behind(100, 3, now), 0u) << "as soon as there is somebody";
}

// A liar that answers at once with nothing but the promise of more would otherwise be asked for ever, also
// when consensus names it again and again as the one that has the blocks.
TEST_F(CatchingUp, PassesOverOneThatLiesOrBringsNothing) {
    ASSERT_EQ(catch_up.behind(100, 3, now), 3u);
    ASSERT_TRUE(catch_up.take(3));
    EXPECT_EQ(answered(10, 1'000), 0u);
    ASSERT_TRUE(catch_up.take(0));
    EXPECT_EQ(answered(20, 100, /*lied=*/true), 1u);
    ASSERT_TRUE(catch_up.take(1));
    EXPECT_EQ(answered(70, 100), 1u) << "the only honest one";
    ASSERT_TRUE(catch_up.take(1));
    EXPECT_EQ(answered(100, 100), std::nullopt);
    EXPECT_EQ(catch_up.behind(101, 3, now), 3u) << "a new day";
}

TEST_F(CatchingUp, StopsWhenAllHaveBeenPassedOverAndBeginsAgainWhenItIsStillBehind) {
    ASSERT_EQ(catch_up.behind(100, 3, now), 3u);
    for (const std::uint32_t validator : {3u, 0u, 1u}) {
        ASSERT_TRUE(catch_up.take(validator));
        EXPECT_EQ(answered(10, 100).has_value(), validator != 1);
    }
    EXPECT_FALSE(catch_up.is_running()) << "their word alone keeps no node from being ready";
    EXPECT_EQ(catch_up.behind(100, 3, now), 3u);
}

TEST_F(CatchingUp, TakesALateAnswerAndNoneThatNobodyAskedFor) {
    EXPECT_FALSE(catch_up.take(1));
    ASSERT_EQ(catch_up.behind(200, 0, now), 0u);
    EXPECT_FALSE(catch_up.take(1));
    now = now + CatchUp::kPatience;
    ASSERT_EQ(catch_up.behind(200, 0, now), 1u);
    EXPECT_TRUE(catch_up.take(0)) << "the line is slow";
    EXPECT_FALSE(catch_up.take(1)) << "one answer at a time";
    EXPECT_EQ(answered(60, 200), std::nullopt) << "1 may still answer";
    EXPECT_FALSE(catch_up.take(0)) << "one answer to a question";
    EXPECT_TRUE(catch_up.take(1));
}

TEST_F(CatchingUp, IsDoneWhenTheReplicaDecidesTheHeightItself) {
    ASSERT_EQ(catch_up.behind(12, 0, now), 0u);
    catch_up.stored(11);
    EXPECT_TRUE(catch_up.is_running());
    catch_up.stored(12);
    EXPECT_FALSE(catch_up.is_running()) << "a silent liar keeps no node from being ready";
    EXPECT_FALSE(catch_up.take(0));
}

TEST_F(CatchingUp, GoesOnAfterTheClockWasSetBack) {
    ASSERT_EQ(catch_up.behind(100, 0, now), 0u);
    now = {now.ms - 3'600'000};
    EXPECT_EQ(catch_up.behind(100, 0, now), 1u);
}

}  // namespace
}  // namespace pcq::consensus
