#include "src/rpc/session.h"

#include <boost/asio/post.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/json/serialize.hpp>

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kReadBytes = 16UL * 1024;
constexpr std::size_t kDiscardBytesMax = 16UL * 1024 * 1024;

std::string problem(const std::string& text) {
    return boost::json::serialize(boost::json::object{{"error", text}}) + "\n";
}

}  // namespace

HttpResponse json_response(http::status status, std::string body) {
    HttpResponse response(status, 11);
    response.set(http::field::content_type, "application/json");
    if (status == http::status::too_many_requests || status == http::status::service_unavailable)
        response.set(http::field::retry_after, "1");
    response.body() = std::move(body);
    return response;
}

Session::Session(Stream stream, std::shared_ptr<Guest> guest, const SessionOptions& options,
                 const Hooks& hooks)
    : stream_(std::move(stream)),
      guest_(std::move(guest)),
      options_(options),
      hooks_(hooks),
      // What is not a body has to fit: headers, and what frames the chunks of a body.
      buffer_(options.header_bytes_max + 4 * kReadBytes),
      read_limit_{asio::steady_timer(stream_.get_executor())},
      write_limit_{asio::steady_timer(stream_.get_executor())} {}

Session::~Session() = default;

void Session::start() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        if (self->stream_.is_tls()) return self->handshake();
        self->enter();
    });
}

void Session::drain() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->last_read_ = true;
        if (self->slots_.empty()) self->finish();
    });
}

void Session::close() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->close_now(); });
}

void Session::handshake() {
    reading_ = true;
    limit_reading(options_.request_timeout);
    stream_.async_handshake([self = shared_from_this()](ErrorCode failed) {
        self->stop_limit(self->read_limit_);
        self->reading_ = false;
        if (self->closed_) return;
        if (failed || self->timed_out_) {
            self->hooks_.handshake_failed();
            // The alert that says why must arrive, so the socket takes in what is under way.
            self->finishing_ = true;
            self->limit(self->write_limit_, self->options_.linger,
                        [self = self.get()] { self->close_now(); });
            return self->end_sending();
        }
        self->enter();
    });
}

void Session::enter() {
    if (closed_) return;
    auto refusal = hooks_.enter(this);
    if (!refusal) return read_next();
    last_read_ = true;
    answer_alone(*std::move(refusal));
}

void Session::read_next() {
    if (reading_ || last_read_ || closed_) return;
    if (slots_.size() >= options_.in_flight_max || unsent_bytes_ > options_.unsent_bytes_max) return;
    reading_ = true;
    if (buffer_.size() == 0) {
        await_first_byte();
    } else {
        read_header();
    }
}

void Session::await_first_byte() {
    idle_ = true;
    if (slots_.empty()) limit_reading(options_.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kReadBytes),
                            [self = shared_from_this()](ErrorCode failed, std::size_t bytes) {
                                self->idle_ = false;
                                self->stop_limit(self->read_limit_);
                                if (failed || self->timed_out_) return self->on_read_failed(failed);
                                self->buffer_.commit(bytes);
                                self->read_header();
                            });
}

void Session::read_header() {
    parser_.emplace();
    parser_->header_limit(options_.header_bytes_max);
    parser_->body_limit(options_.body_bytes_max);
    limit_reading(options_.request_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](ErrorCode failed, std::size_t) { self->on_header(failed); });
}

void Session::on_header(ErrorCode failed) {
    if (failed || timed_out_) return on_read_failed(failed);
    if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue") && slots_.empty()) {
        // The client holds its body back until it hears this (curl does for large ones).
        HttpResponse go_on(http::status::continue_, 11);
        fill(open_slot(), std::move(go_on));
    }
    parser_->eager(true);
    on_request({});
}

// Counts the bytes of a body as they come; what its header promises costs a client nothing. False: there is
// no room for more.
bool Session::hold_body() {
    if (guest_->bytes()->is_full()) return false;
    body_ = Held(guest_->bytes(), parser_->get().body().size());
    return true;
}

