#include "src/storage/archive_reader.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"
#include "src/storage/file.h"

namespace pcq::storage {
namespace {

Error damaged_at(const std::filesystem::path& file, std::uint64_t offset, const std::string& why) {
    return Error{Code::archive_damaged,
                 file.string() + " is damaged at byte " + std::to_string(offset) + ": " + why};
}

Result<Bytes> read_exactly(int descriptor, const std::filesystem::path& file, std::uint64_t offset,
                           std::size_t size, const std::string& what) {
    auto bytes = read_up_to(descriptor, size, offset);
    if (!bytes)
        return Error{Code::io_failed, "cannot read " + file.string() + " at byte " + std::to_string(offset) +
                                          ": " + std::strerror(errno)};
    if (bytes->size() < size)
        return damaged_at(file, offset, "the file ends in " + what + "; a part is missing");
    return *std::move(bytes);
}

struct Head {
    ledger::Genesis genesis;
    std::uint64_t first_height = 0;
    std::uint64_t bytes = 0;
    Hash sum;
};

Result<Head> read_head(int descriptor, const std::filesystem::path& file) {
    const auto fixed = read_exactly(descriptor, file, 0, kHeadBytes, "its head");
    if (!fixed) return fixed.error();
    BytesView rest = *fixed;
    const auto take = [&rest](std::size_t size) {
        const BytesView taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    };
    if (take(kArchiveMagic.size()) != kArchiveMagic) return damaged_at(file, 0, "it is no archive of pcq");
    if (const std::uint32_t version = load_u32(take(4)); version != kArchiveVersion)
        return Error{Code::bad_argument, file.string() + " is an archive of version " +
                                             std::to_string(version) + "; this program knows version " +
                                             std::to_string(kArchiveVersion)};
    const auto chain = ChainId::from(take(ChainId::kSize));
    const std::uint64_t first = load_u64(take(8));
    const std::size_t length = load_u32(take(4));
    if (first == 0 || length > kDocumentBytesMax)
        return damaged_at(file, 0, "its head names height 0 or a genesis document above 1 MiB");
    const auto tail =
        read_exactly(descriptor, file, kHeadBytes, length + Hash::kSize, "its genesis document");
    if (!tail) return tail.error();
    const BytesView document = BytesView(*tail).substr(0, length);
    const Hash sum = crypto::sha256({Hash().view(), *fixed, document});
    if (sum.view() != BytesView(*tail).substr(length))
        return damaged_at(file, 0, "its head is not what was written");
    auto genesis = ledger::Genesis::from(Bytes(document));
    if (!genesis || genesis->chain != *chain)
        return damaged_at(file, 0, "its genesis document is not that of chain " + to_hex(*chain));
    return Head{*std::move(genesis), first, kHeadBytes + length + Hash::kSize, sum};
}

// Exactly `size` bytes out of exactly these, or nothing.
std::optional<Bytes> unpack(BytesView packed, std::size_t size) {
    const auto is_one = ZSTD_findFrameCompressedSize(packed.data(), packed.size()) == packed.size();
    if (!is_one || ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return std::nullopt;
    Bytes bytes(size, '\0');
    const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0 || got != size) return std::nullopt;
    return bytes;
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        Error error{Code::io_failed, "cannot read " + file.string() + ": " + std::strerror(errno)};
        if (descriptor >= 0) close(descriptor);
        return error;
    }
    auto head = read_head(descriptor, file);
    if (!head) {
        close(descriptor);
        return head.error();
    }
    std::unique_ptr<ArchiveReader> reader(new ArchiveReader(descriptor, file,
                                                            static_cast<std::uint64_t>(status.st_size),
                                                            std::move(head->genesis), head->first_height));
    reader->offset_ = head->bytes;
    reader->sum_ = head->sum;
    return reader;
}

ArchiveReader::ArchiveReader(int descriptor, std::filesystem::path file, std::uint64_t file_bytes,
                             ledger::Genesis genesis, std::uint64_t first_height)
    : descriptor_(descriptor),
      file_(std::move(file)),
      file_bytes_(file_bytes),
      genesis_(std::move(genesis)),
      run_(genesis_.chain, first_height) {}

ArchiveReader::~ArchiveReader() {
    close(descriptor_);
}

ArchiveSummary ArchiveReader::summary() const {
    ArchiveSummary summary = run_.summary();
    summary.frames = frames_;
    summary.file_bytes = file_bytes_;
    return summary;
}

Error ArchiveReader::damaged(std::uint64_t offset, const std::string& why) const {
    return damaged_at(file_, offset, why);
}

// Bytes that must be there; asked for only within bounds.
Result<Bytes> ArchiveReader::take(std::uint64_t offset, std::size_t size, const std::string& what) const {
    if (offset > file_bytes_ || size > file_bytes_ - offset)
        return damaged(offset, "the file ends in " + what + "; a part is missing");
    return read_exactly(descriptor_, file_, offset, size, what);
}

// A part of `size` bytes without its sum, when the sum holds.
Result<Bytes> ArchiveReader::sealed(std::uint64_t offset, std::size_t size, const std::string& what) const {
    auto part = take(offset, size + Hash::kSize, what);
    if (!part) return part.error();
    const BytesView covered = BytesView(*part).substr(0, size);
    if (crypto::sha256({sum_.view(), covered}).view() != BytesView(*part).substr(size))
        return damaged(offset, what + " is not what was written");
    return part;
}

Result<std::optional<ArchivedBlock>> ArchiveReader::next() {
    while (!failed_ && !ended_ && given_ == blocks_.size()) {
        blocks_.clear();
        given_ = 0;
        if (auto read = read_part(); !read) failed_ = read.error();
    }
    if (failed_) return *failed_;
    if (ended_) return std::optional<ArchivedBlock>();
    return std::optional(std::move(blocks_[given_++]));
}

Result<> ArchiveReader::read_part() {
    const std::string place = "the part after block " + std::to_string(run_.next_height() - 1);
    const auto mark = take(offset_, kFrameMark.size(), place);
    if (!mark) return mark.error();
    if (*mark == kEndMark) return read_end();
    if (*mark != kFrameMark) return damaged(offset_, place + " is not what was written");
    const auto head = take(offset_, kFrameHeadBytes, place);
    if (!head) return head.error();
    return read_frame(*head);
}

Result<> ArchiveReader::read_frame(BytesView head) {
    const std::uint64_t first = load_u64(head.substr(4));
    const std::uint32_t count = load_u32(head.substr(12));
    const std::size_t size = load_u32(head.substr(16));
    const std::size_t packed = load_u32(head.substr(20));
    const std::string what = "the frame from block " + std::to_string(run_.next_height()) + " on";
    if (first != run_.next_height() || count == 0 || size > kFrameBytesMax || count > size / 4 ||
        packed > ZSTD_compressBound(kFrameBytesMax))
        return damaged(offset_, what + " has numbers that no frame has");
    const auto part = sealed(offset_, kFrameHeadBytes + packed, what);
    if (!part) return part.error();
    const auto blocks = unpack(BytesView(*part).substr(kFrameHeadBytes, packed), size);
    if (!blocks) return damaged(offset_, what + " does not unpack to what it says");

    BlockRun run = run_;
    std::vector<ArchivedBlock> read;
    BytesView rest = *blocks;
    while (!rest.empty()) {
        const std::size_t length = rest.size() < 4 ? rest.size() : load_u32(rest);
        if (read.size() == count || rest.size() < 4 || length > rest.size() - 4)
            return damaged(offset_, what + " has another number of blocks or bytes than it says");
        ArchivedBlock block{run.next_height(), {}};
        if (!ledger::decode_canonical(rest.substr(4, length), block.certified))
            return damaged(offset_, "block " + std::to_string(block.height) + " cannot be decoded");
        if (auto added = run.add(block.certified); !added) return damaged(offset_, added.error().message);
        read.push_back(std::move(block));
        rest.remove_prefix(4 + length);
    }
    if (read.size() != count) return damaged(offset_, what + " has fewer blocks than it says");
    run_ = run;
    blocks_ = std::move(read);
    ++frames_;
    sum_ = *Hash::from(BytesView(*part).substr(kFrameHeadBytes + packed));
    offset_ += part->size();
    return {};
}

Result<> ArchiveReader::read_end() {
    const auto part = sealed(offset_, kEndBytes, "its end");
    if (!part) return part.error();
    const BytesView end = *part;
    const ArchiveSummary& summary = run_.summary();
    if (load_u64(end.substr(4)) != summary.last_height || load_u64(end.substr(12)) != summary.blocks ||
        load_u64(end.substr(20)) != summary.transactions)
        return damaged(offset_, "its end counts other blocks than there are");
    offset_ += end.size();
    if (offset_ != file_bytes_) return damaged(offset_, "there is something after its end");
    ended_ = true;
    return {};
}

}  // namespace pcq::storage
