// From what a node sees to what it tells people.
#include "src/node/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcq::node {
namespace {

using consensus::Awaits;
using testing::HasSubstr;
using testing::Not;

constexpr Instant kNow{1'700'000'000'000};

class Explained : public testing::Test {
protected:
    Explained() {
        facts.chain = "side";
        facts.now = kNow;
        facts.last_block = kNow + Duration{-10'000};
        facts.last_block_time = facts.last_block;
        facts.waiting.height = 8;
        facts.waiting.since = facts.last_block;
        const char* names[] = {"government", "platform", "low", "high"};
        for (const char* name : names)
            facts.validators.push_back(
                {name, false, true, kNow + Duration{-60'000}, kNow, 8, 0, {}, {}, false});
        facts.validators[0].self = true;
    }
    void wait_for(Awaits what, std::vector<std::uint32_t> missing = {}) {
        facts.waiting.what = what;
        facts.waiting.missing = std::move(missing);
    }
    std::string cause(std::size_t number = 0) const {
        const auto why = explain(facts);
        return number < why.causes.size() ? why.causes[number].cause : "none";
    }

    WhyFacts facts;
};

TEST_F(Explained, AnIdleChainIsNoStall) {
    wait_for(Awaits::nothing);
    EXPECT_FALSE(explain(facts).stalled);
    EXPECT_EQ(explain(facts).waits_for, "nothing");
    EXPECT_TRUE(explain(facts).causes.empty());
}

// As long as a quorum is here; else nothing could be decided, whatever there comes to be to do.
TEST_F(Explained, AnIdleChainWithoutAQuorumNamesWhoIsAway) {
    facts.validators[1].connected = false;
    for (const Awaits what : {Awaits::nothing, Awaits::others}) {
        wait_for(what);
        EXPECT_TRUE(explain(facts).missing.empty()) << "three of four are a quorum";
    }
    facts.validators[3].heard = kNow + Duration{-7'000};
    for (const Awaits what : {Awaits::nothing, Awaits::others}) {
        wait_for(what);
        const auto why = explain(facts);
        EXPECT_FALSE(why.stalled);
        EXPECT_THAT(why.text, HasSubstr("no quorum is here; missing: platform, high"));
        ASSERT_EQ(why.causes.size(), 2u);
        EXPECT_EQ(why.causes[0].cause, "unreachable");
        EXPECT_EQ(why.causes[1].cause, "silent");
    }
    facts.validators[3].changed = kNow + Duration{-100};
    EXPECT_TRUE(explain(facts).missing.empty()) << "it has just been connected";
}

// The replica knows of a claim only until it has asked after it.
TEST_F(Explained, WhoIsSaidToBeBehindWaitsForBlocks) {
    wait_for(Awaits::nothing);
    facts.waiting.since.reset();
    facts.validators[1].height = 20;
    EXPECT_EQ(explain(facts).waits_for, "nothing") << "one may be lying";
    facts.validators[2].height = 15;
    for (const std::size_t there : {1u, 2u}) facts.validators[there].ahead = kNow + Duration{-4'000};
    EXPECT_EQ(explain(facts).waits_for, "blocks");
    EXPECT_THAT(explain(facts).text, HasSubstr("blocks up to height 14"));
    EXPECT_FALSE(explain(facts).stalled) << "nothing was missing until a moment ago";
    facts.validators[1].ahead = kNow + Duration{-9'000};
    EXPECT_FALSE(explain(facts).stalled);
    facts.validators[2].ahead = kNow + Duration{-9'000};
    EXPECT_TRUE(explain(facts).stalled);
    EXPECT_EQ(cause(), "none");
    facts.validators[2].pruned = true;
    EXPECT_EQ(cause(), "pruned");
    EXPECT_THAT(explain(facts).causes[0].text, HasSubstr("low: does not keep block 8"));
    wait_for(Awaits::others);
    EXPECT_EQ(explain(facts).waits_for, "blocks") << "without a vote as well";
    wait_for(Awaits::storage);
    EXPECT_EQ(explain(facts).waits_for, "storage");
}

TEST_F(Explained, WhoFetchesASnapshotSaysHowFarItIs) {
    wait_for(Awaits::nothing);
    facts.joining = Joining{512, 3, 16};
    EXPECT_EQ(explain(facts).waits_for, "snapshot");
    EXPECT_THAT(explain(facts).text, HasSubstr("height 512: 3 of 16 chunks"));
    EXPECT_FALSE(explain(facts).stalled);

    facts.joining->quiet = Duration{16'000};
    facts.validators[1].connected = false;
    EXPECT_TRUE(explain(facts).stalled);
    EXPECT_THAT(explain(facts).text, HasSubstr("3 of 16 chunks are here; none has come for 16.0 s"));
    EXPECT_EQ(explain(facts).since, kNow + Duration{-16'000});
    EXPECT_EQ(cause(), "unreachable");
    facts.joining->chunks = 16;
    EXPECT_FALSE(explain(facts).stalled) << "others are heard before it is taken";
    facts.validators[1].connected = true;

    facts.joining = Joining();
    facts.validators[2].connected = false;
    EXPECT_TRUE(explain(facts).stalled);
    EXPECT_THAT(explain(facts).text, HasSubstr("nobody has offered one"));
    EXPECT_EQ(cause(), "unreachable");
}

TEST_F(Explained, WhoAsksForNoLaterViewMayHaveNothingToDoOrWatch) {
    wait_for(Awaits::view_changes, {2});
    facts.waiting.view = 1;
    EXPECT_EQ(cause(), "other_view");
    EXPECT_THAT(explain(facts).causes[0].text, HasSubstr("asks for no later one"));
    facts.validators[2].view = 3;
    EXPECT_THAT(explain(facts).causes[0].text, Not(HasSubstr("later")));
}

TEST_F(Explained, AStallBeginsAfterFiveSecondsWithoutABlock) {
    wait_for(Awaits::prepares, {3});
    facts.last_block = kNow + Duration{-5'000};
    EXPECT_FALSE(explain(facts).stalled);
    facts.last_block = kNow + Duration{-5'001};
    EXPECT_TRUE(explain(facts).stalled);
    facts.waiting.since = kNow;  // there was nothing to do until now
    EXPECT_FALSE(explain(facts).stalled);
}

TEST_F(Explained, WhoIsNotConnectedIsUnreachableAndNamed) {
    wait_for(Awaits::commits, {2, 3});
    facts.waiting.heard = {0, 1};
    facts.validators[2].connected = facts.validators[3].connected = false;
    facts.validators[3].changed = kNow + Duration{-3'000};
    const auto why = explain(facts);
    EXPECT_THAT(why.text, HasSubstr("waits for commits of a quorum"));
    EXPECT_THAT(why.text, HasSubstr("2 of 4 are here; missing: low, high"));
    ASSERT_EQ(why.missing.size(), 2u);
    EXPECT_EQ(why.missing[1].cause, "unreachable");
    EXPECT_EQ(why.missing[1].text, "not connected for 3.0 s");
    EXPECT_EQ(why.causes.size(), 2u);
}

TEST_F(Explained, WhoIsConnectedAndSaysNothingIsSilent) {
    wait_for(Awaits::prepares, {3});
    facts.validators[3].heard = kNow + Duration{-7'000};
    EXPECT_EQ(cause(), "silent");
    facts.validators[3].heard.reset();
    EXPECT_EQ(cause(), "silent");
}

TEST_F(Explained, WhoIsThereButElsewhereIsSaidToBeThere) {
    wait_for(Awaits::prepares, {3});
    facts.validators[3].height = 5;
    EXPECT_EQ(cause(), "behind");
    facts.validators[3].height = 8;
    facts.validators[3].view = 2;
    EXPECT_EQ(cause(), "other_view");
    facts.validators[3].view = 0;
    EXPECT_EQ(explain(facts).missing[0].cause, "not_voting");
    facts.validators[3].height = 9;
    EXPECT_EQ(explain(facts).missing[0].cause, "ahead");
}

TEST_F(Explained, ThePrimaryIsMissingWhileItsProposalIs) {
    wait_for(Awaits::proposal);
    facts.waiting.primary = 2;
    facts.validators[2].connected = false;
    const auto why = explain(facts);
    EXPECT_THAT(why.text, HasSubstr("waits for the proposal of low"));
    ASSERT_EQ(why.missing.size(), 1u);
    EXPECT_EQ(why.missing[0].name, "low");
    EXPECT_EQ(why.causes.at(0).cause, "unreachable");
}

TEST_F(Explained, TheNodesOwnTroublesAreCausesToo) {
    wait_for(Awaits::storage);
    facts.writing = Duration{4'000};
    EXPECT_EQ(cause(), "disk_slow");
    facts.writing = Duration{0};
    facts.waiting.early = Duration{3'600'000};
    EXPECT_EQ(cause(), "clock_off");
    facts.waiting.early = Duration{0};
    facts.last_block_time = kNow + Duration{3'000};
    EXPECT_EQ(cause(), "clock_off");
    facts.last_block_time = kNow;
    facts.refused = "state root differs";
    EXPECT_EQ(cause(), "execution_differs");
    facts.refused.reset();
    wait_for(Awaits::execution);
    facts.missing_transactions = 3;
    EXPECT_EQ(cause(), "transactions_missing");
    EXPECT_THAT(explain(facts).text, HasSubstr("lacks 3 transactions"));
}

}  // namespace
}  // namespace pcq::node
