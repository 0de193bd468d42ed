#include "src/network/tls.h"

#include <ctime>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace pcq::network {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

std::optional<crypto::PublicKey> key_of(X509* certificate) {
    EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    std::array<unsigned char, 32> raw{};
    std::size_t length = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, raw.data(), &length) != 1 || length != raw.size())
        return std::nullopt;
    auto checked = crypto::PublicKey::from(crypto::KeyType::ed25519,
                                           {reinterpret_cast<const char*>(raw.data()), raw.size()});
    if (!checked) return std::nullopt;
    return *std::move(checked);
}

std::optional<Instant> instant_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1000};
}

// The whole verification: the chain of the certificate is not looked at, its key is everything.
int verify_peer(X509_STORE_CTX* context, void* argument) {
    const auto& allow = *static_cast<AllowKey*>(argument);
    const auto key = key_of(X509_STORE_CTX_get0_cert(context));
    if (key && allow(*key)) return 1;
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

Certificate self_signed(EVP_PKEY* key, const Validity& validity) {
    Certificate certificate(X509_new());
    if (!certificate) return nullptr;
    X509* x509 = certificate.get();
    const bool is_dated = ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), validity.from.ms) == 1 &&
                          ASN1_TIME_set(X509_getm_notBefore(x509), validity.from.ms / 1000) != nullptr &&
                          ASN1_TIME_set(X509_getm_notAfter(x509), validity.until.ms / 1000) != nullptr;
    if (!is_dated) return nullptr;
    X509_NAME* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("pcq node"),
                               -1, -1, 0);
    const bool good = X509_set_version(x509, X509_VERSION_3) == 1 && X509_set_issuer_name(x509, name) == 1 &&
                      X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, nullptr) > 0;
    return good ? std::move(certificate) : nullptr;
}

}  // namespace

Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const crypto::SigningKey& own,
                                                                    std::shared_ptr<AllowKey> allow) {
    PCQ_INVARIANT(own.public_key().type() == crypto::KeyType::ed25519);
    const BytesView secret = own.secret();
    const Key key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(secret.data()), secret.size()));

    auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls);
    SSL_CTX* raw = context->native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 0);
    // The context owns the function for as long as it lives.
    static const int slot = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<std::shared_ptr<AllowKey>*>(held);
        });
    auto* held = new std::shared_ptr<AllowKey>(std::move(allow));
    SSL_CTX_set_ex_data(raw, slot, held);
    SSL_CTX_set_cert_verify_callback(raw, verify_peer, held->get());
    if (!key || SSL_CTX_use_PrivateKey(raw, key.get()) != 1)
        return Error{Code::internal, "the node's key cannot be used for TLS"};
    return context;
}

Result<> renew_certificate(boost::asio::ssl::context& context, const Validity& validity) {
    SSL_CTX* raw = context.native_handle();
    EVP_PKEY* key = SSL_CTX_get0_privatekey(raw);
    PCQ_INVARIANT(key != nullptr);
    const Certificate certificate = self_signed(key, validity);
    if (!certificate || SSL_CTX_use_certificate(raw, certificate.get()) != 1)
        return Error{Code::internal, "the node's TLS certificate cannot be made"};
    return {};
}

std::optional<crypto::PublicKey> peer_key(const SSL* connection) {
    const Certificate certificate(SSL_get1_peer_certificate(connection));
    return key_of(certificate.get());
}

std::optional<Validity> peer_validity(const SSL* connection) {
    const Certificate certificate(SSL_get1_peer_certificate(connection));
    if (!certificate) return std::nullopt;
    const auto from = instant_of(X509_get0_notBefore(certificate.get()));
    const auto until = instant_of(X509_get0_notAfter(certificate.get()));
    if (!from || !until) return std::nullopt;
    return Validity{*from, *until};
}

}  // namespace pcq::network
