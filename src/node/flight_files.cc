#include "src/node/flight_files.h"

#include <fstream>
#include <set>

namespace pcq::node {

Result<std::filesystem::path> write_flight(const std::filesystem::path& folder, const std::string& reason,
                                           Instant now, BytesView bytes) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    const auto file = folder / (std::to_string(now.ms) + "-" + reason + ".flight");
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
    std::set<std::filesystem::path> kept;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".flight") kept.insert(entry.path());
    while (kept.size() > kFlightFiles) {
        std::filesystem::remove(*kept.begin(), failure);
        kept.erase(kept.begin());
    }
    return file;
}

}  // namespace pcq::node
