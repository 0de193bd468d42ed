// Loaded before everything else (LD_PRELOAD), lets a write take longer to become durable: by so many
// nanoseconds each, of the file that PCQ_SOAK_DISK names (shared_number.h).
#include <ctime>

#include <dlfcn.h>

#include "tests/soak/shared_number.h"

namespace {

void wait_for_disk() {
    static const volatile std::int64_t* const delay = shared_number("PCQ_SOAK_DISK");
    if (delay == nullptr || *delay <= 0) return;
    constexpr std::int64_t kPerSecond = 1'000'000'000;
    timespec left{*delay / kPerSecond, *delay % kPerSecond};
    while (nanosleep(&left, &left) != 0) {
    }
}

using Sync = int (*)(int);

}  // namespace

extern "C" int fdatasync(int file) {
    static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
    wait_for_disk();
    return real(file);
}

extern "C" int fsync(int file) {
    static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fsync"));
    wait_for_disk();
    return real(file);
}
