// A number that the soak changes while a program runs: eight bytes of a file, signed, in the machine's own
// order.
#pragma once

#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

// Of the file that this variable of the environment names; null without one.
inline const volatile std::int64_t* shared_number(const char* variable) {
    const char* name = std::getenv(variable);
    const int file = name == nullptr ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* seen = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return seen == MAP_FAILED ? nullptr : static_cast<const volatile std::int64_t*>(seen);
}
