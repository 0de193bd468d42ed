#include "src/storage/tree_history.h"

#include "src/base/hex.h"

namespace pcq::storage {
namespace {

using ledger::PagePath;
using ledger::TreeChild;
using ledger::TreeLeaf;
using ledger::TreePage;

std::string name(const PagePath& path, std::uint64_t version) {
    return "tree page " + to_hex(path) + " of version " + std::to_string(version);
}

Error damaged(const PagePath& path, std::uint64_t version, const std::string& what) {
    return Error{Code::store_damaged, name(path, version) + " " + what};
}

// Whether the way of the key hash leads through this page and slot.
bool leads_to(const Hash& key_hash, const PagePath& path, std::size_t slot) {
    for (std::size_t depth = 0; depth < path.size(); ++depth) {
        if (ledger::slot_of(key_hash, depth) != static_cast<std::size_t>(path[depth])) return false;
    }
    return ledger::slot_of(key_hash, path.size()) == slot;
}

Error misplaced(const PagePath& path, std::uint64_t version) {
    return damaged(path, version, "holds a record where it does not belong");
}

// How many keys have another value in `after` than in `before`, absence counted as a value.
std::uint64_t differences(const std::map<Hash, Hash>& before, const std::map<Hash, Hash>& after) {
    std::uint64_t count = 0;
    for (const auto& [key, value] : before) {
        const auto at = after.find(key);
        count += at == after.end() || at->second != value ? 1u : 0u;
    }
    for (const auto& [key, value] : after) count += before.count(key) == 0 ? 1u : 0u;
    return count;
}

}  // namespace

Result<TreePage> TreeHistory::read(const PagePath& path, std::uint64_t version) const {
    const auto bytes = read_(path, version);
    if (!bytes) return bytes.error();
    auto page = TreePage::decode(*bytes);
    if (!page) return damaged(path, version, "cannot be decoded");
    return *std::move(page);
}

Result<> TreeHistory::begin(const ledger::TreeRoot& root) {
    PagePath path;
    root_ = root.hash;
    return root.hash.is_zero() ? Result<>() : enter_whole(path, TreeChild{root.hash, root.version});
}

Result<> TreeHistory::enter_whole(PagePath& path, const TreeChild& written) {
    const auto page = read(path, written.version);
    if (!page) return page.error();
    if (page->hash() != written.hash)
        return damaged(path, written.version, "has another hash than the page above it says");
    for (std::size_t slot = 0; slot < ledger::kPageSlots; ++slot) {
        if (const auto* leaf = std::get_if<TreeLeaf>(&page->slots[slot])) {
            if (!leads_to(leaf->key_hash, path, slot)) return misplaced(path, written.version);
            ++changes_;
        }
        const auto* child = std::get_if<TreeChild>(&page->slots[slot]);
        if (child == nullptr) continue;
        if (child->version > written.version)
            return damaged(path, written.version,
                           "refers to a later page: digit " + std::to_string(slot) + ", version " +
                               std::to_string(child->version));
        path.push_back(static_cast<char>(slot));
        if (auto entered = enter_whole(path, *child); !entered) return entered.error();
        path.pop_back();
    }
    live_[path] = written;
    ++pages_;
    return {};
}

std::optional<std::uint64_t> TreeHistory::newest_version(const PagePath& path) const {
    const auto at = live_.find(path);
    return at == live_.end() ? std::nullopt : std::optional(at->second.version);
}

Result<> TreeHistory::follow(std::uint64_t height, const Hash& root) {
    if (root == root_) return {};
    old_.clear();
    new_.clear();
    PagePath path;
    if (root.is_zero()) {
        if (auto dropped = drop(path); !dropped) return dropped.error();
    } else if (auto entered = enter(path, TreeChild{root, height}); !entered) {
        return entered.error();
    }
    changes_ += differences(old_, new_);
    root_ = root;
    return {};
}

// A page that the block wrote.
Result<> TreeHistory::enter(PagePath& path, const TreeChild& written) {
    const auto page = read(path, written.version);
    if (!page) return page.error();
    if (page->hash() != written.hash)
        return damaged(path, written.version, "has another hash than the page above it says");
    ++pages_;
    TreePage before;
    if (const auto at = live_.find(path); at != live_.end()) {
        const auto replaced = read(path, at->second.version);
        if (!replaced) return replaced.error();
        before = *replaced;
    }
    if (auto compared = compare(path, *page, before, written.version); !compared) return compared.error();
    live_[path] = written;
    return {};
}

Result<> TreeHistory::compare(PagePath& path, const TreePage& page, const TreePage& before,
                              std::uint64_t version) {
    for (std::size_t slot = 0; slot < ledger::kPageSlots; ++slot) {
        if (const auto* leaf = std::get_if<TreeLeaf>(&before.slots[slot]))
            old_.emplace(leaf->key_hash, leaf->value_hash);
        const auto* child = std::get_if<TreeChild>(&page.slots[slot]);
        path.push_back(static_cast<char>(slot));
        if (child == nullptr && std::holds_alternative<TreeChild>(before.slots[slot])) {
            if (auto dropped = drop(path); !dropped) return dropped.error();
        } else if (child != nullptr && child->version == version) {
            if (auto entered = enter(path, *child); !entered) return entered.error();
        } else if (child != nullptr) {
            const auto newest = live_.find(path);
            if (newest == live_.end() || newest->second != *child) {
                path.pop_back();
                return damaged(path, version,
                               "refers to a page that is not the newest at its place: digit " +
                                   std::to_string(slot) + ", version " + std::to_string(child->version));
            }
        }
        path.pop_back();
        if (const auto* leaf = std::get_if<TreeLeaf>(&page.slots[slot])) {
            if (!leads_to(leaf->key_hash, path, slot)) return misplaced(path, version);
            new_.emplace(leaf->key_hash, leaf->value_hash);
        }
    }
    return {};
}

// The subtree at `path` is no longer part of the tree.
Result<> TreeHistory::drop(const PagePath& path) {
    for (auto at = live_.lower_bound(path); at != live_.end() && at->first.compare(0, path.size(), path) == 0;
         at = live_.erase(at)) {
        const auto page = read(at->first, at->second.version);
        if (!page) return page.error();
        for (const auto& slot : page->slots) {
            if (const auto* leaf = std::get_if<TreeLeaf>(&slot))
                old_.emplace(leaf->key_hash, leaf->value_hash);
        }
    }
    return {};
}

Result<std::map<Hash, Hash>> TreeHistory::newest_leaves() const {
    Leaves leaves;
    for (const auto& [path, child] : live_) {
        const auto page = read(path, child.version);
        if (!page) return page.error();
        for (const auto& slot : page->slots) {
            if (const auto* leaf = std::get_if<TreeLeaf>(&slot))
                leaves.emplace(leaf->key_hash, leaf->value_hash);
        }
    }
    return leaves;
}

Result<std::optional<Hash>> TreeHistory::find(const ledger::TreeRoot& root, const Hash& key_hash) const {
    if (root.hash.is_zero()) return std::optional<Hash>();
    PagePath path;
    std::uint64_t version = root.version;
    while (true) {
        const auto page = read(path, version);
        if (!page) return page.error();
        const std::size_t slot = ledger::slot_of(key_hash, path.size());
        if (const auto* leaf = std::get_if<TreeLeaf>(&page->slots[slot]); leaf && leaf->key_hash == key_hash)
            return std::optional(leaf->value_hash);
        const auto* child = std::get_if<TreeChild>(&page->slots[slot]);
        if (child == nullptr) return std::optional<Hash>();
        path.push_back(static_cast<char>(slot));
        version = child->version;
    }
}

}  // namespace pcq::storage
