// What an operator follows a request by: its name, in the answer and in the log, up to the block; whether the
// node is well and why not; and metrics that Prometheus takes as they are.
#include <sstream>

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"
#include "tests/unit/rpc/metrics_check.h"
#include "tests/unit/rpc/websocket_client.h"

namespace pcq::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

class Follow : public testing::Test {
protected:
    Follow() : before_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_);
        auto logger = std::make_shared<spdlog::logger>("test", sink);
        logger->set_pattern("%l %v");
        spdlog::set_default_logger(std::move(logger));
        server.emplace(backend, Options());
        port = server->start({})->port;
    }
    ~Follow() override {
        server.reset();
        spdlog::set_default_logger(before_);
    }
    // After the server has stopped.
    std::string log() {
        server->stop();
        return log_.str();
    }
    static std::string submit(const std::string& transaction, const std::string& wait = "admission") {
        return R"({"jsonrpc":"2.0","id":1,"method":"submit","params":{"chain":"london","transaction":")" +
               to_base64(transaction) + R"(","wait":")" + wait + "\"}}";
    }
    std::string called(HttpClient& client, const std::string& request) const {
        client.send(request);
        return std::string(client.receive()["X-Request-Id"]);
    }
    static std::string get(const std::string& name) {
        return "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + name + "\r\n";
    }

    FakeBackend backend;
    std::optional<Server> server;
    std::uint16_t port = 0;

private:
    std::ostringstream log_;
    std::shared_ptr<spdlog::logger> before_;
};

