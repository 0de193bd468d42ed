// A chain that works ahead, as its peers meet it: what it says is what it would say in its turn.
#include "tests/unit/node/chain_fixture.h"

namespace pcq::node {
namespace {

class ChainThatWorksAhead : public ChainOfANode {
protected:
    // Height 1 as far as this node's Commit: what follows it may be worked on.
    void prepare_first() {
        bring({of_first_});
        propose(kFirstPrimary, first_->header.bytes(), first_->transactions);
        prepare(key_ == &keys_[0] ? 3 : 0, first_->header.hash());
        prepare(key_ == &keys_[0] ? 2 : 3, first_->header.hash());
        ASSERT_TRUE(hear_word([](const auto& word) { return word.has_commit(); }));
    }
    void decide_first() {
        commit(kFirstPrimary, first_->header);
        commit(key_ == &keys_[0] ? 3 : 0, first_->header);
        commit(key_ == &keys_[0] ? 2 : 3, first_->header);
    }
    // Gossip of others comes between.
    bool hear_of(const ledger::VerifiedTransaction& transaction) {
        while (const auto heard = hear(proto::PeerMessage::kTransactions)) {
            const auto& list = heard->transactions().transactions();
            if (std::find(list.begin(), list.end(), transaction->bytes()) != list.end()) return true;
        }
        return false;
    }
    std::optional<proto::PrePrepare> hear_proposal() {
        const auto word = hear_word([](const auto& one) { return one.has_pre_prepare(); });
        return word ? std::optional(word->pre_prepare()) : std::nullopt;
    }
    static std::vector<Bytes> hashes(const std::vector<ledger::VerifiedTransaction>& transactions) {
        std::vector<Bytes> found;
        for (const auto& one : transactions) found.push_back(one->hash().bytes());
        return found;
    }
    static std::vector<Bytes> transactions_of(const proto::PrePrepare& proposal) {
        return {proposal.transactions().begin(), proposal.transactions().end()};
    }
    static proto::Header header_of(const proto::PrePrepare& proposal) {
        proto::Header header;
        header.ParseFromString(proposal.header());
        return header;
    }
    // Of height 2 on the first block, as its primary would build it.
    std::shared_ptr<const ExecutedBlock> second(
        const std::vector<ledger::VerifiedTransaction>& transactions) {
        const storage::TestFolder folder;
        const auto store = storage::open_store(folder.path());
        PCQ_INVARIANT(store->write_genesis(*genesis_, *ledger::make_genesis(*contracts_, *genesis_)));
        const auto stored = certified(*first_, [](proto::Header&) {});
        PCQ_INVARIANT(store->commit(
            {first_->header, first_->block, stored.certificate(), first_->transactions, first_->executed}));
        return build_block({*contracts_, *store, genesis_->validators}, keys_[kNextPrimary].public_key(), 0,
                           kGenesisTime + Duration{1'500}, transactions)
            ->block;
    }

    const ledger::VerifiedTransaction of_first_ = transaction(1);
    const std::shared_ptr<const ExecutedBlock> first_ = Building::build({of_first_});
};

// What came after it was built waits for the next one, unless that is most of what waits; and what is
// proposed can be had from its proposer.
TEST_F(ChainThatWorksAhead, ProposesTheBlockBuiltAhead) {
    start(kNextPrimary);
    ASSERT_TRUE(submit(transaction(2)->bytes()));
    prepare_first();
    ASSERT_TRUE(submit(transaction(3)->bytes()));
    decide_first();
    const auto proposal = hear_proposal();
    ASSERT_TRUE(proposal);
    EXPECT_EQ(proposal->height(), 2u);
    EXPECT_EQ(transactions_of(*proposal), hashes({transaction(2)}));
    EXPECT_EQ(header_of(*proposal).previous_hash(), first_->header.hash().bytes());

    ask_for({transaction(2)->hash()});
    EXPECT_TRUE(hear_of(transaction(2)));
}

TEST_F(ChainThatWorksAhead, BuildsAgainWhereMuchMoreIsWaitingByNow) {
    start(kNextPrimary);
    ASSERT_TRUE(submit(transaction(2)->bytes()));
    prepare_first();
    const std::vector waiting{transaction(2), transaction(3), transaction(4)};
    for (std::size_t i = 1; i < waiting.size(); ++i) ASSERT_TRUE(submit(waiting[i]->bytes()));
    decide_first();
    const auto proposal = hear_proposal();
    ASSERT_TRUE(proposal);
    EXPECT_EQ(transactions_of(*proposal), hashes(waiting));
}

TEST_F(ChainThatWorksAhead, BuildsInTheUsualWayWhereNothingWaitedAhead) {
    start(kNextPrimary);
    prepare_first();
    ASSERT_TRUE(submit(transaction(2)->bytes()));
    decide_first();
    const auto proposal = hear_proposal();
    ASSERT_TRUE(proposal);
    EXPECT_EQ(transactions_of(*proposal), hashes({transaction(2)}));
}

// A block's time is that of its proposal: an old one would let the chain's time fall behind.
TEST_F(ChainThatWorksAhead, ProposesNoBlockOfLongAgo) {
    start(kNextPrimary);
    ASSERT_TRUE(submit(transaction(2)->bytes()));
    prepare_first();
    const Duration gone{consensus::Options{}.clock_ahead.ms + 1'000};
    clock_.skip(gone);
    decide_first();
    const auto proposal = hear_proposal();
    ASSERT_TRUE(proposal);
    EXPECT_EQ(transactions_of(*proposal), hashes({transaction(2)}));
    EXPECT_GE(static_cast<std::int64_t>(header_of(*proposal).time_ms()), (kGenesisTime + gone).ms);
}

TEST_F(ChainThatWorksAhead, BuildsAheadNoMoreThanAnybodyVotesFor) {
    start(kNextPrimary);
    for (std::uint64_t sequence = 2; sequence <= 4; ++sequence)
        ASSERT_TRUE(submit(transaction(sequence, 100'000)->bytes()));
    prepare_first();
    decide_first();
    const auto proposal = hear_proposal();
    ASSERT_TRUE(proposal);
    EXPECT_EQ(transactions_of(*proposal), hashes({transaction(2, 100'000), transaction(3, 100'000)}));
}

// A proposal that came early is voted on once its parent is stored, and not before.
TEST_F(ChainThatWorksAhead, VotesForAProposalThatItHasExecutedAhead) {
    const auto next = second({transaction(2)});
    start(0);
    prepare_first();
    bring({transaction(2)});
    propose(kNextPrimary, next->header.bytes(), next->transactions);
    // Whatever is said before this is said without the parent's decision.
    ask_for({transaction(2)->hash()});
    ASSERT_TRUE(hear_of(transaction(2)));
    EXPECT_EQ((*chain_->store().tip())->height(), 0u);
    decide_first();
    const auto vote = hear_word([](const auto& word) { return word.has_prepare(); });
    ASSERT_TRUE(vote);
    EXPECT_EQ(vote->prepare().height(), 2u);
    EXPECT_EQ(vote->prepare().block_hash(), next->header.hash().bytes());
    EXPECT_EQ(chain_->store().tip()->hash(), first_->header.hash());
}

TEST_F(ChainThatWorksAhead, RefusesInItsTurnWhatDidNotHoldAhead) {
    const auto next = second({transaction(2)});
    proto::Header wrong = *next->header;
    wrong.set_state_root(Bytes(32, 'x'));
    start(0);
    prepare_first();
    bring({transaction(2)});
    propose(kNextPrimary, wrong.SerializeAsString(), next->transactions);
    decide_first();
    const auto word = hear_word([](const auto& one) {
        return (one.has_prepare() && one.prepare().height() == 2) || one.has_view_change();
    });
    ASSERT_TRUE(word);
    EXPECT_TRUE(word->has_view_change());
    EXPECT_EQ(word->view_change().height(), 2u);
}

// Executed ahead without the transactions that are missing: they are asked for when its turn has come.
TEST_F(ChainThatWorksAhead, AsksForWhatAnEarlyProposalLacks) {
    const auto next = second({transaction(2)});
    start(0);
    prepare_first();
    propose(kNextPrimary, next->header.bytes(), next->transactions);
    decide_first();
    const auto request = hear(proto::PeerMessage::kGetTransactions);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->get_transactions().hashes(0), transaction(2)->hash().bytes());
    bring({transaction(2)});
    const auto vote = hear_word([](const auto& word) { return word.has_prepare(); });
    ASSERT_TRUE(vote);
    EXPECT_EQ(vote->prepare().block_hash(), next->header.hash().bytes());
}

}  // namespace
}  // namespace pcq::node
