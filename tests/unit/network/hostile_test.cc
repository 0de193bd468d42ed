// Whoever does not belong here, or belongs here and breaks the rules.
#include <algorithm>
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "src/base/hex.h"
#include "tests/unit/network/fixture.h"

namespace pcq::network {
namespace {

// What is logged while this lives.
class Log {
public:
    Log() : before_(spdlog::default_logger()) {
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_)));
    }
    ~Log() { spdlog::set_default_logger(before_); }
    bool contains(const std::string& part) const { return out_.str().find(part) != std::string::npos; }
    std::ptrdiff_t lines() const {
        const std::string text = out_.str();
        return std::count(text.begin(), text.end(), '\n');
    }

private:
    std::shared_ptr<spdlog::logger> before_;
    std::ostringstream out_;
};

TEST(Stranger, IsRefusedInTheHandshakeCountedAndLogged) {
    const auto keys = sorted_keys(3);
    const Log log;
    std::uint64_t refused = 0;
    {
        TestNode node(keys[1], {dials(keys[0])});
        RawClient stranger(node->port(), keys[2]);
        EXPECT_FALSE(stranger.welcomed());
        refused = node->stats().refused;
        EXPECT_EQ(node->stats().connected, 0u);
        RawClient peer(node->port(), keys[0]);  // admitted after the node is done with the stranger
        EXPECT_TRUE(peer.welcomed());
    }
    EXPECT_EQ(refused, 1u);
    EXPECT_TRUE(log.contains(to_hex(keys[2].public_key().data())));
    EXPECT_TRUE(log.contains("127.0.0.1:"));
}

// Whoever reaches the port could fill the disk that the log is on.
TEST(Stranger, WritesFewLinesOfTheLogHoweverOftenItComes) {
    const auto keys = sorted_keys(3);
    const Log log;
    {
        TestNode node(keys[1], {dials(keys[0])});
        for (int times = 0; times < LogShare::kAtOnce; ++times) {
            RawClient stranger(node->port(), keys[2]);
            ASSERT_FALSE(stranger.welcomed());
        }
        RawClient peer(node->port(), keys[0]);
        EXPECT_TRUE(peer.welcomed());
        EXPECT_EQ(node->stats().refused, static_cast<std::uint64_t>(LogShare::kAtOnce));
    }
    EXPECT_LT(log.lines(), LogShare::kAtOnce * 3 / 2) << "each would have written two";
}

TEST(LogShare, IsSoManyLinesAtOnceAndThenOneInAWhileAndCountsTheOthers) {
    LogShare share;
    const LogShare::Clock::time_point now{};
    for (int line = 0; line < LogShare::kAtOnce; ++line) EXPECT_TRUE(share.may_say(now));
    for (int line = 0; line < 5; ++line) EXPECT_FALSE(share.may_say(now + LogShare::kOneEach / 2));
    EXPECT_TRUE(share.may_say(now + LogShare::kOneEach));
    EXPECT_EQ(share.take_left_out(), 5u);
    EXPECT_EQ(share.take_left_out(), 0u);
    EXPECT_FALSE(share.may_say(now + LogShare::kOneEach));
    const auto later = now + std::chrono::hours(24);
    for (int line = 0; line < LogShare::kAtOnce; ++line) EXPECT_TRUE(share.may_say(later));
    EXPECT_FALSE(share.may_say(later)) << "what was not used does not add up";
}

TEST(Stranger, DoesNotGetInTheWayOfAPeer) {
    const auto keys = sorted_keys(3);
    TestNode node(keys[1], {dials(keys[0])});
    RawClient peer(node->port(), keys[0]);
    ASSERT_TRUE(peer.welcomed());
    RawClient stranger(node->port(), keys[2]);
    EXPECT_FALSE(stranger.welcomed());

    node->send(keys[0].public_key(), Priority::consensus, text("hello"));
    EXPECT_EQ(peer.read_text(), "hello");
}

