// Reads the archive format of docs/archive.md for the verifier, written apart from src/storage.
//
// Every length is held against its bound and the rest of the file before memory is taken for it. Blocks are
// given one by one. Errors: io_failed, archive_damaged with the place.
#pragma once

#include <filesystem>
#include <fstream>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::verifier {

class Archive {
public:
    static Result<Archive> open(const std::filesystem::path& file);

    const Bytes& document() const { return document_; }
    std::uint64_t first_height() const { return first_height_; }
    // Encoded CertifiedBlocks of the next frame; none after the last, when the end was there.
    Result<std::vector<Bytes>> frame();

private:
    Archive() = default;
    Result<Bytes> take(std::uint64_t size);
    Result<> check_sum();
    Error damaged(const std::string& why) const;
    Result<std::vector<Bytes>> cut(const Bytes& blocks, std::uint32_t count) const;

    std::filesystem::path file_;
    std::ifstream stream_;
    std::uint64_t size_ = 0;
    std::uint64_t offset_ = 0;
    Bytes part_;  // what the next sum covers, after the sum before it
    Bytes document_;
    std::uint64_t first_height_ = 0;
    std::uint64_t next_height_ = 0;
    bool ended_ = false;
};

}  // namespace pcq::verifier
