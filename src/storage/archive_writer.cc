#include "src/storage/archive_writer.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/storage/archive_reader.h"
#include "src/storage/file.h"

namespace pcq::storage {
namespace {

constexpr int kLevel = 6;  // of zstd: half the size of the fastest, and still faster than execution

std::filesystem::path part_of(std::filesystem::path file) {
    file += ".part";
    return file;
}

Error archive_failed(const std::filesystem::path& file, const char* what) {
    return Error{Code::io_failed,
                 "cannot " + std::string(what) + " " + file.string() + ": " + std::strerror(errno)};
}

}  // namespace

ArchiveWriter::ArchiveWriter(int descriptor, std::filesystem::path file, const BlockRun& run)
    : descriptor_(descriptor), file_(std::move(file)), run_(run), frame_first_(run.next_height()) {}

ArchiveWriter::~ArchiveWriter() {
    close(descriptor_);
}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::open(const std::filesystem::path& file,
                                                           const ledger::Genesis& genesis,
                                                           std::uint64_t first_height) {
    if (std::filesystem::exists(file))
        return Error{Code::bad_argument, file.string() + " is there already; choose another name"};
    const auto part = part_of(file);
    const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return archive_failed(part, "write");
    std::unique_ptr<ArchiveWriter> writer(
        new ArchiveWriter(descriptor, file, BlockRun(genesis.chain, first_height)));
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return Error{Code::bad_argument, part.string() + " is being written by another process"};
    struct stat status {};
    if (fstat(descriptor, &status) != 0) return archive_failed(part, "read");
    // A head that was cut short says nothing yet.
    const auto head_bytes = static_cast<std::int64_t>(kHeadBytes + genesis.document.size() + Hash::kSize);
    if (status.st_size < head_bytes) {
        const auto some = read_up_to(descriptor, kArchiveMagic.size(), 0);
        if (!some || kArchiveMagic.substr(0, some->size()) != *some)
            return Error{Code::bad_argument,
                         part.string() + " is no archive; remove it or choose another name"};
        if (ftruncate(descriptor, 0) != 0) return archive_failed(part, "write");
        if (auto written = writer->write_head(genesis, first_height); !written) return written.error();
        return writer;
    }
    const auto reader = ArchiveReader::open(part);
    if (!reader) return reader.error();
    if ((*reader)->genesis().chain != genesis.chain || (*reader)->summary().first_height != first_height)
        return Error{Code::bad_argument, part.string() + " is of chain " +
                                             to_hex((*reader)->genesis().chain) + " from block " +
                                             std::to_string((*reader)->summary().first_height) +
                                             " on; remove it or choose another name"};
    if (auto gone_on = writer->go_on(); !gone_on) return gone_on.error();
    return writer;
}

Result<> ArchiveWriter::write_head(const ledger::Genesis& genesis, std::uint64_t first_height) {
    Bytes head(kArchiveMagic);
    append_u32(head, kArchiveVersion);
    head.append(genesis.chain.view());
    append_u64(head, first_height);
    append_u32(head, static_cast<std::uint32_t>(genesis.document.size()));
    head.append(genesis.document);
    return append_sealed(std::move(head));
}

// Before the last whole frame: it may be the one that was cut short for the end, and is written anew. What
// follows it was being written when the process ended.
Result<> ArchiveWriter::go_on() {
    const auto part = part_of(file_);
    const auto opened = ArchiveReader::open(part);
    if (!opened) return opened.error();
    ArchiveReader& reader = **opened;
    struct Place {
        std::uint64_t offset;
        Hash sum;
        BlockRun run;
        std::uint64_t frames;
    };
    Place before{reader.offset_, reader.sum_, reader.run_, 0};
    Place after = before;
    while (true) {
        const auto read = reader.next();
        if (!read && read.error().code != Code::archive_damaged) return read.error();
        if (!read || !*read) break;
        if (reader.frames_ == after.frames) continue;
        before = std::exchange(after, {reader.offset_, reader.sum_, reader.run_, reader.frames_});
    }
    offset_ = before.offset;
    sum_ = before.sum;
    run_ = before.run;
    frames_ = before.frames;
    frame_first_ = run_.next_height();
    if (ftruncate(descriptor_, static_cast<off_t>(offset_)) != 0) return archive_failed(part, "shorten");
    return {};
}

Result<> ArchiveWriter::add(const proto::CertifiedBlock& certified) {
    if (auto added = run_.add(certified); !added) return added;
    const std::size_t size = certified.ByteSizeLong();
    if (frame_blocks_ > 0 && frame_.size() + 4 + size > kFrameBytesTarget) {
        if (auto flushed = flush(); !flushed) return flushed;
        frame_first_ = run_.summary().last_height;
    }
    append_u32(frame_, static_cast<std::uint32_t>(size));
    if (!certified.AppendToString(&frame_))
        return Error{Code::internal, "a block could not be encoded for " + file_.string()};
    ++frame_blocks_;
    return {};
}

Result<> ArchiveWriter::flush() {
    if (frame_blocks_ == 0) return {};
    Bytes packed(ZSTD_compressBound(frame_.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), frame_.data(), frame_.size(), kLevel);
    if (ZSTD_isError(size) != 0)
        return Error{Code::internal, "zstd: " + std::string(ZSTD_getErrorName(size))};
    Bytes part(kFrameMark);
    append_u64(part, frame_first_);
    append_u32(part, frame_blocks_);
    append_u32(part, static_cast<std::uint32_t>(frame_.size()));
    append_u32(part, static_cast<std::uint32_t>(size));
    part.append(packed, 0, size);
    ++frames_;
    frame_.clear();
    frame_blocks_ = 0;
    return append_sealed(std::move(part));
}

Result<> ArchiveWriter::append_sealed(Bytes part) {
    sum_ = crypto::sha256({sum_.view(), part});
    part.append(sum_.view());
    if (!write_all(descriptor_, part, offset_)) return archive_failed(part_of(file_), "write");
    offset_ += part.size();
    return {};
}

Result<ArchiveSummary> ArchiveWriter::finish() {
    if (auto flushed = flush(); !flushed) return flushed.error();
    ArchiveSummary summary = run_.summary();
    Bytes end(kEndMark);
    append_u64(end, summary.last_height);
    append_u64(end, summary.blocks);
    append_u64(end, summary.transactions);
    if (auto ended = append_sealed(std::move(end)); !ended) return ended.error();
    if (fsync(descriptor_) != 0) return archive_failed(part_of(file_), "sync");
    std::error_code failure;
    std::filesystem::rename(part_of(file_), file_, failure);
    if (failure || !sync_folder_of(file_))
        return Error{Code::io_failed, "cannot rename " + part_of(file_).string() + " to " + file_.string()};
    summary.frames = frames_;
    summary.file_bytes = offset_;
    return summary;
}

}  // namespace pcq::storage
