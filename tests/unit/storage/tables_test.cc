// What the files of a database hold in memory does not grow with what is in them.
#include "src/storage/tables.h"

#include <gtest/gtest.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/write_batch.h>

#include "src/base/bytes.h"
#include "src/crypto/hash.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

constexpr std::size_t kCache = 1 << 20;

// After each record was looked for once, of a database with so many, each of a hundred bytes.
std::uint64_t held_by_files(std::uint64_t records) {
    const TestFolder folder;
    auto table = bounded_tables(rocksdb::NewLRUCache(kCache));
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::DB* opened = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, folder.path().string(), &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    const auto key = [](std::uint64_t record) {
        Bytes number;
        append_u64(number, record);
        return crypto::sha256({number}).bytes();
    };
    rocksdb::WriteBatch batch;
    for (std::uint64_t record = 0; record < records; ++record) batch.Put(key(record), Bytes(100, 'x'));
    EXPECT_TRUE(db->Write({}, &batch).ok());
    EXPECT_TRUE(db->Flush({}).ok());
    Bytes found;
    for (std::uint64_t record = 0; record < records; ++record)
        EXPECT_TRUE(db->Get({}, key(record), &found).ok());
    std::uint64_t readers = 0;
    std::uint64_t cached = 0;
    EXPECT_TRUE(db->GetIntProperty("rocksdb.estimate-table-readers-mem", &readers));
    EXPECT_TRUE(db->GetIntProperty("rocksdb.block-cache-usage", &cached));
    return readers + cached;
}

TEST(BoundedTables, HoldNoMoreThanTheirCacheHoweverMuchIsInThem) {
    EXPECT_LT(held_by_files(20'000), kCache * 5 / 4);
    EXPECT_LT(held_by_files(400'000), kCache * 5 / 4);
}

}  // namespace
}  // namespace pcq::storage
