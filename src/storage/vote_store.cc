#include "src/storage/vote_store.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "src/crypto/hash.h"
#include "src/storage/file.h"

namespace pcq::storage {
namespace {

constexpr std::size_t kSlotBytes = VoteStore::kSlotBytes;
constexpr std::size_t kSlotHeadBytes = 12;
constexpr std::size_t kRecordBytesMax = VoteStore::kRecordBytesMax;
static_assert(kRecordBytesMax == kSlotBytes - kSlotHeadBytes - Hash::kSize);

Error votes_failed(const std::filesystem::path& file, const char* what) {
    return Error{Code::io_failed, file.string() + " cannot be " + what + ": " + std::strerror(errno)};
}

struct Slot {
    std::uint64_t number = 0;
    Bytes record;
};

std::optional<Slot> parse(BytesView bytes) {
    if (bytes.size() < kSlotHeadBytes + Hash::kSize) return std::nullopt;
    const std::size_t length = load_u32(bytes.substr(8));
    if (length > kRecordBytesMax || bytes.size() < kSlotHeadBytes + length + Hash::kSize) return std::nullopt;
    const BytesView covered = bytes.substr(0, kSlotHeadBytes + length);
    if (crypto::sha256({covered}).view() != bytes.substr(kSlotHeadBytes + length, Hash::kSize))
        return std::nullopt;
    return Slot{load_u64(bytes), Bytes(covered.substr(kSlotHeadBytes))};
}

}  // namespace

Result<VoteStore::Opened> VoteStore::open(const std::filesystem::path& file) {
    Opened opened;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return votes_failed(file, "opened");
    opened.store.reset(new VoteStore(descriptor, file, 0));
    bool is_blank = true;
    int copies = 0;  // of the newest
    for (std::size_t slot = 0; slot < VoteStore::kFileBytes / kSlotBytes; ++slot) {
        const auto bytes = read_up_to(descriptor, kSlotBytes, slot * kSlotBytes);
        if (!bytes) return votes_failed(file, "read");
        is_blank = is_blank && bytes->find_first_not_of('\0') == Bytes::npos;
        auto found = parse(*bytes);
        if (!found || found->number < opened.store->number_ || found->number == 0) continue;
        copies = found->number == opened.store->number_ ? copies + 1 : 1;
        opened.store->number_ = found->number;
        opened.last = std::move(found->record);
    }
    if (is_blank) {
        opened.was_never_saved = true;
        // All blocks are allocated now, so that a later write cannot fail for want of space or of metadata.
        errno = posix_fallocate(descriptor, 0, VoteStore::kFileBytes);
        if (errno != 0 || fsync(descriptor) != 0 || !sync_folder_of(file))
            return votes_failed(file, "allocated");
        return opened;
    }
    // Torn or decayed: one more fault, and what came before would be taken for the newest.
    if (copies == 1) {
        if (auto repaired = opened.store->save(*opened.last); !repaired) return repaired.error();
    }
    return opened;
}

VoteStore::~VoteStore() {
    close(descriptor_);
}

Result<> VoteStore::save(BytesView record) {
    if (record.size() > kRecordBytesMax)
        return Error{Code::limit_reached,
                     "a vote record of " + std::to_string(record.size()) + " bytes is too long"};
    Bytes slot;
    append_u64(slot, number_ + 1);
    append_u32(slot, static_cast<std::uint32_t>(record.size()));
    slot.append(record);
    slot.append(crypto::sha256({slot}).view());
    const std::uint64_t at = (number_ + 1) % 2 * kSlotBytes;
    const bool is_written =
        write_all(descriptor_, slot, at) && write_all(descriptor_, slot, at + 2 * kSlotBytes);
    if (!is_written || fdatasync(descriptor_) != 0) return votes_failed(file_, "written");
    ++number_;
    return {};
}

}  // namespace pcq::storage
