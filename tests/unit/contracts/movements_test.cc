// Running hashes of holdings and cash: one link for each block that changes a record, over all before it.
// (That each of them is right is looked at after every block of every test: invariants.h.)
#include "contracts/movements.h"

#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::Movements of_cash(const TestChain& chain, const client::Wallet& who) {
    return kCash.find_or_default(chain.side, who.account()).movements();
}

proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

TEST(Movements, AreLinkedOnceABlockWhateverItDid) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    EXPECT_EQ(of_cash(chain, ann).count(), 0u);
    chain.deposit(ann, 1'000_uy);
    const auto first = of_cash(chain, ann);
    EXPECT_EQ(first.count(), 1u);
    EXPECT_EQ(first.height(), chain.side.tip()->height());

    // Three in one block, and one that is refused.
    chain.side.block({chain.side.sign(ann, transfer(bob, 10_uy)), chain.side.sign(ann, transfer(bob, 20_uy)),
                      chain.side.sign(bob, transfer(ann, 30_uy)),
                      chain.side.sign(ann, transfer(bob, 9'999_uy))});

    // Ann has what she had; so has her record, and nothing is linked. Bob's record came to be.
    EXPECT_EQ(of_cash(chain, ann).SerializeAsString(), first.SerializeAsString());
    EXPECT_EQ(of_cash(chain, bob).count(), 1u);
    chain.side.block(
        {chain.side.sign(ann, transfer(bob, 10_uy)), chain.side.sign(ann, transfer(bob, 20_uy))});
    EXPECT_EQ(of_cash(chain, ann).count(), 2u);
    EXPECT_EQ(of_cash(chain, ann).height(), chain.side.tip()->height());
    EXPECT_EQ(of_cash(chain, bob).count(), 2u);

    // A block that has nothing to do with them.
    const auto before = of_cash(chain, ann);
    chain.deposit(chain.bank, 5_uy);
    EXPECT_EQ(of_cash(chain, ann).SerializeAsString(), before.SerializeAsString());
}

TEST(Movements, OfAHoldingGoOnThroughTradeAndSettlement) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1000_g}, {&bob, 1000_g}});
    EXPECT_EQ(chain.holding(ann, 2013).movements().count(), 1u);
    chain.report(2013, 1, {{&ann, 400_g}, {&bob, 1500_g}});
    chain.deposit(chain.platform, 1'000'000_uy);
    chain.deposit(bob, 1'000'000_uy);
    chain.advance(2013, 1);
    EXPECT_EQ(chain.holding(ann, 2013).movements().count(), 1u) << "a reading moves nothing";
    chain.join(2013, ann);
    chain.sell(2013, ann, 300_g);
    EXPECT_EQ(chain.holding(ann, 2013).movements().count(), 2u);
    chain.settle(2013);
    EXPECT_EQ(chain.holding(ann, 2013).movements().count(), 3u);
    EXPECT_EQ(chain.holding(bob, 2013).movements().count(), 2u);
}

TEST(Movements, DifferWithEverythingThatIsLinked) {
    const ChainId chain = *ChainId::from(Bytes(32, 'c'));
    proto::Movements before;
    before.set_count(3);
    before.set_hash(Bytes(32, 'h'));
    const Hash link = movement_link(chain, before, 7, "key", "record");
    EXPECT_EQ(movement_link(chain, before, 7, "key", "record"), link);
    EXPECT_NE(movement_link(chain, before, 8, "key", "record"), link);
    EXPECT_NE(movement_link(chain, before, 7, "kez", "record"), link);
    EXPECT_NE(movement_link(chain, before, 7, "key", "recore"), link);
    EXPECT_NE(movement_link(*ChainId::from(Bytes(32, 'd')), before, 7, "key", "record"), link);
    auto other = before;
    other.set_count(4);
    EXPECT_NE(movement_link(chain, other, 7, "key", "record"), link);
    other = before;
    other.set_hash(Bytes(32, 'i'));
    EXPECT_NE(movement_link(chain, other, 7, "key", "record"), link);
}

}  // namespace
}  // namespace pcq::contracts::testing
