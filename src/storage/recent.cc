#include "src/storage/recent.h"

#include <utility>

namespace pcq::storage {
namespace {

constexpr std::size_t kOverhead = 96;  // of an entry in a map, about

std::size_t size_of(BytesView key, const Generations::Entry& entry) {
    return key.size() + (entry.value ? entry.value->size() : 0) + kOverhead;
}

}  // namespace

const Generations::Entry* Generations::Shard::find(BytesView key, std::size_t bytes_max) {
    if (const auto at = young.find(key); at != young.end()) return &at->second;
    const auto at = old.find(key);
    if (at == old.end()) return nullptr;
    Bytes own_key = at->first;
    Entry entry = std::move(at->second);
    old.erase(at);
    grow(size_of(own_key, entry), bytes_max);
    return &young.emplace(std::move(own_key), std::move(entry)).first->second;
}

void Generations::Shard::put(BytesView key, Entry entry, std::size_t bytes_max) {
    const std::size_t bytes = size_of(key, entry);
    if (const auto at = young.find(key); at != young.end()) {
        young_bytes = young_bytes - size_of(key, at->second) + bytes;
        at->second = std::move(entry);
        return;
    }
    if (const auto at = old.find(key); at != old.end()) old.erase(at);
    grow(bytes, bytes_max);
    young.emplace(Bytes(key), std::move(entry));
}

// Makes room for `bytes` more in the young generation.
void Generations::Shard::grow(std::size_t bytes, std::size_t bytes_max) {
    if (young_bytes + bytes > bytes_max) {
        old = std::exchange(young, Map());
        young_bytes = 0;
    }
    young_bytes += bytes;
}

}  // namespace pcq::storage
