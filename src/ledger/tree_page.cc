#include "src/ledger/tree_page.h"

#include "src/ledger/merkle.h"

namespace pcq::ledger {
namespace {

constexpr std::size_t kBitmapBytes = 4;
constexpr std::size_t kLeafBytes = 2 * Hash::kSize;
constexpr std::size_t kChildBytes = Hash::kSize + 8;

void append_u16(Bytes& out, std::uint32_t value) {
    out.push_back(static_cast<char>((value >> 8) & 0xff));
    out.push_back(static_cast<char>(value & 0xff));
}

Hash hash_at(BytesView bytes, std::size_t offset) {
    return *Hash::from(bytes.substr(offset, Hash::kSize));
}

}  // namespace

Bytes TreePage::encode() const {
    std::uint32_t leaves = 0;
    std::uint32_t children = 0;
    Bytes body;
    body.reserve(kPageSlots * kLeafBytes);
    for (std::size_t i = 0; i < kPageSlots; ++i) {
        if (const auto* leaf = std::get_if<TreeLeaf>(&slots[i])) {
            leaves |= 1u << i;
            body.append(leaf->key_hash.view()).append(leaf->value_hash.view());
        } else if (const auto* child = std::get_if<TreeChild>(&slots[i])) {
            children |= 1u << i;
            body.append(child->hash.view());
            append_u64(body, child->version);
        }
    }
    Bytes out;
    out.reserve(kBitmapBytes + body.size());
    append_u16(out, leaves);
    append_u16(out, children);
    out.append(body);
    return out;
}

std::optional<TreePage> TreePage::decode(BytesView bytes) {
    if (bytes.size() < kBitmapBytes) return std::nullopt;
    const std::uint32_t bitmaps = load_u32(bytes);
    const std::uint32_t leaves = bitmaps >> 16;
    const std::uint32_t children = bitmaps & 0xffff;
    if ((leaves & children) != 0) return std::nullopt;

    TreePage page;
    std::size_t offset = kBitmapBytes;
    for (std::size_t i = 0; i < kPageSlots; ++i) {
        if (((leaves >> i) & 1) != 0) {
            if (bytes.size() - offset < kLeafBytes) return std::nullopt;
            page.slots[i] = TreeLeaf{hash_at(bytes, offset), hash_at(bytes, offset + Hash::kSize)};
            offset += kLeafBytes;
        } else if (((children >> i) & 1) != 0) {
            if (bytes.size() - offset < kChildBytes) return std::nullopt;
            page.slots[i] = TreeChild{hash_at(bytes, offset), load_u64(bytes.substr(offset + Hash::kSize))};
            offset += kChildBytes;
        }
    }
    if (offset != bytes.size()) return std::nullopt;
    return page;
}

std::size_t TreePage::count(std::size_t first, std::size_t width) const {
    std::size_t taken = 0;
    for (std::size_t i = first; i < first + width; ++i)
        taken += std::holds_alternative<std::monostate>(slots[i]) ? 0u : 1u;
    return taken;
}

const TreeLeaf* TreePage::lone_leaf(std::size_t first, std::size_t width) const {
    const TreeLeaf* found = nullptr;
    for (std::size_t i = first; i < first + width; ++i) {
        if (std::holds_alternative<std::monostate>(slots[i])) continue;
        if (found != nullptr) return nullptr;
        found = std::get_if<TreeLeaf>(&slots[i]);
        if (found == nullptr) return nullptr;
    }
    return found;
}

Hash TreePage::hash(std::size_t first, std::size_t width) const {
    if (const TreeLeaf* leaf = lone_leaf(first, width)) return leaf_hash(leaf->key_hash, leaf->value_hash);
    if (count(first, width) == 0) return Hash();
    if (width == 1) return std::get<TreeChild>(slots[first]).hash;
    return inner_hash(hash(first, width / 2), hash(first + width / 2, width / 2));
}

std::size_t slot_of(const Hash& key_hash, std::size_t depth) {
    const std::uint8_t byte = key_hash.data()[depth / 2];
    return depth % 2 == 0 ? byte >> 4 : byte & 15;
}

bool is_below(BytesView path, const Hash& key_hash) {
    if (path.size() > 2 * Hash::kSize) return false;
    for (std::size_t depth = 0; depth < path.size(); ++depth) {
        if (slot_of(key_hash, depth) != static_cast<std::uint8_t>(path[depth])) return false;
    }
    return true;
}

}  // namespace pcq::ledger
