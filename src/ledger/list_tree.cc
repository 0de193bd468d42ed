#include "src/ledger/list_tree.h"

#include <bit>
#include <span>

#include "src/crypto/hash.h"
#include "src/ledger/merkle.h"

namespace pcq::ledger {
namespace {

Hash list_leaf(const Hash& hash) {
    return crypto::sha256({BytesView("\0", 1), hash.view()});
}

std::size_t left_size(std::size_t count) {
    return std::bit_floor(count - 1);
}

Hash root_of(std::span<const Hash> hashes) {
    if (hashes.empty()) return Hash();
    if (hashes.size() == 1) return list_leaf(hashes[0]);
    const std::size_t left = left_size(hashes.size());
    return inner_hash(root_of(hashes.first(left)), root_of(hashes.subspan(left)));
}

// Where a subtree of `count` leaves starting at `start` lies: [start, start + count).
struct ListSubtree {
    std::size_t start = 0;
    std::size_t count = 0;

    bool outside(const ListRange& range) const {
        return start + count <= range.first || start >= range.first + range.size;
    }
    ListSubtree left() const { return {start, left_size(count)}; }
    ListSubtree right() const { return {start + left_size(count), count - left_size(count)}; }
};

void collect(const std::vector<Hash>& hashes, ListSubtree tree, const ListRange& range,
             std::vector<Hash>& proof) {
    if (tree.outside(range)) {
        proof.push_back(root_of(std::span(hashes).subspan(tree.start, tree.count)));
    } else if (tree.count > 1) {
        collect(hashes, tree.left(), range, proof);
        collect(hashes, tree.right(), range, proof);
    }
}

struct Verifier {
    ListRange range;
    const std::vector<Hash>& run;
    const std::vector<Hash>& proof;
    std::size_t next = 0;  // of the proof
    bool complete = true;

    Hash root(ListSubtree tree) {
        if (tree.outside(range)) {
            if (next < proof.size()) return proof[next++];
            complete = false;
            return Hash();
        }
        if (tree.count == 1) return list_leaf(run[tree.start - range.first]);
        const Hash left = root(tree.left());
        return inner_hash(left, root(tree.right()));
    }
};

}  // namespace

Hash list_root(const std::vector<Hash>& hashes) {
    return root_of(hashes);
}

std::vector<Hash> prove_range(const std::vector<Hash>& hashes, ListRange range) {
    PCQ_INVARIANT(range.size > 0 && range.first < hashes.size() && range.size <= hashes.size() - range.first);
    std::vector<Hash> proof;
    collect(hashes, {0, hashes.size()}, range, proof);
    return proof;
}

Result<> verify_range(const Hash& root, std::size_t count, std::size_t first, const std::vector<Hash>& run,
                      const std::vector<Hash>& proof) {
    if (run.empty() || first >= count || run.size() > count - first) {
        return Error{Code::bad_proof, "a run of " + std::to_string(run.size()) + " from " +
                                          std::to_string(first) + " does not lie inside a list of " +
                                          std::to_string(count)};
    }
    Verifier verifier{{first, run.size()}, run, proof};
    const Hash computed = verifier.root({0, count});
    if (!verifier.complete || verifier.next != proof.size()) {
        return Error{Code::bad_proof, "the list proof has " + std::to_string(proof.size()) +
                                          " hashes, which is too " + (verifier.complete ? "many" : "few")};
    }
    if (computed != root) return Error{Code::bad_proof, "the list proof leads to another root"};
    return {};
}

}  // namespace pcq::ledger
