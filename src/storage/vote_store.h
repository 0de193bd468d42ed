// What a validator has said, on disk before it is said (docs/consensus.md, "Persist before you promise").
//
// A preallocated file with two slots written in turn, so that a torn write leaves the record before it; and
// both once more, so that a bit that flips in the newest record does not leave it too:
//
//   file   = slot of even numbers, slot of odd numbers, both again
//   slot   = u64 number (rising), u32 length, bytes, SHA-256 of all that
//
// save() returns once the record is durable. One thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::storage {

class VoteStore {
public:
    static constexpr std::size_t kSlotBytes = 1024 * 1024;
    static constexpr std::size_t kFileBytes = 4 * kSlotBytes;
    static constexpr std::size_t kRecordBytesMax = kSlotBytes - 12 - 32;  // number, length and sum beside it

    struct Opened;
    // Creates the file when there is none. `was_never_saved` tells: with blocks beside it, votes are lost.
    static Result<Opened> open(const std::filesystem::path& file);
    ~VoteStore();
    VoteStore(const VoteStore&) = delete;
    VoteStore& operator=(const VoteStore&) = delete;

    Result<> save(BytesView record);

private:
    VoteStore(int descriptor, std::filesystem::path file, std::uint64_t number)
        : descriptor_(descriptor), file_(std::move(file)), number_(number) {}
    int descriptor_;
    std::filesystem::path file_;
    std::uint64_t number_;
};

struct VoteStore::Opened {
    std::unique_ptr<VoteStore> store;
    std::optional<Bytes> last;  // the newest whole record
    // There was no file, or nothing was ever saved in it: a node may stop before its chain begins. Otherwise
    // no record means that it is damaged.
    bool was_never_saved = false;
};

}  // namespace pcq::storage
