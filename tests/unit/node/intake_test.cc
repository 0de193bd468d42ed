// What peers send into the mempool: bounded, in turn, and at the cost of whoever sends what is refused.
#include "src/node/intake.h"

#include <gtest/gtest.h>

#include "src/crypto/hash.h"
#include "src/ledger/block.h"

namespace pcq::node {
namespace {

crypto::PublicKey key(const std::string& name) {
    return crypto::SigningKey::from_secret(crypto::KeyType::ed25519, crypto::sha256({name}).view())
        ->public_key();
}
const crypto::PublicKey kOne = key("one");
const crypto::PublicKey kOther = key("other");

network::Delivery delivery(const crypto::PublicKey& from, const std::vector<Bytes>& transactions) {
    network::Delivery delivery{from, {}, std::make_shared<int>()};
    for (const auto& bytes : transactions) delivery.message.mutable_transactions()->add_transactions(bytes);
    return delivery;
}

class Intakes : public testing::Test {
protected:
    static constexpr int kMany = 1'000'000;
    void refuse(const crypto::PublicKey& peer, int times) {
        for (int i = 0; i < times; ++i) intake_.refused(peer, Code::account_unknown);
    }
    bool is_passed_over(const crypto::PublicKey& peer) {
        EXPECT_TRUE(intake_.add(delivery(peer, {"transaction"})));
        return intake_.next(now_).is_passed_over;
    }
    Intake intake_;
    Instant now_{1'000'000};
};

TEST_F(Intakes, TakeNoMessageThatIsLongerThanHonestOnesAre) {
    const Bytes quarter(Intake::kBytesMax / 4, 'x');
    EXPECT_TRUE(intake_.add(delivery(kOne, {quarter, quarter, quarter, quarter})));
    EXPECT_FALSE(intake_.add(delivery(kOne, {quarter, quarter, quarter, quarter, "x"})));
    EXPECT_TRUE(intake_.add(delivery(kOne, std::vector<Bytes>(Intake::kCountMax))));
    EXPECT_FALSE(intake_.add(delivery(kOne, std::vector<Bytes>(Intake::kCountMax + 1))));
}

TEST_F(Intakes, TakeAFewAtATimeOfEachInTurn) {
    std::vector<Bytes> many;
    for (int i = 0; i < 2 * Intake::kAtOnce + 1; ++i) many.push_back(std::to_string(i));
    EXPECT_TRUE(intake_.is_empty());
    ASSERT_TRUE(intake_.add(delivery(kOne, {})));
    EXPECT_TRUE(intake_.is_empty());
    ASSERT_TRUE(intake_.add(delivery(kOne, many)));
    ASSERT_TRUE(intake_.add(delivery(kOne, {"next message"})));
    ASSERT_TRUE(intake_.add(delivery(kOther, {"a", "b"})));

    std::vector<Bytes> of_one;
    std::vector<crypto::PublicKey> turns;
    std::weak_ptr<void> last;
    while (!intake_.is_empty()) {
        auto arrived = intake_.next(now_);
        EXPECT_LE(arrived.transactions.size(), std::size_t{Intake::kAtOnce});
        EXPECT_NE(arrived.guard, nullptr);
        EXPECT_FALSE(arrived.is_passed_over);
        turns.push_back(arrived.from);
        last = arrived.guard;
        if (arrived.from == kOne)
            of_one.insert(of_one.end(), arrived.transactions.begin(), arrived.transactions.end());
        else
            EXPECT_EQ(arrived.transactions, (std::vector<Bytes>{"a", "b"}));
    }
    many.emplace_back("next message");
    EXPECT_EQ(of_one, many);
    EXPECT_EQ(turns, (std::vector<crypto::PublicKey>{kOne, kOther, kOne, kOne, kOne}));
    EXPECT_TRUE(last.expired()) << "what has been taken counts no more against its sender";
}

TEST_F(Intakes, KeepNoMoreOfAPeerThanABlockAndAFewMessages) {
    const Bytes large(Intake::kBytesMax, 'x');
    const std::size_t fit = Intake::kWaitingMax / Intake::kBytesMax;
    for (std::size_t i = 0; i < 2 * fit; ++i) EXPECT_TRUE(intake_.add(delivery(kOne, {large})));
    ASSERT_TRUE(intake_.add(delivery(kOther, {"small"})));
    std::size_t taken = 0;
    for (; !intake_.is_empty(); ++taken) intake_.next(now_);
    EXPECT_EQ(taken, fit + 1);
    EXPECT_GT(Intake::kWaitingMax, ledger::kBlockBytesMax) << "or no proposal of that size could be gathered";
}

TEST_F(Intakes, PassOverWhoeverSendsWhatIsRefusedUntilItHasWaited) {
    EXPECT_FALSE(is_passed_over(kOne));
    refuse(kOne, kMany);
    EXPECT_TRUE(is_passed_over(kOne));
    EXPECT_FALSE(is_passed_over(kOther));
    now_ = now_ + Duration{3'600'000};
    EXPECT_FALSE(is_passed_over(kOne));
}

// Honest nodes say again what no block has taken: with full mempools and full blocks, two thousand of them
// every twentieth of a second, all nodes together.
TEST_F(Intakes, BearWhatHonestNodesRepeat) {
    constexpr int kAtATime = 2'000 / 4;
    for (int twentieth = 0; twentieth < 20 * 60; ++twentieth) {
        for (int i = 0; i < kAtATime; ++i) intake_.refused(kOne, Code::transaction_known);
        now_ = now_ + Duration{50};
        ASSERT_FALSE(is_passed_over(kOne)) << twentieth;
    }
}

}  // namespace
}  // namespace pcq::node
