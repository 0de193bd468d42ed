// Nodes that keep to the rules: they find each other, exchange, lose each other and come back, and bounds
// hold.
#include "tests/unit/network/fixture.h"

namespace pcq::network {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;

TEST(Peers, ExchangeMessagesInBothDirectionsAndInOrder) {
    const auto keys = sorted_keys(2);
    TestNode listener(keys[1], {dials(keys[0])});
    TestNode dialler(keys[0], {listener.address()});
    ASSERT_TRUE(listener.wait_connected(dialler.key()));
    ASSERT_TRUE(dialler.wait_connected(listener.key()));

    dialler->send(listener.key(), Priority::consensus, text("one"));
    dialler->send(listener.key(), Priority::consensus, text("two"));
    listener->send(dialler.key(), Priority::gossip, text("three"));

    ASSERT_TRUE(listener.wait_heard(2));
    ASSERT_TRUE(dialler.wait_heard(1));
    EXPECT_EQ(listener.heard(), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(dialler.heard(), std::vector<std::string>{"three"});
    EXPECT_TRUE(dialler->is_connected(listener.key()));
    EXPECT_EQ(listener->stats().messages_in, 2u);
    EXPECT_EQ(listener->stats().connected, 1u);
}

TEST(Peers, ReachEverybodyWithABroadcast) {
    const auto keys = sorted_keys(4);
    TestNode d(keys[3], {dials(keys[0]), dials(keys[1]), dials(keys[2])});
    TestNode c(keys[2], {dials(keys[0]), dials(keys[1]), d.address()});
    TestNode b(keys[1], {dials(keys[0]), c.address(), d.address()});
    TestNode a(keys[0], {b.address(), c.address(), d.address()});
    for (TestNode* other : {&a, &c, &d}) ASSERT_TRUE(b.wait_connected(other->key()));

    b->broadcast(Priority::consensus, text("to all"));

    for (TestNode* other : {&a, &c, &d}) {
        ASSERT_TRUE(other->wait_heard(1));
        EXPECT_EQ(other->heard(), std::vector<std::string>{"to all"});
    }
    EXPECT_TRUE(b.heard().empty());
}

TEST(Peers, IgnoreTheirOwnEntryInTheList) {
    const auto keys = sorted_keys(2);
    TestNode listener(keys[1], {dials(keys[0]), dials(keys[1])});
    TestNode dialler(keys[0], {dials(keys[0]), listener.address()});
    ASSERT_TRUE(dialler.wait_connected(listener.key()));
    EXPECT_FALSE(dialler->is_connected(dialler.key()));
}

TEST(Peers, ConnectAgainAfterAPeerWasRestarted) {
    const auto keys = sorted_keys(2);
    auto listener = std::make_unique<TestNode>(keys[1], std::vector<PeerAddress>{dials(keys[0])});
    Options same_port;
    same_port.listen_port = (*listener)->port();
    TestNode dialler(keys[0], {listener->address()}, Options{.retry_min = {10}, .retry_max = {50}});
    ASSERT_TRUE(dialler.wait_connected(keys[1].public_key()));

    listener.reset();
    ASSERT_TRUE(dialler.wait_disconnected(keys[1].public_key()));
    EXPECT_FALSE(dialler->is_connected(keys[1].public_key()));
    listener = std::make_unique<TestNode>(keys[1], std::vector<PeerAddress>{dials(keys[0])}, same_port);

    ASSERT_TRUE(dialler.wait_connected(keys[1].public_key(), 2));
    dialler->send(keys[1].public_key(), Priority::sync, text("again"));
    ASSERT_TRUE(listener->wait_heard(1));
    EXPECT_EQ(listener->heard(), std::vector<std::string>{"again"});
}

TEST(Peers, KeepOneConnectionWhenAPeerConnectsTwice) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])});
    RawClient first(node->port(), keys[0]);
    ASSERT_TRUE(first.welcomed());
    RawClient second(node->port(), keys[0]);
    ASSERT_TRUE(second.welcomed());

    EXPECT_TRUE(first.ended());
    EXPECT_TRUE(node.wait_disconnected(keys[0].public_key())) << "what was asked over it is not answered";
    node->send(keys[0].public_key(), Priority::consensus, text("to the newer one"));
    EXPECT_EQ(second.read_text(), "to the newer one");
    EXPECT_EQ(node->stats().connected, 1u);
}

