#include "src/rpc/limits.h"

#include <array>

#include "src/rpc/server.h"

namespace pcq::rpc {
namespace {

constexpr std::uint64_t kKiB = 1'024;
constexpr std::uint64_t kMiB = 1'024 * kKiB;

template <class Number>
std::uint64_t number(const Number& value) {
    return static_cast<std::uint64_t>(value);
}
std::uint64_t number(const std::chrono::milliseconds& value) {
    return static_cast<std::uint64_t>(value.count());
}
template <class Number>
void put(Number& place, std::uint64_t value) {
    place = static_cast<Number>(value);
}
void put(std::chrono::milliseconds& place, std::uint64_t value) {
    place = std::chrono::milliseconds(value);
}

// `Place` finds the bound in Options, to be read or to be set; so do others where the same bound is kept.
template <class Place, class... Others>
constexpr Limit limit(std::string_view key, std::uint64_t least, std::uint64_t most, Place, Others...) {
    return {key, least, most, [](const Options& options) { return number(Place{}(options)); },
            [](Options& options, std::uint64_t value) {
                put(Place{}(options), value);
                (put(Others{}(options), value), ...);
            }};
}

#define PCQ_AT(place)            \
    [](auto& options) -> auto& { \
        return options.place;    \
    }

constexpr std::array kLimits{
    limit("threads", 1, 64, PCQ_AT(threads)),
    limit("connections", 16, 65'536, PCQ_AT(connections_max)),
    limit("connections_per_address", 1, 65'536, PCQ_AT(guests.connections_per_address)),
    limit("operator_connections", 1, 1'024, PCQ_AT(operator_connections_max)),
    limit("websockets", 0, 65'536, PCQ_AT(websockets_max)),
    limit("websockets_per_address", 0, 65'536, PCQ_AT(guests.websockets_per_address)),
    limit("calls_per_second", 1, 1'000'000, PCQ_AT(guests.calls_per_second)),
    limit("calls_at_once", 1, 10'000'000, PCQ_AT(guests.calls_at_once)),
    limit("batch", 1, 10'000, PCQ_AT(api.calls.batch_max)),
    limit("nesting", 8, 128, PCQ_AT(api.calls.depth_max)),
    limit("in_flight", 1, 1'024, PCQ_AT(session.in_flight_max), PCQ_AT(websocket.in_flight_max)),
    limit("submits_waiting", 1, 1'000'000, PCQ_AT(api.waiting_submits_max),
          PCQ_AT(guests.waiting_submits_max)),
    limit("subscriptions", 0, 1'024, PCQ_AT(websocket.subscriptions_max)),
    limit("catch_up_reads", 1, 64, PCQ_AT(catch_up_reads_max)),
    limit("header_bytes", kKiB, 64 * kKiB, PCQ_AT(session.header_bytes_max)),
    limit("body_bytes", 512 * kKiB, 64 * kMiB, PCQ_AT(session.body_bytes_max),
          PCQ_AT(websocket.message_bytes_max)),
    limit("answer_bytes", 5 * kMiB, 256 * kMiB, PCQ_AT(api.answer_bytes_max)),
    limit("connection_bytes", 8 * kMiB, 1'024 * kMiB, PCQ_AT(guests.connection_bytes_max)),
    limit("node_bytes", 32 * kMiB, 65'536 * kMiB, PCQ_AT(guests.node_bytes_max)),
    limit("request_ms", 100, 600'000, PCQ_AT(session.request_timeout), PCQ_AT(websocket.message_timeout),
          PCQ_AT(websocket.handshake_timeout)),
    limit("idle_ms", 1'000, 3'600'000, PCQ_AT(session.idle_timeout)),
    limit("answer_ms", 1'000, 600'000, PCQ_AT(session.write_timeout), PCQ_AT(websocket.write_timeout)),
    limit("websocket_idle_ms", 130'000, 3'600'000, PCQ_AT(websocket.idle_timeout)),
};

#undef PCQ_AT

}  // namespace

std::span<const Limit> limits() {
    return kLimits;
}

}  // namespace pcq::rpc
