// Which of several snapshots that hold by themselves is taken, and which shows that another does not.
#include "src/node/offers.h"

#include <gtest/gtest.h>

#include "tests/unit/node/branch.h"
#include "tests/unit/node/voice.h"

namespace pcq::node {
namespace {

Offers::Offer offer_of(const Branch& branch, std::uint64_t height) {
    auto head = std::make_shared<const storage::SnapshotHead>(*branch.store->snapshot_head(height));
    auto verified = storage::verify_head(branch.chain.genesis(), *head);
    PCQ_INVARIANT(verified);
    return {std::move(head), *std::move(verified), 1};
}

class Offering : public testing::Test {
protected:
    crypto::PublicKey peer(std::size_t number) const { return keys_[number].public_key(); }
    std::uint64_t best() const { return offers_.best() ? offers_.best()->offer.height() : 0; }

    const std::vector<crypto::SigningKey> keys_ = ascending_keys(4);
    // The set of genesis goes with block 7; whoever has its keys goes on without that.
    const Branch real_{30, 7};
    const Branch sold_{40, 0};
    Offers offers_;
};

TEST_F(Offering, TheHighestIsTakenWhoeverComesFirst) {
    offers_.hear(peer(0), offer_of(real_, 12));
    offers_.hear(peer(1), offer_of(real_, 30));
    offers_.hear(peer(2), offer_of(real_, 20));
    const auto settled = offers_.settle();
    ASSERT_TRUE(settled);
    EXPECT_TRUE(settled->gone.empty());
    ASSERT_EQ(best(), 30u);
    EXPECT_EQ(offers_.best()->from, peer(1));
    offers_.pass_over(peer(1));
    EXPECT_EQ(best(), 0u) << "megabytes are kept of one alone: the others are asked again";
    offers_.hear(peer(2), offer_of(real_, 20));
    EXPECT_EQ(best(), 20u);
}

TEST_F(Offering, NothingIsTakenThatIsNoHigherThanTheOwnChain) {
    offers_.begin(20);
    offers_.hear(peer(0), offer_of(real_, 20));
    EXPECT_EQ(best(), 0u);
    EXPECT_FALSE(offers_.has_other(30, {}));
    offers_.hear(peer(1), offer_of(real_, 21));
    EXPECT_EQ(best(), 21u);
    EXPECT_TRUE(offers_.has_other(30, {}));
    EXPECT_FALSE(offers_.has_other(30, {peer(1)}));
}

TEST_F(Offering, ASetThatHasGoneIsNotBelievedWhateverItsHeight) {
    offers_.hear(peer(0), offer_of(sold_, 40));
    ASSERT_TRUE(offers_.settle());
    ASSERT_EQ(best(), 40u) << "nobody has shown that it has gone";
    offers_.take(offers_.best()->offer);
    offers_.hear(peer(1), offer_of(real_, 20));
    const auto settled = offers_.settle();
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->gone, std::vector{peer(0)});
    EXPECT_TRUE(settled->taken_has_gone);
}

TEST_F(Offering, ASetThatHasGoneByTheOwnChainIsNotBelieved) {
    offers_.begin(10);
    offers_.know(offer_of(real_, 10).verified);
    offers_.hear(peer(0), offer_of(sold_, 40));
    const auto settled = offers_.settle();
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->gone, std::vector{peer(0)});
    EXPECT_EQ(best(), 0u);
}

TEST_F(Offering, OfASetThatHadNotGoneYetIsGood) {
    offers_.hear(peer(0), offer_of(real_, 7));
    offers_.hear(peer(1), offer_of(real_, 6));
    offers_.hear(peer(2), offer_of(real_, 30));
    const auto settled = offers_.settle();
    ASSERT_TRUE(settled);
    EXPECT_TRUE(settled->gone.empty());
}

// Nobody can tell from outside which of them is the one that people use.
TEST_F(Offering, TwoChainsOfOneSetAreBothRefused) {
    const Branch other(30, 6);
    offers_.hear(peer(0), offer_of(real_, 20));
    offers_.hear(peer(1), offer_of(other, 25));
    EXPECT_EQ(offers_.settle().error().code, Code::state_differs);
}

TEST_F(Offering, WhatHasGoneContradictsNobody) {
    offers_.hear(peer(0), offer_of(sold_, 20));  // beside the real block 20
    offers_.hear(peer(1), offer_of(real_, 20));
    const auto settled = offers_.settle();
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->gone, std::vector{peer(0)});
}

TEST_F(Offering, TheOwnChainMustNotBeOneOfASetThatHasGone) {
    offers_.begin(10);
    offers_.know(offer_of(sold_, 10).verified);
    offers_.hear(peer(0), offer_of(real_, 30));
    EXPECT_EQ(offers_.settle().error().code, Code::state_differs);
}

}  // namespace
}  // namespace pcq::node
