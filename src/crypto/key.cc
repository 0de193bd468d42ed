#include "src/crypto/key.h"

#include <array>
#include <cstring>

#include <sodium.h>

#include "src/crypto/hash.h"
#include "src/crypto/p256.h"

namespace pcq::crypto {
namespace {

constexpr std::size_t kEd25519Bytes = crypto_sign_PUBLICKEYBYTES;
constexpr std::size_t kSecretBytes = 32;

const unsigned char* raw(BytesView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Whether this libsodium verifies without the cofactor. A later one that does not would make its nodes
// disagree with the others about signatures like this one: R = 12345 B + (0, -1), which only holds times two.
bool is_cofactorless() {
    const Hash digest = sha256({"PCQ"});
    constexpr BytesView kKey(
        "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a"
        "\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a",
        kEd25519Bytes);
    constexpr BytesView kSignature(
        "\xfe\xaf\x9d\x07\xb8\x68\xcc\x52\x78\x63\x05\x31\x2c\x37\x65\x63"
        "\xc6\x22\xb0\x38\x6a\x10\xd1\x05\xe3\xc1\x50\x1b\x28\xd6\x5f\x7e"
        "\x89\xc3\x6f\x98\x1e\x76\xec\xab\x6a\x06\x56\xe8\x40\x26\xae\x12"
        "\x16\xab\x8c\xdc\x34\x73\x22\x64\xcb\x2f\x75\x12\x1a\x72\x8d\x05",
        kSignatureBytes);
    return crypto_sign_verify_detached(raw(kSignature), digest.data(), Hash::kSize, raw(kKey)) != 0;
}

// Once per process, before the first key is written down; libsodium makes repeated calls harmless.
void start_sodium() {
    static const bool good = sodium_init() >= 0 && is_cofactorless();
    PCQ_INVARIANT(good);
}

// In the prime-order group: L - 1 times the point is its negative. Said here and not left to
// crypto_core_ed25519_is_valid_point, which until the fix of CVE-2025-69277 passed points of order 2 L, so
// that nodes with and without the fix would have disagreed about a key.
bool has_prime_order(BytesView point) {
    constexpr std::array<unsigned char, crypto_core_ed25519_SCALARBYTES> kOrderLessOne{
        0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    std::array<unsigned char, kEd25519Bytes> negative{};
    if (crypto_scalarmult_ed25519_noclamp(negative.data(), kOrderLessOne.data(), raw(point)) != 0)
        return false;
    negative.back() ^= 0x80;
    return std::memcmp(negative.data(), point.data(), kEd25519Bytes) == 0;
}

Bytes encode(KeyType type, BytesView data) {
    Bytes encoded(1, static_cast<char>(type));
    encoded.append(data);
    return encoded;
}

Error unknown_type(std::int32_t number) {
    return Error{Code::bad_public_key,
                 "unknown key type " + std::to_string(number) + "; 1 is Ed25519, 2 is P-256"};
}

Result<KeyType> known_type(std::int32_t number) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        if (number == static_cast<std::int32_t>(type)) return type;
    }
    return unknown_type(number);
}

}  // namespace

Result<PublicKey> PublicKey::named(KeyType type, BytesView data) {
    switch (type) {
        case KeyType::ed25519:
            if (data.size() != kEd25519Bytes) {
                return Error{Code::bad_public_key,
                             "an Ed25519 key has 32 bytes, got " + std::to_string(data.size())};
            }
            return PublicKey(encode(type, data));
        case KeyType::p256:
            if (data.size() != p256::kPublicKeyBytes) {
                return Error{Code::bad_public_key,
                             "a P-256 key has 33 bytes (compressed), got " + std::to_string(data.size())};
            }
            return PublicKey(encode(type, data));
    }
    return unknown_type(static_cast<std::int32_t>(type));
}

Result<PublicKey> PublicKey::from(KeyType type, BytesView data) {
    auto key = named(type, data);
    if (!key) return key;
    if (type == KeyType::p256) {
        if (auto checked = p256::check_public_key(data); !checked) return checked.error();
        return key;
    }
    start_sodium();
    // Canonical, on the curve, in the prime-order group: no key of small order verifies everything.
    if (crypto_core_ed25519_is_valid_point(raw(data)) != 1 || !has_prime_order(data)) {
        return Error{Code::bad_public_key, "not a point of the prime-order group of Ed25519"};
    }
    return key;
}

Result<PublicKey> PublicKey::named(std::int32_t type, BytesView data) {
    const auto known = known_type(type);
    return known ? named(*known, data) : known.error();
}

Result<PublicKey> PublicKey::from(std::int32_t type, BytesView data) {
    const auto known = known_type(type);
    return known ? from(*known, data) : known.error();
}

Result<PublicKey> PublicKey::from_encoded(BytesView encoded) {
    if (encoded.empty()) return Error{Code::bad_public_key, "the key is empty"};
    return from(static_cast<KeyType>(encoded[0]), encoded.substr(1));
}

bool verify(const PublicKey& key, const Hash& digest, BytesView signature) {
    if (signature.size() != kSignatureBytes) return false;
    switch (key.type()) {
        case KeyType::ed25519:
            return crypto_sign_verify_detached(raw(signature), digest.data(), Hash::kSize, raw(key.data())) ==
                   0;
        case KeyType::p256:
            return p256::verify(key.data(), digest, signature);
    }
    return false;
}

AccountId account_of(const PublicKey& key) {
    const auto id = AccountId::from(tagged_hash("account", key.encoded()).view());
    PCQ_INVARIANT(id.has_value());
    return *id;
}

// Kept in memory that is wiped when freed. `expanded` is libsodium's 64-byte form for Ed25519.
struct SigningKey::Secret {
    explicit Secret(PublicKey key) : public_key(std::move(key)) {}
    ~Secret() {
        sodium_memzero(secret.data(), secret.size());
        sodium_memzero(expanded.data(), expanded.size());
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    PublicKey public_key;
    std::array<unsigned char, kSecretBytes> secret{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> expanded{};
};

SigningKey::SigningKey(std::unique_ptr<Secret> secret) : secret_(std::move(secret)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::generate(KeyType type) {
    start_sodium();
    std::array<unsigned char, kSecretBytes> bytes{};
    while (true) {
        randombytes_buf(bytes.data(), bytes.size());
        auto key = from_secret(type, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        // A P-256 scalar outside its range is drawn again (about once in 2^32); any other refusal is final.
        if (key || type == KeyType::ed25519 || key.error().code != Code::bad_key_file) {
            sodium_memzero(bytes.data(), bytes.size());
            return key;
        }
    }
}

Result<SigningKey> SigningKey::from_secret(KeyType type, BytesView secret) {
    if (secret.size() != kSecretBytes) {
        return Error{Code::bad_key_file, "a private key has 32 bytes, got " + std::to_string(secret.size())};
    }
    start_sodium();
    if (type == KeyType::p256) {
        auto point = p256::public_key_of(secret);
        if (!point) return point.error();
        auto key = PublicKey::from(type, *point);
        if (!key) return key.error();
        auto owned = std::make_unique<Secret>(*std::move(key));
        std::memcpy(owned->secret.data(), secret.data(), kSecretBytes);
        return SigningKey(std::move(owned));
    }
    if (type != KeyType::ed25519) return Error{Code::bad_public_key, "unknown key type"};

    std::array<unsigned char, kEd25519Bytes> point{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> expanded{};
    PCQ_INVARIANT(crypto_sign_seed_keypair(point.data(), expanded.data(), raw(secret)) == 0);
    auto key = PublicKey::from(type, {reinterpret_cast<const char*>(point.data()), point.size()});
    if (!key) return key.error();
    auto owned = std::make_unique<Secret>(*std::move(key));
    std::memcpy(owned->secret.data(), secret.data(), kSecretBytes);
    owned->expanded = expanded;
    sodium_memzero(expanded.data(), expanded.size());
    return SigningKey(std::move(owned));
}

const PublicKey& SigningKey::public_key() const {
    return secret_->public_key;
}

BytesView SigningKey::secret() const {
    return {reinterpret_cast<const char*>(secret_->secret.data()), secret_->secret.size()};
}

Bytes SigningKey::sign(const Hash& digest) const {
    if (secret_->public_key.type() == KeyType::p256) return p256::sign(secret(), digest);
    Bytes signature(kSignatureBytes, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, digest.data(),
                         Hash::kSize, secret_->expanded.data());
    return signature;
}

}  // namespace pcq::crypto