// Another node of the same network answers at the address of the one that is dialled.
TEST(Stranger, IsAlsoAPeerAtTheAddressOfAnother) {
    const auto keys = sorted_keys(3);
    TestNode other(keys[2], {dials(keys[0])});
    PeerAddress wrong = other.address();
    wrong.key = keys[1].public_key();
    TestNode node(keys[0], {wrong, PeerAddress{keys[2].public_key(), "other", "127.0.0.1", 1}});

    ASSERT_TRUE(other.wait_connected(node.key()));
    ASSERT_TRUE(other.wait_disconnected(node.key()));
    EXPECT_GE(node->stats().refused, 1u);
    EXPECT_FALSE(node->is_connected(keys[1].public_key()));
    EXPECT_FALSE(node->is_connected(keys[2].public_key()));
}

TEST(Handshake, IsRefusedWithTls12) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    auto old = RawClient::any_server(keys[0]);
    SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_2_VERSION);
    RawClient client(node->port(), std::move(old));
    EXPECT_TRUE(client.handshake());
    EXPECT_EQ(node->stats().connected, 0u);
}

TEST(Handshake, IsRefusedWithoutACertificate) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    auto anonymous = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
    anonymous->set_verify_mode(boost::asio::ssl::verify_none);
    RawClient client(node->port(), std::move(anonymous));
    EXPECT_FALSE(client.welcomed());
    EXPECT_EQ(node->stats().connected, 0u);
}

TEST(Handshake, MustNotTakeTooLong) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.handshake_timeout = {50}});
    RawClient silent(node->port(), keys[0]);
    EXPECT_TRUE(silent.hung_up());
    RawClient peer(node->port(), keys[0]);
    EXPECT_TRUE(peer.welcomed());
}

TEST(Handshake, OfTheOldestGivesWayToANewcomer) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.handshakes_max = 2, .handshake_timeout = {60'000}});
    RawClient first(node->port(), keys[0]);
    RawClient second(node->port(), keys[0]);
    RawClient third(node->port(), keys[0]);
    EXPECT_TRUE(first.hung_up());
    EXPECT_TRUE(third.welcomed());
    EXPECT_TRUE(second.welcomed()) << "the place of a finished handshake is free";
}

TEST(Handshake, OfOneWhoseAddressHasFewIsNotTheOneThatGivesWay) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.handshakes_max = 4, .handshake_timeout = {60'000}});
    RawClient peer(node->port(), keys[0], "127.0.0.2");
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<RawClient>(node->port(), keys[0]));
    for (int i = 0; i < 17; ++i) EXPECT_TRUE(silent[static_cast<std::size_t>(i)]->hung_up()) << i;
    EXPECT_TRUE(peer.welcomed());
}

TEST(Misbehaviour, OfAFrameAboveTheLimitEndsTheConnection) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    RawClient peer(node->port(), keys[0]);
    ASSERT_TRUE(peer.welcomed());
    ASSERT_FALSE(peer.write(Bytes("\x01\x00\x00\x01", 4)));  // 16 MiB and one byte; none of them is awaited
    EXPECT_TRUE(peer.ended());
    ASSERT_TRUE(node.wait_disconnected(keys[0].public_key()));
    EXPECT_EQ(node->stats().banned, 1u);
    EXPECT_EQ(node->stats().messages_in, 0u);
}

TEST(Misbehaviour, OfGarbageEndsTheConnectionAndKeepsThePeerOutForAWhile) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.ban_min = {60'000}});
    RawClient peer(node->port(), keys[0]);
    ASSERT_TRUE(peer.welcomed());
    ASSERT_FALSE(peer.write(frame(Bytes(100, '\xff'))));
    EXPECT_TRUE(peer.ended());
    ASSERT_TRUE(node.wait_disconnected(keys[0].public_key()));

    RawClient back(node->port(), keys[0]);
    EXPECT_FALSE(back.welcomed());
    EXPECT_TRUE(node.heard().empty());
}

