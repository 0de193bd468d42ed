// How the databases lay out their files: the indexes and filters of a file are in parts that are read through
// the cache, so what a database holds in memory is bounded by its cache and its write buffers, however large
// the state is.
#pragma once

#include <cstdint>
#include <memory>

#include <rocksdb/options.h>
#include <rocksdb/table.h>

namespace pcq::storage {

rocksdb::BlockBasedTableOptions bounded_tables(std::shared_ptr<rocksdb::Cache> cache);

// For a database that is filled at once with write buffers of 16 MiB. While files are merged, the old ones
// and the new ones are there: this much more, of one merge. So much is merged at most when a dozen fresh
// files go into the first level, of four times 64 MiB and what came last, or one file of that size into the
// next level, which is ten times as large.
inline constexpr std::uint64_t kMergedMost = 768ULL << 20;
void bound_merges(rocksdb::ColumnFamilyOptions& options);

}  // namespace pcq::storage
