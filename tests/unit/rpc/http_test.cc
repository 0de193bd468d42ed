// Clients that are careless, broken or hostile: each gets a proper answer, and others never notice.
#include <deque>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "src/base/base64.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Http : public testing::Test {
protected:
    std::uint16_t start(const Options& options = Options()) {
        server.emplace(backend, options);
        const auto endpoint = server->start({});
        EXPECT_TRUE(endpoint) << endpoint.error().message;
        return open_port = endpoint->port;
    }
    static int error_code(const HttpClient::Response& response) {
        return static_cast<int>(json::parse(response.body()).at("error").at("code").as_int64());
    }
    static std::string call_text(int id, const std::string& method = "chains") {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + "\"}";
    }

    FakeBackend backend;
    std::optional<Server> server;
    std::uint16_t open_port = 0;
};

TEST_F(Http, AnswersMalformedJsonWithAParseError) {
    HttpClient client(start());
    for (const char* body : {"{", "", "{\"jsonrpc\":\"2.0\",}", "nonsense", "\xff\xfe", "{} {}"}) {
        const auto response = client.post(body);
        EXPECT_EQ(response.result_int(), 400U) << body;
        EXPECT_EQ(error_code(response), -32700) << body;
        EXPECT_EQ(json::parse(response.body()).at("id"), nullptr);
    }
    EXPECT_EQ(client.post(call_text(1)).result_int(), 200U);
}

TEST_F(Http, AnswersWhatIsNoRequestWithInvalidRequest) {
    HttpClient client(start());
    for (const char* body :
         {"1", "\"call\"", "null", "[]", "{}", R"({"jsonrpc":"1.0","id":1,"method":"chains"})",
          R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":7})",
          R"({"jsonrpc":"2.0","id":{},"method":"chains"})",
          R"({"jsonrpc":"2.0","id":true,"method":"chains"})",
          R"({"jsonrpc":"2.0","id":1,"method":"chains","params":7})"}) {
        const auto response = client.post(body);
        EXPECT_EQ(response.result_int(), 400U) << body;
        EXPECT_EQ(error_code(response), -32600) << body;
    }
}

TEST_F(Http, KeepsTheIdOfACallThatFails) {
    HttpClient client(start());
    EXPECT_EQ(json::parse(client.post(R"({"jsonrpc":"2.0","id":"x7"})").body()).at("id").as_string(), "x7");
    EXPECT_EQ(json::parse(client.post(call_text(42, "nope")).body()).at("id").as_int64(), 42);
}

TEST_F(Http, RefusesDeepNestingWithoutTrouble) {
    HttpClient client(start());
    for (const std::size_t depth : {33U, 1'000'000U}) {
        const auto response = client.post(std::string(depth, '[') + std::string(depth, ']'));
        EXPECT_EQ(response.result_int(), 413U);
        EXPECT_EQ(error_code(response), -32600);
        EXPECT_THAT(response.body(), HasSubstr("request_too_large"));
    }
}

// What frames a chunk is no body, and no header: it may not grow for ever either.
TEST_F(Http, TakesNoFramingWithoutEnd) {
    const auto port = start();
    const std::string head = "POST /v1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string endless(1024UL * 1024, 'a');
    for (const std::string framing : {"1;", "0\r\nA: ", "0000"}) {
        HttpClient client(port);
        client.send(head + framing);
        client.send(framing == "0000" ? std::string(endless.size(), '0') : endless);
        const auto answer = client.receive();
        EXPECT_GE(answer.result_int(), 400U) << framing;
        EXPECT_LT(answer.result_int(), 500U) << framing;
    }
}

