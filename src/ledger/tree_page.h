// One page of the state tree: sixteen slots, four levels of binary nodes.
//
//   page   = leaf bitmap (u16, big-endian), child bitmap (u16, big-endian), slots in ascending order
//   slot   = key hash (32), value hash (32)       where the leaf bit is set
//          | hash (32), version (u64, big-endian) where the child bit is set
//
// A child holds at least two leaves: a lone one stands in the slot itself. Used by the tree and by whoever
// checks a store. Pure.
#pragma once

#include <array>
#include <optional>
#include <variant>

#include "src/base/bytes.h"

namespace pcq::ledger {

inline constexpr std::size_t kPageSlots = 16;

struct TreeLeaf {
    Hash key_hash;
    Hash value_hash;

    friend bool operator==(const TreeLeaf&, const TreeLeaf&) = default;
};

struct TreeChild {
    Hash hash;
    std::uint64_t version = 0;

    friend bool operator==(const TreeChild&, const TreeChild&) = default;
};

using TreeSlot = std::variant<std::monostate, TreeLeaf, TreeChild>;

struct TreePage {
    std::array<TreeSlot, kPageSlots> slots;

    Bytes encode() const;
    // Nothing if the bytes are no page.
    static std::optional<TreePage> decode(BytesView bytes);

    // Slots in [first, first + width): how many are taken, and the leaf if it is the only thing there.
    std::size_t count(std::size_t first, std::size_t width) const;
    const TreeLeaf* lone_leaf(std::size_t first, std::size_t width) const;
    // The hash of the subtree over those slots; width is 1, 2, 4, 8 or 16.
    Hash hash(std::size_t first = 0, std::size_t width = kPageSlots) const;
};

// The slot that a key hash falls into at this depth (in pages).
std::size_t slot_of(const Hash& key_hash, std::size_t depth);
// Whether the path, in nibbles, is the beginning of the key hash.
bool is_below(BytesView path, const Hash& key_hash);

}  // namespace pcq::ledger
