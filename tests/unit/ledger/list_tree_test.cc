// The tree over a list: golden roots, and every run of every list proven and forged.
#include "src/ledger/list_tree.h"

#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/merkle.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

std::vector<Hash> list(std::size_t count) {
    std::vector<Hash> hashes;
    for (std::size_t i = 0; i < count; ++i)
        hashes.push_back(crypto::sha256({Bytes(1, static_cast<char>(i))}));
    return hashes;
}

std::vector<Hash> run_of(const std::vector<Hash>& hashes, ListRange range) {
    const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(range.first);
    return {first, first + static_cast<std::ptrdiff_t>(range.size)};
}

bool holds(const Hash& root, std::size_t count, std::size_t first, const std::vector<Hash>& run,
           const std::vector<Hash>& proof) {
    const auto verified = verify_range(root, count, first, run, proof);
    EXPECT_TRUE(verified || verified.error().code == Code::bad_proof);
    return verified.has_value();
}

TEST(ListTree, HasGoldenRoots) {
    EXPECT_EQ(list_root({}), Hash());
    EXPECT_EQ(to_hex(list_root(list(1))), "d9de27625445003d8a9739a851e3ff8d41c0683630b4d63a88327a6aaa37c409");
    EXPECT_EQ(to_hex(list_root(list(2))), "604d540f09268b91672ab011394d5266ccd7d4484d0d109411a55848126a1b2c");
    EXPECT_EQ(to_hex(list_root(list(3))), "d1f13800048f5909d4043fc0c152f6643280cba608b672715e56ce159a20629f");
    EXPECT_EQ(to_hex(list_root(list(7))), "bee2275db16667589a4515f63e0d053a2fa602c1d9f9703e98920a5bdad59baf");
}

TEST(ListTree, TellsListsApart) {
    std::set<Hash> roots;
    for (std::size_t count = 0; count <= 64; ++count)
        EXPECT_TRUE(roots.insert(list_root(list(count))).second);
    auto repeated = list(5);
    repeated.push_back(repeated.back());  // the trick that other trees fell for
    EXPECT_TRUE(roots.insert(list_root(repeated)).second);
    auto swapped = list(5);
    std::swap(swapped[1], swapped[2]);
    EXPECT_TRUE(roots.insert(list_root(swapped)).second);
    // An inner node as an element of a shorter list.
    EXPECT_TRUE(roots.insert(list_root({list_root({list(2)[0]}), list_root({list(2)[1]})})).second);
}

TEST(ListProof, ShowsEveryRunOfEveryList) {
    for (std::size_t count = 1; count <= 33; ++count) {
        const auto hashes = list(count);
        const Hash root = list_root(hashes);
        for (std::size_t first = 0; first < count; ++first) {
            for (std::size_t size = 1; first + size <= count; ++size) {
                const auto proof = prove_range(hashes, {first, size});
                const auto run = run_of(hashes, {first, size});
                ASSERT_TRUE(holds(root, count, first, run, proof));
                EXPECT_FALSE(holds(root, count, first + 1, run, proof));
                EXPECT_FALSE(first > 0 && holds(root, count, first - 1, run, proof));
            }
        }
    }
}

TEST(ListProof, IsRefusedWhateverBitIsTurned) {
    const auto hashes = list(11);
    const Hash root = list_root(hashes);
    const auto flip = [](Hash hash, std::size_t bit) {
        hash.data()[bit / 8] = static_cast<std::uint8_t>(hash.data()[bit / 8] ^ (1 << (bit % 8)));
        return hash;
    };
    for (const ListRange range : {ListRange{0, 1}, ListRange{10, 1}, ListRange{3, 5}, ListRange{0, 11}}) {
        const auto run = run_of(hashes, range);
        const auto proof = prove_range(hashes, range);
        for (std::size_t bit = 0; bit < 256; ++bit) {
            EXPECT_FALSE(holds(flip(root, bit), 11, range.first, run, proof));
            for (std::size_t i = 0; i < run.size(); ++i) {
                auto forged = run;
                forged[i] = flip(forged[i], bit);
                EXPECT_FALSE(holds(root, 11, range.first, forged, proof));
            }
            for (std::size_t i = 0; i < proof.size(); ++i) {
                auto forged = proof;
                forged[i] = flip(forged[i], bit);
                EXPECT_FALSE(holds(root, 11, range.first, run, forged));
            }
        }
    }
}

