#include "tests/simulation/disk.h"

#include <algorithm>
#include <cerrno>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/invariant.h"

namespace pcq::simulation {
namespace {

constexpr std::size_t kSectorBytes = 512;

Disk* writing = nullptr;  // whose save() is running

}  // namespace

struct Calls {
    static ssize_t write(int descriptor, const void* data, std::size_t size, off_t offset) {
        if (writing != nullptr) {
            if (writing->next_ == Disk::Next::full) {
                errno = ENOSPC;
                return -1;
            }
            const auto at = static_cast<std::uint64_t>(offset);
            writing->unsynced_.push_back(
                {at, writing->read(at, size), Bytes(static_cast<const char*>(data), size)});
        }
        return syscall(SYS_pwrite64, descriptor, data, size, offset);
    }

    static int sync(int descriptor) {
        if (writing == nullptr) return static_cast<int>(syscall(SYS_fdatasync, descriptor));
        if (writing->next_ == Disk::Next::power_cut) {
            errno = EIO;
            return -1;
        }
        writing->unsynced_.clear();
        return 0;
    }
};

Disk::Disk() : file_(memfd_create("votes", MFD_CLOEXEC)) {
    PCQ_INVARIANT(file_ >= 0);
}

Disk::~Disk() {
    ::close(file_);
}

std::optional<Bytes> Disk::open() {
    close();
    auto opened = storage::VoteStore::open("/proc/self/fd/" + std::to_string(file_));
    PCQ_INVARIANT(opened.has_value());
    store_ = std::move(opened->store);
    return std::move(opened->last);
}

bool Disk::save(BytesView record, Next next) {
    next_ = next;
    writing = this;
    const bool good = store_->save(record).has_value();
    writing = nullptr;
    return good;
}

// Sectors reach the disk in any order.
Disk::Unsynced Disk::crash(std::mt19937_64& random) {
    close();
    if (unsynced_.empty()) return Unsynced::none;
    auto outcome = static_cast<Unsynced>(1 + random() % 3);
    for (auto write = unsynced_.rbegin(); write != unsynced_.rend(); ++write) {
        for (std::size_t at = 0; at < write->after.size(); at += kSectorBytes) {
            const bool is_lost =
                outcome == Unsynced::lost || (outcome == Unsynced::torn && random() % 2 == 0);
            if (is_lost) put(write->offset + at, BytesView(write->before).substr(at, kSectorBytes));
        }
        // A write of one sector is there or not; one that is there in part was cut by the disk itself.
        if (outcome == Unsynced::torn && write->after.size() <= kSectorBytes) {
            const std::size_t cut = random() % write->after.size();
            put(write->offset, BytesView(write->after).substr(0, cut));
            put(write->offset + cut, BytesView(write->before).substr(cut));
        }
    }
    unsynced_.clear();
    return outcome;
}

void Disk::flip_a_bit(std::mt19937_64& random) {
    constexpr std::uint64_t kSlots = storage::VoteStore::kFileBytes / storage::VoteStore::kSlotBytes;
    const std::uint64_t slot = random() % kSlots * storage::VoteStore::kSlotBytes;
    const std::size_t used = 12 + load_u32(read(slot + 8, 4)) + 32;
    const std::uint64_t at = slot + random() % std::min(used, storage::VoteStore::kSlotBytes);
    Bytes byte = read(at, 1);
    byte[0] = static_cast<char>(byte[0] ^ (1 << random() % 8));
    put(at, byte);
}

void Disk::wipe() {
    close();
    unsynced_.clear();
    PCQ_INVARIANT(ftruncate(file_, 0) == 0);
}

void Disk::put_back(const Bytes& record) {
    wipe();
    open();
    PCQ_INVARIANT(save(record, Next::good));
    close();
}

void Disk::put(std::uint64_t offset, BytesView bytes) const {
    if (bytes.empty()) return;
    const auto wrote = syscall(SYS_pwrite64, file_, bytes.data(), bytes.size(), offset);
    PCQ_INVARIANT(wrote == static_cast<long>(bytes.size()));
}

// Zeros beyond its end.
Bytes Disk::read(std::uint64_t offset, std::size_t size) const {
    Bytes bytes(size, '\0');
    PCQ_INVARIANT(pread(file_, bytes.data(), size, static_cast<off_t>(offset)) >= 0);
    return bytes;
}

}  // namespace pcq::simulation

// These stand before the C library's.
extern "C" ssize_t pwrite(int descriptor, const void* data, std::size_t size, off_t offset) {
    return pcq::simulation::Calls::write(descriptor, data, size, offset);
}
extern "C" int fdatasync(int descriptor) {
    return pcq::simulation::Calls::sync(descriptor);
}
