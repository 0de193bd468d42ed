// Points in time for people: 2026-11-28T01:02:03.004Z. Pure, without the system's calendar or locale.
#pragma once

#include <cstdint>
#include <string>

namespace pcq {

// Milliseconds since 1970-01-01T00:00Z; beyond the year 9999 the number itself.
std::string utc_text(std::uint64_t ms);

}  // namespace pcq