TEST(ListProof, HasExactlyTheHashesThatItNeeds) {
    const auto hashes = list(11);
    const Hash root = list_root(hashes);
    auto proof = prove_range(hashes, {3, 5});
    const auto run = run_of(hashes, {3, 5});
    proof.push_back(Hash());
    EXPECT_THAT(verify_range(root, 11, 3, run, proof).error().message, HasSubstr("too many"));
    proof.resize(proof.size() - 2);
    EXPECT_THAT(verify_range(root, 11, 3, run, proof).error().message, HasSubstr("too few"));
    EXPECT_THAT(verify_range(root, 11, 3, run, {}).error().message, HasSubstr("too few"));
    auto swapped = prove_range(hashes, {3, 5});
    std::swap(swapped[0], swapped[1]);
    EXPECT_THAT(verify_range(root, 11, 3, run, swapped).error().message, HasSubstr("another root"));
}

TEST(ListProof, OfARunThatIsLongerShorterOrAnotherIsRefused) {
    const auto hashes = list(11);
    const Hash root = list_root(hashes);
    const auto proof = prove_range(hashes, {3, 5});
    auto longer = run_of(hashes, {3, 6});
    EXPECT_FALSE(holds(root, 11, 3, longer, proof));
    longer.resize(4);
    EXPECT_FALSE(holds(root, 11, 3, longer, proof));
    auto swapped = run_of(hashes, {3, 5});
    std::swap(swapped[0], swapped[4]);
    EXPECT_FALSE(holds(root, 11, 3, swapped, proof));
}

TEST(ListProof, LiesInsideTheList) {
    const auto hashes = list(4);
    const Hash root = list_root(hashes);
    const auto outside = [&](std::size_t count, std::size_t first, std::size_t size) {
        const auto verified = verify_range(root, count, first, std::vector<Hash>(size), {});
        ASSERT_FALSE(verified);
        EXPECT_THAT(verified.error().message, HasSubstr("does not lie inside"));
    };
    outside(4, 0, 0);
    outside(4, 4, 1);
    outside(4, 3, 2);
    outside(4, 0, 5);
    outside(0, 0, 1);
    outside(4, SIZE_MAX, 1);
    outside(4, SIZE_MAX, 2);
    outside(4, 1, 1000);
}

// The largest counts take no more steps than their depth.
TEST(ListProof, OfAnImpossiblyLongListIsRefusedAtOnce) {
    const std::vector<Hash> run(3);
    EXPECT_FALSE(holds(Hash(), SIZE_MAX, 0, run, std::vector<Hash>(64)));
    EXPECT_FALSE(holds(Hash(), SIZE_MAX, SIZE_MAX - 3, run, std::vector<Hash>(64)));
    EXPECT_FALSE(holds(Hash(), SIZE_MAX, SIZE_MAX / 2, run, {}));
}

// The root says nothing about the count: whoever verifies must have it from where it has the root.
TEST(ListProof, NeedsTheCountThatBelongsToTheRoot) {
    const auto hashes = list(4);
    const Hash root = list_root(hashes);
    const auto proof = prove_range(hashes, {0, 1});
    EXPECT_TRUE(holds(root, 4, 0, {hashes[0]}, proof));
    EXPECT_TRUE(holds(root, 3, 0, {hashes[0]}, proof)) << "the right half hides how many it holds";
    EXPECT_FALSE(holds(root, 5, 0, {hashes[0]}, proof));
    EXPECT_FALSE(holds(root, 2, 0, {hashes[0]}, proof));
}

using ListProofDeathTest = testing::Test;
TEST(ListProofDeathTest, IsMadeOfRunsInsideTheListAlone) {
    EXPECT_DEATH(static_cast<void>(prove_range(list(4), {0, 0})), "range.size");
    EXPECT_DEATH(static_cast<void>(prove_range(list(4), {4, 1})), "range.first");
    EXPECT_DEATH(static_cast<void>(prove_range(list(4), {3, SIZE_MAX})), "range.size");
}

}  // namespace
}  // namespace pcq::ledger
