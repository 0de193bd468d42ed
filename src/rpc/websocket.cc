#include "src/rpc/websocket.h"

#include <array>

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using websocket::close_code;

constexpr std::size_t kBlocksInARow = 16;  // that one connection looks at before others get their turn
constexpr std::size_t kReadBytes = 64UL * 1024;
constexpr std::chrono::milliseconds kBriefly{1'000};

}  // namespace

WebSocket::WebSocket(Stream stream, std::shared_ptr<Guest> guest, const WebSocketOptions& options,
                     const Hooks& hooks, std::shared_ptr<Subscriptions> subscriptions)
    : stream_(std::move(stream)),
      guest_(std::move(guest)),
      options_(options),
      hooks_(hooks),
      subscriptions_(std::move(subscriptions)),
      read_limit_{asio::steady_timer(stream_.get_executor())},
      write_limit_{asio::steady_timer(stream_.get_executor())} {}

WebSocket::~WebSocket() = default;

void WebSocket::start(HttpRequest upgrade, RequestId name) {
    upgrade_ = std::move(upgrade);
    name_ = std::move(name);
    stream_.set_option(websocket::stream_base::timeout{options_.handshake_timeout, options_.idle_timeout,
                                                       /*keep_alive_pings=*/true});
    stream_.set_option(
        websocket::stream_base::decorator([id = name_.text](websocket::response_type& response) {
            response.set(boost::beast::http::field::server, "pcqd");
            response.set(kRequestIdField, id);
        }));
    stream_.read_message_max(options_.message_bytes_max);
    stream_.text(true);
    stream_.async_accept(upgrade_, [self = shared_from_this()](ErrorCode failed) {
        if (failed) return self->finish();
        self->open_ = true;
        self->read_next();
        self->write_next();
    });
}

void WebSocket::wake() {
    if (woken_.exchange(true)) return;
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->woken_ = false;
        self->write_next();
    });
}

void WebSocket::drain() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->draining_ = true;
        self->write_next();
    });
}

void WebSocket::close() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->finish(); });
}

void WebSocket::read_next() {
    if (reading_ || !open_ || draining_ || leaving_ || closed_) return;
    if (waiting_ >= options_.in_flight_max || unsent_bytes_ > options_.unsent_bytes_max) return;
    reading_ = true;
    message_ = Held(guest_->bytes());
    read_some();
}

void WebSocket::read_some() {
    stream_.async_read_some(
        buffer_, kReadBytes,
        [self = shared_from_this()](ErrorCode failed, std::size_t bytes) { self->on_some(failed, bytes); });
}

void WebSocket::on_some(ErrorCode failed, std::size_t bytes) {
    if (failed) return finish();  // closed, or no WebSocket's bytes: the stream has answered that itself
    if (closed_ || leaving_) return;
    message_.add(bytes);
    if (stream_.is_message_done()) {
        stop_limit(read_limit_);
        reading_ = receiving_ = false;
        return on_message();
    }
    if (guest_->bytes()->is_full())
        return leave(close_code::try_again_later, "this node has as many bytes of requests as it may");
    if (!std::exchange(receiving_, true)) {
        limit(read_limit_, options_.message_timeout, [this] {
            // In the middle of a message no close code of the peer's can be heard.
            leave(close_code::policy_error, "a message did not arrive whole in time", kBriefly);
        });
    }
    read_some();
}

void WebSocket::on_message() {
    const Held message = std::move(message_);
    if (!stream_.got_text()) return leave(close_code::unknown_data, "send JSON as text, not as binary");
    const std::string body = boost::beast::buffers_to_string(buffer_.data());
    buffer_.clear();
    buffer_.shrink_to_fit();  // most messages are small, and connections are many
    ++waiting_;
    RequestId request{name_.text + "." + std::to_string(++messages_), name_.is_given};
    hooks_.handle(stream_.get_executor(), body, subscriptions_, guest_, std::move(request),
                  [self = shared_from_this()](ApiAnswer answer) { self->answered(std::move(answer)); });
    // Not from within, so that a client cannot keep this thread to itself.
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->read_next(); });
}

