// A chain of a node as its peers meet it.
#include "src/crypto/hash.h"
#include "tests/unit/node/chain_fixture.h"

namespace pcq::node {
namespace {

// What is sent last on the same way comes last: whatever was said before it has come too.
TEST_F(ChainOfANode, SaysNothingOfAVoteThatIsNotOnDisk) {
    start(kFirstPrimary);
    storage::fail_next_sync(EIO);
    ASSERT_TRUE(submit(transaction(1)->bytes()));
    ASSERT_TRUE(wait([this] { return fatal_.has_value(); }));
    EXPECT_EQ(fatal_->code, Code::io_failed);

    auto last = message();
    last.mutable_get_blocks();
    peers_->broadcast(network::Priority::consensus, last);
    ASSERT_TRUE(wait([&] {
        return std::any_of(inbox_.begin(), inbox_.end(),
                           [](const auto& heard) { return heard.has_get_blocks(); });
    }));
    for (const auto& heard : inbox_) EXPECT_FALSE(consensus_in(heard).has_pre_prepare());
}

TEST_F(ChainOfANode, ProposesWhatAClientBroughtOnceItsVoteIsOnDisk) {
    start(kFirstPrimary);
    const auto brought = transaction(1);
    ASSERT_TRUE(submit(brought->bytes()));
    while (true) {
        const auto heard = hear(proto::PeerMessage::kConsensus);
        ASSERT_TRUE(heard);
        const auto inner = consensus_in(*heard);
        if (!inner.has_pre_prepare()) continue;
        ASSERT_EQ(inner.pre_prepare().transactions_size(), 1);
        EXPECT_EQ(inner.pre_prepare().transactions(0), brought->hash().bytes());
        break;
    }
}

TEST_F(ChainOfANode, AnswersForATransactionThatIsCommittedByItsHashHoweverLateItIsBrought) {
    const auto brought = transaction(1);
    const auto block = build({brought});
    store(*block);
    start(0);
    const auto result = submit(brought->bytes());
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, brought->hash());
    EXPECT_EQ(submit(transaction(1, 1)->bytes()).error().code, Code::transaction_sequence_used);
}

// While it is being checked nobody can know: the signature may be forged, and the mempool full by then.
TEST_F(ChainOfANode, SaysThatATransactionIsTakenOnlyWhenItIs) {
    start(0);
    proto::Transaction spoilt;
    spoilt.ParseFromString(transaction(1)->bytes());
    auto& signature = *spoilt.mutable_signatures(0)->mutable_signature();
    signature[5] = static_cast<char>(signature[5] ^ 1);
    const Bytes forged = spoilt.SerializeAsString();
    const auto good = transaction(2);
    close_gate();
    std::vector<std::promise<Result<Hash>>> answers(4);
    for (std::size_t i = 0; i < 4; ++i)
        chain_->submit(i < 2 ? forged : good->bytes(),
                       [&answer = answers[i]](Result<Hash> result) { answer.set_value(std::move(result)); });
    chain_->why();  // the strand has taken all of them by now
    EXPECT_FALSE(chain_->is_waiting(ledger::transaction_hash(genesis_->chain, forged)));
    EXPECT_FALSE(chain_->is_waiting(good->hash()));
    open_gate();
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(answers[i].get_future().get().error().code, Code::bad_signature);
    for (std::size_t i = 2; i < 4; ++i) EXPECT_EQ(*answers[i].get_future().get(), good->hash());
    EXPECT_TRUE(chain_->is_waiting(good->hash()));
}

// If everybody stops at once after a certificate has bound them to a block, and nobody has stored it, nobody
// else can bring its transactions again.
TEST_F(ChainOfANode, KeepsTheTransactionsOfABlockThatItHasPreparedOverARestart) {
    const auto brought = transaction(1);
    const auto block = build({brought});
    start(0);
    bring({brought});
    propose(kFirstPrimary, block->header.bytes(), block->transactions);
    for (const std::uint32_t other : {2u, 3u}) prepare(other, block->header.hash());
    ASSERT_TRUE(hear_word([](const auto& word) { return word.has_commit(); }));

    restart(0);
    ASSERT_EQ((*chain_->store().tip())->height(), 0u);
    ask_for({brought->hash()});
    const auto answer = hear(proto::PeerMessage::kTransactions);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->transactions().transactions(0), brought->bytes());
}