TEST_F(Http, AnswersAHugeBodyWith413AndCloses) {
    const std::uint16_t port = start();
    HttpClient announced(port);
    announced.send("POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2097153\r\n\r\n");
    EXPECT_EQ(announced.receive().result_int(), 413U);
    EXPECT_TRUE(announced.closed());

    // The answer arrives although the client is still sending when it is refused.
    HttpClient sent(port);
    sent.send(HttpClient::post_text(std::string(4 * 1024 * 1024, ' ')));
    const auto response = sent.receive();
    EXPECT_EQ(response.result_int(), 413U);
    EXPECT_THAT(response.body(), HasSubstr("2097152 bytes"));

    HttpClient chunked(port);
    std::string chunks;
    for (int i = 0; i < 3; ++i) chunks += "100000\r\n" + std::string(0x100000, ' ') + "\r\n";
    chunked.send("POST /v1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    EXPECT_EQ(chunked.receive().result_int(), 413U);
}

TEST_F(Http, AnswersAHugeHeaderWith431) {
    HttpClient client(start());
    client.send("GET /healthz HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(client.receive().result_int(), 431U);
    EXPECT_TRUE(client.closed());
}

TEST_F(Http, AnswersWhatIsNoHttpWith400) {
    HttpClient client(start());
    client.send("\x16\x03\x01 this is TLS\r\n\r\n");
    EXPECT_EQ(client.receive().result_int(), 400U);
    EXPECT_TRUE(client.closed());
}

// So that a client can name them to the operators, who find them in the log.
TEST_F(Http, NamesRequestsThatNeverBecameACallToo) {
    Options options;
    options.session.request_timeout = 50ms;
    const std::uint16_t port = start(options);
    const auto name_of = [port](const std::string& text, unsigned status) {
        HttpClient client(port);
        client.send(text);
        const auto response = client.receive();
        EXPECT_EQ(response.result_int(), status) << text.substr(0, 80);
        return std::string(response["X-Request-Id"]);
    };
    const std::string begin =
        "POST /v1 HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\nContent-Length: ";
    EXPECT_EQ(name_of(begin + "100\r\n\r\n{", 408), "mine");
    EXPECT_EQ(name_of(begin + "2097153\r\n\r\n", 413), "mine");
    EXPECT_NE(name_of("no HTTP at all\r\n\r\n", 400), "");
    EXPECT_NE(name_of("GET / HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n", 431), "");
    options.connections_max = 0;
    HttpClient refused(start(options));
    const auto response = refused.receive();
    EXPECT_EQ(response.result_int(), 503U);
    EXPECT_NE(response["X-Request-Id"], "");
}

TEST_F(Http, AcceptsABodyAfterSaying100Continue) {
    HttpClient client(start());
    const std::string body = call_text(1);
    client.send(
        "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n");
    EXPECT_EQ(client.receive().result_int(), 100U);
    client.send(body);
    EXPECT_EQ(client.receive().result_int(), 200U);
}

TEST_F(Http, WantsJsonSaidAndPostUsed) {
    HttpClient client(start());
    client.send(
        "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(client.receive().result_int(), 415U);
    const auto wrong_verb = client.get("/v1");
    EXPECT_EQ(wrong_verb.result_int(), 405U);
    EXPECT_EQ(wrong_verb[boost::beast::http::field::allow], "POST");
    EXPECT_EQ(client.get("/favicon.ico").result_int(), 404U);
    client.send("DELETE /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive().result_int(), 405U);
}

TEST_F(Http, AnswersABatchInOrderWithoutItsNotifications) {
    HttpClient client(start());
    const auto response = client.post("[" + call_text(1) + R"(,{"jsonrpc":"2.0","method":"chains"},7,)" +
                                      call_text(3, "nope") + "]");
    EXPECT_EQ(response.result_int(), 200U);
    const auto answers = json::parse(response.body()).as_array();
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(answers[0].at("id").as_int64(), 1);
    EXPECT_EQ(answers[1].at("error").at("code").as_int64(), -32600);
    EXPECT_EQ(answers[2].at("error").at("code").as_int64(), -32601);
}

TEST_F(Http, AnswersNothingButNotificationsWith204) {
    HttpClient client(start());
    EXPECT_EQ(client.post(R"({"jsonrpc":"2.0","method":"chains"})").result_int(), 204U);
    EXPECT_EQ(client.post(R"([{"jsonrpc":"2.0","method":"chains"}])").result_int(), 204U);
}

TEST_F(Http, RefusesABatchThatIsTooLong) {
    HttpClient client(start());
    std::string batch = "[" + call_text(0);
    for (int i = 1; i < 501; ++i) batch += "," + call_text(i);
    const auto response = client.post(batch + "]");
    EXPECT_EQ(response.result_int(), 413U);
    EXPECT_THAT(response.body(), HasSubstr("at most 500"));
}

TEST_F(Http, RefusesTheRestOfABatchWhoseAnswersDoNotFit) {
    Options options;
    options.api.answer_bytes_max = 1'000;
    HttpClient client(start(options));
    std::string batch = "[" + call_text(0);
    for (int i = 1; i < 100; ++i) batch += "," + call_text(i);
    const auto answers = json::parse(client.post(batch + "]").body()).as_array();
    ASSERT_EQ(answers.size(), 100U);
    EXPECT_TRUE(answers.front().as_object().contains("result"));
    EXPECT_EQ(answers.back().at("error").at("data").at("name").as_string(), "request_too_large");
}

// Two requests of 2.7 megabytes of answers each.
TEST_F(Http, HoldsNoMoreAnswersThanAConnectionMayHave) {
    Options options;
    options.guests.connection_bytes_max = 1'000'000;
    options.session.unsent_bytes_max = 1UL << 30;
    backend.add_block(backend.main, std::vector<Bytes>(40'000, "some transaction"));
    HttpClient client(start(options));
    const std::string call =
        R"({"jsonrpc":"2.0","id":1,"method":"block","params":{"chain":"main","height":1,"limit":10000}})";
    std::string requests;
    for (int i = 0; i < 2; ++i)
        requests += HttpClient::post_text("[" + call + "," + call + "," + call + "," + call + "]");
    HttpClient other(open_port);
    client.send(requests);
    std::size_t given = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 2; ++i) {
        const auto answers = json::parse(client.receive().body());
        for (const auto& answer : answers.as_array()) {
            const auto* error = answer.as_object().if_contains("error");
            if (error != nullptr) {
                EXPECT_EQ(error->at("data").at("name").as_string(), "too_many_requests");
            }
            ++(error == nullptr ? given : refused);
        }
    }
    EXPECT_EQ(given + refused, 8U);
    EXPECT_GE(given, 2U);
    EXPECT_GE(refused, 4U) << "two of each fill the bound";
    EXPECT_EQ(other.post(call_text(1)).result_int(), 200U) << "another connection has its own";
    // Everything is given back when it has been taken.
    EXPECT_EQ(client.post(call).result_int(), 200U);
    while (other.get("/metrics").body().find("\npcq_rpc_held_bytes 0\n") == std::string::npos) {
    }
}

TEST_F(Http, TakesNoBodyWhenTheNodeHoldsAsMuchAsItMay) {
    Options options;
    options.guests.node_bytes_max = 1'500'000;
    start(options);
    const auto begin = [](std::size_t promised, std::size_t sent) {
        return "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(promised) + "\r\n\r\n" + std::string(sent, ' ');
    };
    std::deque<HttpClient> promising;  // and sending nothing, which holds nothing
    for (int i = 0; i < 5; ++i) promising.emplace_back(open_port).send(begin(2'000'000, 1));
    HttpClient filling(open_port);
    filling.send(begin(2'000'000, 1'450'000));
    HttpClient watcher(open_port);
    while (watcher.get("/metrics").body().find("\npcq_rpc_held_bytes 1450005\n") == std::string::npos) {
    }
    EXPECT_EQ(watcher.post(call_text(1)).result_int(), 200U) << "there is a little room yet";
    HttpClient late(open_port);
    late.send(begin(1'000'000, 300'000));
    EXPECT_EQ(late.receive().result_int(), 503U);
    EXPECT_TRUE(late.closed());
    filling.send(std::string(550'000, ' '));
    EXPECT_EQ(filling.receive().result_int(), 503U) << "it fills the rest itself";
}

TEST_F(Http, AnswersAnAddressThatCallsTooOftenWith429) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.calls_per_second = 1;
    options.guests.calls_at_once = 4;
    HttpClient client(start(options));
    EXPECT_EQ(client.post("[" + call_text(1) + "," + call_text(2) + "," + call_text(3) + "]").result_int(),
              200U);
    EXPECT_EQ(client.get("/healthz").result_int(), 200U);
    for (const auto& response :
         {client.post(call_text(4)), HttpClient(open_port).post(call_text(5)), client.get("/healthz")}) {
        EXPECT_EQ(response.result_int(), 429U);
        EXPECT_EQ(response[boost::beast::http::field::retry_after], "1");
        EXPECT_THAT(response.body(), HasSubstr("used up its calls"));
    }
    EXPECT_EQ(error_code(client.post(call_text(6))), -32000);
}

TEST_F(Http, CountsWhatIsNoCallAsOne) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.calls_per_second = 1;
    options.guests.calls_at_once = 4;
    HttpClient client(start(options));
    const auto status = [&client](const std::string& request) {
        client.send(request);
        return client.receive().result_int();
    };
    EXPECT_EQ(status("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"), 404U);
    EXPECT_EQ(status("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403U);
    EXPECT_EQ(status("PUT /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"), 405U);
    EXPECT_EQ(status("POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"), 415U);
    EXPECT_EQ(status("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"), 429U);
    EXPECT_EQ(status("GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"),
              429U);
}

TEST_F(Http, ClosesOnAnAddressWithTooManyConnections) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.connections_per_address = 2;
    HttpClient first(start(options));
    HttpClient second(open_port);
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
    EXPECT_EQ(second.post(call_text(1)).result_int(), 200U);
    HttpClient third(open_port);
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
}

// A page whose name leads to this node, so that its browser takes the node for a part of it.
TEST_F(Http, AnswersToItsOwnNamesAlone) {
    Options options;
    options.hosts = {"node1.example.org"};
    HttpClient client(start(options));
    const auto status = [&client](const std::string& host) {
        client.send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.receive().result_int();
    };
    EXPECT_EQ(status("127.0.0.1:8400"), 200U);
    EXPECT_EQ(status("node1.example.org"), 200U);
    EXPECT_EQ(status("evil.example:8400"), 403U);
    client.send(
        "POST /v1 HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: "
        "2\r\n\r\n{}");
    EXPECT_THAT(client.receive().body(), HasSubstr("rpc.hosts"));
}

TEST_F(Http, AnswersPipelinedRequestsInTheirOrder) {
    HttpClient client(start());
    std::string requests;
    for (int i = 0; i < 200; ++i)
        requests += HttpClient::post_text(call_text(i));  // more than may be in flight
    client.send(requests);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(json::parse(client.receive().body()).at("id").as_int64(), i);
}

TEST_F(Http, KeepsTheOrderWhenALaterRequestIsReadyFirst) {
    FakeBackend::Done pending;
    Signal arrived;
    backend.on_submit = [&](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        pending = done;
        arrived.set();
    };
    HttpClient client(start());
    client.send(
        HttpClient::post_text(R"({"jsonrpc":"2.0","id":1,"method":"submit","params":["main","eA=="]})"));
    client.send(HttpClient::post_text(call_text(2)));
    arrived.wait();
    pending(Hash());
    EXPECT_EQ(json::parse(client.receive().body()).at("id").as_int64(), 1);
    EXPECT_EQ(json::parse(client.receive().body()).at("id").as_int64(), 2);
}

TEST_F(Http, EndsASlowRequestWith408) {
    Options options;
    options.session.request_timeout = 50ms;
    HttpClient client(start(options));
    client.send("POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"json");
    EXPECT_EQ(client.receive().result_int(), 408U);
    EXPECT_TRUE(client.closed());
}

TEST_F(Http, ClosesAnIdleConnectionWithoutAWord) {
    Options options;
    options.session.idle_timeout = 50ms;
    const std::uint16_t port = start(options);
    HttpClient fresh(port);
    EXPECT_TRUE(fresh.closed());
    HttpClient used(port);
    EXPECT_EQ(used.post(call_text(1)).result_int(), 200U);
    EXPECT_TRUE(used.closed());
}

TEST_F(Http, DropsAClientThatDoesNotTakeItsAnswers) {
    Options options;
    options.session.write_timeout = 50ms;
    options.drain_timeout = 30'000ms;
    backend.add_block(backend.main, std::vector<Bytes>(40'000, "some transaction"));
    HttpClient client(start(options));
    // About 2.6 MB of answer each, which no kernel buffers for ever.
    std::string requests;
    for (int i = 0; i < 30; ++i) {
        requests += HttpClient::post_text(
            R"({"jsonrpc":"2.0","id":1,"method":"block","params":{"chain":"main","height":1,"limit":10000}})");
    }
    client.send(requests);
    // Quiet before the drain time-out is over: the connection went by itself.
    const auto begun = std::chrono::steady_clock::now();
    server->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
}

TEST_F(Http, StillAnswersAClientThatHasClosedItsSendingHalf) {
    FakeBackend::Done pending;
    Signal arrived;
    backend.on_submit = [&](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        pending = done;
        arrived.set();
    };
    HttpClient client(start());
    client.send(
        HttpClient::post_text(R"({"jsonrpc":"2.0","id":1,"method":"submit","params":["main","eA=="]})"));
    client.close_sending_half();
    arrived.wait();
    pending(Hash());
    EXPECT_EQ(client.receive().result_int(), 200U);
    EXPECT_TRUE(client.closed());
}

TEST_F(Http, ForgetsAClientThatLeavesInTheMiddle) {
    const std::uint16_t port = start();
    {
        HttpClient client(port);
        client.send("POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    }
    HttpClient next(port);
    EXPECT_EQ(next.post(call_text(1)).result_int(), 200U);
}

TEST_F(Http, TellsOneConnectionTooManySo) {
    Options options;
    options.connections_max = 2;
    const std::uint16_t port = start(options);
    HttpClient first(port);
    HttpClient second(port);
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
    EXPECT_EQ(second.post(call_text(1)).result_int(), 200U);
    HttpClient third(port);
    const auto response = third.receive();
    EXPECT_EQ(response.result_int(), 503U);
    EXPECT_EQ(response[boost::beast::http::field::retry_after], "1");
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
}

TEST_F(Http, SaysThatItIsAliveAndWhetherItIsReady) {
    HttpClient client(start());
    EXPECT_EQ(client.get("/healthz").result_int(), 200U);
    EXPECT_EQ(client.get("/readyz").result_int(), 200U);
    backend.reason_not_ready = "london is 120 blocks behind";
    const auto response = client.get("/readyz");
    EXPECT_EQ(response.result_int(), 503U);
    EXPECT_THAT(response.body(), HasSubstr("120 blocks behind"));
    EXPECT_EQ(client.get("/healthz").result_int(), 200U);
}

TEST_F(Http, SaysWhyAChainStandsStill) {
    HttpClient client(start());
    const auto response = client.get("/why");
    EXPECT_EQ(response.result_int(), 200U);
    EXPECT_THAT(response.body(), HasSubstr("\"waits_for\":\"prepares\""));
    EXPECT_THAT(response.body(), HasSubstr("\"cause\":\"unreachable\""));
    EXPECT_THAT(boost::json::serialize(client.call("why", R"({"chain":"main"})")),
                HasSubstr("\"stalled\":true"));
}

TEST_F(Http, ExportsMetricsAsPrometheusReadsThem) {
    backend.figures = {{"pcq_peer_frames_total", "Frames.", true, {{"peer", "low"}}, 5},
                       {"pcq_x", "X.", false, {}, 2.5}};
    HttpClient client(start());
    client.call("chains");
    client.call("nope");
    const auto response = client.get("/metrics");
    EXPECT_THAT(std::string(response[boost::beast::http::field::content_type]), HasSubstr("version=0.0.4"));
    const std::string& text = response.body();
    for (const char* line :
         {"# TYPE pcq_chain_height gauge\n", "pcq_chain_height{chain=\"london\"} 0\n",
          "pcq_chain_view{chain=\"main\"} 2\n", "pcq_mempool_transactions{chain=\"main\"} 7\n",
          "# TYPE pcq_transactions_committed_total counter\n",
          "pcq_transactions_committed_total{chain=\"main\"} 11\n",
          "pcq_transactions_refused_total{chain=\"main\",code=\"mempool_full\"} 3\n",
          "pcq_transactions_failed_total{chain=\"main\",code=\"cash_insufficient\"} 1\n",
          "pcq_peer_frames_total{peer=\"low\"} 5\n", "pcq_x 2.5\n", "pcq_rpc_connections 1\n",
          "pcq_rpc_request_duration_seconds_count{method=\"chains\"} 1\n",
          "pcq_rpc_requests_failed_total{method=\"unknown\"} 1\n",
          "pcq_rpc_responses_total{status=\"200\"} 2\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    // Each family is announced once, or Prometheus refuses the page.
    const std::string announcement = "# TYPE pcq_chain_height ";
    EXPECT_EQ(text.find(announcement), text.rfind(announcement));
}

TEST_F(Http, SaysWhyItCannotListen) {
    const std::uint16_t port = start();
    Server second(backend, Options());
    const auto taken = second.start({.host = "127.0.0.1", .port = port});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::listen_refused);
    EXPECT_THAT(taken.error().message, HasSubstr("the port is taken"));

    const auto open_to_all = second.start({.host = "0.0.0.0", .port = 0});
    ASSERT_FALSE(open_to_all);
    EXPECT_EQ(open_to_all.error().code, Code::listen_refused);
    EXPECT_THAT(open_to_all.error().message, HasSubstr("without a certificate only this machine is served"));

    EXPECT_FALSE(second.start({.host = "example.org", .port = 0}));
    EXPECT_TRUE(second.start({.host = "localhost", .port = 0}));  // and can still be started
}

TEST_F(Http, ServesIpv6Loopback) {
    server.emplace(backend, Options());
    const auto endpoint = server->start({.host = "::1", .port = 0});
    if (!endpoint) GTEST_SKIP() << endpoint.error().message;
    EXPECT_NE(endpoint->port, 0);
}

}  // namespace
}  // namespace pcq::rpc
