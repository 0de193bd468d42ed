// The versions of a state tree as they lie in a store: one whole tree, then followed height by height. Each
// page that a block wrote is read once and held against the state root, each reference between pages against
// the newest page at that path. What is left in the end is the newest tree.
//
// A page's hash covers neither its children's versions nor the place of a lone leaf
// (docs/decisions/0003-state-tree.md); both are checked here. Not thread-safe.
#pragma once

#include <functional>
#include <map>

#include "src/ledger/merkle.h"
#include "src/ledger/tree_page.h"

namespace pcq::storage {

class TreeHistory {
public:
    using ReadPage = std::function<Result<Bytes>(const ledger::PagePath& path, std::uint64_t version)>;
    explicit TreeHistory(ReadPage read) : read_(std::move(read)) {}

    // A whole tree, to begin with; its pages are of its height or of any below. store_damaged names the page.
    Result<> begin(const ledger::TreeRoot& root);
    // The tree after the block at `height`, the one after the last that was followed. store_damaged as above.
    Result<> follow(std::uint64_t height, const Hash& root);

    // Pages read, of all versions; leaves that came, changed or went, over all heights. Those of the tree
    // that it began with are among them.
    std::uint64_t pages() const { return pages_; }
    std::uint64_t changes() const { return changes_; }

    // The newest tree: how many pages it has, and its leaves by key hash.
    std::uint64_t newest_pages() const { return live_.size(); }
    // Of the newest tree: the version of the page there.
    std::optional<std::uint64_t> newest_version(const ledger::PagePath& path) const;
    Result<std::map<Hash, Hash>> newest_leaves() const;

    // The value hash of a key in the tree with this root, a height that has been followed.
    Result<std::optional<Hash>> find(const ledger::TreeRoot& root, const Hash& key_hash) const;

private:
    using Leaves = std::map<Hash, Hash>;

    Result<ledger::TreePage> read(const ledger::PagePath& path, std::uint64_t version) const;
    Result<> enter_whole(ledger::PagePath& path, const ledger::TreeChild& page);
    Result<> enter(ledger::PagePath& path, const ledger::TreeChild& page);
    Result<> compare(ledger::PagePath& path, const ledger::TreePage& page, const ledger::TreePage& before,
                     std::uint64_t version);
    Result<> drop(const ledger::PagePath& path);

    const ReadPage read_;
    std::map<ledger::PagePath, ledger::TreeChild> live_;  // the newest tree's pages
    Leaves old_;                                          // in pages that the block replaced or dropped
    Leaves new_;                                          // in pages that it wrote
    Hash root_;
    std::uint64_t pages_ = 0;
    std::uint64_t changes_ = 0;
};

}  // namespace pcq::storage