// All who have voted for a block may stop before anybody but a liar holds its certificate.
TEST_F(ChainOfANode, KeepsTheTransactionsOfABlockThatItHasOnlyVotedForOverARestart) {
    const auto brought = transaction(1);
    const auto block = build({brought});
    start(0);
    bring({brought});
    propose(kFirstPrimary, block->header.bytes(), block->transactions);
    ASSERT_TRUE(hear_word([](const auto& word) { return word.has_prepare(); }));
    // It changes the view before the restart: what it is bound to does not go with its vote.
    ASSERT_TRUE(hear_word([](const auto& word) { return word.has_view_change(); }));

    restart(0);
    ask_for({brought->hash()});
    const auto answer = hear(proto::PeerMessage::kTransactions);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->transactions().transactions(0), brought->bytes());
}

// A record is written for each height before the block below it is stored, so that one which is two heights
// behind what is in agreement is an old copy: what was said since is not in it.
TEST_F(ChainOfANode, WatchesIfItsRecordOfVotesEndsBelowItsLastBlock) {
    const auto next = third_after_record(1);
    start(0);
    EXPECT_EQ(chain_->why().waits_for, "watch");
    propose(3, next->header.bytes(), next->transactions);
    for (const std::uint32_t other : {1u, 2u, 3u}) commit(other, next->header);
    bool has_voted = false;
    ASSERT_TRUE(hear_word([&has_voted](const auto& word) {
        has_voted = has_voted || !word.has_status();
        return word.status().height() == 4;
    }));
    EXPECT_FALSE(has_voted);
}

// After a crash between a block and the first word of the next height.
TEST_F(ChainOfANode, VotesIfItsRecordOfVotesIsOfItsLastBlock) {
    const auto next = third_after_record(2);
    start(0);
    EXPECT_NE(chain_->why().waits_for, "watch");
    propose(3, next->header.bytes(), next->transactions);
    EXPECT_TRUE(hear_word([](const auto& word) { return word.prepare().height() == 3; }));
}

