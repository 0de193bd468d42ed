// Points in time as values: milliseconds since 1970-01-01T00:00Z. Nobody in the inner rings asks
// what time it is; a doer says so in an event.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace pcq {

struct Duration {
    std::int64_t ms = 0;

    friend constexpr auto operator<=>(Duration, Duration) = default;
    friend constexpr Duration operator*(Duration a, std::int64_t times) { return {a.ms * times}; }
    friend constexpr Duration operator/(Duration a, std::int64_t parts) { return {a.ms / parts}; }
    friend constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
};

struct Instant {
    std::int64_t ms = 0;

    static constexpr Instant max() { return {std::numeric_limits<std::int64_t>::max()}; }

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant a, Duration b) { return {a.ms + b.ms}; }
    friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

// The clock of the doers; tests bring their own.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

}  // namespace pcq
