// Which Ed25519 keys and signatures are valid, for every kind of bit pattern that implementations are known
// to disagree on (docs/decisions/0002-signatures.md). Fixed values come from a plain implementation of RFC
// 8032 in Python; forgeries are made here with libsodium's arithmetic.
#include <array>
#include <set>

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "src/crypto/key.h"
#include "tests/unit/crypto/bytes.h"

namespace pcq::crypto {
namespace {

using testing::HasSubstr;

const unsigned char* raw(const Bytes& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// The eight points whose order divides eight: multiple i of a generator, in canonical encoding.
const std::array<const char*, 8> kTorsion{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};
const char* const kOrder =
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";  // L, little-endian

Bytes scalar(std::uint32_t number) {
    const Hash low = digest(number);
    const Hash high = digest(~number);
    const Bytes wide = low.bytes() + high.bytes();
    Bytes reduced(32, '\0');
    crypto_core_ed25519_scalar_reduce(raw(reduced), raw(wide));
    return reduced;
}

Bytes times_base(const Bytes& scalar) {
    Bytes point(32, '\0');
    EXPECT_EQ(crypto_scalarmult_ed25519_base_noclamp(raw(point), raw(scalar)), 0);
    return point;
}

Bytes sum(const Bytes& p, const Bytes& q) {
    Bytes point(32, '\0');
    EXPECT_EQ(crypto_core_ed25519_add(raw(point), raw(p), raw(q)), 0);
    return point;
}

// A + its torsion part.
Bytes with_torsion(const Bytes& point, unsigned torsion) {
    return torsion == 0 ? point : sum(point, hex(kTorsion.at(torsion)));
}

struct Forged {
    Bytes key;
    Bytes signature;
    unsigned challenge = 0;  // the hash h of RFC 8032, mod 8, once reduced mod L
};

// A signature that holds up to points of small order: A = aB + iT, R = rB + jT, S = r + h a. `r` empty: R =
// jT.
Forged forge(const Bytes& a, unsigned i, const Bytes& r, unsigned j) {
    Forged forged;
    forged.key = with_torsion(times_base(a), i);
    const Bytes commitment = r.empty() ? hex(kTorsion.at(j)) : with_torsion(times_base(r), j);
    const Bytes message = commitment + forged.key + digest().bytes();
    Bytes wide(64, '\0');
    crypto_hash_sha512(raw(wide), raw(message), message.size());
    Bytes challenge(32, '\0');
    crypto_core_ed25519_scalar_reduce(raw(challenge), raw(wide));
    forged.challenge = static_cast<unsigned char>(challenge[0]) % 8;
    Bytes s(32, '\0');
    crypto_core_ed25519_scalar_mul(raw(s), raw(challenge), raw(a));
    if (!r.empty()) crypto_core_ed25519_scalar_add(raw(s), raw(s), raw(r));
    forged.signature = commitment + s;
    return forged;
}

bool verifies(const Bytes& key, const Bytes& signature) {
    const auto named = PublicKey::named(KeyType::ed25519, key);
    EXPECT_TRUE(named);
    return verify(*named, digest(), signature);
}

bool is_key(const Bytes& key) {
    const auto made = PublicKey::from(KeyType::ed25519, key);
    EXPECT_TRUE(made || made.error().code == Code::bad_public_key);
    return made.has_value();
}

struct Vector {
    const char* secret;
    const char* key;
    const char* signature;
};
// Secrets and keys of RFC 8032, section 7.1; the signatures are over the digest here.
const std::array<Vector, 5> kVectors{{
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "0094e924533ea4ae7af9f749b9c1833ccc69a0db29472492ced146fc6c51c7cb"
     "5199f1079e124414d59aeb4368fac2db9282a2569967382c7fda9cf6072ecf0f"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "8f8ba0017169f5bb58a78e025ac403f9daaf7a475beae2de857425a827335613"
     "25f7568b357f39357ba74f378358901ed81b6ed302e92eed7d89d08301b92a0b"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     "58ed9a81072a32ae39a280668c026d8bb8034cfb67e69251a499bd2df9087fd0"
     "fcb40c936fdc1591badd935894690734e9830c2b39db6b16616fd28667a43901"},
    {"f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
     "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
     "6ab3017cbc5bee3b694dc841cd53f81f101f93927f97ae4c217ca55f1dce2430"
     "14d93ffa7cccf6b99cf7bcdbf37c0aad08861958741a256fb9aec21a07568100"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "50f251b64247227d27c9b83b980a7a31547f466b9af17d4d336c842d654cb0ac"
     "4577ab4d8677692e9f871df5afbe9f8c7381fdf0c7d9b604e5b3d4e5fda42c02"},
}};

TEST(Ed25519, GivesTheKeysOfRfc8032AndItsSignatures) {
    for (const auto& vector : kVectors) {
        const auto key = SigningKey::from_secret(KeyType::ed25519, hex(vector.secret));
        ASSERT_TRUE(key);
        EXPECT_EQ(to_hex(key->public_key().data()), vector.key);
        EXPECT_EQ(to_hex(key->sign(digest())), vector.signature);
        EXPECT_TRUE(verify(key->public_key(), digest(), hex(vector.signature)));
        EXPECT_FALSE(verify(key->public_key(), digest(1), hex(vector.signature)));
    }
}

// Two implementations, one answer.
TEST(Ed25519, SignsAndVerifiesAsOpenSslDoes) {
    for (std::uint32_t number = 0; number < 100; ++number) {
        const auto key = SigningKey::generate(KeyType::ed25519);
        ASSERT_TRUE(key);
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> other(
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                         reinterpret_cast<const unsigned char*>(key->secret().data()), 32),
            EVP_PKEY_free);
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, other.get()), 1);
        Bytes signature(64, '\0');
        std::size_t length = signature.size();
        const Hash signed_digest = digest(number);
        ASSERT_EQ(EVP_DigestSign(context.get(), raw(signature), &length, signed_digest.data(), 32), 1);

