// A chain of a node as its peers meet it: over real connections, with a real store and record of votes.
#include "src/node/chain.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "tests/unit/node/fixture.h"
#include "tests/unit/storage/syncs.h"

namespace pcq::node {
namespace {

constexpr std::chrono::seconds kDeadline{20};
constexpr std::uint32_t kFirstPrimary = 1;  // of height 1 among four
constexpr std::uint32_t kOther = 2;

// From the time on at which the blocks of the fixture are made.
class ShiftedClock final : public Clock {
public:
    Instant now() const override {
        const auto passed = std::chrono::steady_clock::now() - start_;
        return kGenesisTime + Duration{1'000 + std::chrono::floor<std::chrono::milliseconds>(passed).count()};
    }

private:
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Work on one thread of its own.
class Loop {
public:
    Loop() : work_(io.get_executor()), thread_([this] { io.run(); }) {}
    ~Loop() { end(); }
    void end() {
        io.stop();
        if (thread_.joinable()) thread_.join();
    }

    boost::asio::io_context io;

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

proto::ConsensusMessage consensus_in(const proto::PeerMessage& message) {
    proto::ConsensusMessage inner;
    inner.ParseFromString(message.consensus());
    return inner;
}

// The chain of one validator, and another validator that may send it whatever it likes.
class ChainOfANode : public Building {
protected:
    void TearDown() override { stop(); }

    void stop() {
        if (gate_) open_gate();
        storage::fail_next_sync(0);
        other_->stop();
        peers_->stop();
        chain_->stop();
        other_loop_->end();
        loop_->end();
        inbox_.clear();
        verify_.reset();
        other_.reset();
        peers_.reset();
        chain_.reset();
        other_loop_.reset();  // what runs on them is gone
        loop_.reset();
    }
    void restart(std::uint32_t self) {
        stop();
        connects_ = 0;
        verify_ = std::make_unique<VerifyPool>(1);
        loop_ = std::make_unique<Loop>();
        other_loop_ = std::make_unique<Loop>();
        store_ = storage::open_store(folder_.path());
        start(self);
    }

    // This node is the validator `self`; its store may hold blocks already.
    void start(std::uint32_t self) {
        key_ = &keys_[self];
        auto votes = storage::VoteStore::open(folder_.path() / "votes");
        ASSERT_TRUE(votes);
        auto evidence = storage::EvidenceStore::open(folder_.path() / "evidence");
        ASSERT_TRUE(evidence);
        chain_ = std::make_unique<Chain>(
            ChainServices{loop_->io, *verify_, clock_, *key_, /*pipelining=*/true, [](const Committed&) {},
                          [this](const Error& error) { change([&] { fatal_ = error; }); }},
            *genesis_, contracts::contracts_of(genesis_->fields.kind()), std::move(store_), *std::move(votes),
            *std::move(evidence), folder_.path() / "flight");
        const auto heard = [this](const network::Delivery& delivery) {
            change([&] { inbox_.push_back(delivery.message); });
        };
        other_ = std::make_unique<network::Peers>(
            other_loop_->io, network::Options{}, keys_[kOther],
            std::vector<network::PeerAddress>{address(self, 1)},  // which dials, having the smaller key
            network::Peers::Handlers{heard, [this](const auto&) { change([&] { ++connects_; }); }, {}});
        ASSERT_TRUE(other_->start());
        peers_ = std::make_unique<network::Peers>(
            loop_->io, network::Options{}, *key_,
            std::vector<network::PeerAddress>{address(kOther, other_->port())},
            network::Peers::Handlers{
                [this](network::Delivery delivery) { chain_->on_peer(std::move(delivery)); },
                [this](const auto& peer) { chain_->on_peer_connected(peer); },
                [this](const auto& peer) {
                    chain_->on_peer_disconnected(peer);
                    change([&] { ++disconnects_; });
                }});
        chain_->connect(*peers_);
        chain_->start();
        ASSERT_TRUE(peers_->start());
        ASSERT_TRUE(wait([this] { return connects_ == 1; }));
    }

    network::PeerAddress address(std::uint32_t validator, std::uint16_t port) const {
        return {keys_[validator].public_key(), "validator", "127.0.0.1", port};
    }

    proto::PeerMessage message() const {
        proto::PeerMessage message;
        message.set_chain_id(genesis_->chain.bytes());
        return message;
    }
    void say(const proto::PeerMessage& message) {
        other_->send(key_->public_key(), network::Priority::consensus, message);
    }
    void ask_for(const std::vector<Hash>& transactions) {
        auto request = message();
        for (const auto& hash : transactions) request.mutable_get_transactions()->add_hashes(hash.bytes());
        say(request);
    }
    // The next message of this kind that comes to the other validator; what comes before is passed over.
    std::optional<proto::PeerMessage> hear(proto::PeerMessage::ContentCase kind) {
        std::optional<proto::PeerMessage> found;
        wait([&] {
            while (!inbox_.empty() && !found) {
                if (inbox_.front().content_case() == kind) found = std::move(inbox_.front());
                inbox_.pop_front();
            }
            return found.has_value();
        });
        return found;
    }
    // Of an account that this chain does not know: valid by its signature alone.
    ledger::VerifiedTransaction of_nobody() const {
        const auto key = *crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, 'n'));
        proto::TransactionBody body;
        body.set_chain_id(genesis_->chain.bytes());
        body.set_account(crypto::account_of(key.public_key()).bytes());
        body.set_sequence(1);
        body.set_valid_until_height(100);
        body.mutable_deliver_messages()->set_header("x");
        body.mutable_deliver_messages()->add_messages();
        return *ledger::verify_signatures(
            *ledger::DecodedTransaction::from(ledger::sign_transaction(body, {&key}), genesis_->chain));
    }
    // By the other validator's hand, whoever signed it: a proposal for height 1 of these transactions.
    // The first such word of consensus.
    template <class Fits>
    std::optional<proto::ConsensusMessage> hear_word(Fits fits) {
        while (const auto heard = hear(proto::PeerMessage::kConsensus))
            if (auto word = consensus_in(*heard); fits(word)) return word;
        return std::nullopt;
    }
    void propose(std::uint32_t primary, const std::vector<ledger::VerifiedTransaction>& transactions) {
        std::vector<Hash> hashes;
        for (const auto& transaction : transactions) hashes.push_back(transaction->hash());
        const auto tip = chain_->store().tip();
        proto::Header header;
        header.set_version(1);
        header.set_chain_id(genesis_->chain.bytes());
        header.set_height(1);
        header.set_time_ms(static_cast<std::uint64_t>(clock_.now().ms));
        header.set_previous_hash(tip->hash().bytes());
        header.set_proposer(keys_[primary].public_key().encoded());
        header.set_transaction_count(static_cast<std::uint32_t>(hashes.size()));
        header.set_transactions_root(ledger::transactions_root(hashes).bytes());
        propose(primary, header.SerializeAsString(), hashes);
    }
    void propose(std::uint32_t primary, const Bytes& header, const std::vector<Hash>& transactions) {
        proto::ConsensusMessage proposal;
        auto& fields = *proposal.mutable_pre_prepare();
        fields.set_height((*chain_->store().tip())->height() + 1);
        fields.set_header(header);
        for (const auto& hash : transactions) fields.add_transactions(hash.bytes());
        say_for(primary, proposal);
    }
    void prepare(std::uint32_t validator, const Hash& block) {
        proto::ConsensusMessage vote;
        vote.mutable_prepare()->set_height((*chain_->store().tip())->height() + 1);
        vote.mutable_prepare()->set_block_hash(block.bytes());
        say_for(validator, vote);
    }
    void commit(std::uint32_t validator, const ledger::Header& block) {
        proto::ConsensusMessage vote;
        vote.mutable_commit()->set_height(block->height());
        vote.mutable_commit()->set_block_hash(block.hash().bytes());
        say_for(validator, vote);
    }
    void say_for(std::uint32_t validator, proto::ConsensusMessage inner) {
        inner.set_sender(validator);
        inner.set_signature(keys_[validator].sign(consensus::digest(genesis_->chain, inner)));
        auto envelope = message();
        envelope.set_consensus(inner.SerializeAsString());
        say(envelope);
    }
    Result<Hash> submit(const Bytes& transaction) {
        std::promise<Result<Hash>> result;
        chain_->submit(transaction, [&](Result<Hash> hash) { result.set_value(std::move(hash)); });
        return result.get_future().get();
    }
    // The only thread that checks signatures waits until the gate is open.
    void close_gate() {
        gate_.emplace();
        std::promise<void> reached;
        verify_->post(VerifyPool::Urgency::consensus, [&reached, open = gate_->get_future().share()] {
            reached.set_value();
            open.wait();
        });
        reached.get_future().wait();
    }
    void open_gate() {
        gate_->set_value();
        gate_.reset();
    }

    template <class Change>
    void change(Change apply) {
        {
            const std::lock_guard lock(mutex_);
            apply();
        }
        changed_.notify_all();
    }
    template <class Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kDeadline, condition);
    }

