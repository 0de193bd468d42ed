// A client that speaks HTTP as well or as badly as a test wants.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace pcq::rpc {

class HttpClient {
public:
    using Response = boost::beast::http::response<boost::beast::http::string_body>;

    explicit HttpClient(std::uint16_t port) : socket_(context_) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    }

    void send(std::string_view text) {
        boost::system::error_code
            ignored;  // the server may have closed already; what it answered is read next
        boost::asio::write(socket_, boost::asio::buffer(text.data(), text.size()), ignored);
    }
    static std::string post_text(std::string_view body, std::string_view extra = "") {
        return "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
               std::string(extra) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               std::string(body);
    }
    Response receive() {
        Response response;
        boost::beast::http::read(socket_, buffer_, response);
        return response;
    }
    // The header alone, as HEAD is answered.
    Response head(const std::string& target) {
        send("HEAD " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        boost::beast::http::response_parser<Response::body_type> parser;
        parser.skip(true);
        boost::beast::http::read(socket_, buffer_, parser);
        return parser.release();
    }
    Response post(std::string_view body) {
        send(post_text(body));
        return receive();
    }
    Response get(const std::string& target) {
        send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return receive();
    }
    // The result or the error of one call.
    boost::json::value call(const std::string& method, const std::string& params = "{}") {
        const auto response =
            post(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}");
        return boost::json::parse(response.body());
    }
    // Waits until the server closes its side.
    bool closed() {
        char byte = 0;
        boost::system::error_code failed;
        boost::asio::read(socket_, boost::asio::buffer(&byte, 1), failed);
        return failed == boost::asio::error::eof || failed == boost::asio::error::connection_reset;
    }
    void close_sending_half() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
};

}  // namespace pcq::rpc
