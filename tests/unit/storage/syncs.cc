#include "tests/unit/storage/syncs.h"

#include <atomic>
#include <cerrno>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<int> count = 0;
int failure = 0;
std::function<void()> called;
}  // namespace

// This definition stands before the C library's.
extern "C" int fdatasync(int descriptor) {
    ++count;
    if (called) called();
    if (const int error = std::exchange(failure, 0); error != 0) {
        errno = error;
        return -1;
    }
    return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}

namespace pcq::storage {

int syncs() {
    return count;
}
void on_sync(std::function<void()> call) {
    called = std::move(call);
}
void fail_next_sync(int error) {
    failure = error;
}

}  // namespace pcq::storage
