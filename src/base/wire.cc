#include "src/base/wire.h"

namespace pcq {
namespace {

constexpr int kVarintBytesMax = 10;
enum WireType : std::uint64_t {
    kVarint = 0,
    kFixed64 = 1,
    kLength = 2,
    kFixed32 = 5
};  // groups are not of proto3

}  // namespace

std::optional<std::uint64_t> WireFields::varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < kVarintBytesMax && !rest_.empty(); ++i) {
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fu} << (7 * i);
        if (byte < 0x80) return value;
    }
    return std::nullopt;
}

std::optional<BytesView> WireFields::take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const BytesView taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

std::optional<WireField> WireFields::next() {
    if (rest_.empty() || broken_) return std::nullopt;
    broken_ = true;  // until the field is whole
    const auto tag = varint();
    if (!tag) return std::nullopt;
    WireField field{*tag >> 3, {}};
    std::optional<BytesView> taken;
    switch (*tag & 7) {
        case kVarint:
            if (varint()) taken = BytesView();
            break;
        case kFixed64:
            if (take(8)) taken = BytesView();
            break;
        case kFixed32:
            if (take(4)) taken = BytesView();
            break;
        case kLength:
            if (const auto size = varint()) taken = take(*size);
            break;
        default:
            break;
    }
    if (!taken) return std::nullopt;
    broken_ = false;
    field.bytes = *taken;
    return field;
}

}  // namespace pcq
