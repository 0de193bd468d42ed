// Hashes and signatures for the verifier, on the system's libraries alone (docs/decisions/0001, 0002).
//
// Written apart from src/crypto on purpose: an error there must not be one here.
#pragma once

#include <initializer_list>

#include "src/base/bytes.h"

namespace pcq::verifier {

Hash sha256(std::initializer_list<BytesView> parts);
// H(kind, chain, data) = SHA-256(length of kind, kind, 32 bytes of chain, data).
Hash tagged(BytesView kind, BytesView chain, BytesView data);

// Types as in pcq.v1.KeyType.
inline constexpr int kEd25519 = 1;
inline constexpr int kP256 = 2;

// Whether the bytes are a key of this type in its only form; of Ed25519 also that it lies in the prime-order
// group.
bool is_key(int type, BytesView key);
bool is_signature(int type, BytesView key, const Hash& digest, BytesView signature);

}  // namespace pcq::verifier
