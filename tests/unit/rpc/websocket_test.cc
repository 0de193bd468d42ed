// /v1 as a WebSocket: calls as over HTTP, and subscriptions that miss nothing, whoever reads how.
#include <thread>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"
#include "tests/unit/rpc/websocket_client.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Socket : public testing::Test {
protected:
    std::uint16_t start(const Options& options = Options()) {
        server.emplace(backend, options);
        const auto endpoint = server->start({});
        EXPECT_TRUE(endpoint) << endpoint.error().message;
        return port = endpoint->port;
    }
    // A block as the chain stores and announces it.
    void commit(const std::vector<Bytes>& transactions = {}) {
        server->committed(backend.add_block(backend.side, transactions));
    }
    static std::string topic(const std::string& name, const std::string& more = "") {
        return R"({"chain":"london","topic":")" + name + "\"" + more + "}";
    }
    static std::int64_t subscribed(WebSocketClient& client, const std::string& params) {
        return client.call("subscribe", params).at("result").at("subscription").as_int64();
    }
    static std::int64_t height(const json::value& notification) {
        return notification.at("height").as_int64();
    }
    static std::string error_name(const json::value& answer) {
        return std::string(answer.at("error").at("data").at("name").as_string().c_str());
    }
    // Waits until the server's own count says so.
    void await_metric(const std::string& line) {
        HttpClient watcher(port);
        while (watcher.get("/metrics").body().find("\n" + line + "\n") == std::string::npos) {
        }
    }
    // What the test's chain does in a block: one event, of one transaction by `who`.
    void act(std::uint64_t at, const AccountId& who, const proto::Event& event) {
        Activity activity;
        auto& entry = activity.entries.emplace_back();
        entry.index = 0;
        entry.action = "sell_surplus";
        entry.signer = who;
        entry.concerned = {who};
        *entry.receipt.add_events() = event;
        backend.activities.insert_or_assign(at, activity);
    }
    static proto::Event traded(const AccountId& seller) {
        proto::Event event;
        event.mutable_traded()->set_seller(seller.bytes());
        event.mutable_traded()->set_grams(5);
        return event;
    }

    const AccountId ann = *AccountId::from(Bytes(32, 'a'));
    const AccountId bob = *AccountId::from(Bytes(32, 'b'));
    FakeBackend backend;
    std::optional<Server> server;
    std::uint16_t port = 0;
};

TEST_F(Socket, AnswersCallsAndBatchesAsOverHttp) {
    HttpClient http(start());
    WebSocketClient client(port);
    ASSERT_EQ(client.status(), 101U);
    for (const std::string& body :
         {WebSocketClient::text("chains"), WebSocketClient::text("status", R"(["london"])"),
          WebSocketClient::text("nothing"), std::string("[") + WebSocketClient::text("chains") + ",7]",
          std::string("{"), std::string("[]"), std::string(40, '[')}) {
        client.send(body);
        EXPECT_EQ(client.receive(), json::parse(http.post(body).body())) << body;
    }
    client.send(R"({"jsonrpc":"2.0","method":"chains"})");  // wants no answer
    EXPECT_EQ(client.call("chains").at("id").as_int64(), 1);
}

