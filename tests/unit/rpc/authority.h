// A certificate authority for a test, in a folder of its own, and what it signs.
#pragma once

#include <filesystem>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "src/base/instant.h"
#include "src/rpc/tls.h"

namespace pcq::rpc {

class Authority {
public:
    Authority();
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    // Its own certificate.
    std::filesystem::path file() const { return folder_ / "authority.crt"; }
    // Writes the certificate and key NAME.crt and NAME.key, for localhost and 127.0.0.1, good until then; in
    // place of what had this name.
    TlsFiles issue(const std::string& name, Instant until) const;
    TlsFiles issue(const std::string& name) const;

private:
    std::filesystem::path folder_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace pcq::rpc
