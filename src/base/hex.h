// Hexadecimal text of bytes: lower case out, either case in.
#pragma once

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq {

std::string to_hex(BytesView bytes);

template <class Tag>
std::string to_hex(const Id<Tag>& id) {
    return to_hex(id.view());
}

// Code::bad_hex if the text has an odd length or anything but 0-9, a-f, A-F.
Result<Bytes> from_hex(std::string_view text);

// The same for an identifier of exactly 64 digits.
template <class Identifier>
Result<Identifier> id_from_hex(std::string_view text) {
    auto bytes = from_hex(text);
    if (!bytes) return bytes.error();
    const auto id = Identifier::from(*bytes);
    if (!id)
        return Error{Code::bad_hex, "expected 64 hexadecimal digits, got " + std::to_string(text.size())};
    return *id;
}

}  // namespace pcq
