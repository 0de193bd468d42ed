// One kept-alive HTTP/1.1 connection to a node, in the clear or in TLS, for src/client alone: posts a body,
// gives the answer's.
//
// Connects when needed and again when the node has closed an idle connection; every RPC method can safely be
// sent twice, a transaction's hash being its idempotency key. Of several nodes it talks to one; after a
// request that this one did not answer, the next request goes to the next. Asynchronous on the given
// executor; one request at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "src/base/result.h"

namespace pcq::client {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address or a name
    std::uint16_t port = 0;
    // What the node's certificate is held against, beside the host; null: in the clear.
    std::shared_ptr<boost::asio::ssl::context> tls = nullptr;
};

// Files for https, PEM.
struct TlsFiles {
    // The node must show a certificate of its host that is in this file, or signed by one that is. Absent:
    // by one that this machine trusts.
    std::optional<std::filesystem::path> authorities = std::nullopt;
    // What a node's operator shows, and its key, not encrypted. Both or none.
    std::optional<std::filesystem::path> certificate = std::nullopt;
    std::optional<std::filesystem::path> key = std::nullopt;
};

// "127.0.0.1:8400", "http://127.0.0.1:8400", "https://node.example.org:8400". bad_argument; io_failed,
// bad_key_file: says which file is none.
Result<Endpoint> endpoint_from(const std::string& text, const TlsFiles& files = {});
// Host and port.
std::string to_text(const Endpoint& endpoint);

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
};

class Connection {
public:
    using Done = std::function<void(Result<HttpAnswer>)>;

    // At least one endpoint.
    Connection(boost::asio::any_io_executor executor, std::vector<Endpoint> endpoints);

    // node_unreachable, node_timed_out, answer_malformed; too_many_requests: the node turned this connection
    // away. After an Error the next endpoint has its turn. `timeout` is for all of it.
    void post(std::string body, std::chrono::milliseconds timeout, Done done);
    void get(const std::string& target, std::chrono::milliseconds timeout, Done done);

private:
    using ErrorCode = boost::system::error_code;
    using Request = boost::beast::http::request<boost::beast::http::string_body>;

    void begin(Request request, std::chrono::milliseconds timeout, Done done);
    using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

    void attempt();
    void connect(const boost::asio::ip::tcp::resolver::results_type& addresses);
    void handshake();
    void write();
    void on_written(ErrorCode failed);
    void on_read(ErrorCode failed);
    void fail(ErrorCode failed);
    void finish(Result<HttpAnswer> result);
    void close();
    const Endpoint& endpoint() const { return endpoints_[turn_]; }

    boost::asio::any_io_executor executor_;
    const std::vector<Endpoint> endpoints_;
    std::size_t turn_ = 0;  // of the endpoints
    boost::asio::ip::tcp::resolver resolver_;
    std::optional<boost::beast::tcp_stream> stream_;  // while connected
    std::optional<Tls> tls_;                          // over it, if the endpoint has it
    bool used_ =
        false;  // the connection has carried an answer: if it fails now, the node may just have closed it
    boost::beast::flat_buffer buffer_;
    Request request_;
    std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::milliseconds timeout_{0};
    Done done_;
};

}  // namespace pcq::client