TEST_F(Socket, IsForPagesOfThisNodeAndProgramsAlone) {
    start();
    EXPECT_EQ(WebSocketClient(port, "http://evil.example").status(), 403U);
    EXPECT_EQ(WebSocketClient(port, "null").status(), 403U);
    EXPECT_EQ(WebSocketClient(port, "http://127.0.0.1:" + std::to_string(port)).status(), 101U);
    HttpClient odd(port);
    odd.send(
        "GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(odd.receive().result_int(), 400U);
    EXPECT_EQ(HttpClient(port).get("/v1").result_int(), 405U);
}

TEST_F(Socket, AreBoundedInNumber) {
    Options options;
    options.websockets_max = 2;
    start(options);
    WebSocketClient first(port);
    std::optional<WebSocketClient> second(std::in_place, port);
    EXPECT_EQ(second->status(), 101U);
    EXPECT_EQ(WebSocketClient(port).status(), 503U);
    EXPECT_EQ(HttpClient(port).get("/healthz").result_int(), 200U) << "there is room for other questions";
    second.reset();
    await_metric("pcq_rpc_websockets 1");
    EXPECT_EQ(WebSocketClient(port).status(), 101U);
}

TEST_F(Socket, ThatAreUpgradedGetWhatWasAskedBefore) {
    start();
    HttpClient client(port);
    const std::string upgrade =
        "GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + upgrade);
    EXPECT_EQ(client.receive().result_int(), 200U);
    EXPECT_EQ(client.receive().result_int(), 101U);
    HttpClient hasty(port);
    hasty.send(upgrade + "not waiting for the answer");
    EXPECT_TRUE(hasty.closed());
}

TEST_F(Socket, SubscriptionsNeedOne) {
    HttpClient http(start());
    EXPECT_EQ(error_name(http.call("subscribe", topic("blocks"))), "request_invalid");
    EXPECT_EQ(error_name(http.call("unsubscribe", R"({"subscription":1})")), "request_invalid");
}

TEST_F(Socket, TellsOfEveryBlockFromTheNextOneOn) {
    WebSocketClient client(start());
    commit();
    const auto answer = client.call("subscribe", topic("blocks")).at("result");
    EXPECT_EQ(answer.at("height").as_int64(), 1);
    EXPECT_EQ(answer.at("from_height").as_int64(), 2);
    commit({"t"});
    commit();
    const auto second = client.notification();
    EXPECT_EQ(second.at("subscription"), answer.at("subscription"));
    EXPECT_EQ(height(second), 2);
    const auto header = backend.header(backend.side, 2);
    EXPECT_EQ(second.at("header_bytes").as_string(), to_base64(header->header));
    EXPECT_EQ(second.at("certificate_bytes").as_string(), to_base64(header->certificate));
    EXPECT_EQ(second.at("hash").as_string(),
              to_hex(crypto::tagged_hash("header", backend.side, header->header)));
    EXPECT_EQ(height(client.notification()), 3);
}

TEST_F(Socket, ResumesFromAHeightAndMissesNothing) {
    start();
    for (int i = 0; i < 5; ++i) commit();
    std::optional<WebSocketClient> client(std::in_place, port);
    subscribed(*client, topic("blocks", R"(,"from_height":3)"));
    std::vector<std::int64_t> heights;
    for (int i = 0; i < 3; ++i) heights.push_back(height(client->notification()));
    client->drop();
    for (int i = 0; i < 3; ++i) commit();
    client.emplace(port);
    subscribed(*client, topic("blocks", R"(,"from_height":)" + std::to_string(heights.back() + 1)));
    commit();
    for (int i = 0; i < 4; ++i) heights.push_back(height(client->notification()));
    EXPECT_THAT(heights, ElementsAre(3, 4, 5, 6, 7, 8, 9));
}

TEST_F(Socket, WaitsForAHeightThatIsToCome) {
    WebSocketClient client(start());
    subscribed(client, topic("blocks", R"(,"from_height":3)"));
    for (int i = 0; i < 4; ++i) commit();
    EXPECT_EQ(height(client.notification()), 3);
    EXPECT_EQ(height(client.notification()), 4);
}

TEST_F(Socket, TellsOfEachTopicWhatItIsAbout) {
    WebSocketClient client(start());
    const auto trades = subscribed(client, topic("trades"));
    const auto prices = subscribed(client, topic("prices"));
    const auto periods = subscribed(client, topic("periods"));
    act(1, ann, traded(ann));
    proto::Event priced;
    priced.mutable_priced()->set_epoch(4);
    act(2, ann, priced);
    Activity opening;
    opening.periods.emplace_back().after.set_period(2013);
    backend.activities.insert_or_assign(3, opening);
    for (int i = 0; i < 4; ++i) commit();

    const auto trade = client.notification();
    EXPECT_EQ(trade.at("subscription").as_int64(), trades);
    EXPECT_EQ(height(trade), 1);
    const auto& event = trade.at("events").at(0);
    EXPECT_EQ(event.at("index").as_int64(), 0);
    EXPECT_EQ(event.at("event").at("traded").at("seller").as_string(), to_address(ann));
    EXPECT_EQ(event.at("event").at("traded").at("grams").as_string(), "5");
    const auto price = client.notification();
    EXPECT_EQ(price.at("subscription").as_int64(), prices);
    EXPECT_EQ(height(price), 2);
    EXPECT_EQ(price.at("events").at(0).at("event").at("priced").at("epoch").as_int64(), 4);
    const auto period = client.notification();
    EXPECT_EQ(period.at("subscription").as_int64(), periods);
    EXPECT_EQ(height(period), 3);
    EXPECT_EQ(period.at("periods").at(0).at("before"), nullptr);
    EXPECT_EQ(period.at("periods").at(0).at("record").at("period").as_int64(), 2013);
}

TEST_F(Socket, TellsAnAccountOfItsOwn) {
    WebSocketClient client(start());
    Answer now;
    now.value["balance_uy"] = "70";
    backend.answer = now;
    subscribed(client, topic("account", R"(,"account":")" + to_hex(ann) + "\""));
    act(1, bob, traded(bob));
    act(2, ann, traded(ann));
    Activity report;  // a meter's, of both
    auto& entry = report.entries.emplace_back();
    entry.index = 0;
    entry.action = "report_emissions";
    entry.signer = *AccountId::from(Bytes(32, 'm'));
    entry.concerned = {ann, bob};
    *entry.receipt.add_events() = traded(bob);
    backend.activities.insert_or_assign(3, report);
    for (int i = 0; i < 3; ++i) commit();

    const auto sold = client.notification();
    EXPECT_EQ(height(sold), 2);
    EXPECT_EQ(sold.at("transactions").at(0).at("action").as_string(), "sell_surplus");
    EXPECT_TRUE(sold.at("transactions").at(0).at("signed").as_bool());
    EXPECT_EQ(sold.at("transactions").at(0).at("receipt").at("name").as_string(), "ok");
    EXPECT_EQ(sold.at("events").as_array().size(), 1U);
    EXPECT_EQ(sold.at("value").at("balance_uy").as_string(), "70");
    const auto told = client.notification();
    EXPECT_EQ(height(told), 3);
    EXPECT_FALSE(told.at("transactions").at(0).at("signed").as_bool());
    EXPECT_FALSE(told.at("transactions").at(0).as_object().contains("receipt")) << "it is of others as well";
    EXPECT_TRUE(told.at("events").as_array().empty());
}

