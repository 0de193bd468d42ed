// A client's connection as bytes, in the clear or in TLS: what sessions read and write, and do not care
// which.
//
// An AsyncReadStream and AsyncWriteStream of Asio and Beast; a WebSocket stands on one as well. It may be
// moved while nothing is under way on it.
#pragma once

#include <variant>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace pcq::rpc {

class Stream {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using executor_type = Socket::executor_type;
    using ErrorCode = boost::system::error_code;

    explicit Stream(Socket socket) : stream_(std::move(socket)) {}
    // The context may go before the stream does.
    Stream(Socket socket, boost::asio::ssl::context& context)
        : stream_(std::in_place_type<Tls>, std::move(socket), context) {}

    executor_type get_executor() { return socket().get_executor(); }
    bool is_tls() const { return std::holds_alternative<Tls>(stream_); }
    // Below TLS.
    Socket& socket() { return is_tls() ? std::get<Tls>(stream_).next_layer() : std::get<Socket>(stream_); }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        std::visit([&](auto& stream) { stream.async_read_some(buffers, std::forward<Handler>(handler)); },
                   stream_);
    }
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        std::visit([&](auto& stream) { stream.async_write_some(buffers, std::forward<Handler>(handler)); },
                   stream_);
    }
    // Of TLS alone.
    template <class Handler>
    void async_handshake(Handler&& handler) {
        std::get<Tls>(stream_).async_handshake(boost::asio::ssl::stream_base::server,
                                               std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_shutdown(Handler&& handler) {
        std::get<Tls>(stream_).async_shutdown(std::forward<Handler>(handler));
    }
    void close() {
        ErrorCode ignored;
        socket().close(ignored);
    }

private:
    using Tls = boost::asio::ssl::stream<Socket>;
    std::variant<Socket, Tls> stream_;
};

// How Beast ends a WebSocket that stands on one.
inline void teardown(boost::beast::role_type role, Stream& stream, boost::system::error_code& failed) {
    boost::beast::websocket::teardown(role, stream.socket(), failed);
}
template <class Handler>
void async_teardown(boost::beast::role_type role, Stream& stream, Handler&& handler) {
    if (stream.is_tls()) return stream.async_shutdown(std::forward<Handler>(handler));
    boost::beast::websocket::async_teardown(role, stream.socket(), std::forward<Handler>(handler));
}
inline void beast_close_socket(Stream& stream) {
    stream.close();
}

}  // namespace pcq::rpc
