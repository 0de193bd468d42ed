// Each signature is checked once, and nothing passes for one that was.
#include "src/node/signature_cache.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "consensus/messages.h"
#include "src/crypto/hash.h"
#include "src/ledger/block.h"

namespace pcq::node {
namespace {

class Signatures : public testing::Test {
protected:
    static constexpr std::uint32_t kValidators = 4;

    Signatures() {
        for (std::uint32_t i = 0; i < kValidators; ++i) {
            secrets_.push_back(*crypto::SigningKey::from_secret(
                crypto::KeyType::ed25519, crypto::sha256({"validator", std::to_string(i)}).view()));
        }
        std::sort(secrets_.begin(), secrets_.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        for (const auto& secret : secrets_) voters_.keys.push_back(secret.public_key());
    }
    SignatureCache counting(std::size_t most = SignatureCache::kMost) {
        return SignatureCache(
            [this](const auto& key, const Hash& digest, BytesView signature) {
                ++checked_;
                return crypto::verify(key, digest, signature);
            },
            most);
    }
    static Hash number(int i) { return crypto::sha256({std::to_string(i)}); }
    // That of a validator, with a certificate of all of them for one block.
    Bytes view_change(std::uint32_t sender) const {
        proto::ConsensusMessage message;
        auto& change = *message.mutable_view_change();
        change.set_height(1);
        change.set_view(1);
        proto::Header header;
        header.set_height(1);
        header.set_transactions_root(ledger::transactions_root({}).bytes());
        change.set_header(header.SerializeAsString());
        const Hash block = consensus::block_hash(voters_.chain, change.header());
        change.mutable_prepared()->set_height(1);
        change.mutable_prepared()->set_block_hash(block.bytes());
        for (std::uint32_t i = 0; i < kValidators; ++i) {
            auto& entry = *change.mutable_prepared()->add_signatures();
            entry.set_validator(i);
            entry.set_signature(secrets_[i].sign(
                consensus::vote_digest(voters_.chain, proto::VOTE_KIND_PREPARE, 1, 0, block)));
        }
        message.set_sender(sender);
        message.set_signature(secrets_[sender].sign(consensus::digest(voters_.chain, message)));
        return message.SerializeAsString();
    }

    std::vector<crypto::SigningKey> secrets_;
    consensus::Voters voters_;
    int checked_ = 0;
};

TEST_F(Signatures, OfACertificateAreCheckedOnceHoweverManyViewChangesShowIt) {
    auto cache = counting();
    const consensus::Checks checks{[&cache](const auto& key, const Hash& digest, BytesView signature) {
                                       return cache.holds(key, digest, signature);
                                   },
                                   ledger::transactions_root};
    for (std::uint32_t sender = 0; sender < kValidators; ++sender) {
        const auto verified =
            consensus::verify(voters_, checks, *consensus::decode(view_change(sender), kValidators));
        ASSERT_TRUE(verified) << verified.error().message;
    }
    EXPECT_EQ(checked_, static_cast<int>(kValidators + kValidators)) << "each view change, and each vote";
}

TEST_F(Signatures, ThatDoNotHoldAreNeverKnown) {
    auto cache = counting();
    const auto& key = voters_.keys[0];
    const Bytes good = secrets_[0].sign(number(1));
    EXPECT_TRUE(cache.holds(key, number(1), good));
    EXPECT_TRUE(cache.holds(key, number(1), good));
    EXPECT_EQ(checked_, 1);
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(cache.holds(key, number(2), good));
        EXPECT_FALSE(cache.holds(voters_.keys[1], number(1), good));
        EXPECT_FALSE(cache.holds(key, number(1), good + "x"));
        EXPECT_FALSE(cache.holds(key, number(1), ""));
    }
    EXPECT_EQ(checked_, 9);
}

TEST_F(Signatures, AreKeptUpToABound) {
    constexpr std::size_t kMost = 8;
    auto cache = counting(kMost);
    std::vector<Bytes> given;
    for (int i = 0; i < 20; ++i) {
        given.push_back(secrets_[0].sign(number(i)));
        ASSERT_TRUE(cache.holds(voters_.keys[0], number(i), given.back()));
    }
    checked_ = 0;
    EXPECT_TRUE(cache.holds(voters_.keys[0], number(19), given[19]));
    EXPECT_EQ(checked_, 0) << "the newest are there";
    EXPECT_TRUE(cache.holds(voters_.keys[0], number(0), given[0]));
    EXPECT_EQ(checked_, 1) << "the oldest are not";
}

}  // namespace
}  // namespace pcq::node
