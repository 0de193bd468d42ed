// Strangers at the door: at the peer port with a key that nobody has pinned or with garbage, at the RPC port
// with too much, too big, too slow and too wrong. They are turned away, it is logged and counted, and people
// trade on meanwhile.
#include <future>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/base/system_clock.h"
#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"
#include "src/network/peers.h"
#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 30;

class Stranger : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = std::make_unique<Network>();
        network_->up();
        market_ = std::make_unique<Market>(*network_, 2 * kSellers);
    }
    static void TearDownTestSuite() {
        market_.reset();
        network_.reset();
    }
    static Network& network() { return *network_; }

    tcp::socket connect(std::uint16_t port) {
        tcp::socket socket(io_);
        error_code failure;
        socket.connect({asio::ip::address_v4::loopback(), port}, failure);
        EXPECT_FALSE(failure) << failure.message();
        return socket;
    }
    // What comes until the other side closes.
    static std::string rest(tcp::socket& socket) {
        std::string answer;
        error_code ended;
        asio::read(socket, asio::dynamic_buffer(answer), ended);
        return answer;
    }
    static std::string post(const std::string& body, const std::string& more = "") {
        return "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: "
               "close\r\n" +
               more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    std::string exchange(std::size_t node, const std::string& request) {
        auto socket = connect(network().rpc(node).port);
        error_code ignored;  // a node that refuses does not read to the end
        asio::write(socket, asio::buffer(request), ignored);
        return rest(socket);
    }

    asio::io_context io_;
    static std::unique_ptr<Network> network_;
    static std::unique_ptr<Market> market_;
};
std::unique_ptr<Network> Stranger::network_;
std::unique_ptr<Market> Stranger::market_;

