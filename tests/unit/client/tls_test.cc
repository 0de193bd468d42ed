// RPC over TLS, both ends of it: who is believed, who is let in, and what happens when certificates change
// and end.
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <gmock/gmock.h>

#include "src/base/system_clock.h"
#include "src/client/rpc_client.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/authority.h"
#include "tests/unit/rpc/fake_backend.h"

namespace pcq::client {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using rpc::Authority;
using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Tls : public testing::Test {
protected:
    void start(const rpc::TlsFiles& files, const rpc::Options& options = {}) {
        server.emplace(backend, options);
        const auto endpoint = server->start({}, files);
        ASSERT_TRUE(endpoint) << endpoint.error().message;
        port = endpoint->port;
    }
    std::string address(const std::string& scheme = "https", const std::string& host = "127.0.0.1") const {
        return scheme + "://" + host + ":" + std::to_string(port);
    }
    RpcClient client(const std::optional<std::filesystem::path>& authorities,
                     const std::string& host = "127.0.0.1") const {
        const auto endpoint = endpoint_from(address("https", host), {authorities});
        PCQ_INVARIANT(endpoint);
        return RpcClient(*endpoint, {.timeout = 10s});
    }
    std::string metric(const std::string& name) {
        const auto text = client(authority.file()).get("/metrics")->body;
        const auto at = text.find("\n" + name + " ");
        return at == std::string::npos
                   ? ""
                   : text.substr(at + 2 + name.size(), text.find('\n', at + 1) - at - 2 - name.size());
    }
    // The number of the certificate that the server shows now.
    std::int64_t serial() {
        asio::io_context context;
        ssl::context tls(ssl::context::tls_client);
        ssl::stream<asio::ip::tcp::socket> stream(context, tls);
        stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
        stream.handshake(ssl::stream_base::client);
        const std::unique_ptr<X509, decltype(&X509_free)> shown(
            SSL_get1_peer_certificate(stream.native_handle()), &X509_free);
        std::int64_t number = 0;
        ASN1_INTEGER_get_int64(&number, X509_get_serialNumber(shown.get()));
        return number;
    }

    Authority authority;
    rpc::FakeBackend backend;
    std::optional<rpc::Server> server;
    std::uint16_t port = 0;
};

TEST_F(Tls, CarriesCallsFromWhoBelievesTheAuthority) {
    start(authority.issue("node"));
    for (const char* host : {"127.0.0.1", "localhost"}) {
        auto asking = client(authority.file(), host);
        for (int i = 0; i < 3; ++i) {
            const auto chains = asking.call("chains", {});
            ASSERT_TRUE(chains) << chains.error().message;
            EXPECT_EQ(chains->as_array().size(), 2U);
        }
    }
    EXPECT_EQ(metric("pcq_rpc_tls_handshakes_failed_total"), "0");
}

TEST_F(Tls, CarriesLargeRequestsAndAnswers) {
    start(authority.issue("node"));
    std::vector<RpcCall> calls(500, {"state", {{"chain", "main"}, {"keys", std::string(1'000, 'a')}}});
    const auto answers = client(authority.file()).call_batch(calls);
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(answers->size(), 500U);
    EXPECT_TRUE(answers->back());
}

TEST_F(Tls, IsRefusedByWhoDoesNotBelieveTheAuthority) {
    start(authority.issue("node"));
    const Authority other;
    for (const auto& believed : {std::optional(other.file()), std::optional<std::filesystem::path>()}) {
        const auto answer = client(believed).call("chains", {});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Code::node_unreachable);
        EXPECT_THAT(answer.error().message, HasSubstr("no certificate that is good for this address"));
    }
}

TEST_F(Tls, IsRefusedUnderAnotherNameThanTheCertificates) {
    start(authority.issue("node"));
    const auto answer = client(authority.file(), "127.0.0.2").call("chains", {});
    ASSERT_FALSE(answer) << "127.0.0.2 is no address of the certificate";
}

TEST_F(Tls, IsAllThatTheListenerSpeaks) {
    start(authority.issue("node"));
    const auto plain = RpcClient(*endpoint_from(address("http")), {.timeout = 10s}).call("chains", {});
    ASSERT_FALSE(plain);
    EXPECT_THAT(plain.error().message, HasSubstr("write https:// before its address"));

    asio::io_context context;
    ssl::context tls(ssl::context::tls_client);
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_2_VERSION);
    ssl::stream<asio::ip::tcp::socket> old(context, tls);
    old.next_layer().connect({asio::ip::address_v4::loopback(), port});
    boost::system::error_code failed;
    old.handshake(ssl::stream_base::client, failed);
    EXPECT_TRUE(failed) << "TLS 1.2 was spoken";
    EXPECT_EQ(metric("pcq_rpc_tls_handshakes_failed_total"), "2");
}

TEST_F(Tls, CarriesAWebSocketWithItsNews) {
    start(authority.issue("node"));
    asio::io_context context;
    ssl::context tls(ssl::context::tls_client);
    boost::beast::websocket::stream<ssl::stream<asio::ip::tcp::socket>> socket(context, tls);
    socket.next_layer().next_layer().connect({asio::ip::address_v4::loopback(), port});
    socket.next_layer().handshake(ssl::stream_base::client);
    socket.handshake("127.0.0.1", "/v1");
    const auto receive = [&socket] {
        boost::beast::flat_buffer buffer;
        socket.read(buffer);
        return boost::beast::buffers_to_string(buffer.data());
    };
    socket.write(asio::buffer(std::string(
        R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"chain":"main","topic":"blocks"}})")));
    EXPECT_THAT(receive(), HasSubstr(R"("subscription":1)"));
    server->committed(backend.add_block(backend.main, {"t"}));
    EXPECT_THAT(receive(), HasSubstr(R"("height":1)"));
    socket.close(boost::beast::websocket::close_code::normal);
}

TEST_F(Tls, TakesACertificateThatWasReplaced) {
    rpc::Options options;
    options.look_at_files_every = 1ms;
    start(authority.issue("node"), options);
    auto before = client(authority.file());
    ASSERT_TRUE(before.call("chains", {}));
    const std::int64_t first = serial();

    authority.issue("node");
    while (serial() == first) {
    }
    EXPECT_TRUE(before.call("chains", {})) << "the connection that stood is gone";
    EXPECT_TRUE(client(authority.file()).call("chains", {}));
}

TEST_F(Tls, TakesACertificateThatWasReplacedWhenItIsTold) {
    rpc::Options options;
    options.look_at_files_every = 24h;
    start(authority.issue("node"), options);
    const std::int64_t first = serial();
    authority.issue("node");
    EXPECT_EQ(serial(), first);
    server->reload();
    while (serial() == first) {
    }
}

TEST_F(Tls, KeepsTheOldCertificateIfTheNewOneIsNoGood) {
    const auto files = authority.issue("node");
    start(files);
    const std::int64_t first = serial();
    std::filesystem::resize_file(files.certificate, 100);
    server->reload();
    authority.issue("another");  // under another name, which nobody looks at
    server->reload();
    ASSERT_TRUE(client(authority.file()).call("chains", {}));
    EXPECT_EQ(serial(), first);
}

TEST_F(Tls, ServesOnWithACertificateThatHasEndedAndSaysSo) {
    const Instant ended{SystemClock().now().ms / 1000 * 1000 - 60'000};
    start(authority.issue("node", ended));
    const auto answer = client(authority.file()).call("chains", {});
    ASSERT_FALSE(answer) << "a client believes what has ended";
    EXPECT_THAT(answer.error().message, HasSubstr("expired"));

    asio::io_context context;
    ssl::context tls(ssl::context::tls_client);  // one that believes anything
    ssl::stream<asio::ip::tcp::socket> stream(context, tls);
    stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream.handshake(ssl::stream_base::client);
    asio::write(
        stream,
        asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")));
    std::string text;
    boost::system::error_code failed;
    asio::read(stream, asio::dynamic_buffer(text), failed);
    EXPECT_EQ(failed, asio::error::eof) << "TLS was not ended as it should be: " << failed.message();
    std::ostringstream line;
    line << R"(pcq_rpc_tls_certificate_end_timestamp_seconds{listener="everybody"} )" << ended.ms / 1000;
    EXPECT_THAT(text, HasSubstr(line.str()));
}

class Operators : public Tls {
protected:
    // Everybody in TLS or on loopback, and a listener for operators whom `clients_of` has given certificates.
    void start(const Authority& clients_of, const std::optional<rpc::TlsFiles>& everybody = std::nullopt,
               const rpc::Options& options = {}) {
        server.emplace(backend, options);
        auto files = authority.issue("node");
        files.clients = clients_of.file();
        const auto admitted = server->admit_operators({}, files);
        ASSERT_TRUE(admitted) << admitted.error().message;
        const auto endpoint = server->start({}, everybody);
        ASSERT_TRUE(endpoint) << endpoint.error().message;
        port = admitted->port;
        open_port = endpoint->port;
    }
    RpcClient with(const std::optional<rpc::TlsFiles>& shown) const {
        TlsFiles files{authority.file()};
        if (shown) {
            files.certificate = shown->certificate;
            files.key = shown->key;
        }
        return RpcClient(*endpoint_from(address(), files), {.timeout = 10s});
    }
    RpcClient everybody() const {
        return RpcClient(*endpoint_from("127.0.0.1:" + std::to_string(open_port)), {.timeout = 10s});
    }
    static std::string why_not(const Result<boost::json::value>& answer) {
        EXPECT_FALSE(answer);
        return answer ? "" : answer.error().message;
    }

    Authority operators;
    std::uint16_t open_port = 0;
};

TEST_F(Operators, AreServedWhatIsForThemByTheirCertificateAlone) {
    start(operators);
    auto client = with(operators.issue("ann"));
    for (const char* method : {"why", "evidence", "status"}) {
        const auto answer = client.call(method, {{"chain", "main"}});
        EXPECT_TRUE(answer) << answer.error().message;
    }
    for (const char* path : {"/metrics", "/why", "/healthz"})
        EXPECT_EQ(client.get(path)->status, 200U) << path;

    EXPECT_THAT(why_not(with(std::nullopt).call("chains", {})),
                AllOf(HasSubstr("certificate required"), HasSubstr("--certificate-key")));
    EXPECT_THAT(why_not(with(authority.issue("mallory")).call("chains", {})), HasSubstr("alert"))
        << "the authority of the node's own certificate is not that of its operators";
}

TEST_F(Operators, HaveToThemselvesWhatIsForThem) {
    start(operators);
    const auto in_tls =
        RpcClient(*endpoint_from("https://127.0.0.1:" + std::to_string(open_port)), {.timeout = 10s})
            .call("chains", {});
    EXPECT_THAT(why_not(in_tls), HasSubstr("write http:// before its address"));
    auto client = everybody();
    for (const char* method : {"why", "evidence"}) {
        const auto answer = client.call(method, {{"chain", "main"}});
        ASSERT_FALSE(answer) << method;
        EXPECT_EQ(answer.error().code, Code::not_authorised);
        EXPECT_THAT(answer.error().message, HasSubstr("rpc.operators"));
    }
    for (const char* path : {"/metrics", "/why"}) EXPECT_EQ(client.get(path)->status, 403U) << path;
    for (const char* path : {"/healthz", "/readyz", "/v1/openrpc.json"})
        EXPECT_EQ(client.get(path)->status, 200U) << path;
    EXPECT_TRUE(client.call("status", {{"chain", "main"}}));
}

TEST_F(Operators, AreNobodyOnAnAddressThatOthersReach) {
    server.emplace(backend, rpc::Options());
    const auto endpoint = server->start({.host = "0.0.0.0"}, authority.issue("node"));
    ASSERT_TRUE(endpoint);
    port = endpoint->port;
    EXPECT_EQ(client(authority.file()).call("why", {{"chain", "main"}}).error().code, Code::not_authorised);
    EXPECT_EQ(client(authority.file()).get("/metrics")->status, 403U);
}

TEST_F(Operators, FindAPlaceWhenEverybodyElseHasTakenTheirs) {
    rpc::Options options;
    options.connections_max = 1;
    start(operators, std::nullopt, options);
    auto one = everybody();
    ASSERT_TRUE(one.call("chains", {}));
    ASSERT_FALSE(everybody().call("chains", {}));
    EXPECT_TRUE(with(operators.issue("ann")).call("why", {{"chain", "main"}}));
}

// A place is for who has shown a certificate, and nobody waits behind those who show none.
TEST_F(Operators, FindAPlaceAmongConnectionsThatSayNothing) {
    rpc::Options options;
    options.operator_connections_max = 1;
    start(operators, std::nullopt, options);
    asio::io_context context;
    std::vector<asio::ip::tcp::socket> silent;
    for (int i = 0; i < 50; ++i)
        silent.emplace_back(context).connect({asio::ip::address_v4::loopback(), port});
    auto ann = with(operators.issue("ann"));
    EXPECT_TRUE(ann.call("why", {{"chain", "main"}}));

    boost::system::error_code end;
    char byte = 0;
    silent.front().read_some(asio::buffer(&byte, 1), end);
    EXPECT_TRUE(end) << "who has tried for longest makes room, without waiting for its time to be over";
    const auto one_too_many = with(operators.issue("bob")).call("why", {{"chain", "main"}});
    ASSERT_FALSE(one_too_many);
    EXPECT_THAT(one_too_many.error().message, HasSubstr("takes no further connection now"));
    EXPECT_TRUE(ann.call("why", {{"chain", "main"}}));
}

TEST_F(Operators, ShowACertificateWithItsKey) {
    const auto ann = operators.issue("ann");
    const auto bob = operators.issue("bob");
    const auto refusal = [](const TlsFiles& files) {
        const auto endpoint = endpoint_from("https://127.0.0.1:1", files);
        EXPECT_FALSE(endpoint);
        return endpoint ? Code::ok : endpoint.error().code;
    };
    EXPECT_EQ(refusal({.certificate = ann.certificate}), Code::bad_argument);
    EXPECT_EQ(refusal({.certificate = ann.certificate, .key = bob.key}), Code::bad_key_file);
    EXPECT_EQ(refusal({.certificate = "/nowhere", .key = ann.key}), Code::io_failed);
}

TEST_F(Tls, IsNotBegunWithFilesThatAreNoGood) {
    const auto files = authority.issue("node");
    const auto other = authority.issue("other");
    const auto refusal = [this](const rpc::TlsFiles& of) {
        server.emplace(backend, rpc::Options());
        const auto started = server->start({}, of);
        EXPECT_FALSE(started);
        return started ? Error() : started.error();
    };
    EXPECT_THAT(refusal({files.certificate, other.key}).message,
                HasSubstr("not that of " + files.certificate.string()));
    EXPECT_EQ(refusal({files.certificate, other.key}).code, Code::bad_key_file);
    EXPECT_THAT(refusal({files.certificate, authority.folder() / "none"}).message, HasSubstr("none"));
    EXPECT_EQ(refusal({authority.folder() / "none", files.key}).code, Code::io_failed);
    EXPECT_EQ(refusal({files.certificate, files.key, authority.folder() / "none"}).code, Code::io_failed);
}

TEST_F(Tls, IsBelievedByTheNodesOwnCertificateAsWell) {
    const auto files = authority.issue("node");
    start(files);
    EXPECT_TRUE(client(files.certificate).call("chains", {}));
    const auto another = authority.issue("another");
    EXPECT_FALSE(client(another.certificate).call("chains", {})) << "another's is pinned";
}

TEST_F(Tls, IsNeededWhereOthersCanListen) {
    server.emplace(backend, rpc::Options());
    const auto started = server->start({.host = "0.0.0.0"});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::listen_refused);
    EXPECT_THAT(started.error().message, HasSubstr("certificate"));
    const auto served = server->start({.host = "0.0.0.0"}, authority.issue("node"));
    ASSERT_TRUE(served) << served.error().message;
    port = served->port;
    EXPECT_TRUE(client(authority.file()).call("chains", {}));
}

// A handshake that is not finished must not keep the node from stopping, nor stay for ever.
TEST_F(Tls, LetsGoOfWhoDoesNotShakeHands) {
    rpc::Options options;
    options.session.request_timeout = 20ms;
    start(authority.issue("node"), options);
    asio::io_context context;
    asio::ip::tcp::socket silent(context);
    silent.connect({asio::ip::address_v4::loopback(), port});
    char byte = 0;
    boost::system::error_code failed;
    asio::read(silent, asio::buffer(&byte, 1), failed);
    EXPECT_TRUE(failed) << "the node says something to whoever says nothing";
}

TEST(TlsEndpoint, IsAnAddressWithHttps) {
    const auto endpoint = endpoint_from("https://node.example.org:8400/");
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->host, "node.example.org");
    EXPECT_EQ(endpoint->port, 8400);
    EXPECT_TRUE(endpoint->tls);
    EXPECT_FALSE(endpoint_from("http://127.0.0.1:8400")->tls);
    EXPECT_EQ(endpoint_from("https://127.0.0.1:8400", {"/nowhere"}).error().code, Code::io_failed);
}

}  // namespace
}  // namespace pcq::client
