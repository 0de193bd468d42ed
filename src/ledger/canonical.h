// The encoding rule of everything signed or hashed: bytes are valid only if decoding them, dropping
// unknown fields and encoding again gives the same bytes. One message then has one hash.
#pragma once

#include <optional>

#include <google/protobuf/message.h>

#include "src/base/bytes.h"

namespace pcq {

// The generated messages under the name that the rest of the code uses.
namespace v1 {}
namespace proto = v1;

}  // namespace pcq

namespace pcq::ledger {

// Decodes into `message`; false unless the bytes are canonical. At most 2 GiB, which callers bound far below.
bool decode_canonical(BytesView bytes, google::protobuf::Message& message);

}  // namespace pcq::ledger
