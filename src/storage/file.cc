#include "src/storage/file.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace pcq::storage {

bool write_all(int descriptor, BytesView bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t wrote = pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
        offset += static_cast<std::uint64_t>(wrote);
    }
    return true;
}

std::optional<Bytes> read_up_to(int descriptor, std::size_t size, std::uint64_t offset) {
    Bytes bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            pread(descriptor, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

bool sync_folder_of(const std::filesystem::path& file) {
    const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    const bool good = fsync(folder) == 0;
    close(folder);
    return good;
}

}  // namespace pcq::storage
