// The state tree against a plain recomputation of its root, through every history that leads to a state, and
// its proofs against every forgery of one bit (docs/decisions/0003-state-tree.md).
#include "src/ledger/merkle.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;
using Records = std::map<Bytes, Bytes, std::less<>>;
using Leaves = std::vector<std::pair<Hash, Hash>>;

// The grammar, without pages.
Hash naive_root(const Leaves& leaves, std::size_t depth = 0) {
    if (leaves.empty()) return Hash();
    if (leaves.size() == 1)
        return crypto::sha256({BytesView("\0", 1), leaves[0].first.view(), leaves[0].second.view()});
    Leaves left;
    Leaves right;
    for (const auto& leaf : leaves) (leaf.first.bit(depth) ? right : left).push_back(leaf);
    return crypto::sha256({"\1", naive_root(left, depth + 1).view(), naive_root(right, depth + 1).view()});
}
Hash naive_root(const Records& records) {
    Leaves leaves;
    for (const auto& [key, value] : records)
        leaves.emplace_back(crypto::sha256({key}), crypto::sha256({value}));
    return naive_root(leaves);
}

// A tree that keeps every version, and beside it one that keeps what the newest needs.
class Tree {
public:
    void update(const StateChanges& changes) {
        ++version_;
        const TreeUpdate update = update_tree(all_, root_, version_, changes);
        all_.add(version_, update);
        EXPECT_EQ(update_tree(newest_, root_, version_, changes).root, update.root);
        newest_.add(version_, update);
        newest_.drop(update.stale);
        root_ = update.root;
        state_.apply(changes);
        written_ = update.pages.size();
    }
    const TreeRoot& root() const { return root_; }
    std::uint64_t version() const { return version_; }
    const MapPages& pages() const { return all_; }
    const MapPages& newest_pages() const { return newest_; }
    const Records& records() const { return state_.records(); }
    std::size_t written() const { return written_; }

private:
    MapPages all_;
    MapPages newest_;
    MapState state_;
    TreeRoot root_;
    std::uint64_t version_ = 0;
    std::size_t written_ = 0;
};

Bytes key(std::uint64_t number) {
    return "key " + std::to_string(number);
}

Records hundred() {
    Records records;
    for (std::uint64_t i = 0; i < 100; ++i) records[key(i)] = "value " + std::to_string(i);
    return records;
}

StateChanges changes_of(const Records& records) {
    return {records.begin(), records.end()};
}

bool holds(const Hash& root, BytesView key, std::optional<BytesView> value, const StateProof& proof) {
    const auto verified = verify_state_proof(root, key, value, proof);
    EXPECT_TRUE(verified || verified.error().code == Code::bad_proof);
    return verified.has_value();
}

// Keys whose hashes share more than the first five digits, as pairs: paths that go through many pages.
Records deep_records() {
    std::vector<std::pair<Hash, Bytes>> hashes;
    for (std::uint64_t i = 0; i < 60'000; ++i) hashes.emplace_back(crypto::sha256({key(i)}), key(i));
    std::sort(hashes.begin(), hashes.end());
    Records records;
    for (std::size_t i = 1; i < hashes.size(); ++i) {
        if (hashes[i - 1].first.view().substr(0, 3) == hashes[i].first.view().substr(0, 3)) {
            records[hashes[i - 1].second] = "deep";
            records[hashes[i].second] = "deep too";
        }
    }
    return records;
}

TEST(StateTree, HasGoldenRoots) {
    Tree tree;
    EXPECT_TRUE(tree.root().hash.is_zero());
    tree.update({{"a", "1"}});
    EXPECT_EQ(to_hex(tree.root().hash), "565388d4bc00257133f799d9366ac97f6e949c18acc53d17457f8859ba0f08d3");
    tree.update({{"b", "2"}});
    EXPECT_EQ(to_hex(tree.root().hash), "70a50295110313dd28320faccbee14d04dc2894e877a2e407115a2f337ed4efa");
    tree.update({{"a", std::nullopt}, {"b", std::nullopt}});
    EXPECT_EQ(tree.root(), TreeRoot());
    tree.update(changes_of(hundred()));
    EXPECT_EQ(to_hex(tree.root().hash), "4336443501812f34db0ae10d829ce68fc76ae6e8d15492920178685756a68d53");
    tree.update({{"key 50", std::nullopt}, {"key 7", "changed"}});
    EXPECT_EQ(to_hex(tree.root().hash), "34aa9fd3f03966c297150a7648d10c85b01e8d9522e58f78560cfdfefcd0a6cc");
}

// Few keys make pages collapse and grow again; many make them deep.
TEST(StateTree, AgreesWithThePlainRootAfterEveryHistory) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        const std::uint64_t keys = seed % 3 == 0 ? 4 : seed % 3 == 1 ? 40 : 600;
        Tree tree;
        for (int block = 0; block < 60; ++block) {
            StateChanges changes;
            const std::uint64_t most = block % 7 == 0 ? keys : 5;
            for (std::uint64_t i = random() % (most + 1); i > 0; --i) {
                // A third are removals, also of what is not there; some values are what was there.
                const auto value =
                    random() % 3 == 0 ? std::nullopt : std::optional(std::to_string(random() % 5));
                changes[key(random() % keys)] = value;
            }
            tree.update(changes);
            ASSERT_EQ(tree.root().hash, naive_root(tree.records())) << "block " << block;
        }
        // One batch, from nothing: the same root. All gone again: none.
        Tree fresh;
        fresh.update(changes_of(tree.records()));
        EXPECT_EQ(fresh.root().hash, tree.root().hash);
        EXPECT_EQ(fresh.pages().size(), tree.newest_pages().size()) << "no page is left over";
        StateChanges removals;
        for (const auto& [gone, value] : tree.records()) removals[gone] = std::nullopt;
        tree.update(removals);
        EXPECT_EQ(tree.root(), TreeRoot());
        EXPECT_EQ(tree.newest_pages().size(), 0u);
    }
}

