#include "tests/unit/rpc/authority.h"

#include <cstdio>
#include <string>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "src/base/invariant.h"
#include "src/base/system_clock.h"

namespace pcq::rpc {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

constexpr Duration kHour{3'600'000};

Key make_key() {
    return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

void extend(X509* certificate, int extension, const std::string& value) {
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, extension, value.c_str());
    PCQ_INVARIANT(made != nullptr && X509_add_ext(certificate, made, -1) == 1);
    X509_EXTENSION_free(made);
}

void name_it(X509_NAME* name, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.c_str()),
                               -1, -1, 0);
}

// From an hour before its end, or before now. Not signed yet.
Certificate make_certificate(const std::string& name, EVP_PKEY* key, Instant until) {
    static std::int64_t serial = 0;
    Certificate certificate(X509_new(), &X509_free);
    const Instant from = std::min(until, SystemClock().now()) + kHour * -1;
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from.ms / 1000);
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), until.ms / 1000);
    name_it(X509_get_subject_name(certificate.get()), name);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
}

// In one step, as whoever renews certificates must do it.
template <class Write>
void write_file(const std::filesystem::path& file, const Write& write) {
    const std::filesystem::path fresh = file.string() + ".new";
    {
        const File out(std::fopen(fresh.c_str(), "w"), &std::fclose);
        PCQ_INVARIANT(out != nullptr && write(out.get()) == 1);
    }
    std::filesystem::permissions(fresh, std::filesystem::perms(0600));
    std::filesystem::rename(fresh, file);
}

}  // namespace

Authority::Authority() : key_(make_key()), certificate_(nullptr, &X509_free) {
    std::string folder = (std::filesystem::temp_directory_path() / "pcq_authority_XXXXXX").string();
    PCQ_INVARIANT(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    certificate_ = make_certificate("authority of a test", key_.get(), SystemClock().now() + kHour);
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    PCQ_INVARIANT(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
    write_file(file(), [this](std::FILE* out) { return PEM_write_X509(out, certificate_.get()); });
}

Authority::~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

TlsFiles Authority::issue(const std::string& name) const {
    return issue(name, SystemClock().now() + kHour);
}

TlsFiles Authority::issue(const std::string& name, Instant until) const {
    const TlsFiles files{folder_ / (name + ".crt"), folder_ / (name + ".key")};
    const Key key = make_key();
    const Certificate certificate = make_certificate(name, key.get(), until);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
    extend(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    PCQ_INVARIANT(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);
    write_file(files.key, [&key](std::FILE* out) {
        return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    write_file(files.certificate,
               [&certificate](std::FILE* out) { return PEM_write_X509(out, certificate.get()); });
    return files;
}

}  // namespace pcq::rpc
