#include "src/audit/verifier/archive.h"

#include <zstd.h>

#include "src/audit/verifier/signatures.h"

namespace pcq::verifier {
namespace {

constexpr BytesView kMagic("PCQARCH\n", 8);
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kDocumentMax = 1 << 20;
constexpr std::uint32_t kBlockMax = (8 << 20) + (8 << 10) + (64 << 10);
constexpr std::uint32_t kFrameMax = kBlockMax + 4;

}  // namespace

Error Archive::damaged(const std::string& why) const {
    return Error{Code::archive_damaged,
                 file_.string() + " is damaged at byte " + std::to_string(offset_) + ": " + why};
}

Result<Bytes> Archive::take(std::uint64_t size) {
    if (size > size_ - offset_) return damaged("the file ends here");
    Bytes bytes(size, '\0');
    if (!stream_.read(bytes.data(), static_cast<std::streamsize>(size)))
        return Error{Code::io_failed, file_.string() + " cannot be read"};
    offset_ += size;
    part_ += bytes;
    return bytes;
}

// Each sum is over the sum before it and the part that it ends.
Result<> Archive::check_sum() {
    const Hash sum = sha256({part_});
    const auto stored = take(Hash::kSize);
    if (!stored) return stored.error();
    if (*stored != sum.view()) return damaged("the sum of what stands before it is another");
    part_ = sum.bytes();
    return {};
}

Result<Archive> Archive::open(const std::filesystem::path& file) {
    Archive archive;
    archive.file_ = file;
    archive.stream_.open(file, std::ios::binary);
    std::error_code failure;
    archive.size_ = std::filesystem::file_size(file, failure);
    if (!archive.stream_ || failure) return Error{Code::io_failed, file.string() + " cannot be read"};
    archive.part_ = Hash().bytes();
    const auto head = archive.take(8 + 4 + 32 + 8 + 4);
    if (!head) return head.error();
    const BytesView view = *head;
    if (view.substr(0, 8) != kMagic) return archive.damaged("it is no archive");
    if (load_u32(view.substr(8)) != kVersion) return archive.damaged("the version is not 1");
    archive.first_height_ = load_u64(view.substr(44));
    archive.next_height_ = archive.first_height_;
    const std::uint32_t length = load_u32(view.substr(52));
    if (length > kDocumentMax) return archive.damaged("the genesis document is too long");
    auto document = archive.take(length);
    if (!document) return document.error();
    archive.document_ = *std::move(document);
    if (tagged("genesis", Hash().view(), archive.document_).view() != view.substr(12, 32))
        return archive.damaged("the chain id is not that of the genesis document");
    if (auto good = archive.check_sum(); !good) return good.error();
    return archive;
}

Result<std::vector<Bytes>> Archive::cut(const Bytes& blocks, std::uint32_t count) const {
    std::vector<Bytes> cut;
    std::size_t at = 0;
    while (at < blocks.size()) {
        const BytesView rest = BytesView(blocks).substr(at);
        if (rest.size() < 4 || load_u32(rest) > rest.size() - 4) return damaged("a block ends too late");
        cut.emplace_back(rest.substr(4, load_u32(rest)));
        at += 4 + cut.back().size();
    }
    if (cut.size() != count) return damaged("the frame has another number of blocks than it says");
    return cut;
}

Result<std::vector<Bytes>> Archive::frame() {
    if (ended_) return std::vector<Bytes>();
    const auto mark = take(4);
    if (!mark) return mark.error();
    if (*mark == "DONE") {
        const auto end = take(24);
        if (!end) return end.error();
        if (load_u64(*end) + 1 != next_height_ ||
            load_u64(BytesView(*end).substr(8)) != next_height_ - first_height_)
            return damaged("the end is not that of these blocks");
        if (auto good = check_sum(); !good) return good.error();
        if (offset_ != size_) return damaged("something follows the end");
        ended_ = true;
        return std::vector<Bytes>();
    }
    if (*mark != "BLKS") return damaged("neither a frame nor the end");
    const auto head = take(20);
    if (!head) return head.error();
    const BytesView view = *head;
    const std::uint32_t count = load_u32(view.substr(8));
    const std::uint32_t unpacked = load_u32(view.substr(12));
    const std::uint32_t packed = load_u32(view.substr(16));
    if (load_u64(view) != next_height_ || count == 0) return damaged("the frame begins elsewhere");
    if (unpacked > kFrameMax || packed > ZSTD_compressBound(kFrameMax))
        return damaged("the frame is too long");
    const auto compressed = take(packed);
    if (!compressed) return compressed.error();
    if (auto good = check_sum(); !good) return good.error();
    if (ZSTD_getFrameContentSize(compressed->data(), compressed->size()) != unpacked)
        return damaged("the frame unpacks to another size");
    Bytes blocks(unpacked, '\0');
    if (ZSTD_decompress(blocks.data(), blocks.size(), compressed->data(), compressed->size()) != unpacked)
        return damaged("the frame cannot be unpacked");
    next_height_ += count;
    return cut(blocks, count);
}

}  // namespace pcq::verifier
