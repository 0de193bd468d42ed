// Where connections come in: one address, in the clear on loopback or in TLS, whose certificate is read again
// when its files change.
//
// Runs on the strand of its own; close(), reload() and the questions may come from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "src/rpc/stream.h"
#include "src/rpc/tls.h"

namespace pcq::rpc {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address, or "localhost"
    std::uint16_t port = 0;          // 0: any free one
};

// Whether this is an address of the own machine that nobody else can reach.
bool is_loopback(const std::string& host);

class Listener {
public:
    using OnConnection = std::function<void(Stream)>;

    // A connection's executor is a strand of the context.
    Listener(boost::asio::io_context& context, std::chrono::milliseconds look_at_files_every,
             OnConnection on_connection);

    // Gives the endpoint with its real port. listen_refused: the port is taken, the host is no address of
    // this machine, or it is none of loopback and there is no TLS. Errors of ServerTls::load().
    Result<Endpoint> open(const Endpoint& endpoint, const std::optional<TlsFiles>& tls);
    void close();

    // Reads the files of TLS again, whether they have changed or not.
    void reload();
    // Until when its certificate is good; nothing without TLS.
    std::optional<Instant> certificate_end() const;

private:
    void accept();
    void look_at_files();
    void load();
    void warn_if_outdated();

    boost::asio::io_context& context_;
    const std::chrono::milliseconds look_every_;
    const OnConnection on_connection_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer retry_;
    boost::asio::steady_timer files_timer_;
    std::unique_ptr<ServerTls> tls_;
    bool warned_ = false;  // that the certificate has ended
};

}  // namespace pcq::rpc