TEST_F(Socket, WantsAnAccountForThatTopicAndForNoOther) {
    WebSocketClient client(start());
    EXPECT_EQ(error_name(client.call("subscribe", topic("account"))), "parameter_invalid");
    EXPECT_EQ(error_name(client.call("subscribe", topic("blocks", R"(,"account":")" + to_hex(ann) + "\""))),
              "parameter_invalid");
    EXPECT_EQ(error_name(client.call("subscribe", topic("weather"))), "parameter_invalid");
    EXPECT_EQ(error_name(client.call("subscribe", topic("blocks", R"(,"from_height":0)"))),
              "parameter_invalid");
}

TEST_F(Socket, ReadsABlockOnceForAllWhoFollowIt) {
    start();
    std::vector<std::unique_ptr<WebSocketClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<WebSocketClient>(port));
        subscribed(*clients.back(), topic("trades"));
        subscribed(*clients.back(), topic("prices"));
    }
    act(1, ann, traded(ann));
    commit();
    for (auto& client : clients) EXPECT_EQ(height(client->notification()), 1);
    EXPECT_EQ(backend.activities_read, 1U);
}

TEST_F(Socket, SaysHowFarItIsWhenThereIsNoNewsForLong) {
    WebSocketClient client(start());
    subscribed(client, topic("prices"));
    for (int i = 0; i < 600; ++i) commit();
    const auto quiet = client.notification();
    EXPECT_EQ(height(quiet), 256);
    EXPECT_EQ(quiet.as_object().size(), 2U);
    EXPECT_EQ(height(client.notification()), 512);
}

