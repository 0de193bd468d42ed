// A connection to a node's peer port: TLS handshakes by strangers, by certificates of any content around a
// pinned key, and the frames of an honest key's holder. Only who holds a pinned key is ever connected; what
// is delivered are the messages of the frames, in order, up to the first that breaks the rules; and every
// connection ends with its client.
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/network/fixture.h"

namespace pcq::fuzz {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using namespace network;
using Context = std::unique_ptr<ssl::context>;

constexpr std::size_t kFrameMax = 4'096;
constexpr std::size_t kInputMax = 16'384;

class Node {
public:
    Node() {
        spdlog::set_level(spdlog::level::off);
        Options options;
        options.frame_bytes_max = kFrameMax;
        options.ban_min = options.ban_max = Duration{0};
        options.handshake_timeout = options.silence_max = Duration{600'000};  // slow machines are no faults
        // Of two the smaller key dials: the client.
        peers_.emplace(io_, options, keys_[1], std::vector{dials(keys_[0])},
                       Peers::Handlers{[this](Delivery delivery) {
                                           PCQ_INVARIANT(delivery.from == keys_[0].public_key());
                                           delivered_.push_back(delivery.message.SerializeAsString());
                                       },
                                       [this](const auto& key) {
                                           PCQ_INVARIANT(key == keys_[0].public_key());
                                           ++connected_;
                                       },
                                       [this](const auto&) { ++disconnected_; }});
        PCQ_INVARIANT(peers_->start().has_value());
        io_.poll();
    }

    asio::ip::tcp::socket connect() {
        asio::ip::tcp::socket socket(io_);
        socket.connect({asio::ip::address_v4::loopback(), peers_->port()});
        return socket;
    }
    // Runs everything until `is_done`.
    template <class Condition>
    void run_until(const Condition& is_done) {
        while (!is_done()) PCQ_INVARIANT(io_.run_one() > 0);
        io_.poll();
    }
    void begin() {
        delivered_.clear();
        connected_ = disconnected_ = 0;
        banned_ = peers_->stats().banned;
    }
    asio::io_context& io() { return io_; }
    const crypto::SigningKey& pinned() const { return keys_[0]; }
    const std::vector<Bytes>& delivered() const { return delivered_; }
    int connected() const { return connected_; }
    bool is_over() const { return connected_ == disconnected_; }
    std::uint64_t banned() const { return peers_->stats().banned - banned_; }

private:
    asio::io_context io_;
    std::vector<crypto::SigningKey> keys_ = sorted_keys(2);
    std::optional<Peers> peers_;
    std::vector<Bytes> delivered_;
    int connected_ = 0;
    int disconnected_ = 0;
    std::uint64_t banned_ = 0;
};

Node& node() {
    static Node* const made = new Node;  // its sockets live as long as the process
    return *made;
}

// Reads until the node ends the connection.
template <class Stream>
void read_to_end(Stream& stream) {
    std::array<char, 4'096> buffer{};
    bool ended = false;
    std::function<void()> read = [&] {
        stream.async_read_some(asio::buffer(buffer), [&](boost::system::error_code failed, std::size_t) {
            failed ? static_cast<void>(ended = true) : read();
        });
    };
    read();
    node().run_until([&] { return ended; });
}

// Handshakes with this context, sends the bytes and stops. Whether the handshake was complete here.
bool talk(ssl::context& context, BytesView bytes) {
    ssl::stream<asio::ip::tcp::socket> stream(node().connect(), context);
    std::optional<boost::system::error_code> shaken;
    stream.async_handshake(ssl::stream_base::client, [&](auto failed) { shaken = failed; });
    node().run_until([&] { return shaken.has_value(); });
    if (*shaken) return false;
    std::optional<boost::system::error_code> sent;
    asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()),
                      [&](boost::system::error_code failed, std::size_t) { sent = failed; });
    node().run_until([&] { return sent.has_value(); });
    boost::system::error_code ignored;
    stream.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    read_to_end(stream);
    node().run_until([] { return node().is_over(); });
    return true;
}

Context context_of(const crypto::SigningKey& key) {
    return RawClient::any_server(key);
}

void send_frames(BytesView bytes) {
    static const Context context = context_of(node().pinned());
    std::vector<Bytes> expected;
    bool is_broken = false;
    BytesView rest = bytes;
    while (rest.size() >= 4 && !is_broken) {
        const std::size_t length = load_u32(rest);
        is_broken = length > kFrameMax;
        rest.remove_prefix(4);
        if (is_broken || rest.size() < length) break;
        proto::PeerMessage message;
        if (length > 0) {
            is_broken = !message.ParseFromArray(rest.data(), static_cast<int>(length));
            if (!is_broken) expected.push_back(message.SerializeAsString());
        }
        rest.remove_prefix(length);
    }
    PCQ_INVARIANT(talk(*context, bytes));
    PCQ_INVARIANT(node().connected() == 1);
    PCQ_INVARIANT(node().delivered() == expected);
    PCQ_INVARIANT(node().banned() == (is_broken ? 1U : 0U));
}

void show_certificate(BytesView der) {
    const auto* in = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        d2i_X509(nullptr, &in, static_cast<long>(der.size())), X509_free);
    if (!certificate) return;
    const Context context = context_of(node().pinned());
    // Refused unless it is around the key that is held.
    if (SSL_CTX_use_certificate(context->native_handle(), certificate.get()) != 1) return;
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) return;
    talk(*context, {});
    PCQ_INVARIANT(node().delivered().empty());
}

void be_a_stranger(BytesView bytes) {
    asio::ip::tcp::socket socket = node().connect();
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(bytes.data(), bytes.size()), ignored);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    read_to_end(socket);
    PCQ_INVARIANT(node().connected() == 0 && node().delivered().empty());
}

Bytes certificate_of(const crypto::SigningKey& key) {
    const Context context = context_of(key);
    unsigned char* der = nullptr;
    const int length = i2d_X509(SSL_CTX_get0_certificate(context->native_handle()), &der);
    PCQ_INVARIANT(length > 0);
    const Bytes bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    node().begin();
    const std::size_t kind = draw.below(3);
    const BytesView bytes = draw.rest().substr(0, kInputMax);
    kind == 0 ? send_frames(bytes) : kind == 1 ? show_certificate(bytes) : be_a_stranger(bytes);
}

std::vector<Bytes> seeds() {
    const Bytes one = frame(text("one").SerializeAsString());
    proto::PeerMessage ask;
    ask.set_chain_id(Bytes(32, 'c'));
    ask.mutable_get_blocks()->set_count(7);
    const Bytes two = frame(ask.SerializeAsString());
    const Bytes hello("\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03" + Bytes(32, 'r') +
                      Bytes("\x00\x00\x02\x13\x01\x01\x00\x00\x11\x00\x2b\x00\x03\x02\x03\x04\x00\x0d\x00\x06"
                            "\x00\x04\x08\x07\x04\x03",
                            26));
    return {Bytes(1, '\0') + one + two + Bytes(4, '\0') + one,
            Bytes(1, '\0') + Bytes("\0\0\0\2\xff\xff", 6) + one,
            Bytes(1, '\0') + Bytes("\0\1\0\0", 4),
            Bytes(1, '\0') + one.substr(0, 5),
            Bytes(1, '\1') + certificate_of(sorted_keys(2)[0]),
            Bytes(1, '\1') + certificate_of(key_number(9)),
            Bytes(1, '\2') + hello};
}

}  // namespace pcq::fuzz
