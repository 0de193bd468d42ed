#include "src/node/flight_files.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>

namespace pcq::node {
namespace {

// The moment in a file's name.
std::int64_t moment_of(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    std::int64_t moment = 0;
    std::from_chars(name.data(), name.data() + name.size(), moment);
    return moment;
}

}  // namespace

// Each is later than those that are there, as its name has it: by a clock that has been set back the newest
// would pass for the oldest, and go.
Result<std::filesystem::path> write_flight(const std::filesystem::path& folder, const std::string& reason,
                                           Instant now, BytesView bytes) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    std::set<std::pair<std::int64_t, std::filesystem::path>> kept;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        if (entry.path().extension() == ".flight") kept.emplace(moment_of(entry.path()), entry.path());
        if (entry.path().extension() == ".new") std::filesystem::remove(entry.path(), failure);
    }
    const std::int64_t moment = kept.empty() ? now.ms : std::max(now.ms, kept.rbegin()->first + 1);
    const auto file = folder / (std::to_string(moment) + "-" + reason + ".flight");
    const auto beside = std::filesystem::path(file.string() + ".new");
    {
        std::ofstream out(beside, std::ios::binary | std::ios::trunc);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!out.flush())
            return Error{Code::io_failed, "the recording cannot be written to " + beside.string()};
    }
    std::filesystem::rename(beside, file, failure);
    if (failure)
        return Error{Code::io_failed,
                     "the recording cannot be written to " + file.string() + ": " + failure.message()};
    kept.emplace(moment, file);
    while (kept.size() > kFlightFiles) {
        std::filesystem::remove(kept.begin()->second, failure);
        kept.erase(kept.begin());
    }
    return file;
}

}  // namespace pcq::node
