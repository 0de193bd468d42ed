// The records of a chain store as plain RocksDB shows them, to be changed behind its back.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "src/base/bytes.h"

namespace pcq::storage {

enum RawFamily : std::size_t { kMeta, kBlockRecords, kIndex, kState, kTree, kRawFamilies };

class RawStore {
public:
    explicit RawStore(const std::filesystem::path& path) {
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (const char* name : {"default", "blocks", "index", "state", "tree"})
            families.emplace_back(name, rocksdb::ColumnFamilyOptions());
        rocksdb::DB* db = nullptr;
        const auto status = rocksdb::DB::Open(rocksdb::DBOptions(), path.string(), families, &families_, &db);
        EXPECT_TRUE(status.ok()) << status.ToString();
        db_.reset(db);
    }
    ~RawStore() {
        for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
    }
    void put(std::size_t family, const Bytes& key, const Bytes& value) {
        EXPECT_TRUE(db_->Put({}, families_[family], key, value).ok());
    }
    void remove(std::size_t family, const Bytes& key) {
        EXPECT_TRUE(db_->Delete({}, families_[family], key).ok());
    }
    std::map<Bytes, Bytes> records(std::size_t family) {
        std::map<Bytes, Bytes> records;
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, families_[family]));
        for (at->SeekToFirst(); at->Valid(); at->Next())
            records[at->key().ToString()] = at->value().ToString();
        return records;
    }

private:
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace pcq::storage
