#include "tests/unit/storage/syncs.h"

#include <atomic>
#include <cerrno>
#include <mutex>

#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<int> count = 0;
std::atomic<int> failure = 0;
std::mutex mutex;  // the store has threads of its own that write files
std::function<void()> called;

std::function<void()> to_call() {
    const std::lock_guard lock(mutex);
    return called;
}
}  // namespace

// This definition stands before the C library's.
extern "C" int fdatasync(int descriptor) {
    ++count;
    if (const auto call = to_call()) call();
    if (const int error = failure.exchange(0); error != 0) {
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
    const std::lock_guard lock(mutex);
    called = std::move(call);
}
void fail_next_sync(int error) {
    failure = error;
}

}  // namespace pcq::storage