// The record of votes could not carry its transactions, and after a power cut a certificate would bind
// everybody to a block that only a liar has.
TEST_F(ChainOfANode, RefusesAProposalWhoseTransactionsDoNotFitItsRecord) {
    std::vector<ledger::VerifiedTransaction> large;
    for (std::uint64_t sequence = 1; sequence <= 2; ++sequence)
        large.push_back(transaction(sequence, 150'000));
    const auto block = build(large);
    ASSERT_EQ(block->transactions.size(), 2u);
    start(0);
    bring(large);
    propose(kFirstPrimary, block->header.bytes(), block->transactions);
    const auto word = hear_word([](const auto& one) { return one.has_prepare() || one.has_view_change(); });
    ASSERT_TRUE(word);
    EXPECT_TRUE(word->has_view_change());
    EXPECT_EQ((*chain_->store().tip())->height(), 0u);
}

// A transaction without valid signatures is passed on by no honest node, and checking it costs.
TEST_F(ChainOfANode, DropsAPeerWhoseTransactionIsForged) {
    start(0);
    proto::Transaction forged;
    ASSERT_TRUE(forged.ParseFromString(transaction(1)->bytes()));
    auto& signature = *forged.mutable_signatures(0)->mutable_signature();
    signature[5] = static_cast<char>(signature[5] ^ 1);
    auto bundle = message();
    bundle.mutable_transactions()->add_transactions(forged.SerializeAsString());
    say(bundle);
    ASSERT_TRUE(wait([this] { return disconnects_ == 1; }));
    EXPECT_EQ(peers_->stats().banned, 1u);
}

// Empty ones cost two bytes each on the wire, and a moment of the strand each here.
TEST_F(ChainOfANode, DropsAPeerThatSendsMoreTransactionsAtOnceThanAnyBlockHolds) {
    start(0);
    auto bundle = message();
    for (std::size_t i = 0; i <= ledger::kBlockTransactionsMax; ++i)
        bundle.mutable_transactions()->add_transactions("");
    say(bundle);
    ASSERT_TRUE(wait([this] { return disconnects_ == 1; }));
    EXPECT_EQ(peers_->stats().banned, 1u);
}

TEST_F(ChainOfANode, DropsAPeerThatSendsALongerMessageOfTransactionsThanHonestOnesAre) {
    start(0);
    auto bundle = message();
    for (std::size_t i = 0; i <= Intake::kBytesMax / ledger::kTransactionBytesMax; ++i)
        bundle.mutable_transactions()->add_transactions(Bytes(ledger::kTransactionBytesMax, 'x'));
    say(bundle);
    ASSERT_TRUE(wait([this] { return disconnects_ == 1; }));
    EXPECT_EQ(peers_->stats().banned, 1u);
}

// What is refused costs its sender: too much of it, and the strand has better things to do.
TEST_F(ChainOfANode, PassesOverAPeerThatSendsWhatIsRefusedButForWhatAProposalWaitsFor) {
    const auto honest = transaction(1);
    const auto block = build({honest});
    start(0);
    auto rubbish = message();
    for (int i = 0; i < Intake::kCountMax; ++i) rubbish.mutable_transactions()->add_transactions("x");
    for (int i = 0; i < 4; ++i) say(rubbish);
    bring({honest});
    propose(kFirstPrimary, block->header.bytes(), {honest->hash()});
    EXPECT_TRUE(hear_word([](const auto& word) { return word.has_prepare(); }));
    EXPECT_GT(chain_->snapshot().passed_over, 0u);
}

TEST_F(ChainOfANode, HandsOutATransactionOnceForEachRequestHoweverOftenItNamesIt) {
    start(0);
    const auto large = transaction(1, 100'000);
    const auto small = transaction(2);
    ASSERT_TRUE(submit(large->bytes()));
    ASSERT_TRUE(submit(small->bytes()));
    // What a client brings is gossiped once.
    std::size_t gossiped = 0;
    while (gossiped < 2) {
        const auto heard = hear(proto::PeerMessage::kTransactions);
        ASSERT_TRUE(heard);
        gossiped += static_cast<std::size_t>(heard->transactions().transactions_size());
    }
    ask_for(std::vector<Hash>(50, large->hash()));
    ask_for({small->hash()});
    int copies = 0;
    while (true) {
        const auto heard = hear(proto::PeerMessage::kTransactions);
        ASSERT_TRUE(heard);
        if (heard->transactions().transactions(0) == small->bytes()) break;
        copies += heard->transactions().transactions_size();
    }
    EXPECT_EQ(copies, 1);
}

// A request of a few bytes makes eight megabytes to read and send.
TEST_F(ChainOfANode, AnswersOneRequestForBlocksOfAPeerAtATime) {
    start(0);
    close_gate();
    auto request = message();
    request.mutable_get_blocks()->set_from_height(1);
    request.mutable_get_blocks()->set_count(1);
    for (int i = 0; i < 20; ++i) say(request);
    claim_height(5);  // that it asks for blocks now tells that the requests before have been taken
    ASSERT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    open_gate();

    int answers = 0;
    request.mutable_get_blocks()->set_from_height(77);
    while (true) {
        const auto heard = hear(proto::PeerMessage::kBlocks);
        ASSERT_TRUE(heard);
        if (heard->blocks().from_height() == 77) break;
        if (++answers == 1) say(request);
    }
    EXPECT_EQ(answers, 1);
}

// It may be the only one that is there, and the others have the block.
TEST_F(ChainOfANode, DoesNotGiveUpItsBlocksForASnapshotBecauseOneSaysThatTheyAreGone) {
    may_join_ = true;
    start(0);
    claim_height(1'000'000);
    ASSERT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    auto gone = message();
    gone.mutable_blocks()->set_from_height(1);
    gone.mutable_blocks()->set_tip_height(1'000'000);
    gone.mutable_blocks()->set_first_height(999'990);
    say(gone);
    claim_height(1'000'000);  // and it goes on asking for blocks
    EXPECT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    EXPECT_FALSE(chain_->snapshot().joining);
}

// Whoever is connected later has not heard of what waits.
TEST_F(ChainOfANode, SaysAgainAndAgainWhatNoBlockTakes) {
    start(0);
    const auto waiting = transaction(1);
    ASSERT_TRUE(submit(waiting->bytes()));
    for (int times = 0; times < 4; ++times) {
        clock_.skip({10'000});
        const auto heard = hear(proto::PeerMessage::kTransactions);
        ASSERT_TRUE(heard) << times;
        ASSERT_EQ(heard->transactions().transactions_size(), 1);
        EXPECT_EQ(heard->transactions().transactions(0), waiting->bytes());
    }
}

TEST_F(ChainOfANode, SaysAgainWhatNoBlockTakesThoughItsClockIsSetBack) {
    start(0);
    ASSERT_TRUE(submit(transaction(1)->bytes()));
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
    clock_.skip({-3'600'000});
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
}

TEST_F(ChainOfANode, AsksAgainForWhatAProposalLacksThoughItsClockIsSetBack) {
    start(0);
    propose(kFirstPrimary, {transaction(1)});
    ASSERT_TRUE(hear(proto::PeerMessage::kGetTransactions));
    clock_.skip({-3'600'000});
    ASSERT_TRUE(hear(proto::PeerMessage::kGetTransactions));
}

// A request of a few bytes makes megabytes to copy and send. Nobody may take up the strand with them.
TEST_F(ChainOfANode, AnswersNoMoreRequestsForTransactionsThanAPeerMayAskFor) {
    start(0);
    const auto waiting = transaction(1);
    ASSERT_TRUE(submit(waiting->bytes()));
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
    std::vector<Hash> hashes;
    for (std::uint64_t i = 0; i < 9'999; ++i) {
        Bytes number;
        append_u64(number, i);
        hashes.push_back(crypto::sha256({number}));
    }
    hashes.push_back(waiting->hash());
    constexpr int kAsked = 100;
    clock_.hold();  // what it may ask for grows with the time
    for (int i = 0; i < kAsked; ++i) ask_for(hashes);
    claim_height(1'000);  // heard after all requests, and answered by asking for blocks
    int answers = 0;
    ASSERT_TRUE(wait([&] {
        while (!inbox_.empty()) {
            const auto heard = std::move(inbox_.front());
            inbox_.pop_front();
            if (heard.content_case() == proto::PeerMessage::kGetBlocks) return true;
            if (heard.content_case() == proto::PeerMessage::kTransactions) ++answers;
        }
        return false;
    }));
    EXPECT_GT(answers, 10);
    EXPECT_LT(answers, kAsked / 2);
    // Later it may again.
    clock_.skip({10'000});
    ask_for({waiting->hash()});
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
}

// Two peers, or a liar's repetition, bring what a proposal waits for: it is checked once.
TEST_F(ChainOfANode, ChecksATransactionThatAProposalWaitsForOnceHoweverOftenItComes) {
    start(0);
    const auto waiting = transaction(1);
    ASSERT_TRUE(submit(waiting->bytes()));
    const auto unknown = of_nobody();
    propose(kFirstPrimary, {unknown});
    ASSERT_TRUE(hear(proto::PeerMessage::kGetTransactions));
    close_gate();
    auto bundle = message();
    for (int i = 0; i < 20; ++i) bundle.mutable_transactions()->add_transactions(unknown->bytes());
    say(bundle);
    ask_for({waiting->hash()});
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
    EXPECT_EQ(verify_->waiting(), 1u);
    open_gate();
}

// A view change holds a quorum of signatures, and a proposal may hold thousands: they are what is counted.
TEST_F(ChainOfANode, HasNoMoreSignaturesOfAPeerCheckedAtOnceThanTheLongestHonestWordsHave) {
    const auto block = build({});
    start(0);
    close_gate();
    for (std::uint32_t view = 1; view <= 64; ++view) say_for(stranger_, prepared_change(*block, view));
    claim_height(5);  // that it asks for blocks now tells that what came before has been taken
    ASSERT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    EXPECT_EQ(verify_->waiting(), ((1 + 4) + (1 + 4 * (1 + 4)) + 64) / 5u);
    open_gate();
    finish_checks();

    propose(kFirstPrimary, {transaction(1)});
    EXPECT_TRUE(hear(proto::PeerMessage::kGetTransactions)) << "what has been checked makes room";
}

TEST_F(ChainOfANode, HasOneProposalOfAPeerCheckedForEachPlaceAtATime) {
    start(0);
    close_gate();
    for (const std::uint64_t sequence : {1u, 2u, 3u}) propose(kFirstPrimary, {transaction(sequence)});
    claim_height(5);
    ASSERT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    EXPECT_EQ(verify_->waiting(), 1u);
    open_gate();
    const auto request = hear(proto::PeerMessage::kGetTransactions);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->get_transactions().hashes(0), transaction(1)->hash().bytes());
}

// What stands in the way of the next block is told while it does.
TEST_F(ChainOfANode, SaysThatTransactionsOfAProposalAreMissing) {
    start(0);
    propose(kFirstPrimary, {transaction(1), transaction(2)});
    ASSERT_TRUE(hear(proto::PeerMessage::kGetTransactions));
    const auto why = chain_->why();
    EXPECT_EQ(why.waits_for, "execution");
    ASSERT_FALSE(why.causes.empty());
    EXPECT_EQ(why.causes[0].cause, "transactions_missing");
    EXPECT_NE(why.text.find("lacks 2 transactions"), std::string::npos) << why.text;
}

// A height that does not end must not fill the memory.
TEST_F(ChainOfANode, ForgetsTheTransactionsOfAProposalThatNothingCanComeOf) {
    start(0);
    const auto refused = of_nobody();
    const auto waiting = transaction(1);
    ASSERT_TRUE(submit(waiting->bytes()));
    propose(kFirstPrimary, {refused});
    ASSERT_TRUE(hear(proto::PeerMessage::kGetTransactions));
    bring({refused});
    ASSERT_TRUE(hear_word([](const auto& word) { return word.has_view_change(); }));
    const auto is_handed_out = [&](const ledger::VerifiedTransaction& wanted) {
        ask_for({refused->hash(), waiting->hash()});
        const auto answer = hear(proto::PeerMessage::kTransactions);
        if (!answer) return false;
        const auto& all = answer->transactions().transactions();
        return std::find(all.begin(), all.end(), wanted->bytes()) != all.end();
    };
    EXPECT_TRUE(is_handed_out(refused));
    for (const std::uint32_t other : {2u, 3u}) {
        proto::ConsensusMessage change;
        change.mutable_view_change()->set_height(1);
        change.mutable_view_change()->set_view(6);
        say_for(other, change);
    }
    ASSERT_TRUE(hear_word([](const auto& word) { return word.view_change().view() == 6; }));
    EXPECT_FALSE(is_handed_out(refused));
    EXPECT_TRUE(is_handed_out(waiting));
}

TEST_F(ChainOfANode, SaysThatItComputesOtherwiseThanAProposal) {
    const auto block = build({transaction(1)});
    proto::Header wrong = *block->header;
    wrong.set_state_root(Bytes(32, 'x'));
    start(0);
    bring({transaction(1)});
    propose(kFirstPrimary, wrong.SerializeAsString(), block->transactions);
    ASSERT_TRUE(hear_word([](const auto& word) { return word.has_view_change(); }));
    const auto why = chain_->why();
    ASSERT_FALSE(why.causes.empty());
    EXPECT_EQ(why.causes[0].cause, "execution_differs");
    EXPECT_NE(why.causes[0].text.find("state root"), std::string::npos) << why.causes[0].text;
}

// And how long it does is not reckoned by a clock that is set back.
TEST_F(ChainOfANode, SaysThatItStandsStillThoughItsClockIsSetBack) {
    start(0);
    ASSERT_TRUE(submit(transaction(1)->bytes()));
    EXPECT_FALSE(chain_->why().stalled);
    clock_.skip({-3'600'000});
    EXPECT_FALSE(chain_->why().stalled);
    change([this] { inbox_.clear(); });
    for (int words = 0; words < 5; ++words)
        ASSERT_TRUE(hear(proto::PeerMessage::kConsensus));  // by that clock
    clock_.skip({20'000});
    const auto why = chain_->why();
    EXPECT_TRUE(why.stalled) << why.text;
}

// Everybody's validator stops at the same block, and says what to do about it.
TEST_F(ChainOfANode, StopsWithTheLastBlockOfTheContractsThatItKnows) {
    store(*build(vote_for_unknown_contracts()));
    while ((*store_->tip())->height() < 9) store(*build({}));
    const std::uint32_t primary = 10 % 4;
    const auto last =
        build_block(context(), keys_[primary].public_key(), 0, kGenesisTime, {transaction(2)})->block;
    start(0);
    EXPECT_FALSE(fatal_);
    auto bundle = message();
    bundle.mutable_transactions()->add_transactions(transaction(2)->bytes());
    say(bundle);
    propose(primary, last->header.bytes(), last->transactions);
    for (const std::uint32_t other : {1u, 3u}) prepare(other, last->header.hash());
    for (const std::uint32_t other : {1u, 2u, 3u}) commit(other, last->header);

    ASSERT_TRUE(wait([this] { return fatal_.has_value(); }));
    EXPECT_EQ(fatal_->code, Code::contracts_version_unknown);
    EXPECT_NE(fatal_->message.find("upgrade"), std::string::npos) << fatal_->message;
    EXPECT_EQ((*chain_->store().tip())->height(), 10u) << "the last that it could execute is stored";
}

TEST_F(ChainOfANode, DoesNotStartWhereTheContractsAreNewer) {
    store(*build(vote_for_unknown_contracts()));
    while ((*store_->tip())->height() < 10) store(*build({}));
    EXPECT_EQ(build_block(context(), keys_[1].public_key(), 0, kGenesisTime, {}).error().code,
              Code::contracts_version_unknown);
    start(0);
    ASSERT_TRUE(wait([this] { return fatal_.has_value(); }));
    EXPECT_EQ(fatal_->code, Code::contracts_version_unknown);
    EXPECT_EQ(submit(transaction(2)->bytes()).error().code, Code::stopped);
}

}  // namespace
}  // namespace pcq::node
