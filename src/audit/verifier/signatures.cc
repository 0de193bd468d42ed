#include "src/audit/verifier/signatures.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "src/base/invariant.h"

namespace pcq::verifier {
namespace {

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

constexpr std::size_t kSignatureBytes = 64;

// SubjectPublicKeyInfo of a compressed point of P-256, up to the point (RFC 5480).
constexpr BytesView kSpki(
    "\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22"
    "\x00",
    26);
// The order n of P-256 and (n - 1) / 2, big-endian.
constexpr BytesView kOrder(
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
    32);
constexpr BytesView kHalfOrder(
    "\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"
    "\xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8",
    32);

const unsigned char* raw(BytesView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

void start() {
    static const bool started = sodium_init() >= 0;
    PCQ_INVARIANT(started);
}

Key p256_key(BytesView point) {
    if (point.size() != 33) return {nullptr, EVP_PKEY_free};
    const Bytes encoded = Bytes(kSpki) + Bytes(point);
    const unsigned char* at = raw(encoded);
    return {d2i_PUBKEY(nullptr, &at, static_cast<long>(encoded.size())), EVP_PKEY_free};
}

// A positive INTEGER of DER.
Bytes der_integer(BytesView number) {
    while (number.size() > 1 && number[0] == '\0') number.remove_prefix(1);
    Bytes value = (static_cast<unsigned char>(number[0]) & 0x80) != 0 ? Bytes(1, '\0') : Bytes();
    value += number;
    return Bytes("\x02") + static_cast<char>(value.size()) + value;
}

bool is_p256_signature(BytesView point, const Hash& digest, BytesView signature) {
    const BytesView r = signature.substr(0, 32);
    const BytesView s = signature.substr(32);
    const Bytes zero(32, '\0');
    // Views compare as unsigned bytes.
    if (r == zero || r >= kOrder || s == zero || s > kHalfOrder) return false;
    const Key key = p256_key(point);
    if (!key) return false;
    const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
    PCQ_INVARIANT(context && EVP_PKEY_verify_init(context.get()) == 1);
    const Bytes both = der_integer(r) + der_integer(s);
    const Bytes der = Bytes("\x30") + static_cast<char>(both.size()) + both;
    return EVP_PKEY_verify(context.get(), raw(der), der.size(), digest.data(), Hash::kSize) == 1;
}

// On the curve, not the identity, and [L - 1]A = -A with L the order of the group: no part of small order.
bool is_ed25519_key(BytesView key) {
    constexpr BytesView kOrderLessOne(
        "\xec\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10",
        32);
    start();
    unsigned char negative[32];
    if (key.size() != 32 || crypto_scalarmult_ed25519_noclamp(negative, raw(kOrderLessOne), raw(key)) != 0)
        return false;
    negative[31] ^= 0x80;
    return BytesView(reinterpret_cast<const char*>(negative), 32) == key;
}

}  // namespace

Hash sha256(std::initializer_list<BytesView> parts) {
    thread_local const Digest context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    PCQ_INVARIANT(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
    for (const BytesView part : parts)
        PCQ_INVARIANT(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    Hash hash;
    unsigned size = 0;
    PCQ_INVARIANT(EVP_DigestFinal_ex(context.get(), hash.data(), &size) == 1 && size == Hash::kSize);
    return hash;
}

Hash tagged(BytesView kind, BytesView chain, BytesView data) {
    const char length = static_cast<char>(kind.size());
    return sha256({BytesView(&length, 1), kind, chain, data});
}

bool is_key(int type, BytesView key) {
    if (type == kEd25519) return is_ed25519_key(key);
    return type == kP256 && p256_key(key) != nullptr;
}

bool is_signature(int type, BytesView key, const Hash& digest, BytesView signature) {
    if (signature.size() != kSignatureBytes) return false;
    if (type == kP256) return is_p256_signature(key, digest, signature);
    start();
    return type == kEd25519 && key.size() == 32 &&
           crypto_sign_verify_detached(raw(signature), digest.data(), Hash::kSize, raw(key)) == 0;
}

}  // namespace pcq::verifier