// Each would take a hundred times its two bytes in memory.
TEST(Misbehaviour, OfAFrameOfMillionsOfEmptyEntriesEndsTheConnection) {
    const auto of = [](char content, std::string_view entry, std::size_t bytes) {
        Bytes inner;
        while (inner.size() < bytes) inner += entry;
        Bytes message(1, content);
        for (std::size_t size = inner.size(); size != 0; size >>= 7)
            message += static_cast<char>((size & 0x7f) | (size >= 0x80 ? 0x80 : 0));
        return message + inner;
    };
    using namespace std::string_view_literals;
    constexpr std::size_t kBytes = 1 << 20;
    // A group is passed over by protobuf's decoder: what follows it counts all the same.
    const std::vector<Bytes> frames{
        "\x7b\x7c" + of(0x32, "\x12\x00"sv, kBytes),     // blocks
        of(0x1a, "\x0a\x00"sv, kBytes),                  // transactions
        of(0x32, "\x12\x00"sv, kBytes),                  // blocks
        of(0x52, "\x22\x00"sv, kBytes),                  // records of a chunk
        of(0x52, "\x22\x04\x7a\x00\x7a\x00"sv, kBytes),  // records with fields that nobody knows
        of(0x22, "\x78\x01"sv, kBytes),                  // fields that nobody knows
    };
    for (const auto& bytes : frames) {
        ASSERT_TRUE(proto::PeerMessage().ParseFromString(bytes));
        const auto keys = sorted_keys(2);
        TestNode node(keys[1], {dials(keys[0])});
        RawClient peer(node->port(), keys[0]);
        ASSERT_TRUE(peer.welcomed());
        ASSERT_FALSE(peer.write(frame(bytes)));
        ASSERT_TRUE(node.wait_disconnected(keys[0].public_key()));
        EXPECT_EQ(node->stats().banned, 1u);
        EXPECT_EQ(node->stats().messages_in, 0u);
    }
}

// The most that an honest peer sends (storage::kChunkRecordsMax).
TEST(Misbehaviour, IsNotAChunkOfManySmallRecords) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    TestNode peer(keys[0], {node.address()});
    ASSERT_TRUE(peer.wait_connected(node.key()));
    proto::PeerMessage message;
    for (int number = 0; number < 80'000; ++number) {
        auto& record = *message.mutable_chunk()->add_records();
        record.set_key(std::to_string(number));
        record.set_value("1");
    }
    peer->send(node.key(), Priority::sync, message);
    EXPECT_TRUE(node.wait_heard(1));
    EXPECT_EQ(node->stats().banned, 0u);
}

TEST(Misbehaviour, SeenByTheReceiverKeepsThePeerOutUntilTheBanIsOver) {
    const auto keys = sorted_keys(2);
    TestNode listener(keys[1], {dials(keys[0])}, Options{.ban_min = {150}});
    TestNode dialler(keys[0], {listener.address()}, Options{.retry_min = {10}, .retry_max = {40}});
    ASSERT_TRUE(listener.wait_connected(dialler.key()));

    const auto before = std::chrono::steady_clock::now();
    listener->drop(dialler.key(), "its block does not hold");
    ASSERT_TRUE(dialler.wait_disconnected(listener.key()));
    ASSERT_TRUE(listener.wait_connected(dialler.key(), 2));
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(150));
    EXPECT_EQ(listener->stats().banned, 1u);
}

TEST(Misbehaviour, OfHangingUpInsideAFrameIsAnEndedConnectionLikeAnyOther) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    {
        RawClient peer(node->port(), keys[0]);
        ASSERT_TRUE(peer.welcomed());
        ASSERT_FALSE(peer.write(Bytes("\x00\x00\x00\x64half", 8)));
    }
    ASSERT_TRUE(node.wait_disconnected(keys[0].public_key()));
    RawClient back(node->port(), keys[0]);
    EXPECT_TRUE(back.welcomed());
    EXPECT_EQ(node->stats().banned, 0u);
}

TEST(Frames, HaveGoldenBytes) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    RawClient peer(node->port(), keys[0]);
    ASSERT_TRUE(peer.welcomed());

    // Length 9; field 1 (chain id) "ab", field 2 (consensus) "xyz".
    ASSERT_FALSE(peer.write(Bytes("\x00\x00\x00\x09\x0a\x02\x61\x62\x12\x03\x78\x79\x7a", 13)));
    ASSERT_TRUE(node.wait_heard(1));
    EXPECT_EQ(node.heard().front(), "xyz");

    auto message = text("xyz");
    message.set_chain_id("ab");
    node->send(keys[0].public_key(), Priority::consensus, message);
    EXPECT_EQ(peer.read(), Bytes("\x0a\x02\x61\x62\x12\x03\x78\x79\x7a", 9));
}

}  // namespace
}  // namespace pcq::network
