#include "src/network/session.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "src/base/wire.h"

namespace pcq::network {
namespace {

using boost::system::error_code;

std::string address_of(const boost::asio::ip::tcp::socket& socket) {
    error_code failure;
    const auto endpoint = socket.remote_endpoint(failure);
    return failure ? "unknown address"
                   : endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

Frame empty_frame() {
    static const Frame frame = std::make_shared<const Bytes>(4, '\0');
    return frame;
}

// More than any honest frame has: a chunk of a snapshot, three for each of its 80,000 records at most.
constexpr std::size_t kFieldsMax = 250'000;

}  // namespace

Frame make_frame(const proto::PeerMessage& message) {
    const std::size_t size = message.ByteSizeLong();
    Bytes bytes;
    bytes.reserve(size + 4);
    append_u32(bytes, static_cast<std::uint32_t>(size));
    message.AppendToString(&bytes);
    return std::make_shared<const Bytes>(std::move(bytes));
}

Peers::Session::Session(Strand strand, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
                        const Options& options, Stats& stats, Events events)
    : strand_(std::move(strand)),
      stream_(std::move(socket), tls),
      timer_(strand_),
      beat_(strand_),
      options_(options),
      stats_(stats),
      events_(std::move(events)) {
    address_ = address_of(stream_.next_layer());
    error_code ignored;
    stream_.next_layer().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

// One timer: first for the handshake, then for silence.
void Peers::Session::watch(Duration limit, const char* what) {
    timer_.expires_after(std::chrono::milliseconds(limit.ms));
    timer_.async_wait(
        boost::asio::bind_executor(strand_, [self = shared_from_this(), what](error_code failure) {
            // It may have been set anew after it had run out and before this was called.
            if (!failure && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->close(what);
        }));
}

// An empty frame whenever a third of the silence that is allowed has passed and nothing else is on its way.
void Peers::Session::keep_alive() {
    if (!writing_) send(Priority::consensus, empty_frame());
    beat_.expires_after(std::chrono::milliseconds(options_.silence_max.ms / 3));
    beat_.async_wait(boost::asio::bind_executor(strand_, [self = shared_from_this()](error_code failure) {
        if (!failure && !self->closed_) self->keep_alive();
    }));
}

void Peers::Session::handshake(boost::asio::ssl::stream_base::handshake_type type,
                               std::function<void()> done) {
    watch(options_.handshake_timeout, "the handshake took too long");
    stream_.async_handshake(
        type, boost::asio::bind_executor(
                  strand_, [self = shared_from_this(), done = std::move(done)](error_code failure) {
                      if (self->closed_) return;
                      if (failure) return self->close("the handshake failed: " + failure.message());
                      done();
                  }));
}

void Peers::Session::accept_handshake() {
    handshake(boost::asio::ssl::stream_base::server, [this] {
        key_ = peer_key(stream_.native_handle());
        if (!key_) return close("the other side shows no Ed25519 key");
        establish();
        if (!closed_) read_length();
    });
}

void Peers::Session::dial_handshake(const crypto::PublicKey& expected) {
    handshake(boost::asio::ssl::stream_base::client, [this, expected] {
        const auto key = peer_key(stream_.native_handle());
        if (key != expected) {
            ++stats_.refused;
            return close("the node at this address has another key than the one pinned for it");
        }
        key_ = key;
        read_length();  // the welcome
    });
}

std::optional<Validity> Peers::Session::certificate() {
    return peer_validity(stream_.native_handle());
}

void Peers::Session::establish() {
    established_ = true;
    watch(options_.silence_max, "nothing was heard for too long");
    events_.established(shared_from_this());
    if (closed_) return;
    keep_alive();
}

void Peers::Session::read_length() {
    boost::asio::async_read(
        stream_, boost::asio::buffer(length_),
        boost::asio::bind_executor(strand_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (self->closed_) return;
            if (failure) return self->close("the connection ended: " + failure.message());
            const std::uint32_t length = load_u32({self->length_.data(), self->length_.size()});
            if (length > self->options_.frame_bytes_max)
                return self->misbehave("a frame of " + std::to_string(length) + " bytes");
            if (!self->established_) self->establish();
            if (self->closed_) return;
            self->watch(self->options_.silence_max, "nothing was heard for too long");
            length == 0 ? self->read_length() : self->read_body(length);
        }));
}

void Peers::Session::read_body(std::uint32_t length) {
    body_.resize(length);
    boost::asio::async_read(
        stream_, boost::asio::buffer(body_),
        boost::asio::bind_executor(strand_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (self->closed_) return;
            if (failure) return self->close("the connection ended: " + failure.message());
            self->deliver();
        }));
}

void Peers::Session::deliver() {
    watch(options_.silence_max, "nothing was heard for too long");
    if (!has_fields_within(body_, *proto::PeerMessage::descriptor(), kFieldsMax))
        return misbehave("a frame of too many entries, or one that is no message");
    proto::PeerMessage message;
    if (!message.ParseFromString(body_)) return misbehave("a frame that is no PeerMessage");
    stats_.bytes_in += body_.size();
    ++stats_.messages_in;
    // Of many small entries each takes far more memory than it has bytes.
    const std::size_t bytes = std::max(body_.size(), message.SpaceUsedLong());
    inbound_ += bytes;
    // The guard's end is the receiver's word that it has taken the message.
    std::shared_ptr<void> guard(nullptr, [weak = weak_from_this(), strand = strand_, bytes](void*) {
        boost::asio::post(strand, [weak, bytes] {
            if (const auto self = weak.lock()) self->released(bytes);
        });
    });
    events_.message(Delivery{*key_, std::move(message), std::move(guard)});
    if (closed_) return;
    paused_ = inbound_ > options_.inbound_bytes_max;
    if (!paused_) return read_length();
    timer_.cancel();  // it is we who do not listen
}

void Peers::Session::released(std::size_t bytes) {
    inbound_ -= bytes;
    if (!paused_ || closed_ || inbound_ > options_.inbound_bytes_max) return;
    paused_ = false;
    watch(options_.silence_max, "nothing was heard for too long");
    read_length();
}

void Peers::Session::send(Priority priority, const Frame& frame) {
    if (closed_) return;
    Queue& queue = queues_[static_cast<std::size_t>(priority)];
    if (queue.bytes + frame->size() > options_.queue_bytes_max && priority == Priority::gossip) {
        ++stats_.dropped;
        return;
    }
    queue.frames.push_back(frame);
    queue.bytes += frame->size();
    while (queue.bytes > options_.queue_bytes_max && queue.frames.size() > 1) {
        queue.bytes -= queue.frames.front()->size();
        queue.frames.pop_front();
        ++stats_.dropped;
    }
    if (!writing_) write_next();
}

void Peers::Session::write_next() {
    writing_.reset();
    for (Queue& queue : queues_) {
        if (queue.frames.empty()) continue;
        writing_ = std::move(queue.frames.front());
        queue.frames.pop_front();
        queue.bytes -= writing_->size();
        break;
    }
    if (!writing_) return;
    boost::asio::async_write(stream_, boost::asio::buffer(*writing_),
                             boost::asio::bind_executor(
                                 strand_, [self = shared_from_this()](error_code failure, std::size_t bytes) {
                                     if (self->closed_) return;
                                     if (failure)
                                         return self->close("the connection ended: " + failure.message());
                                     self->stats_.bytes_out += bytes;
                                     ++self->stats_.messages_out;
                                     self->write_next();
                                 }));
}

void Peers::Session::misbehave(const std::string& why) {
    misbehaved_ = true;
    close(why);
}

void Peers::Session::close(const std::string& why) {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    timer_.cancel();
    beat_.cancel();
    stream_.next_layer().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.next_layer().close(ignored);
    events_.ended(shared_from_this(), why);
}

}  // namespace pcq::network
