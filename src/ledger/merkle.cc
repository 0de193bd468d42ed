#include "src/ledger/merkle.h"

#include <algorithm>
#include <span>

#include "proto/pcq/v1/block.pb.h"

#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"
#include "src/ledger/tree_page.h"

namespace pcq::ledger {
namespace {

constexpr std::size_t kDepthMax = kProofDepthMax / 4;  // pages

// One key's new value hash; nothing removes it.
struct LeafChange {
    Hash key_hash;
    std::optional<Hash> value_hash;
};

std::vector<LeafChange> hashed(const StateChanges& changes) {
    std::vector<LeafChange> leaves;
    leaves.reserve(changes.size());
    for (const auto& [key, value] : changes) {
        leaves.push_back(LeafChange{crypto::sha256({key}),
                                    value ? std::optional(crypto::sha256({*value})) : std::nullopt});
    }
    std::sort(leaves.begin(), leaves.end(),
              [](const auto& a, const auto& b) { return a.key_hash < b.key_hash; });
    return leaves;
}

TreePage load_page(const PageReader& pages, const PagePath& path, std::uint64_t version) {
    const auto page = TreePage::decode(pages.page(path, version));
    PCQ_INVARIANT(
        page.has_value());  // written by encode(); the reader stops the chain when its disk is damaged
    return *page;
}

// Builds the next version from the root downwards, touching only pages that hold a changed key.
class Updater {
public:
    Updater(const PageReader& pages, std::uint64_t version, TreeUpdate& update)
        : pages_(pages), version_(version), update_(update) {}

    // What stands in the parent's slot once `changes` are applied to what stood there. `path` is that of the
    // slot.
    TreeSlot apply(const TreeSlot& before, PagePath& path, std::span<const LeafChange> changes) {
        if (const auto* child = std::get_if<TreeChild>(&before)) return apply_to_page(*child, path, changes);
        if (const auto* leaf = std::get_if<TreeLeaf>(&before)) return build(with_leaf(*leaf, changes), path);
        return build({changes.begin(), changes.end()}, path);
    }

    // The first page of a tree. The root is a page even when it holds a single leaf.
    TreeSlot start(PagePath& path, std::span<const LeafChange> changes) {
        TreePage page;
        apply_to_slots(page, path, changes);
        return settle(page, path);
    }

    TreeSlot apply_to_page(const TreeChild& child, PagePath& path, std::span<const LeafChange> changes) {
        const TreePage before = load_page(pages_, path, child.version);
        TreePage page = before;
        apply_to_slots(page, path, changes);
        if (page.slots == before.slots) return child;
        update_.stale.emplace_back(path, child.version);
        return settle(page, path);
    }

    // A subtree that holds exactly these leaves; removals have nothing to remove.
    TreeSlot build(std::vector<LeafChange> leaves, PagePath& path) {
        std::erase_if(leaves, [](const LeafChange& leaf) { return !leaf.value_hash; });
        if (leaves.empty()) return std::monostate();
        if (leaves.size() == 1) return TreeLeaf{leaves[0].key_hash, *leaves[0].value_hash};
        PCQ_INVARIANT(path.size() < kDepthMax);  // two keys with one SHA-256
        TreePage page;
        apply_to_slots(page, path, leaves);
        return settle(page, path);
    }

    // The page as its parent sees it: nothing, its only leaf, or a page of the new version.
    TreeSlot settle(const TreePage& page, const PagePath& path) {
        if (page.count(0, kPageSlots) == 0) return std::monostate();
        if (const TreeLeaf* leaf = page.lone_leaf(0, kPageSlots); leaf != nullptr && !path.empty())
            return *leaf;
        update_.pages[path] = page.encode();
        return TreeChild{page.hash(), version_};
    }

private:
    void apply_to_slots(TreePage& page, PagePath& path, std::span<const LeafChange> changes) {
        const std::size_t depth = path.size();
        while (!changes.empty()) {
            const std::size_t slot = slot_of(changes[0].key_hash, depth);
            std::size_t run = 1;
            while (run < changes.size() && slot_of(changes[run].key_hash, depth) == slot) ++run;
            path.push_back(static_cast<char>(slot));
            page.slots[slot] = apply(page.slots[slot], path, changes.first(run));
            path.pop_back();
            changes = changes.subspan(run);
        }
    }

