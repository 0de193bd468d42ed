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
            return verifying.begin(key("a"), Verifying::share_of(message), n);
        };
        EXPECT_TRUE(takes(view_change(0, n))) << n;
        EXPECT_TRUE(takes(longest_proposal(n))) << n;
        for (int i = 0; i < 64; ++i) EXPECT_TRUE(takes(vote())) << n << ": " << i;
        EXPECT_FALSE(takes(vote())) << n;
        EXPECT_TRUE(verifying.begin(key("b"), Verifying::share_of(longest_proposal(n)), n)) << n;
        verifying.end(key("a"), Verifying::share_of(vote()));
        EXPECT_TRUE(takes(vote())) << n;
        EXPECT_FALSE(takes(vote())) << n;
    }
}

TEST(Verifying, TakesOneProposalOfAPeerForEachPlaceAtATime) {
    Verifying verifying;
    const auto takes = [&](const std::string& peer, const proto::ConsensusMessage& message) {
        return verifying.begin(key(peer), Verifying::share_of(message), 4);
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

}  // namespace
}  // namespace pcq::node
