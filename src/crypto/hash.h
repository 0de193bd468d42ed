// SHA-256 with domain tags: H(kind, chain, data) = SHA-256(length of kind (one byte), kind, 32 bytes of
// chain id, data). Kinds are at least two bytes long, so no tagged hash can be mistaken for a tree node,
// which starts with byte 0 or 1 (src/ledger/merkle.h).
//
// Thread-safe; never fails.
#pragma once

#include <initializer_list>
#include <string_view>

#include "src/base/bytes.h"

namespace pcq::crypto {

// Plain SHA-256 of the parts in order.
Hash sha256(std::initializer_list<BytesView> parts);

Hash tagged_hash(std::string_view kind, const ChainId& chain, BytesView data);

// For what belongs to no chain: accounts, genesis documents.
Hash tagged_hash(std::string_view kind, BytesView data);

}  // namespace pcq::crypto
