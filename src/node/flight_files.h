// Recordings of a chain's replica on disk (consensus/flight.h): a file a stall or stop, the newest few kept.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/bytes.h"
#include "src/base/instant.h"
#include "src/base/result.h"

namespace pcq::node {

inline constexpr std::size_t kFlightFiles = 6;

// <milliseconds since 1970>-<reason>.flight, whole or not there; older ones than the newest kFlightFiles go.
// Later than those that are there, whatever the clock says.
Result<std::filesystem::path> write_flight(const std::filesystem::path& folder, const std::string& reason,
                                           Instant now, BytesView bytes);

}  // namespace pcq::node
