// Short ways to bytes for the tests of this room: hexadecimal text, numbers, single bits flipped.
#pragma once

#include <initializer_list>

#include "src/base/bytes.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"

namespace pcq::crypto {

inline Bytes hex(std::string_view text) {
    auto bytes = from_hex(text);
    PCQ_INVARIANT(bytes.has_value());
    return *std::move(bytes);
}

inline Hash hash_from_hex(std::string_view text) {
    return *id_from_hex<Hash>(text);
}

inline Bytes flipped(Bytes bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    return bytes;
}

// SHA-256 of "PCQ": what the fixed vectors sign.
inline Hash digest() {
    return sha256({"PCQ"});
}
// Another one for every number.
inline Hash digest(std::uint32_t number) {
    Bytes data;
    append_u32(data, number);
    return sha256({data});
}

}  // namespace pcq::crypto
