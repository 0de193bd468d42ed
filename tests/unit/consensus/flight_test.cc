// A flight recorder: what it keeps is replayed to the same effects, and nothing damaged is.
#include "consensus/flight.h"

#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

class Recorded : public testing::Test {
protected:
    Recorded() { start(); }
    void start() {
        recorder.begin(replica);
        const auto effects = replica.start(proto::VoteRecord(), true, now);
        recorder.started(proto::VoteRecord(), true, now, replica, effects);
    }
    void tell(const Event& event) {
        if (std::holds_alternative<Advanced>(event)) recorder.begin(replica);
        const auto effects = replica.step(event, now);
        recorder.told(event, now, replica, effects);
    }
    void hear(const proto::ConsensusMessage& message) {
        tell(Received{*verify(world.voters, kChecks, *decode(message.SerializeAsString(), 4))});
    }
    // A whole height.
    void decide() {
        hear(world.pre_prepare({1}, block));
        tell(Executed{hash, true});
        hear(world.prepare({2}, hash));
        hear(world.commit({2}, hash));
        hear(world.commit({3}, hash));
        tell(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    }
    struct Outcome {
        std::size_t events = 0;
        std::size_t different = 0;
        Waiting waiting;
    };
    static Outcome replayed(const proto::Flight& flight) {
        Outcome outcome;
        const auto result = replay(flight, [&outcome](const Replayed& step) {
            ++outcome.events;
            outcome.different += step.is_same ? 0u : 1u;
            outcome.waiting = step.waiting;
        });
        EXPECT_TRUE(result) << (result ? "" : result.error().message);
        return outcome;
    }

    World world;
    const Proposal block = world.block();
    const Hash hash = world.hash(block);
    Instant now = kNow;
    Replica replica = world.replica(0);
    FlightRecorder recorder;
};

TEST_F(Recorded, AHeightIsReplayedToTheSameEffects) {
    decide();
    tell(Work{true});
    now = now + Duration{1'500};
    tell(Tick{});
    const auto outcome = replayed(recorder.recording());
    EXPECT_EQ(outcome.events, 9u);
    EXPECT_EQ(outcome.different, 0u);
    EXPECT_EQ(outcome.waiting.height, 2u);
    EXPECT_EQ(outcome.waiting.what, replica.waiting().what);
}

// From a checkpoint between two heights, with what was kept for the next one.
TEST_F(Recorded, WhatIsLeftWhenOldHeightsAreGoneIsReplayedToo) {
    hear(world.prepare({3, 0, 2}, crypto::sha256({"next"})));
    hear(world.status({2, 0, 2}));
    decide();
    now = now + Duration{700};
    for (std::uint64_t height = 2; height <= FlightRecorder::kHeightsMax + 3; ++height)
        tell(Advanced{{height, crypto::sha256({std::to_string(height)}),
                       static_cast<std::uint64_t>(kNow.ms) + height, 0}});
    tell(Work{true});
    const auto flight = recorder.recording();
    EXPECT_EQ(flight.begin().last_height(), 3u);
    const auto outcome = replayed(flight);
    EXPECT_EQ(outcome.events, FlightRecorder::kHeightsMax + 1);
    EXPECT_EQ(outcome.different, 0u);
    EXPECT_EQ(outcome.waiting.what, replica.waiting().what);
}

// What led to a stall is at the end.
TEST_F(Recorded, OfAHeightThatOutlastsItsRoomTheBeginningAndTheEndAreKept) {
    constexpr int kTold = 200'000;
    for (int i = 0; i < kTold; ++i) tell(Work{i % 2 == 0});
    tell(Tick{});
    const auto flight = recorder.recording();
    EXPECT_LE(recorder.bytes(), FlightRecorder::kBytesMax);
    EXPECT_GT(flight.dropped(), 0u);
    EXPECT_EQ(flight.dropped() + static_cast<std::uint64_t>(flight.events_size() + flight.last_size()),
              kTold + 2u);  // the start, and the tick
    EXPECT_EQ(replayed(flight).different, 0u);
    ASSERT_GT(flight.last_size(), 5'000);
    EXPECT_TRUE(flight.last(flight.last_size() - 1).has_tick());
    EXPECT_TRUE(flight.last(flight.last_size() - 2).has_work());
    const auto decoded = decode_flight(encode_flight(flight));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->last_size(), flight.last_size());

    // Later heights are whole again.
    tell(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    EXPECT_EQ(recorder.recording().dropped(), 0u);
    EXPECT_EQ(recorder.recording().last_size(), 0);
    EXPECT_LE(recorder.bytes(), FlightRecorder::kBytesMax);
}

TEST_F(Recorded, OtherEffectsAreSeen) {
    decide();
    auto flight = recorder.recording();
    flight.mutable_events(1)->mutable_effects()->set_view(7);
    EXPECT_EQ(replayed(flight).different, 1u);
}

TEST_F(Recorded, NothingDamagedIsReplayed) {
    decide();
    const Bytes whole = encode_flight(recorder.recording());
    ASSERT_TRUE(decode_flight(whole));
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        Bytes bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
        EXPECT_EQ(decode_flight(bytes).error().code, Code::archive_damaged) << at;
    }
    EXPECT_FALSE(decode_flight(BytesView(whole).substr(0, whole.size() / 2)));
    EXPECT_FALSE(decode_flight(""));
    // What no replica has written, though its sum holds.
    const auto refused = [](const proto::Flight& flight) {
        const auto result = replay(flight, [](const Replayed&) {});
        return !result && result.error().code == Code::archive_damaged;
    };
    EXPECT_TRUE(refused({}));
    auto flight = recorder.recording();
    flight.mutable_begin()->mutable_validators()->RemoveLast();
    EXPECT_TRUE(refused(flight));
    flight = recorder.recording();
    flight.mutable_events(1)->clear_event();
    EXPECT_TRUE(refused(flight));
    flight = recorder.recording();
    flight.mutable_events(1)->mutable_received()->set_sender(4);
    EXPECT_TRUE(refused(flight));
}

}  // namespace
}  // namespace pcq::consensus
