// What is the same for every type of key: numbers of types, order, encoding, accounts.
#include "src/crypto/key.h"

#include <gmock/gmock.h>

#include "tests/unit/crypto/bytes.h"

namespace pcq::crypto {
namespace {

using testing::HasSubstr;

const char* const kEd25519 = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const char* const kP256 = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";

TEST(PublicKey, IsTakenByTheNumberOfItsTypeInMessages) {
    const auto ed25519 = PublicKey::from(1, hex(kEd25519));
    ASSERT_TRUE(ed25519);
    EXPECT_EQ(ed25519->type(), KeyType::ed25519);
    const auto p256 = PublicKey::named(2, hex(kP256));
    ASSERT_TRUE(p256);
    EXPECT_EQ(p256->type(), KeyType::p256);
}

// A number of a message has 32 bits, a type one byte: 257 is not Ed25519 once more.
TEST(PublicKey, IsOfNoTypeThatIsNotWrittenDown) {
    for (const std::int32_t number :
         {0, 3, 4, 255, 256, 257, 258, 513, 65537, -1, -254, -255, INT32_MIN, INT32_MAX}) {
        for (const char* data : {kEd25519, kP256}) {
            const auto made = PublicKey::from(number, hex(data));
            ASSERT_FALSE(made) << number;
            EXPECT_EQ(made.error().code, Code::bad_public_key);
            EXPECT_THAT(made.error().message, HasSubstr("unknown key type " + std::to_string(number)));
            EXPECT_FALSE(PublicKey::named(number, hex(data))) << number;
        }
    }
}

TEST(PublicKey, IsTheSameAfterItsEncoding) {
    for (const auto& key :
         {*PublicKey::from(KeyType::ed25519, hex(kEd25519)), *PublicKey::from(KeyType::p256, hex(kP256))}) {
        const auto again = PublicKey::from_encoded(key.encoded());
        ASSERT_TRUE(again);
        EXPECT_EQ(*again, key);
        EXPECT_EQ(key.encoded().size(), key.data().size() + 1);
        EXPECT_FALSE(PublicKey::from_encoded(key.data()));
        EXPECT_FALSE(PublicKey::from_encoded(key.encoded() + '\0'));
        EXPECT_FALSE(PublicKey::from_encoded(BytesView(key.encoded()).substr(0, key.encoded().size() - 1)));
    }
    EXPECT_FALSE(PublicKey::from_encoded(""));
    EXPECT_FALSE(PublicKey::from_encoded(hex("00") + hex(kEd25519)));
    EXPECT_FALSE(PublicKey::from_encoded(hex("03") + hex(kEd25519)));
    EXPECT_FALSE(PublicKey::from_encoded(hex("81") + hex(kEd25519)));
}

TEST(PublicKey, IsOrderedByTypeThenBytesWithoutSigns) {
    const auto low = *PublicKey::named(KeyType::ed25519, Bytes(32, '\x01'));
    const auto high = *PublicKey::named(KeyType::ed25519, Bytes(32, '\xfe'));
    const auto other = *PublicKey::named(KeyType::p256, Bytes(33, '\x00'));
    EXPECT_LT(low, high);
    EXPECT_LT(high, other);
}

TEST(PublicKey, NamesItsAccountByAGoldenHash) {
    EXPECT_EQ(to_hex(account_of(*PublicKey::from(KeyType::ed25519, hex(kEd25519)))),
              "d7f601ae50d8a6ddfcd151d79e79d7e7407e5e6941ff7e35e5bf53682d8d350c");
    EXPECT_EQ(to_hex(account_of(*PublicKey::from(KeyType::p256, hex(kP256)))),
              "224afe80d7183aaac088a6a41a02d3ec2423686d619bb86bfb4f159cd5f76224");
}

TEST(PublicKey, OfOneTypeVerifiesNothingOfTheOther) {
    const auto ed25519 = SigningKey::from_secret(KeyType::ed25519, Bytes(32, '\1'));
    const auto p256 = SigningKey::from_secret(KeyType::p256, Bytes(32, '\1'));
    EXPECT_FALSE(verify(p256->public_key(), digest(), ed25519->sign(digest())));
    EXPECT_FALSE(verify(ed25519->public_key(), digest(), p256->sign(digest())));
}

TEST(SigningKey, ComesFromExactly32Bytes) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        for (const std::size_t length : {0u, 31u, 33u, 64u}) {
            const auto key = SigningKey::from_secret(type, Bytes(length, '\1'));
            ASSERT_FALSE(key);
            EXPECT_EQ(key.error().code, Code::bad_key_file);
        }
    }
}

TEST(SigningKey, IsAnotherOneEachTimeAndSignsWhatItsKeyVerifies) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        const auto first = SigningKey::generate(type);
        const auto second = SigningKey::generate(type);
        ASSERT_TRUE(first && second);
        EXPECT_NE(first->public_key(), second->public_key());
        const Bytes signature = first->sign(digest());
        EXPECT_EQ(signature.size(), kSignatureBytes);
        EXPECT_TRUE(verify(first->public_key(), digest(), signature));
        EXPECT_FALSE(verify(second->public_key(), digest(), signature));
        const auto again = SigningKey::from_secret(type, first->secret());
        EXPECT_EQ(again->public_key(), first->public_key());
    }
}

}  // namespace
}  // namespace pcq::crypto
