// Which P-256 keys and signatures are valid (docs/decisions/0002-signatures.md): the vectors of RFC 6979,
// and signatures that are made to lie at the edges, as those of project Wycheproof do.
#include <memory>

#include <gmock/gmock.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "src/crypto/key.h"
#include "tests/unit/crypto/bytes.h"

namespace pcq::crypto {
namespace {

using testing::HasSubstr;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

// RFC 6979, A.2.5: the key, and two signatures with SHA-256; the first has s in the upper half.
const char* const kSecret = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const char* const kKey = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const char* const kKeyY = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const char* const kSampleR = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const char* const kSampleS = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const char* const kSampleLowS = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
const char* const kTest =
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
const char* const kN = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const char* const kHalfN = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
const char* const kP = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

Number number(std::string_view digits) {
    const Bytes bytes = hex(digits);
    return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                      nullptr),
            BN_free};
}

Bytes bytes_of(const BIGNUM* value) {
    Bytes bytes(32, '\0');
    EXPECT_EQ(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), 32), 32);
    return bytes;
}

Bytes plus(const Bytes& value, BN_ULONG addend) {
    Number result = number(to_hex(value));
    EXPECT_EQ(BN_add_word(result.get(), addend), 1);
    return bytes_of(result.get());
}

// n - value
Bytes negated(const Bytes& value) {
    const Number n = number(kN);
    const Number given = number(to_hex(value));
    EXPECT_EQ(BN_sub(given.get(), n.get(), given.get()), 1);
    return bytes_of(given.get());
}

PublicKey key_of(std::string_view digits) {
    auto key = PublicKey::from(KeyType::p256, hex(digits));
    PCQ_INVARIANT(key.has_value());
    return *std::move(key);
}

// Arithmetic on the curve by its own plain formulas, beside OpenSSL's ECDSA.
struct Curve {
    std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group{
        EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), EC_GROUP_free};
    std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context{BN_CTX_new(), BN_CTX_free};
    Number n = number(kN);

    Number product(const Number& a, const Number& b) const {
        Number result(BN_new(), BN_free);
        EXPECT_EQ(BN_mod_mul(result.get(), a.get(), b.get(), n.get(), context.get()), 1);
        return result;
    }
    // x of a G + b Q, modulo n; nothing at infinity.
    std::optional<Bytes> x_of_sum(const Number& a, BytesView key, const Number* b) const {
        const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> q(EC_POINT_new(group.get()), EC_POINT_free);
        const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> sum(EC_POINT_new(group.get()),
                                                                      EC_POINT_free);
        EXPECT_EQ(EC_POINT_oct2point(group.get(), q.get(), reinterpret_cast<const unsigned char*>(key.data()),
                                     key.size(), context.get()),
                  1);
        EXPECT_EQ(EC_POINT_mul(group.get(), sum.get(), a.get(), b == nullptr ? nullptr : q.get(),
                               b == nullptr ? nullptr : b->get(), context.get()),
                  1);
        if (EC_POINT_is_at_infinity(group.get(), sum.get()) != 0) return std::nullopt;
        const Number x(BN_new(), BN_free);
        EXPECT_EQ(EC_POINT_get_affine_coordinates(group.get(), sum.get(), x.get(), nullptr, context.get()),
                  1);
        EXPECT_EQ(BN_nnmod(x.get(), x.get(), n.get(), context.get()), 1);
        return bytes_of(x.get());
    }
};

// x(e/s G + r/s Q) mod n = r, without any rule of ranges.
bool satisfies_equation(const PublicKey& key, const Hash& signed_digest, const Bytes& signature) {
    const Curve curve;
    const Number inverse = number(to_hex(signature.substr(32)));
    EXPECT_NE(BN_mod_inverse(inverse.get(), inverse.get(), curve.n.get(), curve.context.get()), nullptr);
    const Number u1 = curve.product(number(to_hex(signed_digest)), inverse);
    const Number u2 = curve.product(number(to_hex(signature.substr(0, 32))), inverse);
    return curve.x_of_sum(u1, key.data(), &u2) == signature.substr(0, 32);
}

// For the RFC's key, a nonce and a wanted s: the digest that (r, s) signs, e = s k - r d mod n.
struct Made {
    Hash digest;
    Bytes r;
};
Made digest_for(const Bytes& s, std::string_view nonce) {
    const Curve curve;
    const Number k = number(nonce);
    const Bytes r = *curve.x_of_sum(k, hex(kKey), nullptr);
    const Number e = curve.product(number(to_hex(s)), k);
    const Number share = curve.product(number(to_hex(r)), number(kSecret));
    EXPECT_EQ(BN_mod_sub(e.get(), e.get(), share.get(), curve.n.get(), curve.context.get()), 1);
    return Made{*Hash::from(bytes_of(e.get())), r};
}

