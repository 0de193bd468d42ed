// Pages of the state tree: golden bytes, and what is no page.
#include "src/ledger/tree_page.h"

#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/merkle.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

TreeLeaf leaf(const Bytes& key, const Bytes& value) {
    return {crypto::sha256({key}), crypto::sha256({value})};
}

TreePage mixed() {
    TreePage page;
    page.slots[0] = TreeChild{crypto::sha256({"first"}), 7};
    page.slots[3] = leaf("a", "1");
    page.slots[15] = TreeChild{crypto::sha256({"last"}), 0x0102030405060708};
    return page;
}

TEST(TreePage, HasGoldenBytes) {
    TreePage page;
    EXPECT_EQ(to_hex(page.encode()), "00000000");
    page.slots[12] = leaf("a", "1");
    page.slots[3] = leaf("b", "2");
    EXPECT_EQ(to_hex(page.encode()),
              "10080000"
              "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
              "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"
              "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
              "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b");
    EXPECT_EQ(to_hex(mixed().encode()), "00088001" + to_hex(crypto::sha256({"first"})) + "0000000000000007" +
                                            to_hex(crypto::sha256({"a"})) + to_hex(crypto::sha256({"1"})) +
                                            to_hex(crypto::sha256({"last"})) + "0102030405060708");
}

TEST(TreePage, IsWhatTheTreeWrites) {
    const MapPages none;
    const auto update = update_tree(none, TreeRoot(), 5, {{"a", "1"}, {"b", "2"}});
    ASSERT_EQ(update.pages.size(), 1u);
    EXPECT_EQ(to_hex(update.pages.at("").substr(0, 4)), "10080000");
    EXPECT_EQ(update.root.version, 5u);
    EXPECT_EQ(TreePage::decode(update.pages.at(""))->hash(), update.root.hash);
}

TEST(TreePage, ComesBackFromItsBytes) {
    for (const TreePage& page : {TreePage(), mixed()}) {
        const auto decoded = TreePage::decode(page.encode());
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->slots, page.slots);
    }
}

TEST(TreePage, IsNothingElse) {
    const Bytes good = mixed().encode();
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(TreePage::decode(good.substr(0, length))) << length;
    EXPECT_FALSE(TreePage::decode(good + '\0'));
    EXPECT_FALSE(TreePage::decode(hex("00010001") + Bytes(64, 'x'))) << "a slot cannot be both";
    EXPECT_FALSE(TreePage::decode(hex("ffff0000") + Bytes(64 * 15, 'x')));
    EXPECT_FALSE(TreePage::decode(hex("ffffffff") + Bytes(64 * 16, 'x')));
    EXPECT_TRUE(TreePage::decode(hex("ffff0000") + Bytes(64 * 16, 'x')));
    EXPECT_TRUE(TreePage::decode(hex("0000ffff") + Bytes(40 * 16, 'x')));
}

TEST(TreePage, IsReadFromTheFirstDigitsOfAKeysHash) {
    const Hash hash = *id_from_hex<Hash>("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    for (std::size_t depth = 0; depth < 64; ++depth) EXPECT_EQ(slot_of(hash, depth), depth % 16);
}

// Four levels of binary nodes, with a lone leaf wherever it stands and a child where it belongs.
TEST(TreePage, HashesAsTheBinaryTreeDoes) {
    const TreeLeaf a = leaf("a", "1");
    const Hash a_hash = leaf_hash(a.key_hash, a.value_hash);
    const Hash child = crypto::sha256({"child"});
    TreePage page;
    EXPECT_EQ(page.hash(), Hash());
    page.slots[5] = a;
    EXPECT_EQ(page.hash(), a_hash);
    EXPECT_EQ(page.hash(4, 4), a_hash);
    EXPECT_EQ(page.hash(8, 8), Hash());
    page.slots[12] = TreeChild{child, 1};
    // Slot 12 is 1100: right, right, left, left.
    const Hash low = inner_hash(child, Hash());
    const Hash middle = inner_hash(low, Hash());
    const Hash high = inner_hash(Hash(), middle);
    EXPECT_EQ(page.hash(), inner_hash(a_hash, high));
    EXPECT_EQ(page.count(0, 16), 2u);
    EXPECT_EQ(page.lone_leaf(0, 16), nullptr);
    EXPECT_NE(page.lone_leaf(0, 8), nullptr);
    EXPECT_EQ(page.lone_leaf(8, 8), nullptr) << "a child is no leaf";
}

}  // namespace
}  // namespace pcq::ledger
