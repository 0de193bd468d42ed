// The client against the real server with a fake node, and against servers that misbehave.
#include "src/client/rpc_client.h"

#include <atomic>
#include <set>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"

namespace pcq::client {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Client : public testing::Test {
protected:
    Endpoint start(const rpc::Options& options = rpc::Options(), std::uint16_t port = 0) {
        server.reset();
        server.emplace(backend, options);
        const auto endpoint = server->start({.host = "127.0.0.1", .port = port});
        EXPECT_TRUE(endpoint) << endpoint.error().message;
        return {endpoint->host, endpoint->port};
    }

    rpc::FakeBackend backend;
    std::optional<rpc::Server> server;
};

TEST_F(Client, CallsAMethodAndGetsItsResult) {
    RpcClient client(start());
    const auto chains = client.call("chains", {});
    ASSERT_TRUE(chains) << chains.error().message;
    EXPECT_EQ(chains->as_array().size(), 2U);
}

TEST_F(Client, GivesTheServersCodeAndMessage) {
    RpcClient client(start());
    const auto block = client.call("block", {{"chain", "main"}, {"height", 9}});
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error().code, Code::not_found);
    EXPECT_EQ(block.error().message, "there is no such block");
    EXPECT_EQ(client.call("blok", {}).error().code, Code::method_unknown);
    EXPECT_EQ(client.call("status", {{"chain", "paris"}}).error().code, Code::chain_unknown);
}

TEST_F(Client, CallsManyMethodsInOneRequest) {
    RpcClient client(start());
    const auto results = client.call_batch({{"chains", {}}, {"nope", {}}, {"status", {{"chain", "main"}}}});
    ASSERT_TRUE(results);
    ASSERT_EQ(results->size(), 3U);
    EXPECT_TRUE((*results)[0]);
    EXPECT_EQ((*results)[1].error().code, Code::method_unknown);
    EXPECT_EQ((*results)[2]->at("height").as_int64(), 0);

    const auto too_many = client.call_batch(std::vector<RpcCall>(501, RpcCall{"chains", {}}));
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error().code, Code::request_too_large);
}

TEST_F(Client, ReadsHealthAndMetrics) {
    RpcClient client(start());
    EXPECT_EQ(client.get("/healthz")->status, 200U);
    EXPECT_THAT(client.get("/metrics")->body, HasSubstr("pcq_chain_height"));
}

TEST_F(Client, ConnectsAgainAfterTheServerWasRestarted) {
    const Endpoint endpoint = start();
    RpcClient client(endpoint);
    ASSERT_TRUE(client.call("chains", {}));
    start(rpc::Options(), endpoint.port);
    EXPECT_TRUE(client.call("chains", {}));
    server.reset();
    EXPECT_EQ(client.call("chains", {}).error().code, Code::node_unreachable);
    start(rpc::Options(), endpoint.port);
    EXPECT_TRUE(client.call("chains", {}));
}

// A node that has all its connections says so before it hears the call.
TEST_F(Client, GoesToTheNextNodeWhenOneHasNoConnectionToSpare) {
    rpc::Options options;
    options.connections_max = 1;
    const Endpoint full = start(options);
    RpcClient first(full);
    ASSERT_TRUE(first.call("chains", {}));
    RpcClient alone(full);
    const auto refused = alone.call("chains", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::too_many_requests) << refused.error().message;

    rpc::Server other(backend, rpc::Options());
    const auto free = other.start({.host = "127.0.0.1", .port = 0});
    ASSERT_TRUE(free);
    RpcClient either({full, {free->host, free->port}});
    const auto chains = either.call("chains", {});
    EXPECT_TRUE(chains) << chains.error().message;
}

TEST_F(Client, SubmitsAndReadsTheFate) {
    RpcClient client(start());
    const Hash hash = backend.hash_of(backend.main, "t");
    const auto admitted = client.submit("main", "t");
    ASSERT_TRUE(admitted) << admitted.error().message;
    EXPECT_EQ(admitted->hash, hash);
    EXPECT_EQ(admitted->fate, Fate::pending);
    EXPECT_EQ(client.transaction("main", hash)->fate, Fate::unknown);

    backend.add_block(backend.main, {"s", "t"});
    const auto committed = client.submit("main", "t", {.until_commit = true});
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->fate, Fate::committed);
    EXPECT_EQ(committed->height, 1U);
    EXPECT_EQ(committed->index, 1U);
    EXPECT_EQ(committed->code, Code::ok);
    EXPECT_EQ(committed->text, "done");
    EXPECT_EQ(client.transaction("main", hash)->height, 1U);
}

