// Sees every fdatasync of this program, RocksDB's too, and lets one fail. One thread at a time.
#pragma once

#include <functional>

namespace pcq::storage {

int syncs();
// Called at the beginning of each fdatasync until it is replaced.
void on_sync(std::function<void()> call);
void fail_next_sync(int error);

}  // namespace pcq::storage
