// Every kind of hash has golden values: a change of them is another chain. Computed with Python's hashlib.
#include "src/crypto/hash.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/crypto/bytes.h"

namespace pcq::crypto {
namespace {

// 00 01 02 ... 1f
ChainId counting_chain() {
    Bytes bytes;
    for (char c = 0; c < 32; ++c) bytes.push_back(c);
    return *ChainId::from(bytes);
}

TEST(Sha256, IsThatOfFips180) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256({"abc"})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"})),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(to_hex(sha256({Bytes(1'000'000, 'a')})),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPartsIsThatOfTheWhole) {
    EXPECT_EQ(sha256({"a", "", "b", "c"}), sha256({"abc"}));
}

TEST(Sha256, OfEveryThreadIsItsOwn) {
    const Hash expected = sha256({Bytes(1000, 'x')});
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t i = 0; i < wrong.size(); ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 1000; ++round)
                wrong[i] += sha256({Bytes(1000, 'x')}) == expected ? 0 : 1;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(TaggedHash, HasGoldenValues) {
    EXPECT_EQ(to_hex(tagged_hash("header", counting_chain(), "abc")),
              "fe6d916335a4e3d60b20327abd0293324972e002a2eb5c921b083f66b44bdae8");
    EXPECT_EQ(to_hex(tagged_hash("transaction", counting_chain(), "abc")),
              "abeb6d41f1af1a2046e9ebd936f1cd3be5eba2779df2258558201454cb505e97");
    EXPECT_EQ(to_hex(tagged_hash("header", counting_chain(), "")),
              "57a549c49a0dfe59f399609cef75de732a4028602abd1eb91d06edf8e1658223");
    EXPECT_EQ(to_hex(tagged_hash("account", "")),
              "e143a00c5bbb643b6edac867628e53fd66edf0c892b1f6076edd0595586683c6");
}

TEST(TaggedHash, KeepsKindChainAndDataApart) {
    const ChainId zero;
    EXPECT_EQ(tagged_hash("account", "data"), tagged_hash("account", zero, "data"));
    EXPECT_NE(tagged_hash("account", "data"), tagged_hash("account", counting_chain(), "data"));
    EXPECT_NE(tagged_hash("header", zero, "data"), tagged_hash("receipt", zero, "data"));
    // Letters that move from the kind into what follows, or back, make another hash.
    Bytes shifted = Bytes(31, '\0') + "data";
    EXPECT_NE(tagged_hash("ab", zero, "data"), tagged_hash(Bytes("ab\0", 3), zero, shifted));
    EXPECT_NE(tagged_hash("ab", zero, "c"), tagged_hash("abc", zero, ""));
}

using TaggedHashDeathTest = testing::Test;

TEST(TaggedHashDeathTest, HasNoKindThatStartsLikeATreeNode) {
    EXPECT_DEATH(static_cast<void>(tagged_hash("", "data")), "kind.size");
    EXPECT_DEATH(static_cast<void>(tagged_hash("a", "data")), "kind.size");
    EXPECT_DEATH(static_cast<void>(tagged_hash(Bytes(256, 'k'), "data")), "kind.size");
}

}  // namespace
}  // namespace pcq::crypto
