// Reads an archive (archive.h) from its beginning to its end, one block at a time.
//
// Nothing in the file is believed: every length is held against its bound and against what is left of the
// file before memory is taken for it, a zstd frame says its size before it is unpacked and is given no more
// than that. What does not fit is archive_damaged, with the place. Memory: one frame, packed and unpacked.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "src/storage/archive.h"

namespace pcq::storage {

struct ArchivedBlock {
    std::uint64_t height = 0;
    proto::CertifiedBlock certified;
};

class ArchiveReader {
public:
    // Reads the head. io_failed, archive_damaged; bad_argument: a version that this program does not know.
    static Result<std::unique_ptr<ArchiveReader>> open(const std::filesystem::path& file);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    const ledger::Genesis& genesis() const { return genesis_; }
    std::uint64_t file_bytes() const { return file_bytes_; }
    // All parts before this place have been read, and are whole.
    std::uint64_t offset() const { return offset_; }
    // The next block; nothing at the end, when everything was there. After an Error the same again.
    Result<std::optional<ArchivedBlock>> next();
    // Of what was read so far.
    ArchiveSummary summary() const;

private:
    friend class ArchiveWriter;  // goes on where the last whole frame ends
    ArchiveReader(int descriptor, std::filesystem::path file, std::uint64_t file_bytes,
                  ledger::Genesis genesis, std::uint64_t first_height);
    Result<Bytes> take(std::uint64_t offset, std::size_t size, const std::string& what) const;
    Result<Bytes> sealed(std::uint64_t offset, std::size_t size, const std::string& what) const;
    Error damaged(std::uint64_t offset, const std::string& why) const;
    Result<> read_part();
    Result<> read_frame(BytesView head);
    Result<> read_end();

    const int descriptor_;
    const std::filesystem::path file_;
    const std::uint64_t file_bytes_;
    const ledger::Genesis genesis_;
    std::uint64_t offset_ = 0;
    Hash sum_;
    BlockRun run_;  // of all frames that were read
    std::uint64_t frames_ = 0;
    std::vector<ArchivedBlock> blocks_;  // of the frame that is given out
    std::size_t given_ = 0;
    bool ended_ = false;
    std::optional<Error> failed_;
};

}  // namespace pcq::storage