void Session::on_request(ErrorCode failed) {
    if (!failed && !timed_out_ && !parser_->is_done()) {
        if (hold_body()) {
            return http::async_read_some(
                stream_, buffer_, *parser_,
                [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_request(error); });
        }
        stop_limit(read_limit_);
        body_.release();
        reading_ = false;
        last_read_ = true;
        return answer_and_stop_reading(
            http::status::service_unavailable,
            "this node, or this address, has as many bytes of requests and answers "
            "on their way as it may; try again");
    }
    stop_limit(read_limit_);
    const Held body = std::move(body_);
    if (failed || timed_out_) return on_read_failed(failed);
    reading_ = false;
    HttpRequest request = parser_->release();
    parser_.reset();
    // What follows an upgrade is another protocol's.
    const bool is_upgrade =
        hooks_.upgraded && boost::beast::websocket::is_upgrade(request) && request.body().empty();
    if (!request.keep_alive() || is_upgrade) last_read_ = true;
    const std::uint64_t number = open_slot();
    slots_.back().is_head = request.method() == http::verb::head;
    const bool keep_alive = request.keep_alive() && !is_upgrade;
    const unsigned version = request.version();
    hooks_.handle(stream_.get_executor(), request, guest_,
                  [self = shared_from_this(), number, keep_alive, version](HttpResponse response, Held held) {
                      response.version(version);
                      response.keep_alive(keep_alive);
                      self->fill(number, std::move(response), std::move(held));
                  });
    if (is_upgrade) upgrade_ = std::move(request);
    // Not from within, so that a pipelining client cannot keep this thread to itself.
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->read_next(); });
}

void Session::on_read_failed(ErrorCode failed) {
    stop_limit(read_limit_);
    body_.release();
    reading_ = false;
    last_read_ = true;
    if (closed_) return;
    if (timed_out_) {
        if (!parser_) return finish();  // idle: nothing was asked
        return answer_and_stop_reading(http::status::request_timeout,
                                       "the request did not arrive whole within " +
                                           std::to_string(options_.request_timeout.count()) + " ms");
    }
    if (failed == http::error::body_limit) {
        return answer_and_stop_reading(
            http::status::payload_too_large,
            "the body is larger than " + std::to_string(options_.body_bytes_max) + " bytes");
    }
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
        return answer_and_stop_reading(
            http::status::request_header_fields_too_large,
            "the header is larger than " + std::to_string(options_.header_bytes_max) + " bytes");
    }
    const bool gone = failed == asio::error::eof || failed == http::error::end_of_stream ||
                      failed == http::error::partial_message;
    if (!gone && failed.category() == http::make_error_code(http::error::bad_version).category()) {
        return answer_and_stop_reading(http::status::bad_request, "no HTTP/1.1 request: " + failed.message());
    }
    if (!gone) return close_now();
    // A client that has closed its half still gets the answers to what it asked.
    if (slots_.empty()) finish();
}

void Session::answer_and_stop_reading(http::status status, const std::string& text) {
    answer_alone(json_response(status, problem(text)));
}

// The last answer, to no request or to one that never was whole.
void Session::answer_alone(HttpResponse response) {
    response.keep_alive(false);
    if (hooks_.alone) hooks_.alone(parser_ ? parser_->get() : HttpRequest(), response);
    fill(open_slot(), std::move(response));
}

std::uint64_t Session::open_slot() {
    slots_.push_back({.number = next_number_, .response = std::nullopt, .held = {}});
    return next_number_++;
}

void Session::fill(std::uint64_t number, HttpResponse response, Held held) {
    if (closed_ || slots_.empty()) return;
    response.set(http::field::server, "pcqd");
    if (response.result() != http::status::continue_) {
        response.prepare_payload();
        hooks_.responded(response.result_int());
    }
    auto& slot = slots_.at(static_cast<std::size_t>(number - slots_.front().number));
    if (slot.is_head) response.body().clear();
    unsent_bytes_ += response.body().size();
    if (!held.is_counted()) held = Held(guest_->bytes(), response.body().size());
    slot.response = std::move(response);
    slot.held = std::move(held);
    write_front();
}

