// Loaded before everything else (LD_PRELOAD), moves the wall clock that a program sees by what a file says:
// eight bytes, a signed number of nanoseconds in the machine's own order. PCQ_SOAK_CLOCK names the file,
// which may change at any time. Other clocks, which timers use, go on as they are.
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using Clock = int (*)(clockid_t, timespec*);

constexpr std::int64_t kSecond = 1'000'000'000;

const volatile std::int64_t* open_shift() {
    const char* name = std::getenv("PCQ_SOAK_CLOCK");
    const int file = name == nullptr ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* seen = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return seen == MAP_FAILED ? nullptr : static_cast<const volatile std::int64_t*>(seen);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static const auto real = reinterpret_cast<Clock>(dlsym(RTLD_NEXT, "clock_gettime"));
    static const volatile std::int64_t* const shift = open_shift();
    const int failed = real(clock, time);
    if (failed != 0 || shift == nullptr || clock != CLOCK_REALTIME) return failed;
    const std::int64_t moved = time->tv_sec * kSecond + time->tv_nsec + *shift;
    time->tv_sec = moved / kSecond;
    time->tv_nsec = moved % kSecond;
    return 0;
}
