// The two Merkle trees. A state tree that came about by any story of changes is the one made anew from its
// records, keeps exactly the pages that it needs, and proves each key as it is and not otherwise. A run of a
// list is proven by its own proof alone. A page is its bytes.
#include "src/crypto/hash.h"
#include "src/ledger/list_tree.h"
#include "src/ledger/tree_page.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::fuzz {
namespace {

using namespace ledger;

void check_key(const MapPages& pages, const TreeRoot& root, BytesView key, const std::optional<Bytes>& value,
               Draw& draw) {
    const StateProof proof = prove(pages, root, key);
    const std::optional<BytesView> shown = value ? std::optional<BytesView>(*value) : std::nullopt;
    PCQ_INVARIANT(verify_state_proof(root.hash, key, shown, proof).has_value());
    PCQ_INVARIANT(StateProof::decode(proof.encode()).value().encode() == proof.encode());
    const Bytes other = value ? *value + "!" : "!";
    PCQ_INVARIANT(!verify_state_proof(root.hash, key, other, proof));
    if (value) PCQ_INVARIANT(!verify_state_proof(root.hash, key, std::nullopt, proof));
    // A changed proof may not show anything else.
    Bytes changed = proof.encode();
    if (changed.empty()) return;
    changed[draw.u32() % changed.size()] = static_cast<char>(draw.byte());
    const auto decoded = StateProof::decode(changed);
    if (!decoded) return;
    PCQ_INVARIANT(!verify_state_proof(root.hash, key, other, *decoded));
    if (value) PCQ_INVARIANT(!verify_state_proof(root.hash, key, std::nullopt, *decoded));
}

void grow_state(Draw& draw) {
    MapState state;
    MapPages pages;
    TreeRoot root;
    for (std::uint64_t version = 1; version <= 4 && !draw.is_used_up(); ++version) {
        StateChanges changes;
        const std::size_t count = draw.below(12);
        for (std::size_t i = 0; i < count; ++i) {
            const Bytes key(1, static_cast<char>(draw.below(48)));
            changes[key] =
                draw.one_in(3) ? std::nullopt : std::optional(Bytes(1, static_cast<char>(draw.byte())));
        }
        const auto update = update_tree(pages, root, version, changes);
        pages.add(version, update);
        pages.drop(update.stale);
        root = update.root;
        state.apply(changes);
        StateChanges all;
        for (const auto& [key, value] : state.records()) all.emplace(key, value);
        const auto anew = update_tree(MapPages(), TreeRoot(), 1, all);
        PCQ_INVARIANT(anew.root.hash == root.hash);
        PCQ_INVARIANT(anew.pages.size() == pages.size());
        const Bytes key(1, static_cast<char>(draw.below(48)));
        check_key(pages, root, key, state.get(key), draw);
    }
}

void read_range(Draw& draw) {
    std::vector<Hash> hashes;
    const std::size_t count = 1 + draw.below(40);
    for (std::size_t i = 0; i < count; ++i) hashes.push_back(crypto::sha256({std::to_string(i)}));
    const Hash root = list_root(hashes);
    const std::size_t first = draw.below(count);
    const std::size_t size = 1 + draw.below(count - first);
    auto run = std::vector<Hash>(hashes.begin() + static_cast<std::ptrdiff_t>(first),
                                 hashes.begin() + static_cast<std::ptrdiff_t>(first + size));
    auto proof = prove_range(hashes, {first, size});
    PCQ_INVARIANT(verify_range(root, count, first, run, proof).has_value());
    const auto honest = run;
    const std::size_t place = first + draw.below(4);
    if (draw.one_in(2)) run[draw.below(run.size())].data()[draw.below(32)] ^= draw.byte();
    if (draw.one_in(2) && !proof.empty())
        proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(draw.below(proof.size())));
    if (draw.one_in(2)) proof.push_back(draw.of(hashes));
    if (draw.one_in(3)) run.push_back(draw.of(hashes));
    if (verify_range(root, count, place, run, proof)) {
        PCQ_INVARIANT(place + run.size() <= count);
        PCQ_INVARIANT(
            std::equal(run.begin(), run.end(), hashes.begin() + static_cast<std::ptrdiff_t>(place)));
    }
    // Any count at all: it may be refused, but neither runs for ever nor reads beyond the proof.
    static_cast<void>(verify_range(root, draw.number(), draw.number(), honest, proof));
}

void read_page(BytesView input) {
    const auto page = TreePage::decode(input);
    if (!page) return;
    PCQ_INVARIANT(page->encode() == input);
    static_cast<void>(page->hash());
    for (std::size_t width = 1; width <= kPageSlots; width *= 2)
        PCQ_INVARIANT(page->count(0, width) <= width);
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    switch (draw.below(3)) {
        case 0:
            return grow_state(draw);
        case 1:
            return read_range(draw);
        default:
            return read_page(draw.rest());
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> found;
    Bytes noise;
    for (int i = 0; i < 8; ++i) {
        noise += crypto::sha256({"merkle", std::to_string(i)}).bytes();
        found.push_back(Bytes(1, '\0') + noise);
        found.push_back(Bytes(1, '\1') + noise);
    }
    TreePage page;
    page.slots[1] = TreeLeaf{Hash(), crypto::sha256({"value"})};
    page.slots[9] = TreeChild{crypto::sha256({"child"}), 7};
    found.push_back(Bytes(1, '\2') + page.encode());
    return found;
}

}  // namespace pcq::fuzz
