// Bytes as they travel: owned as std::string (what protobuf and RocksDB hold), viewed as
// std::string_view, and fixed-size identifiers that cannot be taken for one another.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pcq {

using Bytes = std::string;
using BytesView = std::string_view;

// 32 bytes that mean one thing. Ordered as unsigned big-endian numbers.
template <class Tag>
class Id {
public:
    static constexpr std::size_t kSize = 32;

    constexpr Id() = default;
    explicit constexpr Id(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}

    // Nothing if there are not exactly 32 bytes.
    static std::optional<Id> from(BytesView bytes) {
        if (bytes.size() != kSize) return std::nullopt;
        Id id;
        std::memcpy(id.bytes_.data(), bytes.data(), kSize);
        return id;
    }

    BytesView view() const { return {reinterpret_cast<const char*>(bytes_.data()), kSize}; }
    Bytes bytes() const { return Bytes(view()); }
    const std::uint8_t* data() const { return bytes_.data(); }
    std::uint8_t* data() { return bytes_.data(); }
    bool is_zero() const { return *this == Id(); }

    // Bit i of the path, from the most significant bit of the first byte. i < 256.
    bool bit(std::size_t i) const { return ((bytes_[i / 8] >> (7 - i % 8)) & 1) != 0; }

    friend constexpr auto operator<=>(const Id&, const Id&) = default;
    friend constexpr bool operator==(const Id&, const Id&) = default;

private:
    std::array<std::uint8_t, kSize> bytes_{};
};

using Hash = Id<struct HashTag>;
using ChainId = Id<struct ChainTag>;      // hash of the chain's genesis document
using AccountId = Id<struct AccountTag>;  // hash of the account's first public key

// For containers outside the inner rings; identifiers are hashes, so any eight bytes will do.
struct IdHasher {
    template <class Tag>
    std::size_t operator()(const Id<Tag>& id) const {
        std::uint64_t value = 0;
        std::memcpy(&value, id.data(), sizeof value);
        return static_cast<std::size_t>(value);
    }
};

// Big-endian, so that byte order is numeric order in keys.
inline void append_u32(Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

inline void append_u64(Bytes& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

// The first bytes of `in` as a big-endian number; `in` has at least 4 (8) bytes.
inline std::uint32_t load_u32(BytesView in) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<std::uint8_t>(in[i]);
    return value;
}

inline std::uint64_t load_u64(BytesView in) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = (value << 8) | static_cast<std::uint8_t>(in[i]);
    return value;
}

}  // namespace pcq
