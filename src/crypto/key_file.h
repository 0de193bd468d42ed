// Private keys on disk: PKCS#8 PEM, encrypted with AES-256-CBC under a key that scrypt derives from a
// passphrase; `openssl pkey` reads them. A file is durable when save_key() returns, readable by its owner
// alone, and removed again if it could not be written whole. No error tells a secret. Thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/crypto/key.h"

namespace pcq::crypto {

// Without a passphrase the file is not encrypted: for a node that must start unattended on a disk that is
// protected otherwise. Never overwrites: Code::bad_key_file if the file exists. bad_argument: a passphrase
// that is not 1 to 1000 bytes long.
Result<> save_key(const std::filesystem::path& file, const SigningKey& key,
                  const std::optional<std::string>& passphrase);

// bad_key_file: unreadable, not encrypted and open to others, or no Ed25519 or P-256 key. wrong_passphrase:
// encrypted, and this does not open it.
Result<SigningKey> load_key(const std::filesystem::path& file, const std::optional<std::string>& passphrase);

}  // namespace pcq::crypto
