// A chain of a node as its peers meet it: over real connections, with a real store and record of votes.
#pragma once

#include <deque>
#include <future>
#include <thread>

#include "src/node/chain.h"
#include "tests/unit/network/watched.h"
#include "tests/unit/node/fixture.h"
#include "tests/unit/node/loop.h"
#include "tests/unit/storage/syncs.h"

namespace pcq::node {

inline constexpr std::uint32_t kFirstPrimary = 1;  // of height 1 among four
inline constexpr std::uint32_t kNextPrimary = 2;   // of height 2, if height 1 is decided in view 0

// From the time on at which the blocks of the fixture are made.
class ShiftedClock final : public Clock {
public:
    Instant now() const override {
        const auto held = held_ms_.load();
        return kGenesisTime + Duration{1'000 + (held < 0 ? passed_ms() : held) + skipped_ms_};
    }
    void skip(Duration time) { skipped_ms_ += time.ms; }
    // From now on it goes on by skip() alone.
    void hold() { held_ms_ = passed_ms(); }

private:
    std::int64_t passed_ms() const {
        const auto passed = std::chrono::steady_clock::now() - start_;
        return std::chrono::floor<std::chrono::milliseconds>(passed).count();
    }

    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> held_ms_{-1};
    std::atomic<std::int64_t> skipped_ms_{0};
};

inline proto::ConsensusMessage consensus_in(const proto::PeerMessage& message) {
    proto::ConsensusMessage inner;
    inner.ParseFromString(message.consensus());
    return inner;
}

// The chain of one validator, and another validator that may send it whatever it likes.
class ChainOfANode : public Building, protected network::Watched {
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
        stranger_ = self < 2 ? 2 : 3;
        auto votes = storage::VoteStore::open(folder_.path() / "votes");
        ASSERT_TRUE(votes);
        auto evidence = storage::EvidenceStore::open(folder_.path() / "evidence");
        ASSERT_TRUE(evidence);
        chain_ = std::make_unique<Chain>(
            ChainServices{loop_->io, *verify_, clock_, *key_, /*pipelining=*/true,
                          [this](const Committed& block) { change([&] { committed_ = block.height; }); },
                          [this](const Error& error) { change([&] { fatal_ = error; }); },
                          may_join_ ? folder_.path() : std::filesystem::path(), may_join_},
            *genesis_, contracts::contracts_of(genesis_->fields.kind()), std::move(store_), *std::move(votes),
            *std::move(evidence), folder_.path() / "flight");
        const auto heard = [this](const network::Delivery& delivery) {
            change([&] { inbox_.push_back(delivery.message); });
        };
        other_ = std::make_unique<network::Peers>(
            other_loop_->io, network::Options{}, keys_[stranger_],
            std::vector<network::PeerAddress>{address(self, 1)},  // which dials, having the smaller key
            network::Peers::Handlers{heard, [this](const auto&) { change([&] { ++connects_; }); }, {}});
        ASSERT_TRUE(other_->start());
        auto pinned = further_;
        pinned.push_back(address(stranger_, other_->port()));
        peers_ = std::make_unique<network::Peers>(
            loop_->io, network::Options{}, *key_, std::move(pinned),
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

    // Before the start: two blocks are stored, and the record of votes is of this height. The third block.
    std::shared_ptr<const ExecutedBlock> third_after_record(std::uint64_t height) const {
        for (int stored = 0; stored < 2; ++stored) store(*build({}));
        proto::VoteRecord record;
        record.set_height(height);
        auto votes = storage::VoteStore::open(folder_.path() / "votes");
        PCQ_INVARIANT(votes && votes->store->save(record.SerializeAsString()));
        return build_block(context(), keys_[3].public_key(), 0, clock_.now(), {})->block;
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
    void bring(const std::vector<ledger::VerifiedTransaction>& transactions) {
        auto bundle = message();
        for (const auto& one : transactions) bundle.mutable_transactions()->add_transactions(one->bytes());
        say(bundle);
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
    // The first such word of consensus.
    template <class Fits>
    std::optional<proto::ConsensusMessage> hear_word(Fits fits) {
        while (const auto heard = hear(proto::PeerMessage::kConsensus))
            if (auto word = consensus_in(*heard); fits(word)) return word;
        return std::nullopt;
    }
    // By the other validator's hand, whoever signed it: a proposal for height 1 of these transactions.
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
        proto::Header decoded;
        PCQ_INVARIANT(decoded.ParseFromString(header));
        fields.set_height(decoded.height());
        fields.set_header(header);
        for (const auto& hash : transactions) fields.add_transactions(hash.bytes());
        say_for(primary, proposal);
    }
    void prepare(std::uint32_t validator, const Hash& block) {  // of the height after what is stored
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
    // With a certificate that all four have signed.
    proto::ConsensusMessage prepared_change(const ExecutedBlock& block, std::uint32_t view) const {
        proto::ConsensusMessage message;
        auto& change = *message.mutable_view_change();
        change.set_height(block.header->height());
        change.set_view(view);
        change.set_header(block.header.bytes());
        change.mutable_prepared()->set_height(block.header->height());
        change.mutable_prepared()->set_block_hash(block.header.hash().bytes());
        for (std::uint32_t i = 0; i < 4; ++i) {
            auto& entry = *change.mutable_prepared()->add_signatures();
            entry.set_validator(i);
            entry.set_signature(keys_[i].sign(consensus::vote_digest(
                genesis_->chain, proto::VOTE_KIND_PREPARE, block.header->height(), 0, block.header.hash())));
        }
        return message;
    }
    // The other validator says that it is at work on the block of this height.
    void claim_height(std::uint64_t height) {
        proto::ConsensusMessage status;
        status.mutable_status()->set_height(height);
        status.mutable_status()->set_last_hash(Hash().bytes());
        say_for(stranger_, status);
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
        verify_->post(VerifyPool::Urgency::consensus, {}, 1, [&reached, open = gate_->get_future().share()] {
            reached.set_value();
            open.wait();
        });
        reached.get_future().wait();
    }
    void open_gate() {
        gate_->set_value();
        gate_.reset();
    }
    // What waits for its signatures to be checked has been, and the chain is told before anything else.
    void finish_checks() {
        std::promise<void> checked;
        verify_->post(VerifyPool::Urgency::consensus, {}, 1'000'000, [&checked] { checked.set_value(); });
        checked.get_future().wait();
    }

    bool may_join_ = false;
    std::uint32_t stranger_ = 0;                 // the other validator
    std::vector<network::PeerAddress> further_;  // of others yet
    ShiftedClock clock_;
    const crypto::SigningKey* key_ = nullptr;
    std::deque<proto::PeerMessage> inbox_;
    std::optional<Error> fatal_;
    std::uint64_t committed_ = 0;  // the highest block
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

}  // namespace pcq::node