TEST(P256, HoldsForTheVectorsOfRfc6979InTheLowerHalfAlone) {
    const PublicKey key = key_of(kKey);
    EXPECT_TRUE(verify(key, sha256({"sample"}), hex(kSampleR) + hex(kSampleLowS)));
    EXPECT_FALSE(verify(key, sha256({"sample"}), hex(kSampleR) + hex(kSampleS)));
    EXPECT_TRUE(verify(key, sha256({"test"}), hex(kTest)));
    EXPECT_FALSE(verify(key, sha256({"test"}), hex(kTest).substr(0, 32) + negated(hex(kTest).substr(32))));
}

TEST(P256, GivesTheKeyOfASecret) {
    const auto key = SigningKey::from_secret(KeyType::p256, hex(kSecret));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->public_key().data()), kKey);
    const auto one = SigningKey::from_secret(KeyType::p256, Bytes(31, '\0') + '\1');
    ASSERT_TRUE(one);
    EXPECT_EQ(to_hex(one->public_key().data()),
              "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
}

TEST(P256, RefusesSecretsOutsideOneToNLessOne) {
    for (const Bytes& secret : {Bytes(32, '\0'), hex(kN), plus(hex(kN), 1), Bytes(32, '\xff')}) {
        const auto key = SigningKey::from_secret(KeyType::p256, secret);
        ASSERT_FALSE(key) << to_hex(secret);
        EXPECT_EQ(key.error().code, Code::bad_key_file);
    }
    EXPECT_TRUE(SigningKey::from_secret(KeyType::p256, negated(Bytes(31, '\0') + '\1')));  // n - 1
}

// Every signature made here satisfies the plain equation, in the lower half; the other half does too, and is
// refused.
TEST(P256, SignsWhatTheEquationOfFips186Says) {
    for (std::uint32_t round = 0; round < 50; ++round) {
        const auto key = SigningKey::generate(KeyType::p256);
        ASSERT_TRUE(key);
        const Hash signed_digest = digest(round);
        const Bytes signature = key->sign(signed_digest);
        const Bytes other = signature.substr(0, 32) + negated(signature.substr(32));

        EXPECT_LE(signature.substr(32), hex(kHalfN));
        EXPECT_TRUE(satisfies_equation(key->public_key(), signed_digest, signature));
        EXPECT_TRUE(verify(key->public_key(), signed_digest, signature));
        EXPECT_TRUE(satisfies_equation(key->public_key(), signed_digest, other));
        EXPECT_FALSE(verify(key->public_key(), signed_digest, other));
        EXPECT_FALSE(satisfies_equation(key->public_key(), digest(round + 1), signature));
    }
}

TEST(P256, HoldsForNothingButTheExactBits) {
    const PublicKey key = key_of(kKey);
    const Hash signed_digest = sha256({"test"});
    const Bytes signature = hex(kTest);
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit)
        EXPECT_FALSE(verify(key, signed_digest, flipped(signature, bit))) << "signature bit " << bit;
    for (std::size_t bit = 0; bit < 256; ++bit)
        EXPECT_FALSE(verify(key, *Hash::from(flipped(signed_digest.bytes(), bit)), signature))
            << "digest bit " << bit;
    for (std::size_t bit = 0; bit < 8 * 33; ++bit) {
        const auto other = PublicKey::named(KeyType::p256, flipped(hex(kKey), bit));
        ASSERT_TRUE(other);
        EXPECT_FALSE(verify(*other, signed_digest, signature)) << "key bit " << bit;
    }
}

TEST(P256, DrawsTheLineOfSAtHalfTheOrder) {
    const PublicKey key = key_of(kKey);
    const Made below = digest_for(hex(kHalfN), "0b");
    EXPECT_TRUE(verify(key, below.digest, below.r + hex(kHalfN)));
    const Made above = digest_for(plus(hex(kHalfN), 1), "0b");  // the equation holds, and still
    EXPECT_FALSE(verify(key, above.digest, above.r + plus(hex(kHalfN), 1)));
    const Bytes one = Bytes(31, '\0') + '\1';
    const Made least = digest_for(one, "0b");
    EXPECT_TRUE(verify(key, least.digest, least.r + one));
}

TEST(P256, RefusesNumbersOutsideTheirRange) {
    const PublicKey key = key_of(kKey);
    const Bytes zero(32, '\0');
    const Bytes one = Bytes(31, '\0') + '\1';
    const Made made = digest_for(one, "0b");
    const Hash signed_digest = made.digest;
    for (const Bytes& r : {zero, hex(kN), plus(hex(kN), 1), hex(kP), plus(hex(kP), 1), Bytes(32, '\xff')})
        EXPECT_FALSE(verify(key, signed_digest, r + one)) << to_hex(r);
    for (const Bytes& s : {zero, hex(kN), plus(hex(kN), 1), hex(kP), Bytes(32, '\xff'), negated(one)})
        EXPECT_FALSE(verify(key, signed_digest, made.r + s)) << to_hex(s);
    EXPECT_FALSE(verify(key, signed_digest, zero + zero));
    EXPECT_FALSE(verify(key, Hash(), zero + zero));
    EXPECT_FALSE(verify(key, Hash(), one + one));
}

