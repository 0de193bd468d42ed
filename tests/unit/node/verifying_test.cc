// How much of a peer's words is checked at once, from four validators to a hundred.
#include "src/node/verifying.h"

#include <gtest/gtest.h>

#include "src/crypto/hash.h"

namespace pcq::node {
namespace {

crypto::PublicKey key(const std::string& name) {
    return crypto::SigningKey::from_secret(crypto::KeyType::ed25519, crypto::sha256({name}).view())
        ->public_key();
}

proto::ConsensusMessage view_change(std::uint32_t sender, std::uint32_t signatures) {
    proto::ConsensusMessage message;
    message.set_sender(sender);
    message.mutable_view_change()->set_view(1);
    for (std::uint32_t i = 0; i < signatures; ++i)
        message.mutable_view_change()->mutable_prepared()->add_signatures()->set_validator(i);
    return message;
}

// Justified by everybody, each with a certificate that everybody has signed.
proto::ConsensusMessage longest_proposal(std::uint32_t n) {
    proto::ConsensusMessage message;
    message.mutable_pre_prepare()->set_view(1);
    for (std::uint32_t sender = 0; sender < n; ++sender)
        *message.mutable_pre_prepare()->add_justification() = view_change(sender, n);
    return message;
}

proto::ConsensusMessage vote() {
    proto::ConsensusMessage message;
    message.mutable_prepare();
    return message;
}

TEST(Verifying, TakesTheLongestHonestWordsInARow) {
    for (const std::uint32_t n : {4u, 7u, 100u}) {
        Verifying verifying;
        const auto takes = [&](const proto::ConsensusMessage& message) {
            return verifying.begin(key("a"), Verifying::share_of(message), n, {});
        };
        EXPECT_TRUE(takes(view_change(0, n))) << n;
        EXPECT_TRUE(takes(longest_proposal(n))) << n;
        for (int i = 0; i < 64; ++i) EXPECT_TRUE(takes(vote())) << n << ": " << i;
        EXPECT_FALSE(takes(vote())) << n;
        EXPECT_TRUE(verifying.begin(key("b"), Verifying::share_of(longest_proposal(n)), n, {})) << n;
        verifying.end(key("a"), Verifying::share_of(vote()));
        EXPECT_TRUE(takes(vote())) << n;
        EXPECT_FALSE(takes(vote())) << n;
    }
}

TEST(Verifying, TakesOneProposalOfAPeerForEachPlaceAtATime) {
    Verifying verifying;
    const auto takes = [&](const std::string& peer, const proto::ConsensusMessage& message) {
        return verifying.begin(key(peer), Verifying::share_of(message), 4, {});
    };
    proto::ConsensusMessage proposal;
    proposal.mutable_pre_prepare()->set_header("one");
    auto other = proposal;
    other.mutable_pre_prepare()->set_header("other");
    EXPECT_TRUE(takes("a", proposal));
    EXPECT_FALSE(takes("a", other));
    EXPECT_TRUE(takes("b", other)) << "who says the same in another's name keeps nobody out";
    auto elsewhere = other;
    elsewhere.mutable_pre_prepare()->set_view(4);
    EXPECT_TRUE(takes("a", elsewhere));
    elsewhere.mutable_pre_prepare()->set_height(1);
    EXPECT_TRUE(takes("a", elsewhere));
    elsewhere.set_sender(1);
    EXPECT_TRUE(takes("a", elsewhere));

    verifying.end(key("a"), Verifying::share_of(proposal));
    EXPECT_TRUE(takes("a", other));
    verifying.clear();
    EXPECT_TRUE(takes("a", proposal));
}

// Of other heights a message may be of other validators, and is no proof that its sender lies.
TEST(Verifying, ChecksNoMoreThatFailsThanAPeerMaySay) {
    Verifying verifying;
    const auto share = Verifying::share_of(vote());
    const auto fails = [&](const std::string& peer, Instant now) {
        if (!verifying.begin(key(peer), share, 4, now)) return false;
        verifying.end(key(peer), share);
        verifying.failed(key(peer), share);
        return true;
    };
    const Instant begun{1'000'000};
    int failed = 0;
    while (fails("a", begun)) ASSERT_LT(++failed, 1'000);
    EXPECT_GE(failed, 64) << "after a change of validators some of what is honest fails";
    EXPECT_TRUE(fails("b", begun));
    const Instant later = begun + Duration{1'000};
    int again = 0;
    while (fails("a", later)) ASSERT_LT(++again, failed / 2);
    EXPECT_GT(again, 0);
    const auto held = [&](Instant now) { return verifying.begin(key("c"), share, 4, now); };
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(held(begun)) << "what holds costs nothing";
        verifying.end(key("c"), share);
    }
}

}  // namespace
}  // namespace pcq::node
