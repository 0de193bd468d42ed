// Hostile clients at the RPC port of a real network: who sends in drips, sends too much, nests too deep,
// closes half, connects and asks without end, subscribes and never reads, asks for much and takes none of it.
//
// Each attack goes on for a while against one node, from an address of its own, while people trade through
// all nodes and somebody else asks the attacked one. Blocks must go on, trades must become final, the honest
// must be answered, what the node holds must stay within its bound, and nothing may stay behind. What was
// counted is printed as rows of the table in docs/reliability.md. PCQ_ATTACK_S says how long each goes on.
#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 20;   // during each attack
constexpr std::size_t kAttacked = 3;  // node
constexpr std::size_t kConnectionsPerAddress = 64;
constexpr double kNodeBytes = 64.0 * 1024 * 1024;
constexpr auto kHonestWait = 10s;  // for an answer, on a machine that does much else

std::chrono::seconds attack_time() {
    const char* given = std::getenv("PCQ_ATTACK_S");
    return std::chrono::seconds(given == nullptr ? 3 : std::atoi(given));
}

// What an attacker got.
struct Tally {
    std::atomic<std::uint64_t> connections = 0;
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> refused = 0;  // connections and requests: closed on, or answered 4xx or 5xx
};

// A connection from 127.0.0.2, which is another address than that of the honest, and never waits.
class Line {
public:
    Line(asio::io_context& io, std::uint16_t port, Tally& tally) : tally_(tally), socket_(io, tcp::v4()) {
        error_code failed;
        socket_.set_option(asio::socket_base::receive_buffer_size(4'096), failed);
        socket_.bind({asio::ip::make_address_v4("127.0.0.2"), 0}, failed);
        socket_.connect({asio::ip::address_v4::loopback(), port}, failed);
        socket_.non_blocking(true);
        is_open_ = !failed;
        ++tally_.connections;
    }
    ~Line() = default;
    Line(Line&&) = default;

    bool is_open() const { return is_open_; }
    // As much as the node takes at once.
    std::size_t send(std::string_view text) {
        if (!is_open_) return 0;
        error_code failed;
        const std::size_t sent = socket_.send(asio::buffer(text.data(), text.size()), 0, failed);
        if (failed && failed != asio::error::would_block) end();
        return sent;
    }
    // Reads what is there, and counts refusals.
    void listen() {
        std::array<char, 16'384> bytes{};
        while (is_open_) {
            error_code failed;
            const std::size_t got = socket_.receive(asio::buffer(bytes), 0, failed);
            if (failed == asio::error::would_block) return;
            if (failed) return end();
            const std::string_view text(bytes.data(), got);
            for (auto at = text.find("HTTP/1.1 "); at != std::string_view::npos;
                 at = text.find("HTTP/1.1 ", at + 1)) {
                if (at + 9 < text.size() && text[at + 9] >= '4') ++tally_.refused;
            }
        }
    }
    void close_sending_half() {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

private:
    void end() {
        is_open_ = false;
        ++tally_.refused;
        error_code ignored;
        socket_.close(ignored);
    }

    Tally& tally_;
    tcp::socket socket_;
    bool is_open_ = false;
};

std::string post_head(std::size_t bytes) {
    return "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(bytes) + "\r\n\r\n";
}
std::string post(const std::string& body) {
    return post_head(body.size()) + body;
}

// A masked text frame (RFC 6455, section 5.2), masked by nothing, of 126 to 65,535 bytes.
std::string frame(const std::string& text) {
    std::string head{"\x81\xfe"};
    head += static_cast<char>(text.size() >> 8);
    head += static_cast<char>(text.size() & 0xff);
    return head + std::string(4, '\0') + text;
}

// Many connections that are all tended again and again.
class Crowd {
public:
    Crowd(std::uint16_t port, Tally& tally, std::size_t size) : port_(port), tally_(tally), size_(size) {}

    // Those that were closed on are replaced, and `begin` says the first words.
    template <class Begin, class Go>
    void tend(const Begin& begin, const Go& go) {
        std::erase_if(lines_, [](const Line& line) { return !line.is_open(); });
        while (lines_.size() < size_) {
            lines_.emplace_back(io_, port_, tally_);
            begin(lines_.back());
        }
        for (auto& line : lines_) go(line);
        std::this_thread::sleep_for(10ms);
    }

private:
    const std::uint16_t port_;
    Tally& tally_;
    const std::size_t size_;
    asio::io_context io_;
    std::list<Line> lines_;
};

using Attack = std::function<void(std::uint16_t port, Tally&, const std::atomic<bool>& over)>;

void drip(std::uint16_t port, Tally& tally, const std::atomic<bool>& over, const std::string& first) {
    Crowd crowd(port, tally, 200);
    while (!over) {
        crowd.tend([&](Line& line) { line.send(first); },
                   [](Line& line) {
                       line.send("x");
                       line.listen();
                   });
    }
}

void slow_headers(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    drip(port, tally, over, "POST /v1 HTTP/1.1\r\nX-Slow: ");
}
void slow_bodies(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    drip(port, tally, over, post_head(2'000'000) + "[");
}

void half_closed(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    Crowd crowd(port, tally, 200);
    while (!over) {
        crowd.tend(
            [&](Line& line) {
                line.send(post(R"({"jsonrpc":"2.0","id":1,"method":"chains"})") + post_head(100) + "{");
                line.close_sending_half();
            },
            [](Line& line) { line.listen(); });
    }
}

void connects(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    asio::io_context io;
    while (!over) {
        Line line(io, port, tally);
        line.listen();
    }
}

// One request after the other on each of a few connections, as much as goes down.
void repeat(std::uint16_t port, Tally& tally, const std::atomic<bool>& over, const std::string& request,
            bool takes_answers) {
    asio::io_context io;
    std::list<Line> lines;
    std::map<const Line*, std::size_t> sent;
    while (!over) {
        std::erase_if(lines, [&](const Line& line) {
            if (!line.is_open()) sent.erase(&line);
            return !line.is_open();
        });
        while (lines.size() < 8) lines.emplace_back(io, port, tally);
        for (auto& line : lines) {
            auto& at = sent[&line];
            at += line.send(std::string_view(request).substr(at));
            if (at == request.size()) {
                at = 0;
                ++tally.requests;
            }
            if (takes_answers) line.listen();
        }
        std::this_thread::sleep_for(1ms);
    }
}

void huge_bodies(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    const std::string chunk = "100000\r\n" + std::string(1'048'576, ' ') + "\r\n";
    repeat(port, tally, over,
           "POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
               chunk + chunk + chunk,
           true);
}
void nested(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    repeat(port, tally, over, post(std::string(1'000'000, '[')), true);
}
void requests(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    repeat(port, tally, over, post(R"({"jsonrpc":"2.0","id":1,"method":"status","params":["side"]})"), true);
}
void takes_nothing(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    std::string batch;
    for (int height = 1; height <= 100; ++height) {
        batch +=
            (height == 1 ? "[" : ",") +
            std::string(R"({"jsonrpc":"2.0","id":1,"method":"block","params":{"chain":"side","height":)") +
            std::to_string(height) + R"(,"detail":"full"}})";
    }
    repeat(port, tally, over, post(batch + "]"), false);
}

void never_reads(std::uint16_t port, Tally& tally, const std::atomic<bool>& over) {
    Crowd crowd(port, tally, 100);
    std::string subscribes;
    for (int i = 0; i < 40; ++i)
        subscribes += frame(R"({"jsonrpc":"2.0","id":"..............................","method":"subscribe",)"
                            R"("params":{"chain":"side","topic":"blocks","from_height":1}})");
    while (!over) {
        crowd.tend(
            [&](Line& line) {
                line.send(
                    "GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            },
            [&](Line& line) { line.send(subscribes); });
    }
}

class Hostile : public testing::Test {
protected:
    Hostile() {
        for (const std::size_t node : all_nodes()) bound(node);
        network_.up();
        market_.emplace(network_, 2 * kSellers);
    }
    // This machine is held to the bounds of an address here, and time is short.
    void bound(std::size_t node) const {
        std::ofstream(network_.folder() / (Network::names()[node] + ".toml"), std::ios::app)
            << "\n[rpc.limits]\nloopback = true\nrequest_ms = 1000\nanswer_ms = 1000\n"
            << "calls_per_second = 300\ncalls_at_once = 600\nconnections_per_address = "
            << kConnectionsPerAddress << "\n"
            << "node_bytes = " << static_cast<std::uint64_t>(kNodeBytes) << "\n";
    }
    void unbound(std::size_t node) const {
        const auto file = network_.folder() / (Network::names()[node] + ".toml");
        std::ifstream in(file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        std::ofstream(file) << text.substr(0, text.find("\n[rpc.limits]"));
    }
    double held() { return network_.metric(kAttacked, "pcq_rpc_held_bytes").value_or(0); }

    Network network_;
    std::optional<Market> market_;
};

// Somebody who asks the attacked node again and again, each time over a new connection.
class Honest {
public:
    explicit Honest(const client::Endpoint& node) : thread_([this, node] { ask(node); }) {}
    ~Honest() { stop(); }
    Honest(const Honest&) = delete;
    Honest& operator=(const Honest&) = delete;

    void stop() {
        over_ = true;
        if (thread_.joinable()) thread_.join();
    }
    std::uint64_t asked() const { return asked_; }
    std::uint64_t failed() const { return failed_; }
    Clock::duration slowest() const { return slowest_; }

private:
    void ask(const client::Endpoint& node) {
        while (!over_) {
            client::RpcClient client(node, {.timeout = kHonestWait});
            const auto begun = Clock::now();
            if (!client.call("status", {{"chain", "side"}})) ++failed_;
            slowest_ = std::max(slowest_, Clock::now() - begun);
            ++asked_;
            std::this_thread::sleep_for(20ms);
        }
    }

    std::atomic<bool> over_ = false;
    std::uint64_t asked_ = 0;
    std::uint64_t failed_ = 0;
    Clock::duration slowest_{0};
    std::thread thread_;
};

TEST_F(Hostile, ClientsDisturbNeitherConsensusNorTheHonest) {
    struct Case {
        const char* name;
        Attack attack;
        bool is_turned_away;  // as the attacker can tell
    };
    const std::vector<Case> cases{
        {"nothing, to compare with", nullptr, false},
        {"headers in drips, 200 connections", slow_headers, true},
        {"bodies in drips, 200 connections", slow_bodies, true},
        {"bodies without end", huge_bodies, true},
        {"a million nested lists", nested, true},
        {"half of it closed, in the middle of a request", half_closed, true},
        {"connections", connects, false},
        {"requests", requests, true},
        {"subscriptions that never read", never_reads, true},
        {"batches of blocks that are never taken", takes_nothing, false},
    };
    std::cout << "| attack | connections | requests | turned away | trades final a second | blocks | slowest "
                 "honest answer | bytes held at most |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    Trading trading(*market_, kSellers);
    for (const auto& [name, attack, is_turned_away] : cases) {
        SCOPED_TRACE(name);
        Tally tally;
        std::atomic<bool> over = false;
        const std::uint64_t height = *network_.height(0, "side");
        const std::size_t trades = trading.count();
        const auto begun = Clock::now();
        double held_most = 0;
        Honest honest(network_.rpc(kAttacked));
        std::vector<std::thread> attackers;
        for (int i = 0; attack && i < 2; ++i)
            attackers.emplace_back(
                [&, &attack = attack] { attack(network_.rpc(kAttacked).port, tally, over); });
        while (Clock::now() - begun < attack_time()) {
            held_most = std::max(held_most, held());
            std::this_thread::sleep_for(50ms);
        }
        EXPECT_TRUE(trading.await(kTrades)) << trading.failure();
        const std::chrono::duration<double> took = Clock::now() - begun;
        const std::uint64_t blocks = *network_.height(0, "side") - height;
        over = true;
        for (auto& attacker : attackers) attacker.join();
        honest.stop();

        EXPECT_GT(blocks, 0U);
        EXPECT_GT(honest.asked(), 0U);
        EXPECT_EQ(honest.failed(), 0U) << "of " << honest.asked();
        EXPECT_TRUE(!is_turned_away || tally.refused > 0);
        // One answer of each connection more, and a block in full is well below a megabyte here.
        EXPECT_LT(held_most, kNodeBytes + 2.0 * 1024 * 1024 * kConnectionsPerAddress);
        EXPECT_TRUE(eventually([&] { return held() < 1'000; })) << "bytes are held for who has gone";
        EXPECT_TRUE(eventually([&] {
            return network_.metric(kAttacked, "pcq_rpc_connections").value_or(1'000) < 16;
        })) << "connections stay behind";
        std::cout << "| " << name << " | " << tally.connections << " | " << tally.requests << " | "
                  << tally.refused << " | " << std::fixed << std::setprecision(0)
                  << static_cast<double>(trading.count() - trades) / took.count() << " | " << blocks << " | "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(honest.slowest()).count()
                  << " ms | " << held_most << " |" << std::endl;
    }
    trading.stop();
    // Whoever compares whole chains asks for more than an address may.
    network_.down();
    for (const std::size_t node : all_nodes()) unbound(node);
    network_.up();
    network_.await_caught_up(all_nodes());
    trading.expect_all_in(network_.expect_equal_chains(all_nodes()));
}

}  // namespace
}  // namespace pcq::e2e