        EXPECT_EQ(to_hex(key->sign(signed_digest)), to_hex(signature));
        EXPECT_TRUE(verify(key->public_key(), signed_digest, signature));
    }
}

TEST(Ed25519, HoldsForNothingButTheExactBits) {
    const Bytes key = hex(kVectors[0].key);
    const Bytes signature = hex(kVectors[0].signature);
    const auto public_key = PublicKey::from(KeyType::ed25519, key);
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit)
        EXPECT_FALSE(verify(*public_key, digest(), flipped(signature, bit))) << "signature bit " << bit;
    for (std::size_t bit = 0; bit < 256; ++bit) {
        EXPECT_FALSE(verify(*public_key, *Hash::from(flipped(digest().bytes(), bit)), signature))
            << "digest bit " << bit;
        EXPECT_FALSE(verifies(flipped(key, bit), signature)) << "key bit " << bit;
    }
}

TEST(Ed25519, RefusesSignaturesOfAnyOtherLength) {
    const auto key = PublicKey::from(KeyType::ed25519, hex(kVectors[0].key));
    const Bytes signature = hex(kVectors[0].signature);
    for (std::size_t length = 0; length < signature.size(); ++length)
        EXPECT_FALSE(verify(*key, digest(), signature.substr(0, length))) << length;
    EXPECT_FALSE(verify(*key, digest(), signature + '\0'));
    EXPECT_FALSE(verify(*key, digest(), signature + signature));
}

// S and S + L give the same point; only the one below L is valid. All fifteen that fit into 256 bits.
TEST(Ed25519, RefusesEveryOtherFormOfS) {
    const Bytes signature = hex(kVectors[0].signature);
    Bytes s = signature.substr(32);
    int tried = 0;
    while (true) {
        unsigned carry = 0;
        const Bytes order = hex(kOrder);
        for (std::size_t i = 0; i < 32; ++i) {
            carry += static_cast<std::uint8_t>(s[i]);
            carry += static_cast<std::uint8_t>(order[i]);
            s[i] = static_cast<char>(carry);
            carry >>= 8;
        }
        if (carry != 0) break;
        ++tried;
        EXPECT_FALSE(verifies(hex(kVectors[0].key), signature.substr(0, 32) + s)) << "S + " << tried << " L";
    }
    EXPECT_EQ(tried, 15);
}

TEST(Ed25519, RefusesAKeyOfAnyOtherLength) {
    for (const std::size_t length : {0u, 1u, 31u, 33u, 64u}) {
        const auto key = PublicKey::from(KeyType::ed25519, Bytes(length, '\x42'));
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().code, Code::bad_public_key);
        EXPECT_THAT(key.error().message, HasSubstr(std::to_string(length)));
        EXPECT_FALSE(PublicKey::named(KeyType::ed25519, Bytes(length, '\x42')));
    }
}

// The all-zero key among them: with such a key one signature holds for one message in eight, or for all.
TEST(Ed25519, RefusesKeysOfSmallOrderInEveryEncoding) {
    const Bytes identity = hex(kTorsion[0]);
    std::set<Bytes> keys;
    for (const char* torsion : kTorsion) keys.insert(hex(torsion));
    // y = p and p + 1 written out, and x = 0 with its sign set.
    for (const char* first : {"ed", "ee", "ec"}) {
        for (const char* last : {"7f", "ff"}) keys.insert(hex(first + std::string(60, 'f') + last));
    }
    keys.insert(hex("01" + std::string(60, '0') + "80"));
    EXPECT_EQ(keys.size(), 14u);
    for (const auto& key : keys) {
        EXPECT_FALSE(is_key(key)) << to_hex(key);
        EXPECT_FALSE(verifies(key, identity + Bytes(32, '\0'))) << to_hex(key);
        for (const char* commitment : kTorsion)
            EXPECT_FALSE(verifies(key, hex(commitment) + Bytes(32, '\0')));
        const Bytes r = scalar(7);
        EXPECT_FALSE(verifies(key, times_base(r) + r)) << "S B = R, whatever the message";
    }
}

