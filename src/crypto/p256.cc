#include "src/crypto/p256.h"

#include <array>
#include <memory>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

namespace pcq::crypto::p256 {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BN_clear_free>>;
using Point = std::unique_ptr<EC_POINT, Deleter<EC_POINT_free>>;
using Group = std::unique_ptr<EC_GROUP, Deleter<EC_GROUP_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

constexpr std::size_t kCompressedBytes = 33;
constexpr int kScalarBytes = 32;

const unsigned char* raw(BytesView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The curve's constants, made once and only read afterwards.
struct Curve {
    Group group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    Number half;  // floor(n / 2)

    Curve() : half(BN_dup(EC_GROUP_get0_order(group.get()))) {
        PCQ_INVARIANT(group && half && BN_rshift1(half.get(), half.get()) == 1);
    }
    const BIGNUM* order() const { return EC_GROUP_get0_order(group.get()); }
};

const Curve& curve() {
    static const Curve instance;
    return instance;
}

Key make_key(BytesView point, const BIGNUM* secret) {
    const Builder builder(OSSL_PARAM_BLD_new());
    PCQ_INVARIANT(builder);
    PCQ_INVARIANT(
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1);
    PCQ_INVARIANT(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                                   point.size()) == 1);
    if (secret != nullptr) {
        PCQ_INVARIANT(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1);
    }
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    PCQ_INVARIANT(params && context && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* key = nullptr;
    const int selection = secret != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return nullptr;
    return Key(key);
}

Number number(BytesView big_endian) {
    Number value(BN_bin2bn(raw(big_endian), static_cast<int>(big_endian.size()), nullptr));
    PCQ_INVARIANT(value);
    return value;
}

bool in_range(const BIGNUM* value, const BIGNUM* most_inclusive) {
    return BN_is_zero(value) == 0 && BN_is_negative(value) == 0 && BN_cmp(value, most_inclusive) <= 0;
}

// DER, as OpenSSL wants it, of a raw signature; nothing if r or s is outside its range.
std::optional<Bytes> to_der(BytesView signature) {
    Number r = number(signature.substr(0, kScalarBytes));
    Number s = number(signature.substr(kScalarBytes));
    if (!in_range(s.get(), curve().half.get()) || BN_is_zero(r.get()) != 0 ||
        BN_cmp(r.get(), curve().order()) >= 0) {
        return std::nullopt;
    }
    const EcdsaSignature pair(ECDSA_SIG_new());
    PCQ_INVARIANT(pair && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1);
    unsigned char* out = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &out);
    PCQ_INVARIANT(length > 0);
    Bytes der(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
    OPENSSL_free(out);
    return der;
}

// The raw form with s in the lower half: (r, s) and (r, n - s) both verify, and only one is valid here.
Bytes from_der(BytesView der) {
    const unsigned char* in = raw(der);
    const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
    PCQ_INVARIANT(pair);
    const BIGNUM* r = ECDSA_SIG_get0_r(pair.get());
    Number s(BN_dup(ECDSA_SIG_get0_s(pair.get())));
    PCQ_INVARIANT(s);
    if (BN_cmp(s.get(), curve().half.get()) > 0)
        PCQ_INVARIANT(BN_sub(s.get(), curve().order(), s.get()) == 1);
    Bytes signature(2 * kScalarBytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    PCQ_INVARIANT(BN_bn2binpad(r, out, kScalarBytes) == kScalarBytes);
    PCQ_INVARIANT(BN_bn2binpad(s.get(), out + kScalarBytes, kScalarBytes) == kScalarBytes);
    return signature;
}

}  // namespace

Result<> check_public_key(BytesView compressed) {
    if (compressed.size() != kCompressedBytes) {
        return Error{Code::bad_public_key, "a P-256 key is a compressed point of 33 bytes, got " +
                                               std::to_string(compressed.size())};
    }
    if (compressed[0] != 2 && compressed[0] != 3) {
        return Error{Code::bad_public_key, "a compressed P-256 point starts with 02 or 03"};
    }
    const Point point(EC_POINT_new(curve().group.get()));
    PCQ_INVARIANT(point);
    if (EC_POINT_oct2point(curve().group.get(), point.get(), raw(compressed), compressed.size(), nullptr) !=
        1) {
        return Error{Code::bad_public_key, "not a point of the curve P-256"};
    }
    return {};
}

bool verify(BytesView compressed, const Hash& digest, BytesView signature) {
    const auto der = to_der(signature);
    if (!der) return false;
    const Key key = make_key(compressed, nullptr);
    if (!key) return false;
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    return context && EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), raw(*der), der->size(), digest.data(), Hash::kSize) == 1;
}

Result<Bytes> public_key_of(BytesView secret) {
    const Number scalar = number(secret);
    if (BN_is_zero(scalar.get()) != 0 || BN_cmp(scalar.get(), curve().order()) >= 0) {
        return Error{Code::bad_key_file, "the P-256 private key is outside 1 to n - 1"};
    }
    const Point point(EC_POINT_new(curve().group.get()));
    PCQ_INVARIANT(point);
    PCQ_INVARIANT(EC_POINT_mul(curve().group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) ==
                  1);
    Bytes compressed(kCompressedBytes, '\0');
    PCQ_INVARIANT(EC_POINT_point2oct(curve().group.get(), point.get(), POINT_CONVERSION_COMPRESSED,
                                     reinterpret_cast<unsigned char*>(compressed.data()), compressed.size(),
                                     nullptr) == kCompressedBytes);
    return compressed;
}

Bytes sign(BytesView secret, const Hash& digest) {
    const auto point = public_key_of(secret);
    PCQ_INVARIANT(point.has_value());  // SigningKey holds only scalars in range
    const Key key = make_key(*point, number(secret).get());
    PCQ_INVARIANT(key);
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    PCQ_INVARIANT(context && EVP_PKEY_sign_init(context.get()) == 1);
    Bytes der(80, '\0');  // at most 72 bytes
    std::size_t length = der.size();
    PCQ_INVARIANT(EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &length,
                                digest.data(), Hash::kSize) == 1);
    der.resize(length);
    return from_der(der);
}

}  // namespace pcq::crypto::p256
