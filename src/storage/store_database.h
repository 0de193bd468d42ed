// The column families of a chain store, for the two files that read them.
#pragma once

#include <memory>
#include <vector>

#include <rocksdb/db.h>

#include "src/storage/chain_store.h"

namespace pcq::storage {

enum Family { kMeta, kBlocks, kIndex, kState, kTree, kFamilies };

struct ChainStore::Database {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;

    ~Database() {
        for (auto* family : families) db->DestroyColumnFamilyHandle(family);
    }
};

}  // namespace pcq::storage
