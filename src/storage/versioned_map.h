// A map from bytes to bytes whose every version is kept: the keys of one column family of RocksDB.
//
//   database key = escaped key, 0x00 0x01, u64 of ~version (big-endian)      0x00 inside a key is written
//   0x00 0xff value        = 0x01 and the bytes, or 0x00 alone for a removed key
//
// Escaping keeps order and makes no key a prefix of another, so the newest version at or below a height is
// the first entry at or after (key, ~height). Thread-safe as RocksDB is.
#pragma once

#include <optional>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::storage {

Bytes versioned_key(BytesView key, std::uint64_t version);

struct VersionedEntry {
    Bytes key;
    std::uint64_t version = 0;
};
// Nothing if the bytes are no versioned key.
std::optional<VersionedEntry> parse_versioned_key(BytesView bytes);

Bytes present(BytesView value);
Bytes removed();
// Whether a stored value begins as present() or removed() leave it.
bool is_marked(BytesView value);

// The value at `height`; nothing if the key was absent or removed. io_failed when the database cannot say.
Result<std::optional<Bytes>> read_at(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, BytesView key,
                                     std::uint64_t height);

}  // namespace pcq::storage
