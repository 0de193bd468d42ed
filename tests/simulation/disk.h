// The vote file of one simulated node: the real storage::VoteStore over bytes in memory, whose writes are
// seen before they are synced.
//
// pread(), pwrite() and fdatasync() of this program stand before the C library's (disk.cc) and serve the file
// of the node whose store is at work. A write that no fdatasync has followed is lost, torn at any sector or
// kept when the node crashes. One thread a program.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "src/storage/vote_store.h"

namespace pcq::simulation {

class Disk {
public:
    enum class Next { good, full, power_cut };  // what becomes of the next write

    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    // As after a start of the process.
    std::optional<Bytes> open();
    // False if the write failed: the node has to stop.
    bool save(BytesView record, Next next);
    void close() { store_.reset(); }

    // What a crash makes of writes that were not synced.
    enum class Unsynced { none, lost, torn, kept };
    Unsynced crash(std::mt19937_64& random);
    // One bit of what is in the file.
    void flip_a_bit(std::mt19937_64& random);
    void wipe();
    // The file as it was when this was its newest record.
    void put_back(const Bytes& record);

private:
    struct Write {
        std::uint64_t offset = 0;
        Bytes before;
        Bytes after;
    };
    friend struct Calls;
    void put(std::uint64_t offset, BytesView bytes);
    Bytes read(std::uint64_t offset, std::size_t size) const;

    std::array<Bytes, storage::VoteStore::kFileBytes / storage::VoteStore::kSlotBytes> slots_;
    std::unique_ptr<storage::VoteStore> store_;
    std::vector<Write> unsynced_;
    Next next_ = Next::good;
};

}  // namespace pcq::simulation
