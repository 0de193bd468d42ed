// Clients that are careless, broken or hostile: each gets a proper answer, and others never notice.
#include <boost/json/serialize.hpp>

#include "tests/unit/rpc/http_fixture.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

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
    start();
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
    start(options);
    const auto name_of = [this](const std::string& text, unsigned status) {
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

TEST_F(Http, SaysToHeadWhatGetWouldSayWithoutTheBody) {
    HttpClient client(start());
    for (const char* target : {"/healthz", "/readyz", "/metrics", "/favicon.ico", "/v1"}) {
        const auto whole = client.get(target);
        const auto head = client.head(target);
        EXPECT_EQ(head.result(), whole.result()) << target;
        EXPECT_EQ(head["Content-Type"], whole["Content-Type"]) << target;
        EXPECT_NE(head["Content-Length"], "0") << target;
        if (std::string_view(target) != "/metrics") {
            EXPECT_EQ(head["Content-Length"], whole["Content-Length"]) << target;
        }
    }
    EXPECT_EQ(client.get("/healthz").body(), "{\"status\":\"ok\"}\n");  // nothing of a body before it
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
    start();
    {
        HttpClient client(port);
        client.send("POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    }
    HttpClient next(port);
    EXPECT_EQ(next.post(call_text(1)).result_int(), 200U);
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
    start();
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
