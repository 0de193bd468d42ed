// Evidence against validators on disk, a file a piece, so that each can be copied and handed on as it is.
//
//   file = encoded proto::EvidenceRecord, SHA-256 of that        <height, 20 digits>-<validator's
//   key>.evidence
//
// A liar must not fill the disk: of each validator the first kPiecesOfOne are kept, and no more than
// kBytesMax in all; what comes later is only counted by whoever found it. May be used from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "proto/pcq/v1/consensus.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq {
namespace proto = v1;
}

namespace pcq::storage {

class EvidenceStore {
public:
    static constexpr std::size_t kPiecesOfOne = 100;
    static constexpr std::uint64_t kBytesMax = 64ULL << 20;

    // Creates the folder when there is none. A file that does not hold is left out, see damaged().
    static Result<std::unique_ptr<EvidenceStore>> open(const std::filesystem::path& folder);

    // True once it is durable; false if it is there already or there is no room for it.
    Result<bool> save(const proto::EvidenceRecord& record);
    std::size_t size() const;
    const std::vector<std::filesystem::path>& damaged() const { return damaged_; }  // when it was opened
    // From the `first` one on, by height and then by validator.
    std::vector<proto::EvidenceRecord> list(std::size_t first, std::size_t limit) const;

private:
    explicit EvidenceStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path folder_;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> files_;     // by name; bytes
    std::map<std::string, std::size_t> of_accused_;  // pieces by key
    std::uint64_t bytes_ = 0;
    std::vector<std::filesystem::path> damaged_;
};

}  // namespace pcq::storage