TEST(Peers, StayConnectedInSilenceAndDropWhoeverIsGone) {
    const auto keys = sorted_keys(3);
    const Options quick{.silence_max = {300}};
    TestNode node(keys[2], {dials(keys[0]), dials(keys[1])}, quick);
    TestNode alive(keys[1], {dials(keys[0]), node.address()}, quick);
    ASSERT_TRUE(alive.wait_connected(node.key()));
    RawClient gone(node->port(), keys[0]);  // connected, and never a sign of life
    ASSERT_TRUE(gone.welcomed());

    ASSERT_TRUE(node.wait_disconnected(keys[0].public_key()));
    EXPECT_EQ(node.disconnects(alive.key()), 0);
    EXPECT_EQ(alive.disconnects(node.key()), 0);
}

// The reader does not read: the socket's buffers fill, then the queue. What matters most overtakes.
TEST(Peers, SendConsensusBeforeSyncBeforeWaitingGossip) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.queue_bytes_max = 64 * kMegabyte});
    RawClient reader(node->port(), keys[0]);
    ASSERT_TRUE(reader.welcomed());

    const std::size_t gossips = 40;
    for (std::size_t i = 0; i < gossips; ++i)
        node->send(keys[0].public_key(), Priority::gossip, text(std::string(kMegabyte, 'g')));
    node->send(keys[0].public_key(), Priority::sync, text("sync"));
    node->send(keys[0].public_key(), Priority::consensus, text("consensus"));

    std::vector<std::string> order;
    while (order.size() < gossips + 2) {
        const auto next = reader.read_text();
        ASSERT_TRUE(next);
        order.push_back(next->size() == kMegabyte ? "gossip" : *next);
    }
    const auto consensus = std::find(order.begin(), order.end(), "consensus");
    ASSERT_NE(consensus, order.end());
    EXPECT_EQ(*(consensus + 1), "sync");
    EXPECT_EQ(*(consensus + 2), "gossip") << "nothing was waiting: the test needs more gossip";
    EXPECT_EQ(order.back(), "gossip");
    EXPECT_EQ(node->stats().dropped, 0u);
}

TEST(Peers, DropNewGossipWhenTheQueueIsFull) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.queue_bytes_max = 4 * kMegabyte});
    RawClient reader(node->port(), keys[0]);
    ASSERT_TRUE(reader.welcomed());

    const std::size_t sent = 60;
    for (std::size_t i = 0; i < sent; ++i)
        node->send(keys[0].public_key(), Priority::gossip,
                   text(std::string(kMegabyte, static_cast<char>(i))));
    // When this has come, all before it is queued or dropped.
    node->send(keys[0].public_key(), Priority::consensus, text("mark"));

    std::vector<char> received;
    bool marked = false;
    while (!marked || received.size() + node->stats().dropped < sent) {
        const auto next = reader.read_text();
        ASSERT_TRUE(next);
        if (*next == "mark") {
            marked = true;
        } else {
            received.push_back(next->front());
        }
    }
    EXPECT_GT(node->stats().dropped, 0u);
    EXPECT_EQ(received.front(), 0);
    EXPECT_LT(received.back(), static_cast<char>(sent - 1)) << "the newest is what is dropped";
}

TEST(Peers, DropTheOldestConsensusMessageWhenTheQueueIsFull) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[1], {dials(keys[0])}, Options{.queue_bytes_max = 4 * kMegabyte});
    RawClient reader(node->port(), keys[0]);
    ASSERT_TRUE(reader.welcomed());

    const std::size_t sent = 60;
    for (std::size_t i = 0; i < sent; ++i)
        node->send(keys[0].public_key(), Priority::consensus,
                   text(std::string(kMegabyte, static_cast<char>(i))));

    std::vector<char> received;
    while (received.empty() || received.back() != static_cast<char>(sent - 1)) {
        const auto next = reader.read_text();
        ASSERT_TRUE(next);
        received.push_back(next->front());
    }
    EXPECT_GT(node->stats().dropped, 0u);
    EXPECT_EQ(received.size() + node->stats().dropped, sent);
    EXPECT_TRUE(std::is_sorted(received.begin(), received.end()));
}

