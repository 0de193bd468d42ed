// What a client can make a node take, hold and wait for over HTTP has an end, and beyond it an answer.
#include <deque>

#include "tests/unit/rpc/http_fixture.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(Http, AnswersAHugeBodyWith413AndCloses) {
    start();
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
    HttpClient other(port);
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
    for (int i = 0; i < 5; ++i) promising.emplace_back(port).send(begin(2'000'000, 1));
    HttpClient filling(port);
    filling.send(begin(2'000'000, 1'450'000));
    HttpClient watcher(port);
    while (watcher.get("/metrics").body().find("\npcq_rpc_held_bytes 1450005\n") == std::string::npos) {
    }
    EXPECT_EQ(watcher.post(call_text(1)).result_int(), 200U) << "there is a little room yet";
    HttpClient late(port);
    late.send(begin(1'000'000, 300'000));
    const auto full = late.receive();
    EXPECT_EQ(full.result_int(), 503U);
    EXPECT_EQ(full["Retry-After"], "1");
    EXPECT_TRUE(late.closed());
    filling.send(std::string(550'000, ' '));
    EXPECT_EQ(filling.receive().result_int(), 503U) << "it fills the rest itself";
}

// Of one address, and one more each second.
Options with_calls(std::uint64_t at_once) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.calls_per_second = 1;
    options.guests.calls_at_once = at_once;
    return options;
}

TEST_F(Http, AnswersAnAddressThatCallsTooOftenWith429) {
    HttpClient client(start(with_calls(4)));
    EXPECT_EQ(client.post("[" + call_text(1) + "," + call_text(2) + "," + call_text(3) + "]").result_int(),
              200U);
    EXPECT_EQ(client.get("/healthz").result_int(), 200U);
    for (const auto& response :
         {client.post(call_text(4)), HttpClient(port).post(call_text(5)), client.get("/healthz")}) {
        EXPECT_EQ(response.result_int(), 429U);
        EXPECT_EQ(response[boost::beast::http::field::retry_after], "1");
        EXPECT_THAT(response.body(), HasSubstr("used up its calls"));
    }
    EXPECT_EQ(error_code(client.post(call_text(6))), -32000);
}

TEST_F(Http, CountsADearReadAsManyCalls) {
    HttpClient client(start(with_calls(100)));
    const std::string read = R"({"jsonrpc":"2.0","id":1,"method":"users","params":["main"]})";
    EXPECT_EQ(client.post(read).result_int(), 200U);
    EXPECT_EQ(client.post(read).result_int(), 200U);
    backend.computes = CLOCKS_PER_SEC / 2;
    EXPECT_EQ(client.post(read).result_int(), 200U);
    EXPECT_EQ(client.post(read).result_int(), 429U);
}

TEST_F(Http, CountsWhatIsNoCallAsOne) {
    HttpClient client(start(with_calls(4)));
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
    HttpClient second(port);
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
    EXPECT_EQ(second.post(call_text(1)).result_int(), 200U);
    HttpClient third(port);
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(first.post(call_text(1)).result_int(), 200U);
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
    start(options);
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

TEST_F(Http, TellsOneConnectionTooManySo) {
    Options options;
    options.connections_max = 2;
    start(options);
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

}  // namespace
}  // namespace pcq::rpc