TEST(Ed25519, RefusesKeysThatAreNotCanonical) {
    // y from p to 2^255 - 1 stands for 0 to 18 once more.
    for (int low = 0xed; low <= 0xff; ++low) {
        for (const char last : {'\x7f', '\xff'}) {
            Bytes key(32, '\xff');
            key[0] = static_cast<char>(low);
            key[31] = last;
            EXPECT_FALSE(is_key(key)) << to_hex(key);
        }
    }
}

TEST(Ed25519, RefusesKeysOffTheCurve) {
    for (const char* y : {"02", "07", "08", "0b", "0c", "0d", "11", "14", "16"}) {
        const Bytes key = hex(y) + Bytes(31, '\0');
        EXPECT_FALSE(is_key(key)) << "y = " << y;
        EXPECT_FALSE(verifies(key, hex(kVectors[0].signature)));
    }
}

// A key with a part of small order makes one message in two, four or eight verify under a cofactorless rule,
// and libsodium has passed those of order 2 L for good ones (CVE-2025-69277).
TEST(Ed25519, RefusesKeysOutsideThePrimeOrderGroup) {
    for (std::uint32_t number = 0; number < 8; ++number) {
        const Bytes good = times_base(scalar(number));
        EXPECT_TRUE(is_key(good));
        for (unsigned torsion = 1; torsion < 8; ++torsion)
            EXPECT_FALSE(is_key(with_torsion(good, torsion))) << "torsion " << torsion;
    }
}

// With a valid key, R with a part of small order never verifies: the equation is not multiplied by eight.
// Whoever names another key gets no more than the plain equation: R = S B - h A, bit for bit.
TEST(Ed25519, IsCofactorless) {
    const Bytes a = scalar(1000);
    int held = 0;
    for (unsigned i = 0; i < 8; ++i) {
        for (unsigned j = 0; j < 8; ++j) {
            for (std::uint32_t number = 0; number < 8; ++number) {
                const Forged forged = forge(a, i, scalar(number), j);
                const bool equal = (j + forged.challenge * i) % 8 == 0;
                EXPECT_EQ(verifies(forged.key, forged.signature), equal) << "A " << i << ", R " << j;
                EXPECT_TRUE(i != 0 || equal == (j == 0));
                held += equal ? 1 : 0;
            }
        }
    }
    EXPECT_GT(held, 8);
}

// The signature by which the library is tried at start: it holds under the equation times two, four or eight.
TEST(Ed25519, RefusesTheSignatureThatTellsTheRulesApart) {
    const Bytes signature =
        hex("feaf9d07b868cc52786305312c376563c622b0386a10d105e3c1501b28d65f7e"
            "89c36f981e76ecab6a0656e84026ae1216ab8cdc34732264cb2f75121a728d05");
    const Bytes commitment = with_torsion(times_base(hex("3930" + std::string(60, '0'))), 4);
    EXPECT_EQ(to_hex(signature.substr(0, 32)), to_hex(commitment));
    EXPECT_FALSE(verifies(hex(kVectors[0].key), signature));
}

// r = 0 signs without a nonce. Nobody honest makes it, and libsodium refuses it; so does the rule.
TEST(Ed25519, RefusesRThatIsOfSmallOrder) {
    const Bytes a = scalar(1001);
    for (unsigned j = 0; j < 8; ++j) {
        const Forged forged = forge(a, 0, "", j);
        ASSERT_TRUE(is_key(forged.key));
        EXPECT_FALSE(verifies(forged.key, forged.signature)) << "R is torsion " << j;
    }
    // The identity with its sign set, and with y = p + 1.
    const Forged forged = forge(a, 0, "", 0);
    const Bytes s = forged.signature.substr(32);
    EXPECT_FALSE(verifies(forged.key, hex("01" + std::string(60, '0') + "80") + s));
    EXPECT_FALSE(verifies(forged.key, hex("ee" + std::string(60, 'f') + "7f") + s));
}

TEST(Ed25519, RefusesTheAllZeroSignature) {
    EXPECT_FALSE(verifies(hex(kVectors[0].key), Bytes(64, '\0')));
}

}  // namespace
}  // namespace pcq::crypto
