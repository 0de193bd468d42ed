// A recording of a flight recorder that somebody hands over: any bytes, or a recording of any content whose
// sum holds. What is read is a recording, and written again it reads the same; its replay ends, with a word
// of what is wrong at most.
#include "consensus/flight.h"

#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/consensus/fixture.h"

namespace pcq::fuzz {
namespace {

using namespace consensus;

void play(const proto::Flight& flight) {
    std::size_t told = 0;
    const auto result = replay(flight, [&told](const Replayed&) { ++told; });
    PCQ_INVARIANT(result || result.error().code == Code::archive_damaged);
    PCQ_INVARIANT(told <= static_cast<std::size_t>(flight.events_size()));
}

// A height that is decided, and the beginning of the next.
proto::Flight recording() {
    const World world;
    const Proposal block = world.block();
    const Hash hash = world.hash(block);
    Replica replica = world.replica(0);
    FlightRecorder recorder;
    Instant now = kNow;
    recorder.begin(replica);
    recorder.started(proto::VoteRecord(), true, now, replica, replica.start(proto::VoteRecord(), true, now));
    const auto tell = [&](const Event& event) {
        if (std::holds_alternative<Advanced>(event)) recorder.begin(replica);
        recorder.told(event, now, replica, replica.step(event, now));
    };
    const auto hear = [&](const proto::ConsensusMessage& message) {
        tell(Received{*verify(world.voters, kChecks, *decode(message.SerializeAsString(), 4))});
    };
    hear(world.pre_prepare({1}, block));
    tell(Executed{hash, true});
    hear(world.prepare({2}, hash));
    hear(world.commit({2}, hash));
    hear(world.view_change({3, 1}));
    hear(world.commit({3}, hash));
    tell(Advanced{{1, hash, static_cast<std::uint64_t>(kNow.ms), 0}});
    tell(Work{true});
    now = now + Duration{1'500};
    tell(Tick{});
    return recorder.recording();
}

}  // namespace

void run(BytesView input) {
    if (const auto flight = decode_flight(input)) {
        PCQ_INVARIANT(decode_flight(encode_flight(*flight)).has_value());
        play(*flight);
    }
    proto::Flight any;
    if (any.ParseFromArray(input.data(), static_cast<int>(input.size()))) play(any);
}

std::vector<Bytes> seeds() {
    const auto flight = recording();
    auto begun = flight;
    begun.clear_events();
    return {encode_flight(flight), flight.SerializeAsString(), begun.SerializeAsString()};
}

}  // namespace pcq::fuzz