TEST(Peers, ReadNoMoreFromAPeerThanIsTaken) {
    const auto keys = sorted_keys(2);
    const std::size_t size = kMegabyte / 4;
    TestNode receiver(keys[1], {dials(keys[0])},
                      Options{.inbound_bytes_max = kMegabyte, .silence_max = {500}});
    TestNode sender(keys[0], {receiver.address()}, Options{.queue_bytes_max = 64 * kMegabyte});
    ASSERT_TRUE(sender.wait_connected(receiver.key()));
    receiver.hold();

    const std::size_t sent = 40;
    for (std::size_t i = 0; i < sent; ++i)
        sender->send(receiver.key(), Priority::sync, text(std::string(size, 'x')));

    // The first four fit, the fifth (with its few bytes around the text) goes over, and then nothing is read.
    for (std::size_t heard = 4; heard < sent; heard += 4) {
        ASSERT_TRUE(receiver.wait_heard(heard));
        // A round trip the other way shows that the connection lives while it is paused.
        receiver->send(sender.key(), Priority::consensus, text("still here"));
        ASSERT_TRUE(sender.wait_heard(heard / 4));
        receiver.release();
    }
    ASSERT_TRUE(receiver.wait_heard(sent));
    EXPECT_LE(receiver.held_max(), 5u);
    EXPECT_EQ(receiver.disconnects(sender.key()), 0);
}

// Three bytes each on the line, and some forty in memory.
TEST(Peers, CountWhatManySmallEntriesTakeInMemory) {
    const auto keys = sorted_keys(2);
    TestNode receiver(keys[1], {dials(keys[0])}, Options{.inbound_bytes_max = kMegabyte});
    TestNode sender(keys[0], {receiver.address()}, Options{});
    ASSERT_TRUE(sender.wait_connected(receiver.key()));
    receiver.hold();
    auto entries = text("");
    for (int i = 0; i < 50'000; ++i) entries.mutable_transactions()->add_transactions("x");
    ASSERT_LT(entries.ByteSizeLong(), kMegabyte / 4);

    const std::size_t sent = 6;
    for (std::size_t i = 0; i < sent; ++i) sender->send(receiver.key(), Priority::sync, entries);
    for (std::size_t heard = 1; heard <= sent; ++heard) {
        ASSERT_TRUE(receiver.wait_heard(heard));
        receiver->send(sender.key(), Priority::consensus, text("still here"));
        ASSERT_TRUE(sender.wait_heard(heard));
        receiver.release();
    }
    EXPECT_EQ(receiver.held_max(), 1u);
}

TEST(Peers, DoNotSendWhatIsLongerThanAFrameMayBe) {
    const auto keys = sorted_keys(2);
    TestNode listener(keys[1], {dials(keys[0])});
    TestNode dialler(keys[0], {listener.address()}, Options{.frame_bytes_max = 1000});
    ASSERT_TRUE(dialler.wait_connected(listener.key()));

    dialler->send(listener.key(), Priority::consensus, text(std::string(1001, 'x')));
    dialler->broadcast(Priority::consensus, text(std::string(1001, 'x')));
    dialler->send(listener.key(), Priority::consensus, text("short"));

    ASSERT_TRUE(listener.wait_heard(1));
    EXPECT_EQ(listener.heard(), std::vector<std::string>{"short"});
    EXPECT_EQ(dialler->stats().dropped, 2u);
}

TEST(Peers, NameTheAddressTheyCannotListenOn) {
    const auto keys = sorted_keys(2);
    TestNode node(keys[0], {});
    boost::asio::io_context io;
    Peers second(io, Options{.listen_port = node->port()}, keys[1], {}, {});
    const auto taken = second.start();
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::io_failed);
    EXPECT_NE(taken.error().message.find("127.0.0.1:" + std::to_string(node->port())), std::string::npos);

    Peers third(io, Options{.listen_host = "no-address"}, keys[1], {}, {});
    const auto wrong = third.start();
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::bad_argument);
}

}  // namespace
}  // namespace pcq::network
