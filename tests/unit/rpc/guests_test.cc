// What one address may have of a node, what all may make it hold, and by which names it answers.
#include "src/rpc/guests.h"

#include <gtest/gtest.h>

#include "src/rpc/hosts.h"

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;

class GuestsTest : public testing::Test {
protected:
    static GuestLimits few() {
        GuestLimits limits;
        limits.connections_per_address = 2;
        limits.websockets_per_address = 1;
        limits.calls_per_second = 1;
        limits.calls_at_once = 3;
        return limits;
    }
    std::shared_ptr<Guest> come(const std::string& address, Door door = Door::everybody) {
        return guests.admit(make_address(address), door);
    }
    static int calls(Guest& guest) {
        int made = 0;
        while (made < 1'000 && guest.may_call()) ++made;
        return made;
    }

    std::chrono::steady_clock::time_point now;
    Guests guests{few(), [this] { return now; }};
};

TEST_F(GuestsTest, HaveAsManyConnectionsAsTheirAddressMayHave) {
    const auto first = come("192.0.2.1");
    auto second = come("192.0.2.1");
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(come("192.0.2.1"));
    EXPECT_FALSE(come("::ffff:192.0.2.1")) << "the same, over an IPv6 socket";
    EXPECT_TRUE(come("192.0.2.2"));
    EXPECT_TRUE(come("192.0.2.1", Door::operators)) << "an operator is kept out by nobody else's connections";
    second.reset();
    EXPECT_TRUE(come("192.0.2.1"));
}

TEST_F(GuestsTest, OfOneNetworkOfIpv6AreOneAddress) {
    const auto first = come("2001:db8:0:1::1");
    const auto second = come("2001:db8:0:1:ffff::2");
    EXPECT_FALSE(come("2001:db8:0:1::3"));
    EXPECT_TRUE(come("2001:db8:0:2::1"));
}

TEST_F(GuestsTest, HaveCallsThatComeBackWithTimeAndNotWithConnecting) {
    auto guest = come("192.0.2.1");
    EXPECT_EQ(calls(*guest), 3);
    guest.reset();
    guest = come("192.0.2.1");
    EXPECT_EQ(calls(*guest), 0);
    EXPECT_EQ(calls(*come("192.0.2.2")), 3);

    now += std::chrono::seconds(2);
    EXPECT_EQ(calls(*guest), 2);
    now += std::chrono::hours(1);
    EXPECT_EQ(calls(*guest), 3);
    guest->called(10);  // a batch of which none were there: owed
    now += std::chrono::seconds(10);
    EXPECT_FALSE(guest->may_call());
    now += std::chrono::seconds(1);
    EXPECT_TRUE(guest->may_call());
}

TEST_F(GuestsTest, OweTheCallsOfABatch) {
    const auto guest = come("192.0.2.1");
    ASSERT_TRUE(guest->may_call());
    guest->called(499);
    EXPECT_FALSE(guest->may_call());
}

TEST_F(GuestsTest, HaveAsManyWebSocketsAsTheirAddressMayHave) {
    auto first = come("192.0.2.1");
    const auto second = come("192.0.2.1");
    EXPECT_TRUE(first->open_socket());
    EXPECT_FALSE(second->open_socket());
    first.reset();
    EXPECT_TRUE(second->open_socket());
}

TEST_F(GuestsTest, OfOneAddressHoldAnEighthOfTheNodesBytes) {
    GuestLimits limits = few();
    limits.node_bytes_max = 1'000;
    Guests small(limits);
    const auto first = small.admit(make_address("192.0.2.1"), Door::everybody);
    const auto second = small.admit(make_address("192.0.2.1"), Door::everybody);
    const auto other = small.admit(make_address("192.0.2.2"), Door::everybody);
    const Held held(first->bytes(), 125);
    EXPECT_TRUE(second->bytes()->is_full());
    EXPECT_FALSE(other->bytes()->is_full());
    EXPECT_EQ(small.held_bytes(), 125U);
}

TEST_F(GuestsTest, LeaveOperatorsTheBytesThatAreTheirs) {
    GuestLimits limits = few();
    limits.node_bytes_max = 800;
    Guests small(limits);
    const auto one = small.admit(make_address("127.0.0.1"), Door::everybody);
    const auto first = small.admit(make_address("127.0.0.1"), Door::operators);
    const auto second = small.admit(make_address("127.0.0.1"), Door::operators);
    const Held held(one->bytes(), 800);
    EXPECT_FALSE(first->bytes()->is_full());
    const Held more(first->bytes(), 100);
    EXPECT_TRUE(second->bytes()->is_full());
    EXPECT_EQ(small.held_bytes(), 900U);
}

TEST_F(GuestsTest, OfOneAddressHaveAnEighthOfTheSubmitsThatWait) {
    GuestLimits limits = few();
    limits.waiting_submits_max = 16;
    Guests small(limits);
    const auto first = small.admit(make_address("192.0.2.1"), Door::everybody);
    const auto second = small.admit(make_address("192.0.2.1"), Door::everybody);
    const auto other = small.admit(make_address("192.0.2.2"), Door::everybody);
    EXPECT_TRUE(first->begin_waiting());
    EXPECT_TRUE(second->begin_waiting());
    EXPECT_FALSE(first->begin_waiting());
    EXPECT_TRUE(other->begin_waiting());
    second->end_waiting();
    EXPECT_TRUE(first->begin_waiting());
}

TEST_F(GuestsTest, OfThisMachineAreNotCountedUnlessToldSo) {
    std::vector<std::shared_ptr<Guest>> here;
    for (int i = 0; i < 10; ++i) here.push_back(come(i % 2 == 0 ? "127.0.0.1" : "::1"));
    for (const auto& guest : here) {
        ASSERT_TRUE(guest);
        EXPECT_TRUE(guest->open_socket());
        EXPECT_EQ(calls(*guest), 1'000);
    }
    GuestLimits counted = few();
    counted.count_loopback = true;
    Guests others(counted);
    const auto guest = others.admit(make_address("127.0.0.1"), Door::everybody);
    EXPECT_EQ(calls(*guest), 3);
}

TEST_F(GuestsTest, AreForgottenWhenTheyAreGoneAndManyOthersCome) {
    const auto connected = come("192.0.2.1");
    EXPECT_EQ(calls(*connected), 3);
    EXPECT_EQ(calls(*come("192.0.2.2")), 3);
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        const auto guest = guests.admit(asio::ip::address_v4(0x0a000000 + i), Door::everybody);
        ASSERT_TRUE(guest && guest->may_call());
    }
    EXPECT_EQ(calls(*come("192.0.2.2")), 3) << "of addresses that are gone no more are kept than fit";
    EXPECT_EQ(calls(*connected), 0) << "one that is connected is not forgotten";
    EXPECT_EQ(calls(*come("192.0.2.1")), 0);
}

TEST(BudgetTest, IsOfTheConnectionAndOfTheNode) {
    const auto node = std::make_shared<Budget>(100);
    const auto first = std::make_shared<Budget>(80, node);
    const auto second = std::make_shared<Budget>(80, node);
    {
        Held held(first, 79);
        EXPECT_FALSE(first->is_full());
        held.add(1);
        EXPECT_TRUE(first->is_full());
        EXPECT_FALSE(second->is_full());
        const Held more(second, 20);
        EXPECT_TRUE(second->is_full()) << "the node is";
        const Held moved = std::move(held);
        EXPECT_EQ(node->held(), 100U);
    }
    EXPECT_EQ(node->held(), 0U);
    EXPECT_EQ(first->held(), 0U);
}

TEST(HostsTest, AreAddressesLocalhostAndTheNamesOfTheNode) {
    const Hosts hosts({"node1.example.org"}, /*is_tls=*/false);
    for (const char* good : {"127.0.0.1", "127.0.0.1:8400", "[::1]:8400", "192.0.2.1:80", "localhost",
                             "LocalHost:1", "localhost.", "node1.example.org:8400", "NODE1.example.org.", ""})
        EXPECT_TRUE(hosts.accept(good)) << good;
    for (const char* bad :
         {"evil.example", "evil.example:8400", "localhost.evil.example", "127.0.0.1.evil.example",
          "node1.example.org.evil.example", "[evil]", "[", ":8400", "."})
        EXPECT_FALSE(hosts.accept(bad)) << bad;
}

TEST(HostsTest, AreWhateverTheCertificateSaysBehindTlsUnlessTheyAreNamed) {
    EXPECT_TRUE(Hosts({}, /*is_tls=*/true).accept("node1.example.org"));
    EXPECT_FALSE(Hosts({"a.example"}, /*is_tls=*/true).accept("node1.example.org"));
    EXPECT_FALSE(Hosts({}, /*is_tls=*/false).accept("node1.example.org"));
}

TEST(HostsTest, SayWhosePageIsTheirOwn) {
    EXPECT_TRUE(Hosts::is_own("", "127.0.0.1:8400"));
    EXPECT_TRUE(Hosts::is_own("http://127.0.0.1:8400", "127.0.0.1:8400"));
    EXPECT_TRUE(Hosts::is_own("https://node1.example.org", "node1.example.org"));
    EXPECT_FALSE(Hosts::is_own("http://evil.example", "127.0.0.1:8400"));
    EXPECT_FALSE(Hosts::is_own("http://127.0.0.1:1", "127.0.0.1:8400"));
    EXPECT_FALSE(Hosts::is_own("null", "127.0.0.1:8400"));
}

}  // namespace
}  // namespace pcq::rpc
