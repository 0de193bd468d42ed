// The two Merkle trees, as docs/decisions/0003-state-tree.md and RFC 6962 describe them, for the verifier.
#pragma once

#include <optional>
#include <vector>

#include <google/protobuf/message.h>

#include "src/base/bytes.h"

namespace pcq::verifier {

// Parses a message. An encoding is the only one of its message: no unknown fields, defaults left out, fields
// ascending.
bool is_canonical(BytesView bytes, google::protobuf::Message& message);

// The root over a list of hashes (RFC 6962, section 2.1, leaves and nodes as there); 32 zero bytes of none.
Hash list_root(const std::vector<Hash>& hashes);

// Whether an encoded pcq.v1.StateProof shows this value at the key under the root, or, without a value, that
// there is none.
bool is_proven(const Hash& root, BytesView key, const std::optional<Bytes>& value, BytesView proof);

}  // namespace pcq::verifier
