// Drops what no kept height reads while RocksDB compacts, which reads and writes those records anyway.
//
// A compaction sees some of a key's versions, newest first. A version is dropped when a newer one at or below
// the horizon's floor has been seen, so whatever is read at a kept height is always there, and what is
// dropped when is RocksDB's affair (docs/decisions/0010-pruning.md).
#pragma once

#include <memory>

#include <rocksdb/compaction_filter.h>

#include "src/storage/horizon.h"

namespace pcq::storage {

enum class Pruned : std::uint8_t { index, state, tree };

std::shared_ptr<rocksdb::CompactionFilterFactory> prune_filter(Pruned what, std::shared_ptr<Horizon> horizon);

}  // namespace pcq::storage
