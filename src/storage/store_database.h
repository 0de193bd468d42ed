// The column families of a chain store and the keys of blocks, for the two files that read them.
#pragma once

#include <memory>
#include <vector>

#include <rocksdb/db.h>

#include "src/storage/chain_store.h"

namespace pcq::storage {

enum Family { kMeta, kBlocks, kIndex, kState, kTree, kFamilies };

// Of the store: whole from genesis on; without its first blocks, which older versions would miss.
inline constexpr std::uint64_t kFormatWhole = 1;
inline constexpr std::uint64_t kFormatPruned = 2;

inline Bytes hash_key(const Hash& hash) {
    return "b" + hash.bytes();
}

// Blocks: height and one letter for the part.
inline Bytes block_key(std::uint64_t height, char part) {
    Bytes key;
    append_u64(key, height);
    key.push_back(part);
    return key;
}

struct ChainStore::Database {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;

    ~Database() {
        for (auto* family : families) db->DestroyColumnFamilyHandle(family);
    }
};

}  // namespace pcq::storage