TEST_F(Socket, EndsASubscriptionWhenTold) {
    WebSocketClient client(start());
    const auto first = subscribed(client, topic("blocks"));
    const auto second = subscribed(client, topic("blocks"));
    EXPECT_NE(first, second);
    const auto params = R"({"subscription":)" + std::to_string(first) + "}";
    EXPECT_EQ(client.call("unsubscribe", params).at("result").at("subscription").as_int64(), first);
    EXPECT_EQ(error_name(client.call("unsubscribe", params)), "not_found");
    commit();
    EXPECT_EQ(client.notification().at("subscription").as_int64(), second);
    EXPECT_EQ(client.call("chains").at("id").as_int64(), 1);
}

TEST_F(Socket, BoundsTheSubscriptionsOfAConnection) {
    Options options;
    options.websocket.subscriptions_max = 2;
    WebSocketClient client(start(options));
    subscribed(client, topic("blocks"));
    const auto second = subscribed(client, topic("trades"));
    EXPECT_EQ(error_name(client.call("subscribe", topic("blocks"))), "too_many_requests");
    client.call("unsubscribe", R"({"subscription":)" + std::to_string(second) + "}");
    subscribed(client, topic("prices"));
}

TEST_F(Socket, SaysSoWhenTheBlocksAreNotKept) {
    start();
    for (int i = 0; i < 20; ++i) commit();
    backend.first_height = 10;
    WebSocketClient client(port);
    EXPECT_EQ(error_name(client.call("subscribe", topic("trades", R"(,"from_height":10)"))), "height_pruned");
    subscribed(client, topic("trades", R"(,"from_height":11)"));

    // Gone before it was told.
    backend.activities.insert_or_assign(21, Error{Code::height_pruned, "gone"});
    act(22, ann, traded(ann));
    commit();
    const auto ended = client.notification();
    EXPECT_EQ(height(ended), 21);
    EXPECT_EQ(ended.at("ended").at("name").as_string(), "height_pruned");
    commit();
    EXPECT_EQ(client.call("chains").at("id").as_int64(), 1) << "it is told no more";
}

TEST_F(Socket, SendsTheNumberOfASubscriptionBeforeItsNews) {
    start();
    Signal arrived;
    FakeBackend::Done admit;
    backend.on_submit = [&](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        admit = done;
        arrived.set();
    };
    WebSocketClient client(port);
    client.send(
        "[" + WebSocketClient::text("subscribe", topic("blocks")) + "," +
        WebSocketClient::text("submit", R"({"chain":"london","transaction":")" + to_base64("t") + "\"}", 2) +
        "]");
    arrived.wait();
    commit();
    client.send(WebSocketClient::text("chains", "{}", 3));
    EXPECT_EQ(client.receive().at("id").as_int64(), 3) << "the block has been looked at by now";
    admit(Error{Code::bad_signature, "no"});
    EXPECT_EQ(client.receive().as_array().size(), 2U);
    EXPECT_EQ(height(client.notification()), 1);
}

TEST_F(Socket, EndsOnAMessageThatComesInDrips) {
    Options options;
    options.websocket.message_timeout = 50ms;
    WebSocketClient client(start(options));
    // A masked text frame of 100 bytes, its head and the first of them; then one at a time, and no end.
    client.send_raw({"\x81\xe4\0\0\0\0{", 7});
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(client.close_code(), boost::beast::websocket::close_code::policy_error);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "the idle time-out is three minutes";

    // Whoever sends whole messages at any pace stays.
    WebSocketClient slow(port);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(slow.call("chains").as_object().contains("result"));
        std::this_thread::sleep_for(60ms);
    }
}

