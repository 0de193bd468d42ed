#include "src/ledger/state_chunk.h"

#include "src/crypto/hash.h"

namespace pcq::ledger {
namespace {

Error bad_chunk(const std::string& what) {
    return Error{Code::bad_proof, "a chunk of the state is refused: " + what};
}

bool bit(const PagePath& path, std::size_t depth) {
    return (static_cast<std::uint8_t>(path[depth / 4]) >> (3 - depth % 4) & 1) != 0;
}

// Whether the leaf stands where the path would go on, and is not below it.
bool stands_in_the_way(const PagePath& path, const Hash& key_hash, std::size_t depth) {
    for (std::size_t i = 0; i < depth; ++i) {
        if (key_hash.bit(i) != bit(path, i)) return false;
    }
    return !is_below(path, key_hash);
}

}  // namespace

Result<Subtree> verify_chunk(const Hash& state_root, const PagePath& path, const StateChanges& records,
                             const StateProof& proof, std::uint64_t version) {
    const std::size_t depth = proof.siblings.size();
    if (depth > 4 * path.size()) return bad_chunk("its proof goes deeper than its path");
    for (const auto& [key, value] : records) {
        if (!value) return bad_chunk("a record has no value");
        if (!is_below(path, crypto::sha256({key}))) return bad_chunk("a record does not belong to it");
    }
    // Several records branch below the path, so all levels above have a sibling.
    if (records.size() > 1 && depth != 4 * path.size()) return bad_chunk("its proof ends above its records");
    if (proof.other_leaf && (!records.empty() || !stands_in_the_way(path, proof.other_leaf->first, depth)))
        return bad_chunk("its proof shows a leaf that does not belong there");

    Subtree subtree = build_subtree(path, version, records);
    Hash hash =
        proof.other_leaf ? leaf_hash(proof.other_leaf->first, proof.other_leaf->second) : subtree.hash();
    for (std::size_t at = depth; at-- > 0;)
        hash = bit(path, at) ? inner_hash(proof.siblings[at], hash) : inner_hash(hash, proof.siblings[at]);
    if (hash != state_root) return bad_chunk("it leads to another state root than the header's");
    return subtree;
}

}  // namespace pcq::ledger
