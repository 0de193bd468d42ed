// Loaded before everything else (LD_PRELOAD), moves the wall clock that a program sees by so many nanoseconds
// as the file says that PCQ_SOAK_CLOCK names (shared_number.h). Other clocks, which timers use, go on as they
// are.
#include <ctime>

#include <dlfcn.h>

#include "tests/soak/shared_number.h"

namespace {

using Clock = int (*)(clockid_t, timespec*);

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static const auto real = reinterpret_cast<Clock>(dlsym(RTLD_NEXT, "clock_gettime"));
    static const volatile std::int64_t* const shift = shared_number("PCQ_SOAK_CLOCK");
    const int failed = real(clock, time);
    if (failed != 0 || shift == nullptr || clock != CLOCK_REALTIME) return failed;
    const std::int64_t moved = time->tv_sec * kSecond + time->tv_nsec + *shift;
    time->tv_sec = moved / kSecond;
    time->tv_nsec = moved % kSecond;
    return 0;
}
