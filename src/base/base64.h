// Base64 (RFC 4648, section 4, with padding) for encoded messages inside JSON.
#pragma once

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq {

std::string to_base64(BytesView bytes);

// Code::bad_encoding for anything that to_base64() would not have written: other characters, line breaks,
// missing padding, stray bits.
Result<Bytes> from_base64(std::string_view text);

}  // namespace pcq
