#include "src/storage/evidence_store.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/storage/file.h"

namespace pcq::storage {
namespace {

// Two messages without what is not signed are some kilobytes.
constexpr std::uint64_t kFileBytesMax = 1ULL << 20;
constexpr std::string_view kEnding = ".evidence";

std::string name_of(const proto::EvidenceRecord& record, std::uint64_t height) {
    std::string digits = std::to_string(height);
    digits.insert(0, 20 - digits.size(), '0');
    return digits + "-" + to_hex(record.accused()) + std::string(kEnding);
}

std::uint64_t height_of(const proto::ConsensusMessage& message) {
    if (message.has_pre_prepare()) return message.pre_prepare().height();
    if (message.has_prepare()) return message.prepare().height();
    if (message.has_commit()) return message.commit().height();
    return message.view_change().height();
}

std::optional<proto::EvidenceRecord> read(const std::filesystem::path& file) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    if (failure || size > kFileBytesMax || size < Hash::kSize) return std::nullopt;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf())) return std::nullopt;
    const Bytes bytes = content.str();
    const BytesView record = BytesView(bytes).substr(0, bytes.size() - Hash::kSize);
    proto::EvidenceRecord found;
    const bool holds = crypto::sha256({record}).view() == BytesView(bytes).substr(record.size()) &&
                       found.ParseFromArray(record.data(), static_cast<int>(record.size()));
    return holds ? std::optional(std::move(found)) : std::nullopt;
}

Error failed(const std::filesystem::path& file) {
    return Error{Code::io_failed, file.string() + " cannot be written: " + std::strerror(errno)};
}

// Whole under its name or not there: written beside it, synced, renamed.
Result<> write(const std::filesystem::path& file, BytesView bytes) {
    const std::filesystem::path beside = file.string() + ".new";
    const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return failed(beside);
    const bool is_synced = write_all(descriptor, bytes, 0) && fsync(descriptor) == 0;
    close(descriptor);
    if (!is_synced || rename(beside.c_str(), file.c_str()) != 0 || !sync_folder_of(file)) return failed(file);
    return {};
}

}  // namespace

Result<std::unique_ptr<EvidenceStore>> EvidenceStore::open(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{Code::io_failed, "cannot create " + folder.string() + ": " + failure.message()};
    std::unique_ptr<EvidenceStore> store(new EvidenceStore(folder));
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != kEnding) continue;  // a write that did not come to its end
        const auto record = read(entry.path());
        if (!record) {
            store->damaged_.push_back(entry.path());
            continue;
        }
        const std::uint64_t bytes = entry.file_size(failure);
        store->files_.emplace(name, bytes);
        store->bytes_ += bytes;
        ++store->of_accused_[record->accused()];
    }
    if (failure) return Error{Code::io_failed, "cannot read " + folder.string() + ": " + failure.message()};
    return store;
}

Result<bool> EvidenceStore::save(const proto::EvidenceRecord& record) {
    Bytes bytes = record.SerializeAsString();
    bytes.append(crypto::sha256({bytes}).view());
    const std::string name = name_of(record, height_of(record.second()));
    const std::lock_guard lock(mutex_);
    std::size_t& of_accused = of_accused_[record.accused()];
    if (files_.count(name) != 0 || of_accused >= kPiecesOfOne || bytes.size() > kFileBytesMax ||
        bytes_ + bytes.size() > kBytesMax)
        return false;
    if (auto written = write(folder_ / name, bytes); !written) return written.error();
    files_.emplace(name, bytes.size());
    bytes_ += bytes.size();
    ++of_accused;
    return true;
}

std::size_t EvidenceStore::size() const {
    const std::lock_guard lock(mutex_);
    return files_.size();
}

std::vector<proto::EvidenceRecord> EvidenceStore::list(std::size_t first, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<proto::EvidenceRecord> found;
    std::size_t number = 0;
    for (const auto& [name, bytes] : files_) {
        if (number++ < first) continue;
        if (found.size() >= limit) break;
        if (auto record = read(folder_ / name)) found.push_back(*std::move(record));
    }
    return found;
}

}  // namespace pcq::storage