TEST_F(Stranger, WithAKeyThatNobodyHasPinnedIsRefusedAndLogged) {
    const auto key = *crypto::SigningKey::generate(crypto::KeyType::ed25519);
    auto allow_all = std::make_shared<network::AllowKey>([](const crypto::PublicKey&) { return true; });
    auto tls = network::make_tls_context(key, std::move(allow_all));
    ASSERT_TRUE(tls) << tls.error().message;
    const Instant now = system_clock().now();
    ASSERT_TRUE(network::renew_certificate(**tls, {now, now + Duration{60'000}}));
    Trading trading(*market_, kSellers);
    for (const std::size_t node : all_nodes()) {
        SCOPED_TRACE(Network::names()[node]);
        const double before = network().metric(node, "pcq_peer_strangers_refused_total").value_or(0);
        asio::ssl::stream<tcp::socket> stream(connect(network().peer_port(node)), **tls);
        error_code failure;
        stream.handshake(asio::ssl::stream_base::client, failure);
        // With TLS 1.3 the client may think that all is well until it listens.
        char byte = 0;
        if (!failure) asio::read(stream, asio::buffer(&byte, 1), failure);
        EXPECT_TRUE(failure);
        EXPECT_TRUE(eventually(
            [&] { return network().metric(node, "pcq_peer_strangers_refused_total") == before + 1; }));
        EXPECT_THAT(network().log(node), HasSubstr("refused a peer whose key is not pinned: key=" +
                                                   to_hex(key.public_key().data())));
        EXPECT_EQ(network().call(node, "status", {{"chain", "side"}})->at("validators_connected"), 4);
    }
    EXPECT_TRUE(trading.await(kTrades));
}

TEST_F(Stranger, WhoTalksGarbageToThePeerPortIsCutOffAndLogged) {
    Trading trading(*market_, kSellers);
    for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100'000, '\xff'),
                                       std::string("\x16\x03\x01\x02\x00\x01", 6)}) {
        auto socket = connect(network().peer_port(0));
        const auto from = socket.local_endpoint();
        error_code ignored;
        asio::write(socket, asio::buffer(garbage), ignored);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        rest(socket);  // returns when the node hangs up
        const std::string address = from.address().to_string() + ":" + std::to_string(from.port());
        EXPECT_TRUE(eventually([&] {
            return network().log(0).find("connection without a pinned key ended: address=" + address) !=
                   std::string::npos;
        })) << address;
    }
    EXPECT_TRUE(trading.await(kTrades));
}

TEST_F(Stranger, WhoConnectsAndSaysNothingDoesNotKeepPeersOut) {
    Trading trading(*market_, kSellers);
    std::vector<tcp::socket> silent;
    for (int i = 0; i < 100; ++i) silent.push_back(connect(network().peer_port(1)));
    network().kill_node(2);
    EXPECT_TRUE(trading.await(kTrades));
    network().up(2);
    EXPECT_TRUE(eventually([&] {
        return network().call(1, "status", {{"chain", "side"}})->at("validators_connected") == 4;
    }));
    network().await_caught_up(all_nodes());
}

TEST_F(Stranger, WithMalformedRequestsIsToldSo) {
    struct Case {
        std::string request;
        std::string status;
        std::string says;
    };
    const std::string call = R"({"jsonrpc":"2.0","id":1,"method":"status","params":{"chain":"side"}})";
    for (
        const auto& [request, status, says] :
        {Case{post("{"), "400", "request_malformed"}, Case{post("[]"), "400", "request_invalid"},
         Case{post(R"({"jsonrpc":"1.0","id":1,"method":"status"})"), "400", "request_invalid"},
         Case{post(R"({"jsonrpc":"2.0","id":1,"method":"statsu"})"), "200", "status"},
         Case{post(R"({"jsonrpc":"2.0","id":1,"method":"status","params":{"chain":"mars"}})"), "200",
              "chain_unknown"},
         Case{
             post(
                 R"({"jsonrpc":"2.0","id":1,"method":"submit","params":{"chain":"side","transaction":"!"}})"),
             "200", "parameter_invalid"},
         Case{post(std::string(10'000, '[')), "413", "request_too_large"},
         Case{post(std::string(3'000'000, ' ')), "413", ""},
         Case{post(call, "X-Long: " + std::string(20'000, 'x') + "\r\n"), "431", ""},
         Case{"GET /v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404", ""},
         Case{"DELETE /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405", ""},
         Case{"\x01\x02\x03\r\n\r\n", "400", ""}, Case{post(call), "200", "\"height\""}}) {
        SCOPED_TRACE(request.substr(0, 120));
        const std::string answer = exchange(0, request);
        EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 " + status);
        EXPECT_THAT(answer, HasSubstr(says));
    }
}

// A peer of another chain asks for a snapshot of that: it is not left waiting for an answer.
TEST_F(Stranger, OfAChainThatItDoesNotHostANodeSaysThatItHasNoSnapshot) {
    network().await_caught_up(all_nodes());
    network().kill_node(3);
    const auto key_of = [](std::size_t node) {
        return *crypto::load_key(network().folder() / "nodes" / (Network::names()[node] + ".pem"),
                                 std::nullopt);
    };
    const auto own = key_of(3);
    const auto asked = key_of(0).public_key();
    proto::PeerMessage question;
    question.set_chain_id(crypto::sha256({"another chain"}).bytes());
    question.mutable_get_snapshot();
    std::promise<proto::PeerMessage> answer;
    network::Options options;
    options.listen_port = network().peer_port(3);
    std::optional<network::Peers> peers;
    peers.emplace(io_, options, own,
                  std::vector<network::PeerAddress>{{asked, "asked", "127.0.0.1", network().peer_port(0)}},
                  network::Peers::Handlers{[&](network::Delivery delivery) {
                                               if (!delivery.message.has_snapshot()) return;
                                               answer.set_value(delivery.message);
                                               peers->stop();
                                               io_.stop();
                                           },
                                           [&](const crypto::PublicKey& peer) {
                                               peers->send(peer, network::Priority::sync, question);
                                           },
                                           [](const crypto::PublicKey&) {}});
    ASSERT_TRUE(peers->start());
    io_.run_for(kPatience);
    auto said = answer.get_future();
    ASSERT_EQ(said.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "no answer";
    const auto snapshot = said.get();
    EXPECT_EQ(snapshot.chain_id(), question.chain_id());
    EXPECT_EQ(snapshot.snapshot().height(), 0u);
    peers.reset();
    network().up(3);
    network().await_caught_up(all_nodes());
}

// protobuf writes of texts that are none to stderr, where the log goes.
TEST_F(Stranger, WhoSendsATextThatIsNoneGetsAnErrorAndWritesNothingToTheLog) {
    auto body = market_->seller(0).body(market_->side(), kValidFor);
    body.mutable_freeze_account()->set_reason("\xff");
    const auto transaction = market_->seller(0).sign(body);
    EXPECT_FALSE(client::RpcClient(network().rpc(0)).submit("side", transaction));
    EXPECT_THAT(network().log(0), Not(HasSubstr("libprotobuf")));
}

// Goal: what is done to the RPC port does not reach consensus.
// Method: while people trade, every connection that a node allows is taken and left hanging in the middle of
// a request, and others send as much as they can.
TEST_F(Stranger, WhoTakesEveryRpcConnectionOfANodeStopsNoTrade) {
    constexpr int kConnections = 300;        // more than the node takes
    network().await_caught_up(all_nodes());  // what was sold before is known everywhere
    Trading trading(*market_, kSellers);
    std::vector<tcp::socket> hanging;
    for (int i = 0; i < kConnections; ++i) {
        hanging.push_back(connect(network().rpc(3).port));
        error_code ignored;
        asio::write(hanging.back(), asio::buffer(std::string("POST /v1 HTTP/1.1\r\nContent-Le")), ignored);
    }
    const std::uint64_t before = *network().height(0, "side");
    EXPECT_TRUE(trading.await(kTrades)) << "the other nodes have room, and node 3 votes";
    EXPECT_TRUE(eventually([&] { return network().height(0, "side") > before; }));
    EXPECT_THAT(exchange(3, post("{}")), AnyOf(HasSubstr("HTTP/1.1 503"), HasSubstr("HTTP/1.1 400"), ""));
    for (auto& socket : hanging) socket.close();
    EXPECT_TRUE(eventually([&] { return network().height(3, "side").has_value(); })) << "it has room again";

    std::string batch = "[";
    for (int i = 0; i < 500; ++i) {
        batch +=
            (i == 0 ? "" : ",") +
            std::string(
                R"({"jsonrpc":"2.0","id":1,"method":"block","params":{"chain":"side","detail":"full"}})");
    }
    for (int i = 0; i < 20; ++i) exchange(3, post(batch + "]"));
    EXPECT_TRUE(trading.await(kTrades));
    trading.stop();
    network().await_caught_up(all_nodes());
    trading.expect_all_in(network().expect_equal_chains(all_nodes()));
}

}  // namespace
}  // namespace pcq::e2e
