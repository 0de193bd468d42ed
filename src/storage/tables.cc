#include "src/storage/tables.h"

namespace pcq::storage {

rocksdb::BlockBasedTableOptions bounded_tables(std::shared_ptr<rocksdb::Cache> cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = std::move(cache);
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;  // every read looks into each of these files
    table.format_version = 5;
    return table;
}

void bound_merges(rocksdb::ColumnFamilyOptions& options) {
    options.level0_slowdown_writes_trigger = 12;
    options.level0_stop_writes_trigger = 12;
    options.max_compaction_bytes = kMergedMost;
}

}  // namespace pcq::storage
