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
        lost.reset();
        auto first = fate_of(*store_, *inbox, genesis_->chain, hash, lost);
        open();  // whatever it is, it is so after a restart
        std::optional<ledger::RawTransaction> again;
        const auto second = fate_of(*store_, *inbox, genesis_->chain, hash, again);
        EXPECT_EQ(second.kind, first.kind);
        EXPECT_EQ(again, lost);
        return first;
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
    std::optional<ledger::RawTransaction> lost;
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

TEST_F(FateTest, OfWhatARestartTookOutOfTheMempoolIsToWaitAgain) {
    const auto one = transaction(1);
    take(one);
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::pending);
    EXPECT_EQ(lost, one->bytes());
}

TEST_F(FateTest, OfWhatLostItsSequenceToAnotherIsRejected) {
    const auto one = transaction(1);
    take(one);
    store(*build_at_tip({transaction(1, /*bytes=*/10)}));
    const auto known = fate(one->hash());
    ASSERT_EQ(known.kind, rpc::FateKind::rejected);
    EXPECT_EQ(known.reason->code, Code::transaction_sequence_used);
    EXPECT_FALSE(lost);
}

TEST_F(FateTest, OfWhatItsLastHeightPassedIsExpired) {
    const auto one = transaction(1);  // until height 100
    take(one);
    grow(99);
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::pending);
    grow(100);
    EXPECT_EQ(fate(one->hash()).kind, rpc::FateKind::expired);
    EXPECT_FALSE(lost);
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
                            Code::stopped, Code::limit_reached})
        EXPECT_FALSE(is_refusal_to_remember(code)) << name(code);
    for (const Code code : {Code::bad_signature, Code::transaction_sequence_used, Code::transaction_expired,
                            Code::account_not_open, Code::action_malformed})
        EXPECT_TRUE(is_refusal_to_remember(code)) << name(code);
}

}  // namespace
}  // namespace pcq::node
