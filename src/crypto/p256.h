// ECDSA on P-256 in the only forms PCQ accepts: 33-byte compressed points, 64-byte r || s with s <= n/2,
// 32-byte digests (docs/decisions/0002-signatures.md). Used by key.cc alone. Thread-safe.
#pragma once

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::crypto::p256 {

inline constexpr std::size_t kPublicKeyBytes = 33;

Result<> check_public_key(BytesView compressed);
bool verify(BytesView compressed, const Hash& digest, BytesView signature);

// The compressed point of a 32-byte scalar; Code::bad_key_file unless 0 < d < n.
Result<Bytes> public_key_of(BytesView secret);
Bytes sign(BytesView secret, const Hash& digest);

}  // namespace pcq::crypto::p256