TEST_F(Socket, EndsOnAMessageThatComesInEmptyParts) {
    Options options;
    options.websocket.message_timeout = 100ms;
    WebSocketClient client(start(options));
    client.send_raw({"\x01\x81\0\0\0\0{", 7});
    std::atomic<bool> over = false;
    std::thread dripping([&] {
        boost::system::error_code failed;
        while (!over && !failed) {
            client.send_raw({"\0\x80\0\0\0\0", 6}, failed);
            std::this_thread::sleep_for(5ms);
        }
    });
    EXPECT_EQ(client.close_code(), boost::beast::websocket::close_code::policy_error);
    over = true;
    dripping.join();
}

TEST_F(Socket, AreBoundedInNumberForEachAddress) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.websockets_per_address = 2;
    start(options);
    auto first = std::make_unique<WebSocketClient>(port);
    WebSocketClient second(port);
    EXPECT_EQ(first->status(), 101U);
    EXPECT_EQ(second.status(), 101U);
    EXPECT_EQ(WebSocketClient(port).status(), 503U);
    first.reset();
    await_metric("pcq_rpc_websockets 1");
    EXPECT_EQ(WebSocketClient(port).status(), 101U);
}

// Old blocks are read beside the threads that serve everybody, one at a time, each once for all who want it.
TEST_F(Socket, CatchesUpWithoutStandingInAnybodysWay) {
    Options options;
    options.threads = 1;
    start(options);
    for (int i = 1; i <= 60; ++i) commit();
    Signal reading;
    Signal go_on;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    backend.on_activity = [&](std::uint64_t height) {
        if (height > 20) return;
        most = std::max(most.load(), ++at_once);
        reading.set();
        go_on.wait();
        --at_once;
    };
    std::vector<std::unique_ptr<WebSocketClient>> behind;
    for (int i = 0; i < 3; ++i) {
        behind.push_back(std::make_unique<WebSocketClient>(port));
        subscribed(*behind.back(), topic("trades", R"(,"from_height":1)"));
    }
    reading.wait();
    EXPECT_EQ(HttpClient(port).get("/healthz").result_int(), 200U) << "the one thread reads old blocks";
    WebSocketClient current(port);
    subscribed(current, topic("blocks"));
    commit();
    EXPECT_EQ(height(current.notification()), 61);

    go_on.set();
    act(62, ann, traded(ann));
    commit();
    for (auto& client : behind) EXPECT_EQ(height(client->notification()), 62);
    EXPECT_EQ(most, 1);
    EXPECT_EQ(backend.activities_read, 62U) << "blocks were decoded again for each who asked";
}

TEST_F(Socket, StopsWhileOldBlocksAreRead) {
    Options options;
    options.drain_timeout = 200ms;
    start(options);
    for (int i = 1; i <= 60; ++i) commit();
    Signal reading;
    backend.on_activity = [&](std::uint64_t) { reading.set(); };
    WebSocketClient client(port);
    subscribed(client, topic("trades", R"(,"from_height":1)"));
    reading.wait();
    const auto begun = std::chrono::steady_clock::now();
    server.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
}

// A megabyte a block, more than sockets take in.
TEST_F(Socket, DropsAReaderThatIsTooSlowAndSaysWhy) {
    Options options;
    options.websocket.write_timeout = 20ms;
    options.websocket.linger = 60s;
    start(options);
    WebSocketClient slow(port);
    subscribed(slow, topic("account", R"(,"account":")" + to_hex(ann) + "\""));
    WebSocketClient quick(port);
    subscribed(quick, topic("blocks"));
    for (std::uint64_t i = 1; i <= 40; ++i) {
        act(i, ann, traded(ann));
        backend.activities.at(i)->entries[0].receipt.set_text(std::string(1 << 20, 'x'));
        commit();
        EXPECT_EQ(height(quick.notification()), static_cast<std::int64_t>(i));
    }
    await_metric("pcq_rpc_slow_readers_total 1");
    EXPECT_EQ(slow.close_code(), boost::beast::websocket::close_code::try_again_later);
    EXPECT_THAT(slow.close_reason(), HasSubstr("from_height"));
    commit();
    EXPECT_EQ(height(quick.notification()), 41) << "others do not notice";
}

