// A client that speaks WebSocket as well or as badly as a test wants.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace pcq::rpc {

class WebSocketClient {
public:
    using Json = boost::json::value;

    explicit WebSocketClient(std::uint16_t port, const std::string& origin = "",
                             const std::string& request_id = "")
        : stream_(context_) {
        stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
        host_ = "127.0.0.1:" + std::to_string(port);
        stream_.set_option(boost::beast::websocket::stream_base::decorator([=](auto& request) {
            if (!origin.empty()) request.set(boost::beast::http::field::origin, origin);
            if (!request_id.empty()) request.set("X-Request-Id", request_id);
        }));
        boost::beast::websocket::response_type response;
        boost::system::error_code failed;
        stream_.handshake(response, host_, "/v1", failed);
        status_ = response.result_int();
    }

    // Of the answer to the upgrade: 101 when it is open.
    unsigned status() const { return status_; }

    void send(std::string_view text) { stream_.write(boost::asio::buffer(text.data(), text.size())); }
    void send_binary(std::string_view bytes) {
        stream_.binary(true);
        send(bytes);
    }
    // Below the protocol.
    void send_raw(std::string_view bytes) {
        boost::asio::write(stream_.next_layer(), boost::asio::buffer(bytes.data(), bytes.size()));
    }
    void send_raw(std::string_view bytes, boost::system::error_code& failed) {
        boost::asio::write(stream_.next_layer(), boost::asio::buffer(bytes.data(), bytes.size()), failed);
    }
    Json receive() {
        buffer_.clear();
        stream_.read(buffer_);
        return boost::json::parse(boost::beast::buffers_to_string(buffer_.data()));
    }
    // The answer to one call; there must be nothing else on its way.
    Json call(const std::string& method, const std::string& params = "{}") {
        send(text(method, params));
        return receive();
    }
    static std::string text(const std::string& method, const std::string& params = "{}", int id = 1) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
               R"(","params":)" + params + "}";
    }
    // `params` of a notification.
    Json notification() {
        auto message = receive();
        EXPECT_EQ(message.at("method").as_string(), "notification");
        EXPECT_FALSE(message.as_object().contains("id"));
        return message.at("params");
    }
    // Reads on until the node closes: its code; 0 if it went without one.
    std::uint16_t close_code() {
        boost::system::error_code failed;
        while (!failed) {
            buffer_.clear();
            stream_.read(buffer_, failed);
        }
        if (failed != boost::beast::websocket::error::closed) return 0;
        return stream_.reason().code;
    }
    std::string close_reason() const { return std::string(stream_.reason().reason.c_str()); }
    // Away, without a word.
    void drop() { stream_.next_layer().close(); }

private:
    boost::asio::io_context context_;
    boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
    boost::beast::flat_buffer buffer_;
    std::string host_;
    unsigned status_ = 0;
};

}  // namespace pcq::rpc
