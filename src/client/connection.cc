#include "src/client/connection.h"

#include <charconv>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "src/base/invariant.h"

namespace pcq::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;

constexpr std::uint64_t kAnswerBytesMax = 64UL * 1024 * 1024;

Result<> show_certificate(SSL_CTX* context, const TlsFiles& files) {
    if (!files.certificate && !files.key) return {};
    if (!files.certificate || !files.key)
        return Error{Code::bad_argument,
                     "a certificate and its key go together; one of the two is not given"};
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate->c_str()) != 1)
        return Error{Code::io_failed,
                     files.certificate->string() + " is no certificate in PEM that can be read"};
    if (SSL_CTX_use_PrivateKey_file(context, files.key->c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return Error{Code::bad_key_file, files.key->string() +
                                             " is no unencrypted key in PEM, or not that of " +
                                             files.certificate->string()};
    return {};
}

Result<std::shared_ptr<ssl::context>> make_tls(const TlsFiles& files) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX* raw = context->native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    // A node's own certificate in the file is enough, whoever has signed it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_PARTIAL_CHAIN);
    if (!files.authorities) {
        SSL_CTX_set_default_verify_paths(raw);
    } else if (SSL_CTX_load_verify_file(raw, files.authorities->c_str()) != 1) {
        return Error{Code::io_failed,
                     files.authorities->string() + " holds no certificates in PEM that can be read"};
    }
    if (auto shown = show_certificate(raw, files); !shown) return shown.error();
    return context;
}

// What to do where one of the two speaks TLS and the other does not, or an operator is asked for.
std::string advice(boost::system::error_code failed, bool is_tls, bool dropped) {
    if (!is_tls) return dropped ? " (if it speaks TLS, write https:// before its address)" : "";
    if (failed.category() != asio::error::get_ssl_category()) return "";
    switch (ERR_GET_REASON(static_cast<unsigned long>(failed.value()))) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
            return " (it answers without TLS: write http:// before its address)";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
            return " (only operators are let in there, by a certificate that its authority has signed: "
                   "--certificate and --certificate-key)";
        default:
            return "";
    }
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

Result<Endpoint> endpoint_from(const std::string& text, const TlsFiles& files) {
    std::string_view rest = text;
    const bool is_tls = take_prefix(rest, "https://");
    if (!is_tls) take_prefix(rest, "http://");
    if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    const auto colon = rest.rfind(':');
    Endpoint endpoint;
    if (colon != std::string_view::npos && colon > 0) {
        const char* end = rest.data() + rest.size();
        const auto parsed = std::from_chars(rest.data() + colon + 1, end, endpoint.port);
        endpoint.host = std::string(rest.substr(0, colon));
        if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
            endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
        }
        if (parsed.ec == std::errc() && parsed.ptr == end && endpoint.port != 0) {
            if (!is_tls) return endpoint;
            auto tls = make_tls(files);
            if (!tls) return tls.error();
            endpoint.tls = *std::move(tls);
            return endpoint;
        }
    }
    return Error{Code::bad_argument, "\"" + text +
                                         "\" is no address of a node; write it as 127.0.0.1:8400, "
                                         "http://127.0.0.1:8400 or https://node.example.org:8400"};
}