TEST_F(Socket, ClosesOnAReaderThatNeverReads) {
    Options options;
    options.websocket.write_timeout = 10ms;
    options.websocket.linger = 10ms;
    start(options);
    WebSocketClient slow(port);
    subscribed(slow, topic("account", R"(,"account":")" + to_hex(ann) + "\""));
    for (std::uint64_t i = 1; i <= 40; ++i) {
        act(i, ann, traded(ann));
        backend.activities.at(i)->entries[0].receipt.set_text(std::string(1 << 20, 'x'));
        commit();
    }
    await_metric("pcq_rpc_websockets 0");
    EXPECT_LT(backend.activities_read, 40U) << "nothing is made for who does not read";
}

TEST_F(Socket, ReadsNoMoreThanItMayHaveOpen) {
    Options options;
    options.websocket.in_flight_max = 2;
    start(options);
    std::mutex mutex;
    std::vector<FakeBackend::Done> held;
    Signal two;
    Signal three;
    backend.on_submit = [&](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        const std::lock_guard lock(mutex);
        held.push_back(done);
        if (held.size() == 2) two.set();
        if (held.size() == 3) three.set();
    };
    WebSocketClient client(port);
    const auto submit = [](int id) {
        return WebSocketClient::text(
            "submit", R"({"chain":"london","transaction":")" + to_base64(std::to_string(id)) + "\"}", id);
    };
    for (int id = 1; id <= 3; ++id) client.send(submit(id));
    two.wait();
    held[0](Error{Code::bad_signature, "no"});
    EXPECT_EQ(client.receive().at("id").as_int64(), 1);
    three.wait();
    for (int i = 1; i < 3; ++i) held[static_cast<std::size_t>(i)](Error{Code::bad_signature, "no"});
    client.receive();
    client.receive();
}

TEST_F(Socket, ClosesOnWhatIsNoMessage) {
    Options options;
    options.websocket.message_bytes_max = 1'000;
    start(options);
    WebSocketClient large(port);
    large.send(std::string(1'001, ' '));
    EXPECT_EQ(large.close_code(), boost::beast::websocket::close_code::too_big);
    WebSocketClient binary(port);
    binary.send_binary("{}");
    EXPECT_EQ(binary.close_code(), boost::beast::websocket::close_code::unknown_data);
    WebSocketClient garbage(port);
    garbage.send_raw(std::string(20, '\xff'));
    garbage.close_code();
    WebSocketClient bare(port);  // not masked
    bare.send_raw(std::string("\x81\x02{}", 4));
    bare.close_code();
    WebSocketClient gone(port);
    subscribed(gone, topic("blocks"));
    gone.drop();
    commit();
    await_metric("pcq_rpc_websockets 0");
}

TEST_F(Socket, HearsThatTheNodeStops) {
    start();
    WebSocketClient client(port);
    subscribed(client, topic("blocks"));
    Signal arrived;
    FakeBackend::Done held;
    backend.on_submit = [&](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
        held = done;
        arrived.set();
    };
    client.send(WebSocketClient::text(
        "submit", R"({"chain":"london","transaction":")" + to_base64("t") + R"(","wait":"commit"})", 7));
    arrived.wait();
    std::thread stopping([this] { server->stop(); });
    const auto answer = client.receive();
    EXPECT_EQ(answer.at("id").as_int64(), 7);
    EXPECT_EQ(error_name(answer), "stopped");
    EXPECT_EQ(client.close_code(), boost::beast::websocket::close_code::going_away);
    stopping.join();
}

}  // namespace
}  // namespace pcq::rpc
