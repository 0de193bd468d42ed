// A file in memory with a path, for readers that take one. Readable by its owner alone, as key files must be.
#pragma once

#include <filesystem>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/bytes.h"
#include "src/base/invariant.h"

namespace pcq::fuzz {

class MemoryFile {
public:
    MemoryFile() : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
        PCQ_INVARIANT(descriptor_ >= 0 && fchmod(descriptor_, 0600) == 0);
    }
    explicit MemoryFile(BytesView content) : MemoryFile() { write_at(0, content); }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    void write_at(std::uint64_t offset, BytesView content) {
        PCQ_INVARIANT(pwrite(descriptor_, content.data(), content.size(), static_cast<off_t>(offset)) ==
                      static_cast<ssize_t>(content.size()));
    }
    std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    int descriptor_;
};

}  // namespace pcq::fuzz
