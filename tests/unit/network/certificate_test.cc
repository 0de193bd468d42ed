// TLS certificates of nodes: short-lived, renewed by themselves, and never what keeps a pinned peer out.
#include <gtest/gtest.h>

#include "tests/unit/network/fixture.h"

namespace pcq::network {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kYear = 365 * 24 * kHour;

class TestClock final : public Clock {
public:
    explicit TestClock(Instant now) : now_(now.ms) {}
    Instant now() const override { return {now_}; }
    void set(Instant now) { now_ = now.ms; }

private:
    std::atomic<std::int64_t> now_;
};

class Certificate : public testing::Test {
protected:
    // How long ago it began, and how long it has left, seen from the machine's clock.
    static Validity shifted(std::int64_t ms) {
        const Validity now = RawClient::around_now();
        return {{now.from.ms + ms}, {now.until.ms + ms}};
    }
    // A client with the pinned key, whose certificate has this validity.
    RawClient client(const TestNode& node, const Validity& validity) {
        return {node.address().port, RawClient::any_server(keys[0], validity)};
    }
    // By handshakes: the certificate that the node shows, once it fits.
    template <class Fits>
    Validity shown(const TestNode& node, Fits fits) {
        const auto end = std::chrono::steady_clock::now() + kDeadline;
        while (std::chrono::steady_clock::now() < end) {
            RawClient next(node.address().port, keys[0]);
            EXPECT_TRUE(next.welcomed());
            const auto validity = next.node_certificate();
            if (validity && fits(*validity)) return *validity;
        }
        ADD_FAILURE() << "no such certificate before the deadline";
        return {};
    }

    const std::vector<crypto::SigningKey> keys = sorted_keys(3);
};

TEST_F(Certificate, OfAPinnedKeyThatHasEndedIsAnAlarmAndAdmitsAllTheSame) {
    TestNode node(keys[1], {dials(keys[0])});
    auto ended = client(node, shifted(-kYear));
    EXPECT_TRUE(ended.welcomed());
    EXPECT_EQ(node->stats().outdated, 1u);
    EXPECT_EQ(node->stats().connected, 1u);
    const auto end = node->certificate_end(keys[0].public_key());
    ASSERT_TRUE(end);
    EXPECT_LT(*end, system_clock().now());

    auto good = client(node, shifted(0));
    EXPECT_TRUE(good.welcomed());
    EXPECT_EQ(node->stats().outdated, 1u);
    EXPECT_GT(*node->certificate_end(keys[0].public_key()), system_clock().now());
}

TEST_F(Certificate, OfAPinnedKeyThatHasNotBegunIsAnAlarmToo) {
    TestNode node(keys[1], {dials(keys[0])});
    auto early = client(node, shifted(kYear));
    EXPECT_TRUE(early.welcomed());
    EXPECT_EQ(node->stats().outdated, 1u);
}

TEST_F(Certificate, HoweverGoodAdmitsNoKeyThatIsNotPinned) {
    TestNode node(keys[1], {dials(keys[0])});
    RawClient stranger(node.address().port, keys[2]);
    EXPECT_FALSE(stranger.welcomed());
    EXPECT_EQ(node->stats().refused, 1u);
    EXPECT_EQ(node->stats().outdated, 0u);
}

// At half its life, and by a clock that may jump; who is connected notices nothing.
TEST_F(Certificate, IsRenewedLongBeforeItEndsWithoutDroppingAnybody) {
    const Instant start{1'800'000'000'000};
    TestClock clock(start);
    TestNode node(keys[1], {dials(keys[0]), dials(keys[2])},
                  Options{.certificate_life = {24 * kHour}, .certificate_check = {1}, .clock = &clock});
    RawClient standing(node.address().port, keys[2]);
    ASSERT_TRUE(standing.welcomed());
    const auto first = standing.node_certificate();
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, (Validity{{start.ms - kHour}, {start.ms + 24 * kHour}}));

    clock.set(start + Duration{11 * kHour});
    EXPECT_EQ(shown(node, [](const auto&) { return true; }), *first) << "not at half its life yet";
    clock.set(start + Duration{13 * kHour});
    const auto second = shown(node, [&](const auto& validity) { return validity != *first; });
    EXPECT_EQ(second.until.ms, start.ms + 37 * kHour);
    EXPECT_EQ(node->stats().certificate_end, second.until.ms);
    // Set back to long before: what was made later is of no use to anybody there.
    clock.set({start.ms - kYear});
    const auto third = shown(node, [&](const auto& validity) { return validity != second; });
    EXPECT_EQ(third.until.ms, start.ms - kYear + 24 * kHour);

    EXPECT_EQ(node.disconnects(keys[2].public_key()), 0);
    node->send(keys[2].public_key(), Priority::consensus, text("still here"));
    EXPECT_EQ(standing.read_text(), "still here");
}

TEST_F(Certificate, OfNodesWhoseClocksAreYearsApartStillJoinsThem) {
    TestClock behind({1'500'000'000'000});
    TestClock ahead({2'000'000'000'000});
    TestNode listener(keys[1], {dials(keys[0])}, Options{.clock = &behind});
    TestNode dialler(keys[0], {listener.address()}, Options{.clock = &ahead});
    ASSERT_TRUE(listener.wait_connected(dialler.key()));
    ASSERT_TRUE(dialler.wait_connected(listener.key()));
    dialler->send(listener.key(), Priority::consensus, text("from the future"));
    EXPECT_TRUE(listener.wait_heard(1));
    EXPECT_EQ(listener->stats().outdated, 1u);
    EXPECT_EQ(dialler->stats().outdated, 1u);
}

}  // namespace
}  // namespace pcq::network
