#include "src/rpc/listener.h"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <spdlog/spdlog.h>

#include "src/base/system_clock.h"

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Error refused(const Endpoint& endpoint, const std::string& why) {
    return Error{Code::listen_refused, "cannot listen for RPC on " + endpoint.host + ":" +
                                           std::to_string(endpoint.port) + ": " + why};
}

std::optional<asio::ip::address> address_of(const std::string& host) {
    boost::system::error_code failed;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
    return failed ? std::nullopt : std::optional(address);
}

Result<tcp::endpoint> resolve(const Endpoint& endpoint, bool is_tls) {
    const auto address = address_of(endpoint.host);
    if (!address) return refused(endpoint, "the host must be an IP address or localhost");
    if (!is_tls && !address->is_loopback()) {
        return refused(endpoint,
                       "without a certificate only this machine is served; name a certificate and its key, "
                       "or listen on 127.0.0.1");
    }
    return tcp::endpoint(*address, endpoint.port);
}

}  // namespace

bool is_loopback(const std::string& host) {
    const auto address = address_of(host);
    return address && address->is_loopback();
}

Listener::Listener(asio::io_context& context, std::chrono::milliseconds look_at_files_every,
                   OnConnection on_connection)
    : context_(context),
      look_every_(look_at_files_every),
      on_connection_(std::move(on_connection)),
      acceptor_(asio::make_strand(context)),
      retry_(acceptor_.get_executor()),
      files_timer_(acceptor_.get_executor()) {}

Result<Endpoint> Listener::open(const Endpoint& endpoint, const std::optional<TlsFiles>& tls) {
    const auto address = resolve(endpoint, tls.has_value());
    if (!address) return address.error();
    if (tls) {
        tls_ = std::make_unique<ServerTls>(*tls);
        if (auto loaded = tls_->load(); !loaded) return loaded.error();
    }
    boost::system::error_code failed;
    acceptor_.open(address->protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(*address, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        return refused(endpoint, failed == asio::error::address_in_use
                                     ? "the port is taken; is another node running? Choose another rpc port"
                                     : failed.message());
    }
    asio::post(acceptor_.get_executor(), [this] {
        accept();
        if (!tls_) return;
        warn_if_outdated();
        look_at_files();
    });
    return Endpoint{endpoint.host, acceptor_.local_endpoint().port()};
}

void Listener::close() {
    asio::post(acceptor_.get_executor(), [this] {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
        files_timer_.cancel();
    });
}

void Listener::reload() {
    if (tls_) asio::post(acceptor_.get_executor(), [this] { load(); });
}

std::optional<Instant> Listener::certificate_end() const {
    return tls_ ? std::optional(tls_->end()) : std::nullopt;
}

void Listener::accept() {
    acceptor_.async_accept(asio::make_strand(context_), [this](boost::system::error_code failed,
                                                               tcp::socket socket) {
        if (!acceptor_.is_open()) return;
        if (failed == asio::error::no_descriptors || failed == asio::error::no_memory ||
            failed == asio::error::no_buffer_space) {
            // Connections wait in the kernel until some of ours have gone.
            retry_.expires_after(std::chrono::milliseconds(100));
            retry_.async_wait([this](boost::system::error_code cancelled) {
                if (!cancelled) accept();
            });
            return;
        }
        if (!failed) {
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            on_connection_(tls_ ? Stream(std::move(socket), *tls_->context()) : Stream(std::move(socket)));
        }
        accept();
    });
}

void Listener::look_at_files() {
    files_timer_.expires_after(look_every_);
    files_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled || !acceptor_.is_open()) return;
        if (tls_->has_changed()) load();
        warn_if_outdated();
        look_at_files();
    });
}

void Listener::load() {
    const auto& file = tls_->files().certificate;
    if (auto loaded = tls_->load(); !loaded) {
        spdlog::error("the new TLS certificate of RPC is no good, the old one stays: file={} why=\"{}\"",
                      file.string(), loaded.error().message);
        return;
    }
    warned_ = false;
    spdlog::info("TLS certificate of RPC read: file={} ends_ms={}", file.string(), tls_->end().ms);
    warn_if_outdated();
}

// The node serves on with it: who gets no answer at all is not better off.
void Listener::warn_if_outdated() {
    if (warned_ || SystemClock().now() <= tls_->end()) return;
    warned_ = true;
    spdlog::error("the TLS certificate of RPC has ended, and clients will refuse it: file={} ended_ms={}",
                  tls_->files().certificate.string(), tls_->end().ms);
}

}  // namespace pcq::rpc
