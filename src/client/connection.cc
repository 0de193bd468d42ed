#include "src/client/connection.h"

#include <charconv>

#include "src/base/invariant.h"

namespace pcq::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::uint64_t kAnswerBytesMax = 64UL * 1024 * 1024;

}  // namespace

Result<Endpoint> endpoint_from(const std::string& text) {
    constexpr std::string_view kScheme = "http://";
    std::string_view rest = text;
    if (rest.substr(0, kScheme.size()) == kScheme) rest.remove_prefix(kScheme.size());
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
        if (parsed.ec == std::errc() && parsed.ptr == end && endpoint.port != 0) return endpoint;
    }
    return Error{
        Code::bad_argument,
        "\"" + text + "\" is no address of a node; write it as 127.0.0.1:8400 or http://127.0.0.1:8400"};
}

std::string to_text(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Connection::Connection(asio::any_io_executor executor, std::vector<Endpoint> endpoints)
    : executor_(std::move(executor)), endpoints_(std::move(endpoints)) {
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
    stream_->expires_at(deadline_);
    ErrorCode failed;
    const auto address =
        asio::ip::make_address(endpoint().host == "localhost" ? "127.0.0.1" : endpoint().host, failed);
    if (failed) {
        return finish(
            Error{Code::node_unreachable,
                  "\"" + endpoint().host + "\" is no IP address; nodes are addressed by IP or localhost"});
    }
    stream_->async_connect(asio::ip::tcp::endpoint(address, endpoint().port), [this](ErrorCode error) {
        if (error) return fail(error);
        ErrorCode ignored;
        stream_->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        write();
    });
}

void Connection::write() {
    stream_->expires_at(deadline_);
    http::async_write(*stream_, request_, [this](ErrorCode failed, std::size_t) { on_written(failed); });
}

void Connection::on_written(ErrorCode failed) {
    if (failed && failed != asio::error::broken_pipe && failed != asio::error::connection_reset)
        return fail(failed);
    // A node that refuses (413, 503) answers before it has read everything.
    parser_.emplace();
    parser_->body_limit(kAnswerBytesMax);
    http::async_read(*stream_, buffer_, *parser_, [this](ErrorCode error, std::size_t) { on_read(error); });
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
                         failed == asio::error::broken_pipe || failed == asio::error::eof;
    if (was_used && dropped) return attempt();  // once: the new connection has not been used
    if (failed == boost::beast::error::timeout) {
        return finish(Error{Code::node_timed_out, "the node at " + to_text(endpoint()) +
                                                      " did not answer within " +
                                                      std::to_string(timeout_.count()) + " ms"});
    }
    const bool transport = dropped || failed.category() == boost::system::system_category() ||
                           failed == http::error::partial_message;
    finish(Error{transport ? Code::node_unreachable : Code::answer_malformed,
                 "no answer from the node at " + to_text(endpoint()) + ": " + failed.message()});
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
    stream_.reset();
    used_ = false;
    buffer_.clear();
    parser_.reset();
}

}  // namespace pcq::client
