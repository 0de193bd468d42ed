// How the databases lay out their files: the indexes and filters of a file are in parts that are read through
// the cache, so what a database holds in memory is bounded by its cache and its write buffers, however large
// the state is.
#pragma once

#include <memory>

#include <rocksdb/table.h>

namespace pcq::storage {

rocksdb::BlockBasedTableOptions bounded_tables(std::shared_ptr<rocksdb::Cache> cache);

}  // namespace pcq::storage