std::string to_text(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Connection::Connection(asio::any_io_executor executor, std::vector<Endpoint> endpoints)
    : executor_(std::move(executor)), endpoints_(std::move(endpoints)), resolver_(executor_) {
    PCQ_INVARIANT(!endpoints_.empty());
}

void Connection::post(std::string body, std::chrono::milliseconds timeout, Done done) {
    Request request(http::verb::post, "/v1", 11);
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    begin(std::move(request), timeout, std::move(done));
}

void Connection::get(const std::string& target, std::chrono::milliseconds timeout, Done done) {
    begin(Request(http::verb::get, target, 11), timeout, std::move(done));
}

void Connection::begin(Request request, std::chrono::milliseconds timeout, Done done) {
    request_ = std::move(request);
    request_.set(http::field::host, to_text(endpoint()));
    request_.prepare_payload();
    timeout_ = timeout;
    deadline_ = std::chrono::steady_clock::now() + timeout;
    done_ = std::move(done);
    attempt();
}

void Connection::attempt() {
    if (stream_) return write();
    stream_.emplace(executor_);
    const std::string host = endpoint().host == "localhost" ? "127.0.0.1" : endpoint().host;
    ErrorCode failed;
    const auto address = asio::ip::make_address(host, failed);
    if (!failed)
        return connect(asio::ip::tcp::resolver::results_type::create(
            asio::ip::tcp::endpoint(address, endpoint().port), host, {}));
    resolver_.async_resolve(host, std::to_string(endpoint().port),
                            [this](ErrorCode error, const asio::ip::tcp::resolver::results_type& found) {
                                if (error) return fail(error);
                                connect(found);
                            });
}

void Connection::connect(const asio::ip::tcp::resolver::results_type& addresses) {
    stream_->expires_at(deadline_);
    stream_->async_connect(addresses, [this](ErrorCode error, const asio::ip::tcp::endpoint&) {
        if (error) return fail(error);
        ErrorCode ignored;
        stream_->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        if (endpoint().tls) return handshake();
        write();
    });
}

void Connection::handshake() {
    tls_.emplace(*stream_, *endpoint().tls);
    tls_->set_verify_callback(ssl::host_name_verification(endpoint().host));
    ErrorCode is_name;
    asio::ip::make_address(endpoint().host, is_name);
    if (is_name) {  // an address is not told (RFC 6066, section 3)
        std::string name = endpoint().host;
        SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    tls_->async_handshake(ssl::stream_base::client, [this](ErrorCode failed) {
        if (!failed) return write();
        const long verified = SSL_get_verify_result(tls_->native_handle());
        if (verified == X509_V_OK) return fail(failed);
        finish(Error{Code::node_unreachable, "the node at " + to_text(endpoint()) +
                                                 " shows no certificate that is good for this address: " +
                                                 X509_verify_cert_error_string(verified)});
    });
}

void Connection::write() {
    stream_->expires_at(deadline_);
    const auto written = [this](ErrorCode failed, std::size_t) { on_written(failed); };
    if (tls_) return http::async_write(*tls_, request_, written);
    http::async_write(*stream_, request_, written);
}

void Connection::on_written(ErrorCode failed) {
    if (failed && failed != asio::error::broken_pipe && failed != asio::error::connection_reset)
        return fail(failed);
    // A node that refuses (413, 503) answers before it has read everything.
    parser_.emplace();
    parser_->body_limit(kAnswerBytesMax);
    const auto read = [this](ErrorCode error, std::size_t) { on_read(error); };
    if (tls_) return http::async_read(*tls_, buffer_, *parser_, read);
    http::async_read(*stream_, buffer_, *parser_, read);
}

void Connection::on_read(ErrorCode failed) {
    if (failed) return fail(failed);
    auto response = parser_->release();
    // A call is answered 503 on a connection that stays, or the whole connection is turned away.
    if (request_.method() == http::verb::post && response.result() == http::status::service_unavailable &&
        !response.keep_alive()) {
        return finish(Error{Code::too_many_requests, "the node at " + to_text(endpoint()) +
                                                         " takes no further connection now; try again"});
    }
    if (response.keep_alive()) {
        used_ = true;
    } else {
        close();
    }
    finish(HttpAnswer{response.result_int(), std::move(response.body())});
}

void Connection::fail(ErrorCode failed) {
    const bool was_used = used_;
    close();
    const bool dropped = failed == http::error::end_of_stream || failed == asio::error::connection_reset ||
                         failed == asio::error::broken_pipe || failed == asio::error::eof ||
                         failed == ssl::error::stream_truncated;
    if (was_used && dropped) return attempt();  // once: the new connection has not been used
    if (failed == boost::beast::error::timeout) {
        return finish(Error{Code::node_timed_out, "the node at " + to_text(endpoint()) +
                                                      " did not answer within " +
                                                      std::to_string(timeout_.count()) + " ms"});
    }
    const bool transport = dropped || failed.category() == asio::error::get_ssl_category() ||
                           failed.category() == asio::error::get_netdb_category() ||
                           failed.category() == boost::system::system_category() ||
                           failed == http::error::partial_message;
    finish(Error{transport ? Code::node_unreachable : Code::answer_malformed,
                 "no answer from the node at " + to_text(endpoint()) + ": " + failed.message() +
                     advice(failed, endpoint().tls != nullptr, dropped)});
}

void Connection::finish(Result<HttpAnswer> result) {
    if (!result) {
        close();
        turn_ = (turn_ + 1) % endpoints_.size();
    }
    const Done done = std::move(done_);
    done_ = nullptr;
    done(std::move(result));
}

void Connection::close() {
    tls_.reset();
    stream_.reset();
    used_ = false;
    buffer_.clear();
    parser_.reset();
}

}  // namespace pcq::client