TEST(StateTree, HasTheSameRootInWhateverOrderKeysCome) {
    const Records records = hundred();
    std::vector<Bytes> keys;
    for (const auto& [name, value] : records) keys.push_back(name);
    std::mt19937_64 random(7);
    for (int round = 0; round < 3; ++round) {
        std::shuffle(keys.begin(), keys.end(), random);
        Tree tree;
        for (const auto& name : keys) tree.update({{name, records.at(name)}});
        EXPECT_EQ(tree.root().hash, naive_root(records));
    }
}

TEST(StateTree, GoesAsDeepAsKeysShareTheirPath) {
    const Records records = deep_records();
    ASSERT_GT(records.size(), 100u);
    Tree tree;
    tree.update(changes_of(records));
    EXPECT_EQ(tree.root().hash, naive_root(records));
    std::size_t deepest = 0;
    for (const auto& [name, value] : records) {
        const StateProof proof = prove(tree.newest_pages(), tree.root(), name);
        deepest = std::max(deepest, proof.siblings.size());
        EXPECT_TRUE(holds(tree.root().hash, name, value, proof));
    }
    EXPECT_GE(deepest, 25u);
    // One of each pair goes: the other rises to where it stands alone.
    StateChanges removals;
    for (const auto& [name, value] : records) {
        if (value == "deep") removals[name] = std::nullopt;
    }
    tree.update(removals);
    EXPECT_EQ(tree.root().hash, naive_root(tree.records()));
    for (const auto& [name, value] : tree.records())
        EXPECT_LT(prove(tree.newest_pages(), tree.root(), name).siblings.size(), 24u);
}

TEST(StateTree, WritesNothingWhereNothingChanges) {
    Tree tree;
    tree.update(changes_of(hundred()));
    const TreeRoot before = tree.root();
    for (const StateChanges& changes :
         {StateChanges{}, StateChanges{{"key 5", "value 5"}}, StateChanges{{"not there", std::nullopt}}}) {
        tree.update(changes);
        EXPECT_EQ(tree.root(), before);
        EXPECT_EQ(tree.written(), 0u);
    }
}

TEST(StateTree, WritesOnlyThePagesOnTheWay) {
    Records records;
    for (std::uint64_t i = 0; i < 5000; ++i) records[key(i)] = "value";
    Tree tree;
    tree.update(changes_of(records));
    tree.update({{key(17), "changed"}});
    EXPECT_LE(tree.written(), 5u);
    EXPECT_GE(tree.written(), 3u);
}

