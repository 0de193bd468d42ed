// One TLS connection to a peer: frames in and out, queues, limits, time-outs. Used by peers.cc alone; runs on
// its strand.
#pragma once

#include <array>
#include <deque>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "src/network/peers.h"

namespace pcq::network {

using Frame = std::shared_ptr<const Bytes>;
// The message with its length before it; shared by all who are sent it.
Frame make_frame(const proto::PeerMessage& message);

class Peers::Session : public std::enable_shared_from_this<Session> {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
    struct Events {
        std::function<void(const std::shared_ptr<Session>&)> established;
        std::function<void(Delivery)> message;
        std::function<void(const std::shared_ptr<Session>&, const std::string& why)> ended;
    };

    Session(Strand strand, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
            const Options& options, Stats& stats, Events events);

    // `established` follows, or `ended`. In TLS 1.3 the client is done before the server has judged its key,
    // so the server says welcome with an empty frame, and only then is the connection established for the
    // client.
    void accept_handshake();
    void dial_handshake(const crypto::PublicKey& expected);
    void send(Priority priority, const Frame& frame);
    void close(const std::string& why);
    void misbehave(const std::string& why);  // closes too

    const std::optional<crypto::PublicKey>& key() const { return key_; }
    const std::string& address() const { return address_; }
    std::string host() const { return address_.substr(0, address_.rfind(':')); }
    std::optional<Validity> certificate();  // the other side's, once there is a key
    bool misbehaved() const { return misbehaved_; }

private:
    struct Queue {
        std::deque<Frame> frames;
        std::size_t bytes = 0;
    };

    void handshake(boost::asio::ssl::stream_base::handshake_type type, std::function<void()> done);
    void establish();
    void keep_alive();
    void read_length();
    void read_body(std::uint32_t length);
    void deliver();
    void released(std::size_t bytes);
    void write_next();
    void watch(Duration limit, const char* what);

    Strand strand_;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer beat_;
    const Options& options_;
    Stats& stats_;
    Events events_;
    std::string address_;
    std::optional<crypto::PublicKey> key_;
    std::array<char, 4> length_{};
    Bytes body_;
    std::array<Queue, kPriorities> queues_;
    Frame writing_;
    std::size_t inbound_ = 0;  // delivered, not yet taken
    bool established_ = false;
    bool paused_ = false;
    bool misbehaved_ = false;
    bool closed_ = false;
};

}  // namespace pcq::network
