// A closed store after RocksDB has compacted all of it with the store's own filters: what may go has gone.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "src/storage/prune_filter.h"
#include "tests/unit/storage/raw_store.h"

namespace pcq::storage {

inline void compact(const std::filesystem::path& path) {
    const auto horizon = std::make_shared<Horizon>();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : {"default", "blocks", "index", "state", "tree"})
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    families[kIndex].options.compaction_filter_factory = prune_filter(Pruned::index, horizon);
    families[kState].options.compaction_filter_factory = prune_filter(Pruned::state, horizon);
    families[kTree].options.compaction_filter_factory = prune_filter(Pruned::tree, horizon);
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::DBOptions(), path.string(), families, &handles, &db).ok());
    const std::unique_ptr<rocksdb::DB> owner(db);
    Bytes base;
    ASSERT_TRUE(db->Get({}, handles[kMeta], "base", &base).ok());
    horizon->announce(*Kept::decode(base));
    horizon->settle();
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (auto* handle : handles) {
        EXPECT_TRUE(db->CompactRange(all, handle, nullptr, nullptr).ok());
        db->DestroyColumnFamilyHandle(handle);
    }
}

}  // namespace pcq::storage