// Presence and absence at every kept version, with the page history long gone on.
TEST(StateProof, ShowsEveryKeyAndEveryAbsenceAtEveryKeptVersion) {
    std::mt19937_64 random(11);
    Tree tree;
    std::vector<std::pair<TreeRoot, Records>> versions{{tree.root(), tree.records()}};
    for (int block = 0; block < 12; ++block) {
        StateChanges changes;
        for (int i = 0; i < 20; ++i) {
            changes[key(random() % 120)] =
                random() % 3 == 0 ? std::nullopt : std::optional("at " + std::to_string(block));
        }
        tree.update(changes);
        versions.emplace_back(tree.root(), tree.records());
    }
    std::size_t absent = 0;
    for (const auto& [root, records] : versions) {
        for (std::uint64_t number = 0; number < 200; ++number) {
            const StateProof proof = prove(tree.pages(), root, key(number));
            const auto at = records.find(key(number));
            const std::optional<BytesView> value =
                at == records.end() ? std::nullopt : std::optional<BytesView>(at->second);
            EXPECT_TRUE(holds(root.hash, key(number), value, proof));
            EXPECT_FALSE(holds(root.hash, key(number), "another value", proof));
            EXPECT_FALSE(
                holds(root.hash, key(number), value ? std::nullopt : std::optional<BytesView>(""), proof));
            absent += value ? 0u : 1u;
            const auto decoded = StateProof::decode(proof.encode());
            ASSERT_TRUE(decoded);
            EXPECT_EQ(decoded->siblings, proof.siblings);
            EXPECT_EQ(decoded->other_leaf, proof.other_leaf);
        }
    }
    EXPECT_GT(absent, 1000u);
}

TEST(StateProof, ShowsThatAnEmptyTreeHoldsNothing) {
    const MapPages none;
    const StateProof proof = prove(none, TreeRoot(), "a");
    EXPECT_TRUE(holds(Hash(), "a", std::nullopt, proof));
    EXPECT_FALSE(holds(Hash(), "a", "1", proof));
    EXPECT_FALSE(holds(Hash(), "a", "", proof));
}

class Forgery : public testing::Test {
protected:
    Forgery() {
        Records records = hundred();
        records["short"] = "7";
        tree_.update(changes_of(records));
    }
    const Hash& root() const { return tree_.root().hash; }
    StateProof proof_of(BytesView name) const { return prove(tree_.pages(), tree_.root(), name); }
    // Presence, absence beside another leaf, and absence where nothing stands.
    static bool is_beside(const StateProof& proof) { return proof.other_leaf.has_value(); }

    Tree tree_;
};

Bytes flip(BytesView bytes, std::size_t bit) {
    Bytes flipped(bytes);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    return flipped;
}

TEST_F(Forgery, OfOneBitOfAnythingIsRefused) {
    int kinds[3] = {0, 0, 0};
    for (const Bytes& name : {key(3), Bytes("short"), Bytes("absent 1"), Bytes("absent 2"), Bytes("absent 3"),
                              Bytes("absent 4"), Bytes("absent 5"), Bytes("absent 6"), Bytes("absent 7")}) {
        SCOPED_TRACE(name);
        const StateProof proof = proof_of(name);
        const auto at = tree_.records().find(name);
        const bool present = at != tree_.records().end();
        const std::optional<BytesView> value = present ? std::optional<BytesView>(at->second) : std::nullopt;
        ++kinds[present ? 0 : is_beside(proof) ? 1 : 2];
        ASSERT_TRUE(holds(root(), name, value, proof));

        for (std::size_t bit = 0; bit < 256; ++bit)
            EXPECT_FALSE(holds(*Hash::from(flip(root().view(), bit)), name, value, proof))
                << "root bit " << bit;
        for (std::size_t bit = 0; present && bit < 8 * value->size(); ++bit)
            EXPECT_FALSE(holds(root(), name, flip(*value, bit), proof)) << "value bit " << bit;
        for (std::size_t bit = 0; bit < 8 * name.size(); ++bit) {
            // An absence may be that of the other key too, if it would stand in the same place; a value
            // never.
            const Bytes other = flip(name, bit);
            EXPECT_FALSE(holds(root(), other, value, proof) && (present || tree_.records().count(other) != 0))
                << "key bit " << bit;
        }
        const Bytes encoded = proof.encode();
        for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
            const auto forged = StateProof::decode(flip(encoded, bit));
            EXPECT_FALSE(forged && holds(root(), name, value, *forged)) << "proof bit " << bit;
        }
    }
    for (const int kind : kinds) EXPECT_GT(kind, 0);
}