    // The changes together with the leaf that stood alone here, unless they speak of it themselves.
    static std::vector<LeafChange> with_leaf(const TreeLeaf& leaf, std::span<const LeafChange> changes) {
        std::vector<LeafChange> merged(changes.begin(), changes.end());
        const auto at =
            std::lower_bound(merged.begin(), merged.end(), leaf.key_hash,
                             [](const LeafChange& change, const Hash& key) { return change.key_hash < key; });
        if (at == merged.end() || at->key_hash != leaf.key_hash)
            merged.insert(at, LeafChange{leaf.key_hash, leaf.value_hash});
        return merged;
    }

    const PageReader& pages_;
    const std::uint64_t version_;
    TreeUpdate& update_;
};

class NoPages final : public PageReader {
public:
    Bytes page(const PagePath&, std::uint64_t) const override { return {}; }
};

}  // namespace

Hash leaf_hash(const Hash& key_hash, const Hash& value_hash) {
    return crypto::sha256({BytesView("\0", 1), key_hash.view(), value_hash.view()});
}

Hash inner_hash(const Hash& left, const Hash& right) {
    return crypto::sha256({BytesView("\1", 1), left.view(), right.view()});
}

TreeUpdate update_tree(const PageReader& pages, const TreeRoot& root, std::uint64_t version,
                       const StateChanges& changes) {
    TreeUpdate update;
    update.root = root;
    const auto leaves = hashed(changes);
    if (leaves.empty()) return update;

    Updater updater(pages, version, update);
    PagePath path;
    const TreeSlot after = root.hash.is_zero()
                               ? updater.start(path, leaves)
                               : updater.apply_to_page(TreeChild{root.hash, root.version}, path, leaves);
    if (const auto* child = std::get_if<TreeChild>(&after)) {
        update.root = TreeRoot{child->hash, child->version};
    } else {
        update.root = TreeRoot();
    }
    return update;
}

Hash Subtree::hash() const {
    if (const auto* child = std::get_if<TreeChild>(&slot)) return child->hash;
    if (const auto* leaf = std::get_if<TreeLeaf>(&slot)) return leaf_hash(leaf->key_hash, leaf->value_hash);
    return Hash();
}

Subtree build_subtree(const PagePath& path, std::uint64_t version, const StateChanges& records) {
    TreeUpdate update;
    const NoPages none;
    PagePath at = path;
    const TreeSlot slot = Updater(none, version, update).build(hashed(records), at);
    return {slot, std::move(update.pages)};
}

TreeUpdate join_subtrees(std::uint64_t version, std::map<PagePath, TreeSlot> slots) {
    TreeUpdate update;
    const NoPages none;
    Updater updater(none, version, update);
    while (!slots.empty() && !slots.begin()->first.empty()) {
        std::map<PagePath, TreePage> pages;
        for (auto& [path, slot] : slots)
            pages[path.substr(0, path.size() - 1)].slots[static_cast<std::uint8_t>(path.back())] = slot;
        slots.clear();
        for (const auto& [path, page] : pages) slots[path] = updater.settle(page, path);
    }
    if (slots.empty()) return update;
    if (const auto* child = std::get_if<TreeChild>(&slots.begin()->second))
        update.root = TreeRoot{child->hash, child->version};
    return update;
}

namespace {

// Down the path of `wanted`: to where nothing, or one leaf alone, is left, or through so many bits.
StateProof prove_bits(const PageReader& pages, const TreeRoot& root, const Hash& wanted, std::size_t bits) {
    StateProof proof;
    if (root.hash.is_zero()) return proof;
    PagePath path;
    std::uint64_t version = root.version;
    while (proof.siblings.size() < bits) {
        const TreePage page = load_page(pages, path, version);
        const std::size_t slot = slot_of(wanted, path.size());
        // Halve the page around the slot until nothing, or one leaf alone, is left.
        for (std::size_t first = 0, width = kPageSlots;; width /= 2, first = slot / width * width) {
            if (page.count(first, width) == 0) return proof;
            if (const TreeLeaf* leaf = page.lone_leaf(first, width)) {
                if (leaf->key_hash != wanted) proof.other_leaf = std::pair(leaf->key_hash, leaf->value_hash);
                return proof;
            }
            if (width == 1) break;
            const std::size_t half = width / 2;
            const std::size_t near = slot / half * half;
            const std::size_t far = near == first ? first + half : first;
            proof.siblings.push_back(page.hash(far, half));
        }
        path.push_back(static_cast<char>(slot));
        version = std::get<TreeChild>(page.slots[slot]).version;
    }
    return proof;
}

}  // namespace

StateProof prove(const PageReader& pages, const TreeRoot& root, BytesView key) {
    return prove_bits(pages, root, crypto::sha256({key}), kProofDepthMax);
}

StateProof prove_below(const PageReader& pages, const TreeRoot& root, const PagePath& path) {
    Bytes first(Hash::kSize, '\0');
    for (std::size_t i = 0; i < path.size(); ++i) {
        first[i / 2] = static_cast<char>(static_cast<std::uint8_t>(first[i / 2]) |
                                         static_cast<std::uint8_t>(path[i]) << (i % 2 == 0 ? 4 : 0));
    }
    StateProof proof = prove_bits(pages, root, *Hash::from(first), 4 * path.size());
    // A leaf that stands alone below the path is what is proven.
    if (proof.other_leaf && is_below(path, proof.other_leaf->first)) proof.other_leaf.reset();
    return proof;
}

Result<> verify_state_proof(const Hash& state_root, BytesView key, std::optional<BytesView> value,
                            const StateProof& proof) {
    if (proof.siblings.size() > kProofDepthMax) {
        return Error{Code::bad_proof,
                     "the state proof is deeper than " + std::to_string(kProofDepthMax) + " levels"};
    }
    const Hash key_hash = crypto::sha256({key});
    Hash hash;
    if (value) {
        if (proof.other_leaf) return Error{Code::bad_proof, "a proof of presence shows another leaf"};
        hash = leaf_hash(key_hash, crypto::sha256({*value}));
    } else if (proof.other_leaf) {
        const auto& [other_key, other_value] = *proof.other_leaf;
        if (other_key == key_hash) return Error{Code::bad_proof, "the key is present, not absent"};
        for (std::size_t i = 0; i < proof.siblings.size(); ++i) {
            if (other_key.bit(i) != key_hash.bit(i)) {
                return Error{Code::bad_proof, "the other leaf does not stand where the key would be"};
            }
        }
        hash = leaf_hash(other_key, other_value);
    }
    for (std::size_t depth = proof.siblings.size(); depth-- > 0;) {
        const Hash& sibling = proof.siblings[depth];
        hash = key_hash.bit(depth) ? inner_hash(sibling, hash) : inner_hash(hash, sibling);
    }
    if (hash != state_root) return Error{Code::bad_proof, "the state proof leads to another root"};
    return {};
}

Bytes StateProof::encode() const {
    proto::StateProof message;
    for (const auto& sibling : siblings) message.add_siblings(sibling.bytes());
    if (other_leaf) {
        message.set_other_key_hash(other_leaf->first.bytes());
        message.set_other_value_hash(other_leaf->second.bytes());
    }
    return message.SerializeAsString();
}

Result<StateProof> StateProof::decode(BytesView bytes) {
    proto::StateProof message;
    if (bytes.size() > kProofDepthMax * (Hash::kSize + 2) + 128 || !decode_canonical(bytes, message)) {
        return Error{Code::bad_proof, "the bytes are no canonical state proof"};
    }
    StateProof proof;
    for (const auto& sibling : message.siblings()) {
        const auto hash = Hash::from(sibling);
        if (!hash) return Error{Code::bad_proof, "a sibling of the state proof has not 32 bytes"};
        proof.siblings.push_back(*hash);
    }
    if (!message.other_key_hash().empty() || !message.other_value_hash().empty()) {
        const auto key_hash = Hash::from(message.other_key_hash());
        const auto value_hash = Hash::from(message.other_value_hash());
        if (!key_hash || !value_hash)
            return Error{Code::bad_proof, "the other leaf of the state proof has not twice 32 bytes"};
        proof.other_leaf = std::pair(*key_hash, *value_hash);
    }
    return proof;
}

}  // namespace pcq::ledger
