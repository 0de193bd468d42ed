// /v1 as a WebSocket: calls as over HTTP, and subscriptions that miss nothing, whoever reads how.
#include <boost/json/serialize.hpp>

#include "src/base/address.h"
#include "src/base/base64.h"
#include "tests/unit/rpc/socket_fixture.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

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
    const auto nobody = client.call("subscribe", topic("account"));
    EXPECT_EQ(error_name(nobody), "parameter_invalid");
    EXPECT_THAT(boost::json::serialize(nobody), HasSubstr("is missing"));
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
