// What the tests of the network share: nodes on loopback with everything they hear, and a client that speaks
// TLS frame by frame and may be as rude as a test wants. Every wait ends by an event or fails at a deadline.
#pragma once

#include <array>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "src/network/peers.h"
#include "tests/unit/network/watched.h"

namespace pcq::network {

inline crypto::SigningKey key_number(int number) {
    auto key =
        crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, static_cast<char>(number)));
    return *std::move(key);
}

// `count` keys in ascending order: of two nodes the earlier one dials.
inline std::vector<crypto::SigningKey> sorted_keys(int count) {
    std::vector<crypto::SigningKey> keys;
    for (int number = 1; number <= count; ++number) keys.push_back(key_number(number));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

inline proto::PeerMessage text(const std::string& content) {
    proto::PeerMessage message;
    message.set_consensus(content);
    return message;
}

// A node's network with a thread of its own.
class TestNode : Watched {
public:
    TestNode(const crypto::SigningKey& key, std::vector<PeerAddress> peers, Options options = {})
        : work_(io_.get_executor()), key_(key.public_key()) {
        peers_ = std::make_unique<Peers>(
            io_, options, key, std::move(peers),
            Peers::Handlers{[this](Delivery delivery) {
                                change([&] {
                                    heard_.push_back(delivery.message.consensus());
                                    if (holding_) held_.push_back(std::move(delivery));
                                    held_max_ = std::max(held_max_, held_.size());
                                });
                            },
                            [this](const auto& peer) { change([&] { ++connects_[peer]; }); },
                            [this](const auto& peer) { change([&] { ++disconnects_[peer]; }); }});
        const auto started = peers_->start();
        EXPECT_TRUE(started) << (started ? "" : started.error().message);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~TestNode() {
        peers_->stop();
        io_.stop();
        thread_.join();
        held_.clear();
    }

    Peers* operator->() { return peers_.get(); }
    const crypto::PublicKey& key() const { return key_; }
    PeerAddress address(const std::string& name = "peer") const {
        return {key_, name, "127.0.0.1", peers_->port()};
    }

    bool wait_connected(const crypto::PublicKey& peer, int times = 1) {
        return wait([&] { return connects_[peer] >= times; });
    }
    bool wait_disconnected(const crypto::PublicKey& peer, int times = 1) {
        return wait([&] { return disconnects_[peer] >= times; });
    }
    bool wait_heard(std::size_t count) {
        return wait([&] { return heard_.size() >= count; });
    }
    int disconnects(const crypto::PublicKey& peer) {
        const std::lock_guard lock(mutex_);
        return disconnects_[peer];
    }
    std::vector<std::string> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }
    // From here on what arrives is not taken, until released.
    void hold() {
        const std::lock_guard lock(mutex_);
        holding_ = true;
    }
    void release() {
        std::vector<Delivery> taken;
        const std::lock_guard lock(mutex_);
        taken.swap(held_);
    }
    std::size_t held_max() {
        const std::lock_guard lock(mutex_);
        return held_max_;
    }

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    const crypto::PublicKey key_;
    std::map<crypto::PublicKey, int> connects_, disconnects_;
    std::vector<std::string> heard_;
    bool holding_ = false;
    std::vector<Delivery> held_;
    std::size_t held_max_ = 0;
    std::unique_ptr<Peers> peers_;
    std::thread thread_;
};

// An address for a peer that dials and is never dialled.
inline PeerAddress dials(const crypto::SigningKey& key) {
    return {key.public_key(), "dialler", "127.0.0.1", 1};
}

// One TLS connection by hand.
class RawClient {
public:
    RawClient(std::uint16_t port, std::unique_ptr<boost::asio::ssl::context> tls,
              const std::string& from = "127.0.0.1")
        : tls_(std::move(tls)), stream_(io_, *tls_) {
        boost::system::error_code failure;
        stream_.next_layer().open(boost::asio::ip::tcp::v4(), failure);
        stream_.next_layer().bind({boost::asio::ip::make_address(from), 0}, failure);
        stream_.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port}, failure);
        EXPECT_FALSE(failure) << failure.message();
    }
    // As the holder of `key`, with whoever listens.
    RawClient(std::uint16_t port, const crypto::SigningKey& key, const std::string& from = "127.0.0.1")
        : RawClient(port, any_server(key), from) {}

    static std::unique_ptr<boost::asio::ssl::context> any_server(const crypto::SigningKey& key,
                                                                 const Validity& validity = around_now()) {
        auto made = make_tls_context(key, std::make_shared<AllowKey>([](const auto&) { return true; }));
        return made && renew_certificate(**made, validity) ? *std::move(made) : nullptr;
    }
    static Validity around_now() {
        const Instant now = system_clock().now();
        return {{now.ms - 3'600'000}, now + Duration{3'600'000}};
    }
    // The node's, after the handshake.
    std::optional<Validity> node_certificate() { return peer_validity(stream_.native_handle()); }

    boost::system::error_code handshake() {
        return complete(
            [this](auto done) { stream_.async_handshake(boost::asio::ssl::stream_base::client, done); });
    }
    boost::system::error_code write(const Bytes& bytes) {
        return complete(
            [&](auto done) { boost::asio::async_write(stream_, boost::asio::buffer(bytes), done); });
    }
    // The next frame's body, or nothing when the connection has ended.
    std::optional<Bytes> read() {
        std::array<char, 4> length{};
        if (complete([&](auto done) { boost::asio::async_read(stream_, boost::asio::buffer(length), done); }))
            return std::nullopt;
        Bytes body(load_u32({length.data(), length.size()}), '\0');
        if (complete([&](auto done) { boost::asio::async_read(stream_, boost::asio::buffer(body), done); }))
            return std::nullopt;
        return body;
    }
    // The next message's text; empty frames are passed over.
    std::optional<std::string> read_text() {
        for (auto body = read(); body; body = read()) {
            proto::PeerMessage message;
            if (!body->empty() && message.ParseFromString(*body)) return message.consensus();
        }
        return std::nullopt;
    }
    // Whether the node has admitted this client: it has said welcome.
    bool welcomed() {
        if (handshake()) return false;
        const auto first = read();
        return first && first->empty();
    }
    // Reads on until the node ends the connection.
    bool ended() {
        while (read()) {
        }
        return !timed_out_;
    }
    // The same without TLS: whether the node hangs up on a client that says nothing.
    bool hung_up() {
        char byte = 0;
        return !!complete([&](auto done) {
            boost::asio::async_read(stream_.next_layer(), boost::asio::buffer(&byte, 1), done);
        }) && !timed_out_;
    }

private:
    template <class Start>
    boost::system::error_code complete(Start start) {
        std::optional<boost::system::error_code> result;
        start([&](boost::system::error_code failure, auto...) { result = failure; });
        io_.restart();
        io_.run_for(kDeadline);
        if (!result) {
            timed_out_ = true;
            ADD_FAILURE() << "nothing happened before the deadline";
            stream_.next_layer().close();
            io_.restart();
            io_.run();
        }
        return *result;
    }

    boost::asio::io_context io_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
    bool timed_out_ = false;
};

inline Bytes frame(BytesView body) {
    Bytes bytes;
    append_u32(bytes, static_cast<std::uint32_t>(body.size()));
    return bytes.append(body);
}

}  // namespace pcq::network
