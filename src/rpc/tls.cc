#include "src/rpc/tls.h"

#include <array>
#include <ctime>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace pcq::rpc {
namespace {

namespace ssl = boost::asio::ssl;

Error failed(Code code, const std::filesystem::path& file, const std::string& what) {
    std::array<char, 256> reason{};
    const auto number = ERR_peek_last_error();
    ERR_error_string_n(number, reason.data(), reason.size());
    ERR_clear_error();
    return Error{code, file.string() + " " + what + (number == 0 ? "" : std::string(": ") + reason.data())};
}

Result<> ask_for_certificates(SSL_CTX* context, const std::filesystem::path& authorities) {
    if (SSL_CTX_load_verify_file(context, authorities.c_str()) != 1)
        return failed(Code::io_failed, authorities, "holds no certificates in PEM that can be read");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // So that a client with several knows which one to show.
    if (auto* names = SSL_load_client_CA_file(authorities.c_str()))
        SSL_CTX_set_client_CA_list(context, names);
    return {};
}

Result<ServerTls::Context> make_context(const TlsFiles& files) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX* raw = context->native_handle();
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // most connections are idle
    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
        return failed(Code::io_failed, files.certificate, "is no certificate in PEM that can be read");
    if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(raw) != 1)
        return failed(Code::bad_key_file, files.key,
                      "is no unencrypted key in PEM, or not that of " + files.certificate.string());
    if (files.clients) {
        if (auto asked = ask_for_certificates(raw, *files.clients); !asked) return asked.error();
    }
    return context;
}

Result<Instant> end_of(ssl::context& context, const std::filesystem::path& file) {
    const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
    std::tm parts{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1)
        return failed(Code::io_failed, file, "does not say until when it is good");
    return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1000};
}

}  // namespace

Result<> ServerTls::load() {
    // First: files that are replaced while they are read are read again.
    auto seen = stamps();
    const auto context = make_context(files_);
    const auto end = context ? end_of(**context, files_.certificate) : context.error();
    const std::lock_guard lock(mutex_);
    loaded_ = std::move(seen);
    if (!end) return end.error();
    context_ = *context;
    end_ = *end;
    return {};
}

bool ServerTls::has_changed() const {
    const auto now = stamps();
    const std::lock_guard lock(mutex_);
    return now != loaded_;
}

ServerTls::Context ServerTls::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

Instant ServerTls::end() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

ServerTls::Stamp ServerTls::stamp_of(const std::filesystem::path& file) {
    std::error_code failed;
    const auto bytes = std::filesystem::file_size(file, failed);
    if (failed) return {};
    const auto changed = std::filesystem::last_write_time(file, failed);
    return failed ? Stamp() : Stamp{bytes, changed};
}

std::vector<ServerTls::Stamp> ServerTls::stamps() const {
    std::vector<Stamp> all{stamp_of(files_.certificate), stamp_of(files_.key)};
    if (files_.clients) all.push_back(stamp_of(*files_.clients));
    return all;
}

}  // namespace pcq::rpc
