// The state tree: a binary sparse Merkle tree over SHA-256 of the key, versioned by height and packed
// into pages. docs/decisions/0003-state-tree.md is the grammar.
//
//   leaf   SHA-256(0x00, SHA-256(key), SHA-256(value))
//   inner  SHA-256(0x01, left, right)
//   empty  32 zero bytes;  a subtree of one leaf is that leaf, wherever it stands
//
// A page holds four levels: up to sixteen slots, each empty, one leaf, or a child page with its hash
// and version. Pages are written once, under (path, version) and never changed, so that any kept height can
// be read and proven, and old versions dropped without rewriting new ones. Pure: pages come in through
// PageReader and go out as values.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "src/base/result.h"
#include "src/ledger/state.h"
#include "src/ledger/tree_page.h"

namespace pcq::ledger {

// Where a page stands: the first 4 * depth bits of the path, in nibbles (one per byte, 0 to 15).
using PagePath = Bytes;

// Returns the bytes of the page at `path` written at `version`;
// absence means that the store is damaged, and the implementation reports it and stops the chain.
class PageReader {
public:
    virtual ~PageReader() = default;
    virtual Bytes page(const PagePath& path, std::uint64_t version) const = 0;
};

// A version of the tree: its root hash, and the version its root page was written at (nothing when empty).
struct TreeRoot {
    Hash hash;
    std::uint64_t version = 0;

    friend bool operator==(const TreeRoot&, const TreeRoot&) = default;
};

struct TreeUpdate {
    TreeRoot root;
    std::map<PagePath, Bytes> pages;                        // new pages, all of the new version
    std::vector<std::pair<PagePath, std::uint64_t>> stale;  // pages no longer part of the newest version
};

// The tree after `changes`. `version` is the height of the block and greater than any before.
TreeUpdate update_tree(const PageReader& pages, const TreeRoot& root, std::uint64_t version,
                       const StateChanges& changes);

// A part of a tree: what stands in the slot at its path, and the pages below, all of one version.
struct Subtree {
    TreeSlot slot;
    std::map<PagePath, Bytes> pages;

    Hash hash() const;
};

// The part below `path` of a tree that has these records there, each of which belongs there: for whoever has
// records and no tree.
Subtree build_subtree(const PagePath& path, std::uint64_t version, const StateChanges& records);
// The rest of a tree of which this is what stands in all slots of one depth, 1 or more. Without the pages
// below them.
TreeUpdate join_subtrees(std::uint64_t version, std::map<PagePath, TreeSlot> slots);

inline constexpr std::size_t kProofDepthMax = 256;

// The hash of one leaf and of one inner node, for whoever recomputes a tree.
Hash leaf_hash(const Hash& key_hash, const Hash& value_hash);
Hash inner_hash(const Hash& left, const Hash& right);

// What proves a key's value, or its absence, against a root hash.
struct StateProof {
    std::vector<Hash> siblings;  // from the root downwards
    std::optional<std::pair<Hash, Hash>>
        other_leaf;  // absence: key hash and value hash of the leaf standing there

    Bytes encode() const;  // a proto::StateProof
    static Result<StateProof> decode(BytesView bytes);
};

StateProof prove(const PageReader& pages, const TreeRoot& root, BytesView key);
// What proves all that stands below `path`: see state_chunk.h.
StateProof prove_below(const PageReader& pages, const TreeRoot& root, const PagePath& path);

// Recomputes the root: ok only if the proof shows exactly this value (nothing: absence). Code::bad_proof.
Result<> verify_state_proof(const Hash& state_root, BytesView key, std::optional<BytesView> value,
                            const StateProof& proof);

}  // namespace pcq::ledger
