// The last heights of a replica as it was told them, and the same once more: a flight recorder.
//
// The recorder keeps whole heights, from a checkpoint of the replica on, so that a replay is exact; older
// heights go when there is no room. Of a height that lasts too long its beginning is kept, which can be
// replayed, and its newest events, which can be read; those between are counted.
// Signatures of its own play no part in a replica's decisions, so that a replay needs no key. Pure; one
// strand owns a recorder.
#pragma once

#include <deque>
#include <functional>

#include "proto/pcq/v1/flight.pb.h"

#include "consensus/replica.h"

namespace pcq::consensus {

class FlightRecorder {
public:
    static constexpr std::size_t kBytesMax = std::size_t{8} << 20;
    static constexpr std::size_t kHeightsMax = 16;
    static constexpr std::size_t kShareOfLast = 4;  // a fourth of the room is for the newest of a long height

    explicit FlightRecorder(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

    // Before `replica` is started or told of a stored block: a new height begins here.
    void begin(const Replica& replica);
    // After it was told, and what it did.
    void started(const std::optional<proto::VoteRecord>& said, bool fresh, Instant at, const Replica& replica,
                 const Effects& effects);
    void told(const Event& event, Instant at, const Replica& replica, const Effects& effects);

    proto::Flight recording() const;
    std::size_t bytes() const { return bytes_; }

private:
    struct Height {
        proto::FlightCheckpoint begin;
        std::vector<proto::FlightEvent> events;
        std::deque<proto::FlightEvent> last;
        std::size_t bytes = 0;       // of all
        std::size_t last_bytes = 0;  // of `last`
        std::uint64_t dropped = 0;   // between
    };
    void add_last(proto::FlightEvent event, std::size_t bytes);
    void add(proto::FlightEvent event, Instant at, const Replica& replica, const Effects& effects);

    const std::size_t bytes_max_;
    std::deque<Height> heights_;
    std::size_t bytes_ = 0;
};

Bytes encode_flight(const proto::Flight& flight);
// archive_damaged if the bytes are not what encode_flight() gave.
Result<proto::Flight> decode_flight(BytesView bytes);

struct Replayed {
    const proto::FlightEvent& event;
    proto::FlightEffects effects;  // now
    bool is_same = true;           // as then
    Waiting waiting;               // afterwards
};
// Tells of each event. archive_damaged if the recording cannot be one of a replica.
Result<> replay(const proto::Flight& flight, const std::function<void(const Replayed&)>& tell);

}  // namespace pcq::consensus
