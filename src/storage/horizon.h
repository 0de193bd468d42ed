// How far back a chain store goes (docs/decisions/0010-pruning.md): which height is the lowest whose block
// and state it keeps, what it keeps of those below, and which heights are being read.
//
// The height moves with blocks: first announced, so that nobody begins to read below it, then settled once it
// is on disk, so that old versions may go (prune_filter.h). What a view reads stays for as long as it is
// pinned. Horizon is safe from any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "src/base/bytes.h"

namespace pcq::storage {

// What a store keeps.
struct Kept {
    // Headers before `base`: a replica looks at twice as many as it has validators, of which there are at
    // most 100.
    static constexpr std::uint64_t kLead = 200;

    std::uint64_t base = 0;              // the lowest height with block and state; 0: all are there
    std::vector<std::uint64_t> changes;  // heights below it whose blocks named new validators, ascending

    // The first of the headers that lead up to the base.
    std::uint64_t first_header() const {
        return base > kLead + 1 ? base - kLead : std::min<std::uint64_t>(base, 1);
    }
    bool names_validators(std::uint64_t height) const;
    bool has_header(std::uint64_t height) const;

    // With a sum: a base that decay has moved must not pass for one.
    Bytes encode() const;
    static std::optional<Kept> decode(BytesView bytes);
};

class Horizon {
public:
    // A height that is being read.
    class Pin {
    public:
        Pin(std::shared_ptr<Horizon> horizon, std::uint64_t height)
            : horizon_(std::move(horizon)), height_(height) {}
        Pin(Pin&&) noexcept = default;
        Pin& operator=(Pin&&) = delete;
        ~Pin() {
            if (horizon_) horizon_->release(height_);
        }

    private:
        std::shared_ptr<Horizon> horizon_;
        std::uint64_t height_;
    };

    Kept kept() const;
    std::uint64_t base() const;
    bool has_header(std::uint64_t height) const;
    // Nothing: the height is pruned.
    static std::optional<Pin> pin(const std::shared_ptr<Horizon>& horizon, std::uint64_t height);

    void announce(Kept kept);
    void settle();

    // For what drops old versions: the base on disk, and the lowest height that anybody may still read.
    Kept settled() const;
    std::uint64_t floor() const;

    // Records that say no more than that a key was removed, and that nothing newer than `floor` covers. They
    // may go when no older version is left. Forgets some when there are too many: they are found again.
    void note_removed(BytesView record);
    std::vector<Bytes> take_removed(std::size_t most);

private:
    void release(std::uint64_t height);

    mutable std::mutex mutex_;
    Kept announced_;
    Kept settled_;
    std::map<std::uint64_t, std::size_t> pinned_;
    std::vector<Bytes> removed_;
};

}  // namespace pcq::storage
