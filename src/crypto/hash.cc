#include "src/crypto/hash.h"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/evp.h>

#include "src/base/invariant.h"

namespace pcq::crypto {
namespace {

constexpr std::size_t kShortBytes = 128;

// Fetching the digest and allocating the context cost more than hashing 64 bytes, so each thread keeps its
// own.
class Sha256 {
public:
    Sha256()
        : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free),
          context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        PCQ_INVARIANT(digest_ && context_);
    }

    void start() { PCQ_INVARIANT(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1); }
    void add(BytesView part) {
        PCQ_INVARIANT(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
    }
    Hash finish() {
        Hash hash;
        unsigned length = 0;
        PCQ_INVARIANT(EVP_DigestFinal_ex(context_.get(), hash.data(), &length) == 1 && length == Hash::kSize);
        return hash;
    }

private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Sha256& sha256_of_thread() {
    thread_local Sha256 instance;
    return instance;
}

}  // namespace

Hash sha256(std::initializer_list<BytesView> parts) {
    Sha256& sha = sha256_of_thread();
    sha.start();
    // Each call of OpenSSL costs as much as hashing some 30 bytes: what is short goes in at once.
    std::array<char, kShortBytes> together;
    std::size_t size = 0;
    for (const BytesView part : parts) {
        if (size + part.size() > together.size()) {
            sha.add({together.data(), size});
            size = 0;
        }
        if (part.size() > together.size()) {
            sha.add(part);
        } else {
            std::copy(part.begin(), part.end(), together.begin() + size);
            size += part.size();
        }
    }
    sha.add({together.data(), size});
    return sha.finish();
}

Hash tagged_hash(std::string_view kind, const ChainId& chain, BytesView data) {
    PCQ_INVARIANT(kind.size() >= 2 && kind.size() < 256);
    const char length = static_cast<char>(kind.size());
    return sha256({BytesView(&length, 1), kind, chain.view(), data});
}

Hash tagged_hash(std::string_view kind, BytesView data) {
    return tagged_hash(kind, ChainId(), data);
}

}  // namespace pcq::crypto