void Session::write_front() {
    if (writing_ || slots_.empty() || !slots_.front().response) return;
    if (slots_.front().response->result() == http::status::switching_protocols) {
        return asio::post(stream_.get_executor(), [self = shared_from_this()] { self->hand_over(); });
    }
    writing_ = true;
    limit(write_limit_, options_.write_timeout, [this] { close_now(); });  // a reader this slow is gone
    http::async_write(
        stream_, *slots_.front().response,
        [self = shared_from_this()](ErrorCode failed, std::size_t) { self->on_written(failed); });
}

void Session::hand_over() {
    // A client hears 101 before it goes on in another protocol.
    if (closed_ || !upgrade_ || buffer_.size() != 0) return close_now();
    closed_ = true;
    stop_limit(read_limit_);
    stop_limit(write_limit_);
    hooks_.upgraded(std::move(stream_), *std::move(upgrade_), guest_);
    hooks_.closed(this);
}

void Session::on_written(ErrorCode failed) {
    stop_limit(write_limit_);
    writing_ = false;
    if (closed_) return;
    if (failed) return close_now();
    unsent_bytes_ -= slots_.front().response->body().size();
    slots_.pop_front();
    if (!slots_.empty()) {
        write_front();
    } else if (last_read_) {
        return finish();
    } else if (idle_) {
        limit_reading(options_.idle_timeout);
    }
    read_next();
}

// The last answer is out: say so, and take in what the peer still sends, because closing a socket with unread
// input resets the connection and may destroy the answer on its way.
void Session::finish() {
    if (finishing_ || closed_) return;
    finishing_ = true;
    limit(write_limit_, options_.linger, [this] { close_now(); });
    if (!stream_.is_tls() || reading_ || timed_out_) return end_sending();
    stream_.async_shutdown([self = shared_from_this()](ErrorCode) {
        if (!self->closed_) self->end_sending();
    });
}

void Session::end_sending() {
    ErrorCode ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    if (ignored || reading_ || timed_out_) return close_now();
    unsent_bytes_ = 0;  // from here on: what has been discarded
    discard_input();
}

// Below TLS, which has ended.
void Session::discard_input() {
    buffer_.clear();
    stream_.socket().async_read_some(
        buffer_.prepare(kReadBytes), [self = shared_from_this()](ErrorCode failed, std::size_t bytes) {
            self->unsent_bytes_ += bytes;
            if (failed || self->closed_ || self->unsent_bytes_ > kDiscardBytesMax) {
                return self->close_now();
            }
            self->discard_input();
        });
}

void Session::close_now() {
    if (closed_) return;
    closed_ = true;  // the slots stay: a write that is being cancelled still looks at its own
    stop_limit(read_limit_);
    stop_limit(write_limit_);
    stream_.close();
    hooks_.closed(this);
}

void Session::limit_reading(std::chrono::milliseconds timeout) {
    limit(read_limit_, timeout, [this] {
        if (!reading_) return;
        // Ends the read under way, and no write: cancel() would end both.
        timed_out_ = true;
        ErrorCode ignored;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_receive, ignored);
    });
}

template <class Action>
void Session::limit(Limit& limit, std::chrono::milliseconds timeout, Action action) {
    // A timer that has expired can no longer be cancelled; the number tells such a one from the newest.
    const std::uint64_t number = ++limit.number;
    limit.timer.expires_after(timeout);
    limit.timer.async_wait([self = shared_from_this(), &limit, number, action](ErrorCode) {
        if (limit.number == number && !self->closed_) action();
    });
}

void Session::stop_limit(Limit& limit) {
    ++limit.number;
    limit.timer.cancel();
}

}  // namespace pcq::rpc