TEST_F(Forgery, WithAnotherKeysProofIsRefused) {
    for (const auto& [name, value] : tree_.records()) {
        const StateProof proof = proof_of(name);
        for (const auto& [other, other_value] : tree_.records()) {
            if (other == name) continue;
            EXPECT_FALSE(holds(root(), other, other_value, proof));
            EXPECT_FALSE(holds(root(), other, value, proof));
            EXPECT_FALSE(holds(root(), other, std::nullopt, proof)) << name << " as the absence of " << other;
        }
    }
}

TEST_F(Forgery, ByLeavingOutOrAddingLevelsIsRefused) {
    for (const Bytes& name : {key(3), Bytes("absent 1"), Bytes("absent 2"), Bytes("absent 3")}) {
        const auto at = tree_.records().find(name);
        const std::optional<BytesView> value =
            at == tree_.records().end() ? std::nullopt : std::optional<BytesView>(at->second);
        const StateProof proof = proof_of(name);
        for (std::size_t depth = 0; depth < proof.siblings.size(); ++depth) {
            StateProof shorter = proof;
            shorter.siblings.erase(shorter.siblings.begin() + static_cast<std::ptrdiff_t>(depth));
            EXPECT_FALSE(holds(root(), name, value, shorter));
            StateProof longer = proof;
            longer.siblings.insert(longer.siblings.begin() + static_cast<std::ptrdiff_t>(depth), Hash());
            EXPECT_FALSE(holds(root(), name, value, longer));
        }
        StateProof deep = proof;
        deep.siblings.resize(257);
        const auto verified = verify_state_proof(root(), name, value, deep);
        ASSERT_FALSE(verified);
        EXPECT_THAT(verified.error().message, HasSubstr("deeper than 256"));
    }
}

// The key's own leaf says that the key is there; it cannot stand for another one.
TEST_F(Forgery, OfAnAbsenceByTheKeysOwnLeafIsRefused) {
    StateProof proof = proof_of(key(3));
    proof.other_leaf = std::pair(crypto::sha256({key(3)}), crypto::sha256({"value 3"}));
    EXPECT_FALSE(holds(root(), key(3), std::nullopt, proof));
    EXPECT_FALSE(holds(root(), key(3), "value 3", proof)) << "a presence shows no other leaf";
}

// A real leaf from elsewhere, with a real way to the root, says nothing about this key's place.
TEST_F(Forgery, OfAnAbsenceByALeafThatStandsElsewhereIsRefused) {
    int tried = 0;
    for (const auto& [name, value] : tree_.records()) {
        StateProof proof = proof_of(name);
        proof.other_leaf = std::pair(crypto::sha256({name}), crypto::sha256({value}));
        for (const auto& [other, other_value] : tree_.records()) {
            if (other == name) continue;
            EXPECT_FALSE(holds(root(), other, std::nullopt, proof));
            ++tried;
        }
    }
    EXPECT_GT(tried, 10'000);
}

TEST_F(Forgery, OfTheEncodingIsRefused) {
    const auto code = [](const Bytes& bytes) {
        const auto decoded = StateProof::decode(bytes);
        return decoded ? Code::ok : decoded.error().code;
    };
    const Bytes sibling = hex("0a20") + Bytes(32, 's');
    const Bytes other = hex("1220") + Bytes(32, 'k') + hex("1a20") + Bytes(32, 'v');
    EXPECT_EQ(code(""), Code::ok);
    EXPECT_EQ(code(sibling + sibling + other), Code::ok);
    EXPECT_EQ(code(other + sibling), Code::bad_proof);
    EXPECT_EQ(code(hex("0a1f") + Bytes(31, 's')), Code::bad_proof);
    EXPECT_EQ(code(hex("0a21") + Bytes(33, 's')), Code::bad_proof);
    EXPECT_EQ(code(hex("0a00")), Code::bad_proof);
    EXPECT_EQ(code(hex("1220") + Bytes(32, 'k')), Code::bad_proof);
    EXPECT_EQ(code(hex("1a20") + Bytes(32, 'v')), Code::bad_proof);
    EXPECT_EQ(code(sibling + hex("2000")), Code::bad_proof);
    Bytes longest;
    for (int i = 0; i < 256; ++i) longest += sibling;
    EXPECT_EQ(code(longest + other), Code::ok);
    EXPECT_EQ(code(longest + sibling + sibling + sibling + sibling), Code::bad_proof);
    EXPECT_EQ(code(Bytes(10'000'000, '\x0a')), Code::bad_proof);
}

}  // namespace
}  // namespace pcq::ledger
