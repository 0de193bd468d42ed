#include "tests/end_to_end/lying_node.h"

#include <mutex>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace pcq::e2e {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using Request = http::request<http::string_body>;

// One request a connection, one connection at a time.
class LyingNode::Server {
public:
    explicit Server(const client::Endpoint& honest)
        : honest_(honest), acceptor_(context_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }
    ~Server() {
        context_.stop();
        thread_.join();
    }
    void tell(Lie lie) {
        const std::lock_guard lock(mutex_);
        lie_ = std::move(lie);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void accept() {
        acceptor_.async_accept([this](const boost::system::error_code& failed, tcp::socket socket) {
            if (failed) return;
            serve(std::move(socket));
            accept();
        });
    }

    // Whoever goes away in the middle is not answered.
    void serve(tcp::socket socket) {
        boost::system::error_code failed;
        boost::beast::flat_buffer buffer;
        Request request;
        http::read(socket, buffer, request, failed);
        if (failed) return;
        http::response<http::string_body> answer = ask_honest(request);
        const auto asked = json::parse(request.body(), failed);
        if (!failed && asked.is_object()) {
            auto response = json::parse(answer.body()).as_object();
            const auto* params = asked.as_object().if_contains("params");
            const std::lock_guard lock(mutex_);
            if (lie_)
                lie_(std::string(asked.at("method").as_string()),
                     params == nullptr ? json::object() : params->as_object(), response);
            answer.body() = json::serialize(response);
        }
        answer.keep_alive(false);
        answer.prepare_payload();
        http::write(socket, answer, failed);
        socket.shutdown(tcp::socket::shutdown_send, failed);
    }

    http::response<http::string_body> ask_honest(Request request) {
        asio::io_context context;
        tcp::socket socket(context);
        asio::connect(socket, tcp::resolver(context).resolve(honest_.host, std::to_string(honest_.port)));
        request.keep_alive(false);
        http::write(socket, request);
        boost::beast::flat_buffer buffer;
        http::response_parser<http::string_body> parser;
        parser.body_limit(64UL * 1024 * 1024);
        http::read(socket, buffer, parser);
        return parser.release();
    }

    const client::Endpoint honest_;
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    std::mutex mutex_;
    Lie lie_;
    std::thread thread_;
};

LyingNode::LyingNode(const client::Endpoint& honest) : server_(std::make_unique<Server>(honest)) {}
LyingNode::~LyingNode() = default;

void LyingNode::tell(Lie lie) {
    server_->tell(std::move(lie));
}

client::Endpoint LyingNode::endpoint() const {
    return {"127.0.0.1", server_->port()};
}

}  // namespace pcq::e2e