TEST_F(Follow, EveryAnswerSaysWhatItsRequestIsCalled) {
    HttpClient client(port);
    EXPECT_EQ(called(client, get("X-Request-Id: wallet-7.a_b:C\r\n")), "wallet-7.a_b:C");
    const std::string made = called(client, get(""));
    EXPECT_THAT(made, MatchesRegex("[0-9a-f]{8}-[0-9a-f]+"));
    EXPECT_NE(called(client, get("")), made);
    EXPECT_EQ(called(client, get("X-Request-Id: " + std::string(64, 'x') + "\r\n")), std::string(64, 'x'));
    for (const std::string& bad : {std::string(65, 'x'), std::string("two words"), std::string("a\"b"),
                                   std::string("a=b"), std::string("\xc3\xa4")})
        EXPECT_THAT(called(client, get("X-Request-Id: " + bad + "\r\n")),
                    MatchesRegex("[0-9a-f]{8}-[0-9a-f]+"));
    EXPECT_EQ(called(client, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: lost\r\n\r\n"),
              "lost");
}

TEST_F(Follow, ATransactionFromItsRequestToItsBlock) {
    HttpClient client(port);
    client.send(HttpClient::post_text(submit("sale"), "X-Request-Id: order-1\r\n"));
    EXPECT_THAT(client.receive().body(), HasSubstr("\"pending\""));
    server->committed(backend.add_block(backend.side, {"other", "sale"}));
    // Heard by somebody who waits for the block, so the strand has had it.
    client.post(submit("sale", "commit"));
    const std::string hash = to_hex(backend.hash_of(backend.side, "sale"));
    const std::string lines = log();
    EXPECT_THAT(lines,
                HasSubstr("info transaction admitted: request=order-1 chain=london transaction=" + hash));
    EXPECT_THAT(lines, HasSubstr("info transaction committed: request=order-1 chain=london transaction=" +
                                 hash + " height=1 index=1 code=0"));
}

TEST_F(Follow, ATransactionThatIsRefused) {
    backend.on_submit = [](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        done(Error{Code::bad_signature, "the signature is none"});
    };
    HttpClient client(port);
    client.send(HttpClient::post_text(submit("sale"), "X-Request-Id: order-2\r\n"));
    client.receive();
    EXPECT_THAT(log(), HasSubstr("info transaction refused: request=order-2 chain=london transaction=" +
                                 to_hex(backend.hash_of(backend.side, "sale")) +
                                 " code=bad_signature why=\"the signature is none\""));
}

TEST_F(Follow, ATransactionThatLeavesTheMempoolForNoBlock) {
    HttpClient client(port);
    client.send(HttpClient::post_text(submit("sale"), "X-Request-Id: order-3\r\n"));
    client.receive();
    const Hash hash = backend.hash_of(backend.side, "sale");
    backend.set_fate(hash, {.kind = FateKind::rejected, .reason = Error{Code::account_not_open, "frozen"}});
    server->left(backend.side, {hash});
    client.post(submit("sale"));
    EXPECT_THAT(log(), HasSubstr("info transaction rejected: request=order-3 chain=london transaction=" +
                                 to_hex(hash) + " why=\"frozen\""));
}

TEST_F(Follow, NothingThatNobodyWantsToFind) {
    HttpClient client(port);
    client.post(submit("sale"));
    server->committed(backend.add_block(backend.side, {"sale"}));
    client.post(submit("sale", "commit"));
    EXPECT_THAT(log(), Not(HasSubstr("transaction")));
}

TEST_F(Follow, EveryRequestAtTheLevelOfDebug) {
    spdlog::default_logger()->set_level(spdlog::level::debug);
    HttpClient client(port);
    client.send(get("X-Request-Id: probe\r\n"));
    client.receive();
    client.post(submit("sale"));
    const std::string lines = log();
    EXPECT_THAT(lines, HasSubstr("debug answered: request=probe what=\"GET /healthz\" status=200 took_us="));
    EXPECT_THAT(lines, HasSubstr("debug transaction admitted: request="));
}

TEST_F(Follow, AMessageOfAWebSocketByItsNumber) {
    WebSocketClient client(port, "", "desk");
    client.call("chains");
    client.send(submit("sale"));
    client.receive();
    EXPECT_THAT(log(), HasSubstr("transaction admitted: request=desk.2 chain=london"));
}

TEST_F(Follow, WhetherTheNodeIsWellAndWhyNot) {
    HttpClient client(port);
    backend.stalled = false;
    auto response = client.get("/health");
    EXPECT_EQ(response.result_int(), 200U);
    EXPECT_THAT(response.body(),
                HasSubstr(R"({"status":"ok","why_not":[],"chains":[{"name":"main","height":0)"));
    backend.reason_not_ready = "london is 120 blocks behind";
    backend.stalled = true;
    response = client.get("/health");
    EXPECT_EQ(response.result_int(), 503U);
    const auto health = boost::json::parse(response.body());
    EXPECT_EQ(health.at("why_not").as_array().size(), 3U);
    EXPECT_THAT(response.body(), HasSubstr("120 blocks behind"));
    EXPECT_THAT(response.body(), HasSubstr("chain main stands still: "));
}

TEST_F(Follow, MetricsAsPrometheusWantsThem) {
    HttpClient client(port);
    client.call("chains");
    client.call("nope");
    const std::string page = client.get("/metrics").body();
    EXPECT_THAT(metric_faults(page), IsEmpty());
    EXPECT_EQ(promtool_says(page), "");
}

TEST(MetricsCheck, SeesWhatIsWrong) {
    EXPECT_THAT(metric_faults("# HELP pcq_calls Calls.\n# TYPE pcq_calls counter\npcq_calls 1\n"),
                ElementsAre(HasSubstr("ends in _total")));
    EXPECT_THAT(metric_faults("# HELP pcq_wait_ms Waiting.\n# TYPE pcq_wait_ms gauge\npcq_wait_ms 1\n"),
                ElementsAre(HasSubstr("\"ms\" is no base unit")));
    EXPECT_THAT(metric_faults("# HELP pcq_x \n# TYPE pcq_x gauge\npcq_x 1\npcq_x 2\n"),
                ElementsAre(HasSubstr("has no help"), HasSubstr("is there twice")));
    EXPECT_THAT(metric_faults("pcq_x 1\n"), ElementsAre(HasSubstr("not below its own family")));
    EXPECT_THAT(metric_faults("# HELP pcq_x Xs of it.\n# TYPE pcq_x gauge\npcq_x one\n"),
                ElementsAre(HasSubstr("has no number")));
    EXPECT_THAT(metric_faults(""), ElementsAre(HasSubstr("nothing on the page")));
}

}  // namespace
}  // namespace pcq::rpc
