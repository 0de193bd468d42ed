// Public keys, private keys and signatures: Ed25519 (libsodium) and P-256 (OpenSSL).
//
// One rule for every node and bit pattern (docs/decisions/0002-signatures.md has the argument):
//   Ed25519  key: canonical point of the prime-order group, not the identity; signature: RFC 8032's equation
//            without the cofactor, R canonical and not of small order, S < L.
//   P-256    key: 33-byte compressed point on the curve; signature: r || s, 32 bytes each, big-endian, 0 < r
//   < n,
//            0 < s <= n/2 (the other half is refused); the message is a 32-byte digest, used as it is.
// What is signed is always a 32-byte tagged hash. Thread-safe, except that a SigningKey is not shared while
// moved.
#pragma once

#include <compare>
#include <memory>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::crypto {

enum class KeyType : std::uint8_t { ed25519 = 1, p256 = 2 };  // numbers of pcq.v1.KeyType

inline constexpr std::size_t kSignatureBytes = 64;

// Type and bytes of a key. Equal keys have equal bytes.
class PublicKey {
public:
    // A key to be written down: right length, canonical, on the curve and in its prime-order group (about
    // 200 us). Code::bad_public_key with the reason.
    static Result<PublicKey> from(KeyType type, BytesView data);
    // The same with the type as a message holds it (pcq.v1.KeyType), of 32 bits: any but 1 and 2 is refused.
    static Result<PublicKey> from(std::int32_t type, BytesView data);
    // A key as somebody names it beside a signature: only type and length are checked. Whoever relies on it
    // compares it with a key that has been through from().
    static Result<PublicKey> named(KeyType type, BytesView data);
    static Result<PublicKey> named(std::int32_t type, BytesView data);
    // From encoded(): type byte, then the key.
    static Result<PublicKey> from_encoded(BytesView encoded);

    KeyType type() const { return static_cast<KeyType>(encoded_[0]); }
    BytesView data() const { return BytesView(encoded_).substr(1); }
    const Bytes& encoded() const { return encoded_; }

    // By type, then bytes: the order in which keys and validators are listed.
    friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
    friend bool operator==(const PublicKey&, const PublicKey&) = default;

private:
    explicit PublicKey(Bytes encoded) : encoded_(std::move(encoded)) {}
    Bytes encoded_;
};

// Whether `signature` is the key's over `digest`, by the rule above. The dearest call of the system
// (about 70 us): whoever needs the answer twice keeps it.
bool verify(const PublicKey& key, const Hash& digest, BytesView signature);

// The id of the account that this key opens: H("account", encoded key).
AccountId account_of(const PublicKey& key);

// A private key. The bytes are wiped on destruction and never printed.
class SigningKey {
public:
    static Result<SigningKey> generate(KeyType type);  // from the operating system's randomness
    // 32 secret bytes: the Ed25519 seed, or the P-256 scalar (refused unless 0 < d < n).
    static Result<SigningKey> from_secret(KeyType type, BytesView secret);

    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    const PublicKey& public_key() const;
    // Always 64 canonical bytes that verify() accepts. Ed25519 is deterministic; P-256 draws a fresh nonce.
    Bytes sign(const Hash& digest) const;
    // The 32 secret bytes, for key files alone; valid while this object lives. Never log them.
    BytesView secret() const;

private:
    struct Secret;
    explicit SigningKey(std::unique_ptr<Secret> secret);
    std::unique_ptr<Secret> secret_;
};

}  // namespace pcq::crypto
