#include "src/storage/prune_filter.h"

#include "src/storage/page_group.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

using rocksdb::CompactionFilter;
using rocksdb::Slice;

constexpr std::size_t kVersionBytes = 8;

BytesView view(const Slice& slice) {
    return {slice.data(), slice.size()};
}

// One compaction's. What it cannot read it keeps, for verify() to find.
class Filter : public CompactionFilter {
public:
    const char* Name() const override { return "pcq.prune"; }
    Decision FilterV2(int, const Slice& key, ValueType type, const Slice& value, std::string* changed,
                      std::string*) const override {
        return type == ValueType::kValue ? judge(view(key), view(value), *changed) : Decision::kKeep;
    }

private:
    // RocksDB calls one filter from one thread, key after key; what it remembers is its own.
    virtual Decision judge(BytesView key, BytesView value, Bytes& changed) const = 0;
};

// Transactions of pruned blocks, and blocks whose headers have gone.
class IndexFilter final : public Filter {
public:
    explicit IndexFilter(Kept kept) : kept_(std::move(kept)) {}

private:
    Decision judge(BytesView key, BytesView value, Bytes&) const override {
        if (key.empty() || value.size() < 8) return Decision::kKeep;
        const std::uint64_t height = load_u64(value);
        const bool is_kept = key[0] == 't' ? height >= kept_.base : kept_.has_header(height);
        return is_kept ? Decision::kKeep : Decision::kRemove;
    }

    const Kept kept_;
};

class StateFilter final : public Filter {
public:
    StateFilter(std::shared_ptr<Horizon> horizon, std::uint64_t floor)
        : horizon_(std::move(horizon)), floor_(floor) {}

private:
    Decision judge(BytesView key, BytesView value, Bytes&) const override {
        if (key.size() < kVersionBytes || !is_marked(value)) return Decision::kKeep;
        const BytesView name = key.substr(0, key.size() - kVersionBytes);
        if (~load_u64(key.substr(name.size())) > floor_) return Decision::kKeep;
        if (covered_ == name) return Decision::kRemove;
        covered_ = name;
        // It hides the older ones that this compaction does not see.
        if (value == removed()) horizon_->note_removed(key);
        return Decision::kKeep;
    }

    const std::shared_ptr<Horizon> horizon_;
    const std::uint64_t floor_;
    mutable Bytes covered_;  // the key of which a version at or below the floor was seen
};

class TreeFilter final : public Filter {
public:
    explicit TreeFilter(std::uint64_t floor) : floor_(floor) {}

private:
    Decision judge(BytesView key, BytesView value, Bytes& changed) const override {
        const auto entry = parse_versioned_key(key);
        if (!entry || entry->version > floor_ || !is_marked(value)) return Decision::kKeep;
        const auto pages = unpack_pages(entry->key, value.substr(1));
        if (!pages || pages->empty()) return Decision::kKeep;
        if (group_ != entry->key) seen_.clear();
        group_ = entry->key;
        std::map<ledger::PagePath, Bytes> live;
        for (const auto& [path, page] : *pages) {  // those above come before those below
            if (!is_stale(path, entry->version)) live.emplace(path, page);
            if (page.size() < 4) continue;
            const Seen seen{entry->version, load_u16(BytesView(page).substr(2))};
            (group_.empty() ? top_ : seen_).emplace(path, seen);
        }
        if (live.size() == pages->size()) return Decision::kKeep;
        if (live.empty()) return Decision::kRemove;
        changed = present(pack_pages(live).begin()->second);
        return Decision::kChangeValue;
    }

    // The tree has left a page behind when there is a newer one at its path, or when a page above it says
    // later that nothing is there; both at or below the floor. A group's records come newest first, after
    // those of the group of the empty path.
    bool is_stale(const ledger::PagePath& path, std::uint64_t version) const {
        if ((group_.empty() ? top_ : seen_).count(path) != 0) return true;
        for (std::size_t depth = path.size(); depth-- > 0;) {
            const auto& pages = group_.empty() || depth < group_.size() ? top_ : seen_;
            const auto above = pages.find(path.substr(0, depth));
            if (above == pages.end() || above->second.version < version) continue;
            if ((above->second.children >> static_cast<std::uint8_t>(path[depth]) & 1) == 0) return true;
        }
        return false;
    }

    static std::uint16_t load_u16(BytesView bytes) {
        return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) << 8 |
                                          static_cast<std::uint8_t>(bytes[1]));
    }

    struct Seen {
        std::uint64_t version = 0;
        std::uint16_t children = 0;  // bitmap
    };

    const std::uint64_t floor_;
    mutable Bytes group_;
    mutable std::map<ledger::PagePath, Seen> seen_;  // of the group: the newest page at each path
    mutable std::map<ledger::PagePath, Seen> top_;   // of the group of the empty path
};

class Factory final : public rocksdb::CompactionFilterFactory {
public:
    Factory(Pruned what, std::shared_ptr<Horizon> horizon) : what_(what), horizon_(std::move(horizon)) {}

    const char* Name() const override { return "pcq.prune"; }
    std::unique_ptr<CompactionFilter> CreateCompactionFilter(const CompactionFilter::Context&) override {
        switch (what_) {
            case Pruned::index:
                return std::make_unique<IndexFilter>(horizon_->settled());
            case Pruned::state:
                return std::make_unique<StateFilter>(horizon_, horizon_->floor());
            case Pruned::tree:
                return std::make_unique<TreeFilter>(horizon_->floor());
        }
        return nullptr;
    }

private:
    const Pruned what_;
    const std::shared_ptr<Horizon> horizon_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> prune_filter(Pruned what,
                                                               std::shared_ptr<Horizon> horizon) {
    return std::make_shared<Factory>(what, std::move(horizon));
}

}  // namespace pcq::storage