// The point of the nonce has x = n + 3: r is x mod n, as FIPS 186-4 says, and not x.
TEST(P256, ComparesRWithXModuloTheOrder) {
    const PublicKey key = key_of("030c4be75cfda2d92bcc2e14d3297b8fa3dc21c3247026fc31c98f5a6b5b296a48");
    const Bytes r = Bytes(31, '\0') + '\3';
    const Bytes s = Bytes(31, '\0') + '\5';
    EXPECT_TRUE(verify(key, digest(), r + s));
    EXPECT_FALSE(verify(key, digest(), plus(hex(kN), 3) + s));
}

// u1 G + u2 Q is the point at infinity: e = -r d. Its x is nothing, not zero.
TEST(P256, RefusesASignatureThatLeadsToInfinity) {
    const Number e = Curve().product(number(kSampleR), number(kSecret));
    const Bytes r = hex(kSampleR);
    const Hash signed_digest = *Hash::from(negated(bytes_of(e.get())));
    for (const char* s : {kSampleLowS, kHalfN}) EXPECT_FALSE(verify(key_of(kKey), signed_digest, r + hex(s)));
}

// A digest is a number modulo n: e and e + n, where that fits, have the same signatures.
TEST(P256, ReadsADigestModuloTheOrder) {
    const auto key = SigningKey::from_secret(KeyType::p256, hex(kSecret));
    const Hash zero;
    const Hash order = *Hash::from(hex(kN));
    const Bytes signature = key->sign(zero);
    EXPECT_TRUE(verify(key->public_key(), zero, signature));
    EXPECT_TRUE(verify(key->public_key(), order, signature));
    EXPECT_FALSE(verify(key->public_key(), *Hash::from(plus(hex(kN), 1)), signature));
}

TEST(P256, RefusesSignaturesOfAnyOtherLengthOrEncoding) {
    const PublicKey key = key_of(kKey);
    const Bytes signature = hex(kTest);
    for (std::size_t length = 0; length < signature.size(); ++length)
        EXPECT_FALSE(verify(key, sha256({"test"}), signature.substr(0, length))) << length;
    EXPECT_FALSE(verify(key, sha256({"test"}), signature + '\0'));
    EXPECT_FALSE(verify(key, sha256({"test"}),
                        hex("3045022100") + signature.substr(0, 32) + hex("0220") + signature.substr(32)));
}

TEST(P256, RefusesKeysInAnyFormButTheCompressed) {
    const Bytes x = hex(kKey).substr(1);
    const Bytes y = hex(kKeyY);
    for (const Bytes& key :
         {Bytes(), Bytes(1, '\0'), x, '\4' + x + y, '\6' + x + y, '\7' + x + y, x + y, hex(kKey) + '\0',
          Bytes(33, '\0'), '\4' + x, '\0' + x, '\1' + x, '\5' + x, '\x82' + x, '\xff' + x}) {
        const auto made = PublicKey::from(KeyType::p256, key);
        ASSERT_FALSE(made) << to_hex(key);
        EXPECT_EQ(made.error().code, Code::bad_public_key);
        const auto named = PublicKey::named(KeyType::p256, key);
        EXPECT_FALSE(named && verify(*named, sha256({"test"}), hex(kTest))) << to_hex(key);
    }
    EXPECT_TRUE(PublicKey::from(KeyType::p256, '\3' + x));
    EXPECT_TRUE(PublicKey::from(KeyType::p256, '\2' + x));  // the negative of that point
}

TEST(P256, RefusesPointsOffTheCurveAndCoordinatesThatAreNotReduced) {
    const auto off = PublicKey::from(KeyType::p256, '\2' + Bytes(31, '\0') + '\1');  // no y for x = 1
    ASSERT_FALSE(off);
    EXPECT_THAT(off.error().message, HasSubstr("curve"));
    EXPECT_TRUE(PublicKey::from(KeyType::p256, '\2' + Bytes(32, '\0')));  // x = 0 is on it
    EXPECT_FALSE(PublicKey::from(KeyType::p256, '\2' + hex(kP)));         // and p is x = 0 again
    EXPECT_FALSE(PublicKey::from(KeyType::p256, '\2' + Bytes(32, '\xff')));
}

}  // namespace
}  // namespace pcq::crypto
