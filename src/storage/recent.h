// Values that were read or written lately, in memory: most of what a block reads, and most of what the one
// after it reads again.
//
// RecentValues holds newest versions: an entry says what a key's value has been since some height, up to the
// newest block. RecentPages holds tree pages, which never change. Both are bounded by bytes, forget what was
// not asked for longest (roughly: a generation at a time), and may be used from any thread; the calls about
// writing come from the one thread that commits.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "src/base/bytes.h"

namespace pcq::storage {

// A bounded map in two generations: what is found in the old one moves to the new one; when the new one has
// half of the bytes, the old one goes and the new one becomes old.
class Generations {
public:
    struct Entry {
        std::uint64_t since = 0;
        std::optional<Bytes> value;
    };

    explicit Generations(std::size_t bytes_max) : bytes_max_(bytes_max / kShards / 2) {}

    // The entry's value, if `fits` says yes to its `since`.
    template <class Fits>
    std::optional<std::optional<Bytes>> find(BytesView key, const Fits& fits) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        const Entry* entry = shard.find(key, bytes_max_);
        if (entry == nullptr || !fits(entry->since)) return std::nullopt;
        return entry->value;
    }
    // Replaces what is there, if `may` still says yes while nobody else writes.
    template <class May>
    void put(BytesView key, Entry entry, const May& may) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        if (may()) shard.put(key, std::move(entry), bytes_max_);
    }

private:
    static constexpr std::size_t kShards = 16;

    struct Hasher {
        using is_transparent = void;
        std::size_t operator()(BytesView key) const { return std::hash<BytesView>{}(key); }
    };
    using Map = boost::unordered_flat_map<Bytes, Entry, Hasher, std::equal_to<>>;
    struct Shard {
        std::mutex mutex;
        Map young;
        Map old;
        std::size_t young_bytes = 0;

        const Entry* find(BytesView key, std::size_t bytes_max);
        void put(BytesView key, Entry entry, std::size_t bytes_max);
        void grow(std::size_t bytes, std::size_t bytes_max);
    };

    Shard& shard_of(BytesView key) { return shards_[Hasher{}(key) / 7 % kShards]; }

    const std::size_t bytes_max_;  // of one shard's young generation
    std::array<Shard, kShards> shards_;
};

class RecentValues {
public:
    explicit RecentValues(std::size_t bytes_max) : entries_(bytes_max) {}

    // What the key's value is at `height` (nothing inside: it is absent); nothing if that is not known here.
    std::optional<std::optional<Bytes>> find(BytesView key, std::uint64_t height) {
        return entries_.find(key, [height](std::uint64_t since) { return since <= height; });
    }
    // The database said so. Kept if `height` is, from before that answer to now, the newest one.
    void learn(BytesView key, std::uint64_t height, const std::optional<Bytes>& value) {
        entries_.put(key, {height, value}, [this, height] { return newest_ == height; });
    }
    bool is_newest(std::uint64_t height) const { return newest_ == height; }

    // Around the write of a block, in this order; the key is readable at its height after finish().
    void begin() { newest_ = kNone; }
    void write(BytesView key, std::uint64_t height, const std::optional<Bytes>& value) {
        entries_.put(key, {height, value}, [] { return true; });
    }
    void finish(std::uint64_t height) { newest_ = height; }

private:
    static constexpr std::uint64_t kNone = UINT64_MAX;

    std::atomic<std::uint64_t> newest_ = kNone;  // no height comes twice, so equality means "no write since"
    Generations entries_;
};

class RecentPages {
public:
    explicit RecentPages(std::size_t bytes_max) : entries_(bytes_max) {}

    std::optional<Bytes> find(BytesView path, std::uint64_t version) {
        auto found = entries_.find(path, [version](std::uint64_t since) { return since == version; });
        if (!found) return std::nullopt;
        return *std::move(found);
    }
    void put(BytesView path, std::uint64_t version, const Bytes& page) {
        entries_.put(path, {version, page}, [] { return true; });
    }

private:
    Generations entries_;
};

}  // namespace pcq::storage
