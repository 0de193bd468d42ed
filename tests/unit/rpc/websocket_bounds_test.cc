// What a WebSocket may take of a node: places, time, messages, old blocks; and what becomes of who reads too
// slowly.
#include <thread>

#include "src/base/base64.h"
#include "tests/unit/rpc/socket_fixture.h"

namespace pcq::rpc {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(Socket, HasNoBodyInItsRequest) {
    HttpClient client(start());
    client.send(
        "GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: "
        "4\r\n\r\nmore");
    EXPECT_EQ(client.receive().result_int(), 400U);
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

}  // namespace
}  // namespace pcq::rpc
