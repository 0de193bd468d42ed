#include "src/base/base64.h"

#include <algorithm>

#include <sodium.h>

namespace pcq {

std::string to_base64(BytesView bytes) {
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // the terminating zero that libsodium writes
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    Bytes bytes(text.size() / 4 * 3, '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    const int failed =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &length, &end, sodium_base64_VARIANT_ORIGINAL);
    const auto read = static_cast<std::size_t>(end - text.data());
    // libsodium 1.0.18 also takes some bytes above 127 for letters.
    const auto strange = std::find_if(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
    if (strange != text.end()) {
        return Error{Code::bad_encoding, "no base64 with padding (RFC 4648): wrong at character " +
                                             std::to_string(strange - text.begin()) + " of " +
                                             std::to_string(text.size())};
    }
    if (failed != 0 || read != text.size()) {
        return Error{Code::bad_encoding, "no base64 with padding (RFC 4648): wrong at character " +
                                             std::to_string(read) + " of " + std::to_string(text.size())};
    }
    bytes.resize(length);
    return bytes;
}

}  // namespace pcq
