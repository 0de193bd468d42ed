#include "tests/simulation/disk.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/invariant.h"

namespace pcq::simulation {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kSlotBytes = storage::VoteStore::kSlotBytes;

Disk* in_use = nullptr;  // whose open() or save() is running

}  // namespace

struct Calls {
    static ssize_t read(int descriptor, void* data, std::size_t size, off_t offset) {
        if (in_use == nullptr) return syscall(SYS_pread64, descriptor, data, size, offset);
        const Bytes found = in_use->read(static_cast<std::uint64_t>(offset), size);
        std::copy(found.begin(), found.end(), static_cast<char*>(data));
        return static_cast<ssize_t>(found.size());
    }

    static ssize_t write(int descriptor, const void* data, std::size_t size, off_t offset) {
        if (in_use == nullptr) return syscall(SYS_pwrite64, descriptor, data, size, offset);
        if (in_use->next_ == Disk::Next::full) {
            errno = ENOSPC;
            return -1;
        }
        const auto at = static_cast<std::uint64_t>(offset);
        const Bytes bytes(static_cast<const char*>(data), size);
        Bytes before = in_use->read(at, size);
        before.resize(size);
        in_use->unsynced_.push_back({at, std::move(before), bytes});
        in_use->put(at, bytes);
        return static_cast<ssize_t>(size);
    }

    static int sync(int descriptor) {
        if (in_use == nullptr) return static_cast<int>(syscall(SYS_fdatasync, descriptor));
        if (in_use->next_ == Disk::Next::power_cut) {
            errno = EIO;
            return -1;
        }
        in_use->unsynced_.clear();
        return 0;
    }

    static int sync_all(int descriptor) {
        return in_use == nullptr ? static_cast<int>(syscall(SYS_fsync, descriptor)) : 0;
    }

    // A disk in memory has its place already.
    static int allocate(int descriptor, off_t offset, off_t size) {
        if (in_use == nullptr) return syscall(SYS_fallocate, descriptor, 0, offset, size) == 0 ? 0 : errno;
        return 0;
    }
};

// Any file will do: no byte of it is read or written.
std::optional<Bytes> Disk::open() {
    close();
    next_ = Next::good;
    in_use = this;
    auto opened = storage::VoteStore::open("/dev/null");
    in_use = nullptr;
    PCQ_INVARIANT(opened.has_value());
    store_ = std::move(opened->store);
    return std::move(opened->last);
}

bool Disk::save(BytesView record, Next next) {
    next_ = next;
    in_use = this;
    const bool good = store_->save(record).has_value();
    in_use = nullptr;
    return good;
}

// Sectors reach the disk in any order.
Disk::Unsynced Disk::crash(std::mt19937_64& random) {
    close();
    if (unsynced_.empty()) return Unsynced::none;
    auto outcome = static_cast<Unsynced>(1 + random() % 3);
    for (auto write = unsynced_.rbegin(); write != unsynced_.rend(); ++write) {
        const BytesView before = write->before;
        for (std::size_t at = 0; at < write->after.size(); at += kSectorBytes) {
            const bool is_lost =
                outcome == Unsynced::lost || (outcome == Unsynced::torn && random() % 2 == 0);
            if (is_lost) put(write->offset + at, before.substr(at, kSectorBytes));
        }
        // A write of one sector is there or not; one that is there in part was cut by the disk itself.
        if (outcome == Unsynced::torn && write->after.size() <= kSectorBytes) {
            const std::size_t cut = random() % write->after.size();
            put(write->offset, BytesView(write->after).substr(0, cut));
            put(write->offset + cut, before.substr(cut));
        }
    }
    unsynced_.clear();
    return outcome;
}

void Disk::flip_a_bit(std::mt19937_64& random) {
    Bytes& slot = slots_[random() % slots_.size()];
    if (slot.empty()) return;
    char& byte = slot[random() % slot.size()];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
}

void Disk::wipe() {
    close();
    unsynced_.clear();
    for (Bytes& slot : slots_) slot.clear();
}

void Disk::put_back(const Bytes& record) {
    wipe();
    open();
    PCQ_INVARIANT(save(record, Next::good));
    close();
}

void Disk::put(std::uint64_t offset, BytesView bytes) {
    Bytes& slot = slots_.at(offset / kSlotBytes);
    const std::size_t at = offset % kSlotBytes;
    if (slot.size() < at + bytes.size()) slot.resize(at + bytes.size());
    slot.replace(at, bytes.size(), bytes);
}

// As far as anything was ever written in the slot; the rest is zeros.
Bytes Disk::read(std::uint64_t offset, std::size_t size) const {
    const Bytes& slot = slots_.at(offset / kSlotBytes);
    const std::size_t at = offset % kSlotBytes;
    return at < slot.size() ? slot.substr(at, size) : Bytes();
}

}  // namespace pcq::simulation

// These stand before the C library's.
extern "C" ssize_t pread(int descriptor, void* data, std::size_t size, off_t offset) {
    return pcq::simulation::Calls::read(descriptor, data, size, offset);
}
extern "C" ssize_t pwrite(int descriptor, const void* data, std::size_t size, off_t offset) {
    return pcq::simulation::Calls::write(descriptor, data, size, offset);
}
extern "C" int fdatasync(int descriptor) {
    return pcq::simulation::Calls::sync(descriptor);
}
extern "C" int fsync(int descriptor) {
    return pcq::simulation::Calls::sync_all(descriptor);
}
extern "C" int posix_fallocate(int descriptor, off_t offset, off_t size) {
    return pcq::simulation::Calls::allocate(descriptor, offset, size);
}