TEST_F(Client, SubmitsManyOverSeveralConnectionsAndGivesEachResultOnce) {
    backend.on_submit = [this](const ChainId& chain, const Bytes& bytes, const rpc::FakeBackend::Done& done) {
        if (bytes == "t13") return done(Error{Code::bad_signature, "no"});
        done(backend.hash_of(chain, bytes));
    };
    RpcClient client(start());
    std::size_t made = 0;
    std::set<std::size_t> answered;
    client.submit_many(
        "london",
        [&]() -> std::optional<Bytes> {
            return made < 5'000 ? std::optional("t" + std::to_string(made++)) : std::nullopt;
        },
        [&](std::size_t number, Result<Submitted> result) {
            EXPECT_TRUE(answered.insert(number).second);
            if (number == 13) {
                ASSERT_FALSE(result);
                EXPECT_EQ(result.error().code, Code::bad_signature);
            } else {
                ASSERT_TRUE(result) << result.error().message;
                EXPECT_EQ(result->hash, backend.hash_of(backend.side, "t" + std::to_string(number)));
            }
        },
        {.connections = 3, .batch = 70});
    EXPECT_EQ(answered.size(), 5'000U);
}

TEST_F(Client, SendsAgainWhatABusyNodeRefused) {
    std::atomic<int> refusals = 0;
    backend.on_submit = [&](const ChainId& chain, const Bytes& bytes, const rpc::FakeBackend::Done& done) {
        if (++refusals % 3 == 0) return done(Error{Code::mempool_full, "full"});
        done(backend.hash_of(chain, bytes));
    };
    RpcClient client(start());
    std::size_t made = 0;
    std::size_t good = 0;
    client.submit_many(
        "main",
        [&]() -> std::optional<Bytes> {
            return made < 300 ? std::optional("t" + std::to_string(made++)) : std::nullopt;
        },
        [&](std::size_t, const Result<Submitted>& result) { good += result ? 1U : 0U; },
        {.connections = 2, .batch = 20, .pause = 1ms});
    EXPECT_EQ(good, 300U);
}

TEST_F(Client, GivesABusyNodeUpInTheEnd) {
    backend.on_submit = [](const ChainId&, const Bytes&, const rpc::FakeBackend::Done& done) {
        done(Error{Code::mempool_full, "full"});
    };
    RpcClient client(start());
    bool asked = false;
    std::vector<Code> codes;
    client.submit_many(
        "main",
        [&]() -> std::optional<Bytes> {
            return std::exchange(asked, true) ? std::nullopt : std::optional<Bytes>("t");
        },
        [&](std::size_t, const Result<Submitted>& result) { codes.push_back(result.error().code); },
        {.pause = 1ms, .attempts = 3});
    EXPECT_EQ(codes, std::vector{Code::mempool_full});
}

TEST_F(Client, ReportsEveryTransactionOfANodeThatIsGone) {
    const Endpoint endpoint = start();
    server.reset();
    RpcClient client(endpoint);
    std::size_t made = 0;
    std::size_t unreachable = 0;
    client.submit_many(
        "main",
        [&]() -> std::optional<Bytes> {
            return made < 10 ? std::optional(std::to_string(made++)) : std::nullopt;
        },
        [&](std::size_t, const Result<Submitted>& result) {
            unreachable += result.error().code == Code::node_unreachable ? 1U : 0U;
        },
        {.batch = 3, .pause = 1ms, .attempts = 2});
    EXPECT_EQ(unreachable, 10U);
}

// Accepts connections one after the other, reads a request's header, and answers as told.
class OddServer {
public:
    explicit OddServer(std::string answer)
        : answer_(std::move(answer)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
        thread_ = std::thread([this] { serve(); });
    }
    ~OddServer() {
        stopped_ = true;
        asio::io_context context;
        asio::ip::tcp::socket wake(context);
        boost::system::error_code ignored;
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    Endpoint endpoint() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
    int accepted() const { return accepted_; }

private:
    void serve() {
        std::vector<asio::ip::tcp::socket> open;  // kept, so that a silent server stays silent
        while (true) {
            auto& socket = open.emplace_back(acceptor_.accept());
            if (stopped_) return;
            ++accepted_;
            boost::system::error_code ignored;
            asio::streambuf buffer;
            asio::read_until(socket, buffer, "\r\n\r\n", ignored);
            if (answer_.empty()) continue;
            asio::write(socket, asio::buffer(answer_), ignored);
            socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
        }
    }

    std::string answer_;
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> stopped_ = false;
    std::atomic<int> accepted_ = 0;
    std::thread thread_;
};

std::string http(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(ClientOfSeveralNodes, GoesToTheNextWhenOneIsSilentAndStaysThere) {
    const OddServer silent("");
    const OddServer answering(http(R"({"jsonrpc":"2.0","id":1,"result":7})"));  // and closes
    RpcClient client({silent.endpoint(), answering.endpoint()}, {.timeout = 200ms});
    for (int call = 0; call < 3; ++call) {
        const auto result = client.call("chains", {});
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(*result, 7);
    }
    EXPECT_EQ(silent.accepted(), 1);
}

TEST(ClientOfSeveralNodes, SaysWhatTheLastSaidWhenNoneAnswers) {
    const OddServer silent("");
    const OddServer broken("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    RpcClient client({silent.endpoint(), broken.endpoint()}, {.timeout = 200ms});
    EXPECT_EQ(client.call("chains", {}).error().code, Code::node_unreachable);
}

TEST(ClientAgainstOddServers, SaysThatANodeIsSilent) {
    const OddServer server("");
    RpcClient client(server.endpoint(), {.timeout = 50ms});
    const auto result = client.call("chains", {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::node_timed_out);
    EXPECT_THAT(result.error().message, HasSubstr("within 50 ms"));
}

TEST(ClientAgainstOddServers, SaysThatAnAnswerIsNoJsonRpc) {
    for (const std::string& answer :
         {http("<html>"), http("{}"), http("[]"), http("7"), http(R"({"jsonrpc":"2.0","id":1})"),
          std::string("SSH-2.0\r\n"),
          http(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"?","data":{"code":999999}}})"),
          http(R"({"jsonrpc":"2.0","id":1,"error":7})")}) {
        const OddServer server(answer);
        RpcClient client(server.endpoint());
        const auto result = client.call("chains", {});
        ASSERT_FALSE(result) << answer;
        EXPECT_EQ(result.error().code, Code::answer_malformed) << answer;
    }
}

TEST(ClientAgainstOddServers, SaysThatAnAnswerBrokeOff) {
    const OddServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    RpcClient client(server.endpoint());
    EXPECT_EQ(client.call("chains", {}).error().code, Code::node_unreachable);
}

TEST(ClientAgainstOddServers, RefusesAFateThatMakesNoSense) {
    const std::string hash(64, 'a');
    for (const char* fate :
         {"{}", R"({"status":"pending"})", R"({"hash":"$","status":"committed"})",
          R"({"hash":"$","status":"lost"})", R"({"hash":"$","status":"rejected"})",
          R"({"hash":"$","status":"rejected","reason":{"code":0,"message":""}})",
          R"({"hash":"$","status":"committed","height":-1,"index":0,"receipt":{"code":0}})"}) {
        std::string text = fate;
        if (const auto at = text.find('$'); at != std::string::npos) text.replace(at, 1, hash);
        const auto submitted = submitted_from(boost::json::parse(text));
        ASSERT_FALSE(submitted) << text;
        EXPECT_EQ(submitted.error().code, Code::answer_malformed);
    }
}

TEST(Fates, ThatEndBeforeABlockAreErrorsWithTheirReason) {
    const std::string hash(64, 'a');
    const auto fate = [&hash](const std::string& rest) {
        return submitted_from(boost::json::parse(R"({"hash":")" + hash + "\"," + rest + "}"));
    };
    const auto rejected = fate(
        R"("status":"rejected","reason":{"code":2004,"name":"transaction_sequence_used","message":"7"})");
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().code, Code::transaction_sequence_used);
    EXPECT_EQ(rejected.error().message, "7");
    const auto expired = fate(R"("status":"expired")");
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.error().code, Code::transaction_expired);
}

TEST(Endpoints, AreReadAsPeopleWriteThem) {
    EXPECT_EQ(endpoint_from("127.0.0.1:8545")->port, 8545);
    EXPECT_EQ(endpoint_from("http://localhost:80/")->host, "localhost");
    EXPECT_EQ(endpoint_from("http://[::1]:80")->host, "::1");
    EXPECT_EQ(to_text(*endpoint_from("[::1]:80")), "[::1]:80");
    for (const char* text : {"", "8545", "host:", "host:0", "host:70000", "host:12x", ":1"}) {
        ASSERT_FALSE(endpoint_from(text)) << text;
        EXPECT_EQ(endpoint_from(text).error().code, Code::bad_argument);
    }
}

}  // namespace
}  // namespace pcq::client
