// Writes an archive (archive.h). Until it is finished it is `<file>.part`; finishing syncs it and gives it
// its name, so whatever has the name is whole. A part that is there, of the same chain and beginning, is gone
// on with where its whole frames end, and what is written in the end is the same as in one go.
#pragma once

#include <filesystem>
#include <memory>

#include "src/storage/archive.h"

namespace pcq::storage {

class ArchiveWriter {
public:
    // bad_argument: the file is there, its part is of another archive, or somebody writes it now.
    static Result<std::unique_ptr<ArchiveWriter>> open(const std::filesystem::path& file,
                                                       const ledger::Genesis& genesis,
                                                       std::uint64_t first_height);
    ~ArchiveWriter();
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;

    // Of the block that is added next: more than the first when a part was gone on with.
    std::uint64_t next_height() const { return run_.next_height(); }
    // In ascending height. As BlockRun::add; io_failed. After an Error the writer is of no use.
    Result<> add(const proto::CertifiedBlock& certified);
    Result<ArchiveSummary> finish();

private:
    ArchiveWriter(int descriptor, std::filesystem::path file, const BlockRun& run);
    Result<> write_head(const ledger::Genesis& genesis, std::uint64_t first_height);
    Result<> go_on();
    Result<> flush();
    Result<> append_sealed(Bytes part);

    const int descriptor_;
    const std::filesystem::path file_;  // as it will be called
    std::uint64_t offset_ = 0;
    Hash sum_;
    BlockRun run_;
    std::uint64_t frames_ = 0;
    std::uint64_t frame_first_;
    std::uint32_t frame_blocks_ = 0;
    Bytes frame_;
};

}  // namespace pcq::storage