void WebSocket::answered(ApiAnswer answer) {
    --waiting_;
    if (closed_ || leaving_) return;
    if (!answer.body.empty()) push({std::move(answer.body), nullptr, std::move(answer.held)});
    for (const auto number : answer.opened) subscriptions_->begin(number);
    write_next();
    read_next();
}

void WebSocket::push(Message message) {
    unsent_bytes_ += message.size();
    queue_.push_back(std::move(message));
}

void WebSocket::write_next() {
    if (writing_ || !open_ || leaving_ || closed_) return;
    if (queue_.empty() && draining_) {
        if (waiting_ == 0) leave(close_code::going_away, "this node is stopping; connect to another one");
        return;
    }
    if (queue_.empty()) look_for_news();
    if (queue_.empty()) return;
    writing_ = true;
    limit(write_limit_, options_.write_timeout, [this] {
        hooks_.dropped();
        leave(close_code::try_again_later,
              "a message was not taken in time; connect again and resume with from_height");
    });
    const auto& message = queue_.front();
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(message.head), message.rest ? asio::buffer(*message.rest) : asio::const_buffer()};
    stream_.async_write(
        parts, [self = shared_from_this()](ErrorCode failed, std::size_t) { self->on_written(failed); });
}

void WebSocket::look_for_news() {
    if (looking_) return;
    for (std::size_t row = 0; row < kBlocksInARow; ++row) {
        const auto look = subscriptions_->next();
        if (!look) return;
        auto news = hooks_.look(*look, [weak = weak_from_this(), look = *look](Result<Feed::Text> found) {
            const auto self = weak.lock();
            if (!self) return;
            asio::post(self->stream_.get_executor(), [self, look, found = std::move(found)]() mutable {
                self->looking_ = false;
                self->tell(look, std::move(found));
                self->write_next();
            });
        });
        if (!news) return static_cast<void>(looking_ = true);
        if (tell(*look, *std::move(news))) return;
    }
    looking_ = true;
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->looking_ = false;
        self->write_next();
    });
}

bool WebSocket::tell(const Subscriptions::Look& look, Result<Feed::Text> news) {
    if (closed_ || leaving_) return false;
    auto told = subscriptions_->tell(look, std::move(news));
    if (!told) return false;
    hooks_.notified();
    Message message{std::move(told->head), std::move(told->rest)};
    message.held = Held(guest_->bytes(), message.size());
    push(std::move(message));
    return true;
}

void WebSocket::on_written(ErrorCode failed) {
    stop_limit(write_limit_);
    writing_ = false;
    if (closed_) return;
    if (failed) return finish();
    unsent_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (leaving_) return send_close();
    write_next();
    read_next();
}

// A message that has been begun must end before the close code can follow it.
void WebSocket::leave(close_code code, const std::string& reason, std::chrono::milliseconds linger) {
    if (leaving_ || closed_) return;
    leaving_.emplace(code, reason);
    leaving_for_ = linger;
    stop_limit(read_limit_);
    limit(write_limit_, linger, [this] { finish(); });
    if (!writing_) send_close();
}

void WebSocket::send_close() {
    limit(write_limit_, leaving_for_, [this] { finish(); });
    stream_.async_close(*leaving_, [self = shared_from_this()](ErrorCode) { self->finish(); });
}

void WebSocket::finish() {
    if (closed_) return;
    closed_ = true;  // the queue stays: a write that is being cancelled still looks at its own
    stop_limit(read_limit_);
    stop_limit(write_limit_);
    stream_.next_layer().close();
    hooks_.closed(this);
}

template <class Action>
void WebSocket::limit(Limit& limit, std::chrono::milliseconds timeout, Action action) {
    // A timer that has expired can no longer be cancelled; the number tells such a one from the newest.
    const std::uint64_t number = ++limit.number;
    limit.timer.expires_after(timeout);
    limit.timer.async_wait([self = shared_from_this(), &limit, number, action](ErrorCode) {
        if (limit.number == number && !self->closed_) action();
    });
}

void WebSocket::stop_limit(Limit& limit) {
    ++limit.number;
    limit.timer.cancel();
}

}  // namespace pcq::rpc
