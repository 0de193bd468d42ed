#include "src/crypto/key_file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <unistd.h>

namespace pcq::crypto {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Info = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>>;
using Encrypted = std::unique_ptr<X509_SIG, Deleter<X509_SIG_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Deleter<X509_ALGOR_free>>;

// 16 MiB and about 0.2 s a guess. OpenSSL encrypts and decrypts with at most 32 MiB, which N = 2^15 exceeds,
// so the rest of the effort is in p (the pair that OWASP gives for this memory).
constexpr std::uint64_t kScryptN = 1 << 14;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 5;
constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr std::size_t kPassphraseBytesMax = 1000;  // OpenSSL reads at most 1024 into its buffer

Error bad(const std::filesystem::path& file, const std::string& what) {
    return Error{Code::bad_key_file, file.string() + ": " + what};
}

Key to_openssl(const SigningKey& key) {
    const BytesView secret = key.secret();
    const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
    if (key.public_key().type() == KeyType::ed25519)
        return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes, secret.size()));
    // DER of ECPrivateKey (RFC 5915) inside PKCS#8 is made by OpenSSL from the scalar and the curve.
    Bytes der("\x30\x31\x02\x01\x01\x04\x20", 7);
    der.append(secret);
    der.append("\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 12);
    const auto* in = reinterpret_cast<const unsigned char*>(der.data());
    Key made(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &in, static_cast<long>(der.size())));
    OPENSSL_cleanse(der.data(), der.size());
    return made;
}

Result<SigningKey> from_openssl(const std::filesystem::path& file, EVP_PKEY* key) {
    std::array<unsigned char, 32> secret{};
    KeyType type = KeyType::ed25519;
    bool good = false;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        std::size_t length = secret.size();
        good = EVP_PKEY_get_raw_private_key(key, secret.data(), &length) == 1 && length == secret.size();
    } else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        type = KeyType::p256;
        BIGNUM* scalar = nullptr;
        std::array<char, 32> group{};
        good = EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                              nullptr) == 1 &&
               std::string_view(group.data()) == "prime256v1" &&
               EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1 &&
               BN_bn2binpad(scalar, secret.data(), static_cast<int>(secret.size())) ==
                   static_cast<int>(secret.size());
        BN_clear_free(scalar);
    }
    if (!good) return bad(file, "holds neither an Ed25519 nor a P-256 private key");
    auto made = SigningKey::from_secret(type, {reinterpret_cast<const char*>(secret.data()), secret.size()});
    OPENSSL_cleanse(secret.data(), secret.size());
    return made;
}

bool write_encrypted(BIO* out, EVP_PKEY* key, const std::string& passphrase) {
    const Info info(EVP_PKEY2PKCS8(key));
    Algorithm algorithm(
        PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kScryptN, kScryptR, kScryptP));
    if (!info || !algorithm) return false;
    const Encrypted encrypted(
        PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), info.get(), algorithm.get()));
    if (!encrypted) return false;
    static_cast<void>(algorithm.release());  // owned by `encrypted` now
    return PEM_write_bio_PKCS8(out, encrypted.get()) == 1;
}

// A key is worth nothing if the power may take its name away after an account has been made with it.
bool sync_folder_of(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool good = fsync(descriptor) == 0;
    close(descriptor);
    return good;
}

// A new file with exactly these bytes, durable, or none.
Result<> write_new(const std::filesystem::path& file, BytesView bytes) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return bad(file, errno == EEXIST ? "exists already; a key is never overwritten"
                                         : std::string("cannot be created: ") + std::strerror(errno));
    }
    const bool good = write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                      fsync(descriptor) == 0 && sync_folder_of(file);
    const std::string why = std::strerror(errno);
    close(descriptor);
    if (good) return {};
    ::unlink(file.c_str());
    return bad(file, "cannot be written: " + why);
}

// The same rule as for the files of a node: its group may read, nobody else may anything.
bool is_open_to_others(const std::filesystem::path& file) {
    using std::filesystem::perms;
    std::error_code failure;
    const auto status = std::filesystem::status(file, failure);
    return !failure && (status.permissions() & (perms::group_write | perms::others_all)) != perms::none;
}

// Keeps OpenSSL from asking on the terminal when there is no passphrase.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

Result<> save_key(const std::filesystem::path& file, const SigningKey& key,
                  const std::optional<std::string>& passphrase) {
    if (passphrase && (passphrase->empty() || passphrase->size() > kPassphraseBytesMax))
        return Error{Code::bad_argument,
                     "a passphrase has 1 to 1000 bytes, this one has " + std::to_string(passphrase->size())};
    const Key converted = to_openssl(key);
    const Memory out(BIO_new(BIO_s_secmem()));
    PCQ_INVARIANT(converted && out);
    const bool written = passphrase ? write_encrypted(out.get(), converted.get(), *passphrase)
                                    : PEM_write_bio_PKCS8PrivateKey(out.get(), converted.get(), nullptr,
                                                                    nullptr, 0, nullptr, nullptr) == 1;
    if (!written) return bad(file, "the key cannot be encoded");
    char* data = nullptr;
    const long length = BIO_get_mem_data(out.get(), &data);
    return write_new(file, {data, static_cast<std::size_t>(length)});
}

Result<SigningKey> load_key(const std::filesystem::path& file, const std::optional<std::string>& passphrase) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    if (failure) return bad(file, "cannot be read: " + failure.message());
    if (size > kFileBytesMax) return bad(file, "is too large for a key file");
    const Memory in(BIO_new_file(file.c_str(), "r"));
    if (!in) return bad(file, "cannot be opened; may you read it?");
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    if (PEM_read_bio(in.get(), &name, &header, &data, &length) != 1) return bad(file, "is no PEM file");
    const bool encrypted = std::strcmp(name, "ENCRYPTED PRIVATE KEY") == 0;
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(length));
    if (encrypted && !passphrase)
        return Error{Code::wrong_passphrase, file.string() + " is encrypted: a passphrase is needed"};

    if (!encrypted && is_open_to_others(file)) {
        return bad(file, "is not encrypted, and others may read or change it: chmod 600 " + file.string());
    }

    if (BIO_reset(in.get()) != 0) return bad(file, "cannot be read a second time");
    const auto give = [](char* buffer, int most, int, void* held) {
        const auto& secret = *static_cast<const std::string*>(held);
        const int take = std::min(most, static_cast<int>(secret.size()));
        std::memcpy(buffer, secret.data(), static_cast<std::size_t>(take));
        return take;
    };
    std::string secret = passphrase.value_or("");
    const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, encrypted ? +give : no_passphrase, &secret));
    OPENSSL_cleanse(secret.data(), secret.size());
    if (!key && encrypted)
        return Error{Code::wrong_passphrase,
                     file.string() + ": the passphrase does not open it, or the file is damaged"};
    if (!key) return bad(file, "holds no private key that can be decoded");
    return from_openssl(file, key.get());
}

}  // namespace pcq::crypto