    const ShiftedClock clock_;
    const crypto::SigningKey* key_ = nullptr;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<proto::PeerMessage> inbox_;
    std::optional<Error> fatal_;
    int connects_ = 0;
    int disconnects_ = 0;
    std::optional<std::promise<void>> gate_;
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<network::Peers> peers_;
    std::unique_ptr<network::Peers> other_;
    std::unique_ptr<VerifyPool> verify_ = std::make_unique<VerifyPool>(1);
    std::unique_ptr<Loop> loop_ = std::make_unique<Loop>();
    std::unique_ptr<Loop> other_loop_ = std::make_unique<Loop>();
};

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

// If everybody stops at once after a certificate has bound them to a block, and nobody has stored it, nobody
// else can bring its transactions again.
TEST_F(ChainOfANode, KeepsTheTransactionsOfABlockThatItHasPreparedOverARestart) {
    const auto brought = transaction(1);
    const auto block = build({brought});
    start(0);
    auto bundle = message();
    bundle.mutable_transactions()->add_transactions(brought->bytes());
    say(bundle);
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
    auto bundle = message();
    bundle.mutable_transactions()->add_transactions(brought->bytes());
    say(bundle);
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

// The record of votes could not carry its transactions, and after a power cut a certificate would bind
// everybody to a block that only a liar has.
TEST_F(ChainOfANode, RefusesAProposalWhoseTransactionsDoNotFitItsRecord) {
    std::vector<ledger::VerifiedTransaction> large;
    for (std::uint64_t sequence = 1; sequence <= 2; ++sequence)
        large.push_back(transaction(sequence, 150'000));
    const auto block = build(large);
    ASSERT_EQ(block->transactions.size(), 2u);
    start(0);
    auto bundle = message();
    for (const auto& one : large) bundle.mutable_transactions()->add_transactions(one->bytes());
    say(bundle);
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
    const auto waiting = transaction(1);
    ASSERT_TRUE(submit(waiting->bytes()));
    close_gate();
    auto request = message();
    request.mutable_get_blocks()->set_from_height(1);
    request.mutable_get_blocks()->set_count(1);
    for (int i = 0; i < 20; ++i) say(request);
    ask_for({waiting->hash()});  // its answer tells that the requests before have been taken
    ASSERT_TRUE(hear(proto::PeerMessage::kTransactions));
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
