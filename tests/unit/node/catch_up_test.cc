#include "src/node/catch_up.h"

#include <set>

#include <gtest/gtest.h>

namespace pcq::node {
namespace {

// Validator 2 of four, all connected, at height 10.
class CatchingUp : public testing::Test {
protected:
    // The one that was asked answered with blocks up to `reached`.
    std::optional<std::uint32_t> answered(std::uint64_t reached, std::uint64_t tip, bool lied = false) {
        const std::uint64_t before = std::exchange(height_, reached);
        return catch_up_.checked({before, reached, tip, lied}, now_);
    }

    std::set<std::uint32_t> connected_{0, 1, 3};
    CatchUp catch_up_{4, 2, [this](std::uint32_t validator) { return connected_.count(validator) != 0; }};
    Instant now_{1'000'000};
    std::uint64_t height_ = 10;
};

TEST_F(CatchingUp, AsksTheOneThatSaysItHasTheBlocksUntilTheyAreThere) {
    EXPECT_FALSE(catch_up_.is_running());
    EXPECT_EQ(catch_up_.behind(100, 3, now_), 3u);
    EXPECT_TRUE(catch_up_.is_running());
    EXPECT_TRUE(catch_up_.take(3));
    EXPECT_EQ(answered(60, 100), 3u);
    EXPECT_TRUE(catch_up_.take(3));
    EXPECT_EQ(answered(100, 100), std::nullopt);
    EXPECT_FALSE(catch_up_.is_running());
}

TEST_F(CatchingUp, AsksOnceWhileAnAnswerIsOnItsWayOrChecked) {
    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    EXPECT_EQ(catch_up_.behind(101, 1, now_), std::nullopt);
    ASSERT_TRUE(catch_up_.take(3));
    EXPECT_EQ(catch_up_.behind(102, 1, now_ + CatchUp::kPatience), std::nullopt);
    EXPECT_EQ(catch_up_.disconnected(3, now_), std::nullopt);
    EXPECT_EQ(answered(60, 200), 3u) << "the target is the highest that was heard of";
}

TEST_F(CatchingUp, TakesNoAnswerThatWasNotAskedFor) {
    EXPECT_FALSE(catch_up_.take(3));
    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    EXPECT_FALSE(catch_up_.take(1));
    EXPECT_TRUE(catch_up_.take(3));
    EXPECT_FALSE(catch_up_.take(3)) << "the same answer twice";
}

TEST_F(CatchingUp, AsksTheNextOneAtOnceWhenTheOneThatWasAskedIsGone) {
    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    connected_.erase(3);
    EXPECT_EQ(catch_up_.disconnected(1, now_), std::nullopt) << "another one";
    EXPECT_EQ(catch_up_.disconnected(3, now_), 0u);
}

TEST_F(CatchingUp, AsksTheNextOneWhenThereIsNoAnswerInTime) {
    ASSERT_EQ(catch_up_.behind(100, 0, now_), 0u);
    now_ = now_ + CatchUp::kPatience;
    EXPECT_EQ(catch_up_.behind(100, 0, now_), 1u);
    EXPECT_EQ(catch_up_.behind(100, 0, now_), std::nullopt);
    now_ = now_ + CatchUp::kPatience;
    EXPECT_EQ(catch_up_.behind(100, 0, now_), 3u) << "never itself";
}

TEST_F(CatchingUp, AsksNobodyWhoIsNotConnected) {
    connected_ = {1};
    EXPECT_EQ(catch_up_.behind(100, 3, now_), 1u);
    connected_.clear();
    EXPECT_EQ(catch_up_.disconnected(1, now_), std::nullopt);
    EXPECT_FALSE(catch_up_.is_running());
    connected_ = {0};
    EXPECT_EQ(catch_up_.behind(100, 3, now_), 0u) << "as soon as there is somebody";
}

// An answer of a node that was itself behind used to be followed by three seconds of waiting.
TEST_F(CatchingUp, AsksAgainWithoutWaitingAfterAnAnswerThatWasTooShort) {
    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    ASSERT_TRUE(catch_up_.take(3));
    EXPECT_EQ(answered(60, 60), std::nullopt);
    EXPECT_EQ(catch_up_.behind(100, 1, now_), 1u);
}

// One that answers with nothing, or with lies, would otherwise be asked for ever, as fast as it answers.
TEST_F(CatchingUp, DoesNotAskAgainOfItselfWhoBringsNothing) {
    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    ASSERT_TRUE(catch_up_.take(3));
    EXPECT_EQ(answered(10, 100), std::nullopt);
    EXPECT_FALSE(catch_up_.is_running()) << "its word alone keeps no node from being ready";

    ASSERT_EQ(catch_up_.behind(100, 3, now_), 3u);
    ASSERT_TRUE(catch_up_.take(3));
    EXPECT_EQ(answered(20, 100, /*lied=*/true), std::nullopt);
}

TEST_F(CatchingUp, StartsAnewWithTheTargetOfTheDay) {
    ASSERT_EQ(catch_up_.behind(1'000, 3, now_), 3u);
    ASSERT_TRUE(catch_up_.take(3));
    ASSERT_EQ(answered(10, 10), std::nullopt);
    ASSERT_EQ(catch_up_.behind(11, 1, now_), 1u);
    ASSERT_TRUE(catch_up_.take(1));
    EXPECT_EQ(answered(11, 12), std::nullopt) << "nobody has shown the thousandth block";
}

}  // namespace
}  // namespace pcq::node
