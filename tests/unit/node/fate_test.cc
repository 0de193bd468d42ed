// The fate of a transaction, from a real store and a real inbox: one answer, and the same after a restart.
#include "src/node/fate.h"

#include "tests/unit/node/fixture.h"

namespace pcq::node {
namespace {

class FateTest : public Building {
protected:
    FateTest() { open(); }
    void open() {
        inbox.reset();
        inbox = *storage::Inbox::open(folder.path() / "inbox", genesis_->chain, {});
    }
    void take(const ledger::VerifiedTransaction& transaction) {
        ASSERT_TRUE(inbox->take(transaction->hash(), (*store_->tip())->height(), transaction->bytes()));
    }
    rpc::TransactionFate fate(const Hash& hash) {
        found = fate_of(*store_, *inbox, genesis_->chain, hash);
        open();  // whatever it is, it is so after a restart
        const auto second = fate_of(*store_, *inbox, genesis_->chain, hash);
        EXPECT_EQ(second.fate.kind, found.fate.kind);
        EXPECT_EQ(second.held, found.held);
        EXPECT_EQ(second.is_new_refusal, found.is_new_refusal);
        return found.fate;
    }
    // Blocks of nothing up to this height.
    void grow(std::uint64_t height) {
        while ((*store_->tip())->height() < height) store(*build_at_tip({}));
    }
    std::shared_ptr<const ExecutedBlock> build_at_tip(
        const std::vector<ledger::VerifiedTransaction>& transactions) {
        const Instant time{static_cast<std::int64_t>((*store_->tip())->time_ms()) + 1'000};
        return build_block(context(), keys_[1].public_key(), 0, time, transactions)->block;
    }

    storage::TestFolder folder;
    std::unique_ptr<storage::Inbox> inbox;
    FoundFate found;
};

TEST_F(FateTest, OfWhatWasNeverSeenIsUnknown) {
    EXPECT_EQ(fate(transaction(1)->hash()).kind, rpc::FateKind::unknown);
}

TEST_F(FateTest, OfWhatIsInABlockIsItsReceipt) {
    const auto one = transaction(1);
    take(one);
    store(*build_at_tip({transaction(2), one}));
    const auto known = fate(one->hash());
    EXPECT_EQ(known.kind, rpc::FateKind::committed);
    EXPECT_EQ(known.height, 1u);
    EXPECT_EQ(known.index, 1u);
    EXPECT_FALSE(known.receipt.empty());
    // Also of one that came by another node.
    EXPECT_EQ(fate(transaction(2)->hash()).kind, rpc::FateKind::committed);
}

TEST_F(FateTest, OfWhatARestartTookOutOfTheMempoolIsUnknownUntilItWaitsAgain) {
    const auto one = transaction(1);
    take(one);
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::unknown);
    EXPECT_EQ(found.held, one->bytes());
}

TEST_F(FateTest, OfWhatLostItsSequenceToAnotherIsRejected) {
    const auto one = transaction(1);
    take(one);
    store(*build_at_tip({transaction(1, /*bytes=*/10)}));
    const auto known = fate(one->hash());
    ASSERT_EQ(known.kind, rpc::FateKind::rejected);
    EXPECT_EQ(known.reason->code, Code::transaction_sequence_used);
    EXPECT_TRUE(found.is_new_refusal);
    EXPECT_FALSE(found.held);
}

// Whoever was told that it is rejected may act again: it must not come back by itself when the state changes
// back.
TEST_F(FateTest, OfWhatWasOnceRejectedStaysSoWhateverTheStateIsLater) {
    const auto one = transaction(1);
    take(one);
    ASSERT_TRUE(inbox->refuse(one->hash(), Code::account_not_open));
    EXPECT_EQ(fate(one->hash()).reason->code, Code::account_not_open);
    EXPECT_FALSE(found.held);
    EXPECT_FALSE(found.is_new_refusal);
    take(one);  // handed in once more, by somebody
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::unknown);
    EXPECT_TRUE(found.held);
}

TEST_F(FateTest, OfWhatItsLastHeightPassedIsExpired) {
    const auto one = transaction(1);  // until height 100
    take(one);
    grow(99);
    EXPECT_TRUE(fate(one->hash()).kind == rpc::FateKind::unknown && found.held);
    grow(100);
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::expired);
    EXPECT_FALSE(found.held);
}

TEST_F(FateTest, OfWhatWasInTheLastBlockThatMayHoldItIsCommitted) {
    const auto one = transaction(1);
    take(one);
    grow(99);
    store(*build_at_tip({one}));
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::committed);
}

TEST_F(FateTest, OfWhatWasRefusedIsTheReason) {
    const Hash hash = transaction(1)->hash();
    ASSERT_TRUE(inbox->refuse(hash, Code::bad_signature));
    EXPECT_EQ(fate(hash).reason->code, Code::bad_signature);
    ASSERT_TRUE(inbox->refuse(hash, Code::transaction_expired));
    EXPECT_EQ(fate(hash).kind, rpc::FateKind::expired);
}

TEST_F(FateTest, ARefusalOfAFullNodeSaysNothingOfTheTransaction) {
    for (const Code code : {Code::mempool_full, Code::mempool_account_full, Code::transaction_known,
                            Code::stopped, Code::limit_reached, Code::bad_encoding})
        EXPECT_FALSE(is_refusal_to_remember(code, 0)) << name(code);
    for (const Code code : {Code::bad_signature, Code::transaction_sequence_used, Code::transaction_expired,
                            Code::account_not_open, Code::action_malformed})
        EXPECT_TRUE(is_refusal_to_remember(code, 0)) << name(code);
}

// It may be in a block that this node has pruned, or never had.
TEST_F(FateTest, ThatItsSequenceIsUsedOrItsTimeIsOverSaysNothingWhereBlocksAreMissing) {
    for (const Code code : {Code::transaction_sequence_used, Code::transaction_expired}) {
        EXPECT_TRUE(is_refusal_to_remember(code, 1)) << name(code);
        EXPECT_FALSE(is_refusal_to_remember(code, 2)) << name(code);
    }
    EXPECT_TRUE(is_refusal_to_remember(Code::account_not_open, 2));
}

}  // namespace
}  // namespace pcq::node
