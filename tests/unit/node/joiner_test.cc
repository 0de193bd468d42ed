// A node that joins by a snapshot, and peers of which some are old, silent, slow or liars.
#include "src/node/joiner.h"

#include <future>

#include <gtest/gtest.h>

#include "contracts/tables.h"
#include "src/storage/snapshot_source.h"
#include "tests/unit/node/branch.h"
#include "tests/unit/node/loop.h"
#include "tests/unit/node/voice.h"

namespace pcq::node {
namespace {

using std::chrono::milliseconds;
using storage::SnapshotSource;

using Source = std::shared_ptr<const SnapshotSource>;

// What a peer has of this height, in a folder of its own.
Source source_of(const Branch& branch, std::uint64_t height) {
    static std::atomic<int> made{0};
    static const std::atomic<bool> stop{false};
    auto source = SnapshotSource::make(*branch.store, height,
                                       branch.folder.path() / ("snapshot" + std::to_string(++made)), stop);
    PCQ_INVARIANT(source);
    return *std::move(source);
}

proto::PeerMessage offer_of(const SnapshotSource& source, const Voice& voice) {
    auto message = voice.message();
    auto& to = *message.mutable_snapshot();
    to.set_height(source.height());
    to.set_depth(static_cast<std::uint32_t>(source.depth()));
    for (const auto& change : source.head().changes) {
        auto& entry = *to.add_changes();
        entry.set_header(change.header);
        entry.set_certificate(change.certificate);
        entry.set_validators(change.validators);
    }
    for (const auto& header : source.head().lead) to.add_lead(header);
    to.set_block(source.head().block);
    to.set_receipts(source.head().receipts);
    to.set_certificate(source.head().certificate);
    to.set_next_validators(source.head().next_validators);
    return message;
}

proto::PeerMessage chunk_of(const SnapshotSource& source, const proto::GetChunk& request,
                            const Voice& voice) {
    auto message = voice.message();
    auto& to = *message.mutable_chunk();
    to.set_height(request.height());
    to.set_path(request.path());
    const auto chunk = source.chunk(request.path());
    PCQ_INVARIANT(chunk);
    for (const auto& [key, value] : chunk->records) {
        auto& entry = *to.add_records();
        entry.set_key(key);
        entry.set_value(*value);
    }
    to.set_proof(chunk->proof.encode());
    return message;
}

// Does something to an answer before it is given; false: it is not given.
using Spoil = std::function<bool(proto::PeerMessage& answer)>;
bool nothing(proto::PeerMessage&) {
    return true;
}
bool silence(proto::PeerMessage& answer) {
    return !answer.has_chunk();
}

Voice::Answer giving(Source source, Spoil spoil = nothing) {
    return [source = std::move(source), spoil = std::move(spoil)](const auto& message, Voice& voice) {
        proto::PeerMessage answer;
        if (message.has_get_snapshot()) answer = offer_of(*source, voice);
        if (message.has_get_chunk()) answer = chunk_of(*source, message.get_chunk(), voice);
        if (answer.content_case() != proto::PeerMessage::CONTENT_NOT_SET && spoil(answer)) voice.say(answer);
    };
}

class Joins : public testing::Test {
protected:
    void TearDown() override { stop(); }

    // Before start(), each with a key of its own.
    Voice& peer(Voice::Answer answer) {
        const auto& key = keys_[voices_.size() + 1];
        voices_.push_back(std::make_unique<Voice>(key, keys_[0].public_key(), real_.chain.genesis().chain,
                                                  std::move(answer)));
        return *voices_.back();
    }
    void start() {
        std::vector<network::PeerAddress> pinned;
        for (const auto& voice : voices_) pinned.push_back(voice->address());
        peers_ = std::make_unique<network::Peers>(
            loop_.io, network::Options{}, keys_[0], std::move(pinned),
            network::Peers::Handlers{
                [this](network::Delivery delivery) {
                    boost::asio::post(strand_, [this, delivery = std::move(delivery)]() mutable {
                        if (delivery.message.has_snapshot())
                            return joiner_->take_snapshot(std::move(delivery));
                        if (delivery.message.has_chunk()) return joiner_->take_chunk(std::move(delivery));
                    });
                },
                {},
                [this](const auto& peer) {
                    boost::asio::post(strand_, [this, peer] { joiner_->disconnected(peer); });
                }});
        ASSERT_TRUE(peers_->start());
        for (const auto& voice : voices_) ASSERT_TRUE(voice->wait_connected());
        joiner_ = std::make_unique<Joiner>(
            strand_, real_.chain.genesis(), *own_, own_folder_.path(), *peers_,
            Joiner::Events{[this](std::uint64_t height) { ended_.set_value(height); },
                           [this](const Error& error) { ended_.set_value(error); }},
            options_);
        boost::asio::post(strand_, [this] { joiner_->start(); });
    }
    // The height of the store that is whole, or why there is none.
    Result<std::uint64_t> ended() {
        auto future = ended_.get_future();
        if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready)
            return Error{Code::stopped, "it goes on and on"};
        return future.get();
    }
    void expect_whole(std::uint64_t height) {
        const auto whole = ended();
        ASSERT_TRUE(whole) << whole.error().message;
        EXPECT_EQ(*whole, height);
    }
    void stop() {
        if (!joiner_) return;
        std::promise<void> done;
        boost::asio::post(strand_, [&] {
            joiner_->stop();
            done.set_value();
        });
        done.get_future().wait();
        peers_->stop();
        joiner_->join();
        voices_.clear();
        loop_.end();
    }
    // This node has followed the chain so far itself.
    void own(std::uint64_t blocks) {
        for (std::uint64_t height = 1; height <= blocks; ++height)
            ASSERT_TRUE(own_->commit(real_.chain.at(height).write()));
    }

    const std::vector<crypto::SigningKey> keys_ = ascending_keys(6);
    Branch real_{30, 7};
    storage::TestFolder own_folder_;
    std::unique_ptr<storage::ChainStore> own_ = [this] {
        auto store = storage::open_store(own_folder_.path() / "store");
        PCQ_INVARIANT(store->write_genesis(real_.chain.genesis(), real_.chain.genesis_block()));
        return store;
    }();
    Joiner::Options options_{
        milliseconds(20),  milliseconds(500),    milliseconds(100), milliseconds(500),   milliseconds(600),
        milliseconds(500), milliseconds(30'000), milliseconds(700), milliseconds(1'500), {}};
    std::vector<std::unique_ptr<Voice>> voices_;
    std::promise<Result<std::uint64_t>> ended_;
    Loop loop_;
    Joiner::Strand strand_ = boost::asio::make_strand(loop_.io);
    std::unique_ptr<network::Peers> peers_;
    std::unique_ptr<Joiner> joiner_;
};

TEST_F(Joins, ByTheHighestOfWhatIsOfferedThoughAnOlderOneIsOfferedFirst) {
    const auto old = source_of(real_, 12);
    auto& late = peer([](const auto&, Voice&) {});
    peer([&, give = giving(old)](const auto& message, Voice& voice) {
        give(message, voice);
        if (message.has_get_snapshot()) late.say(offer_of(*old, late));
    });
    peer(giving(source_of(real_, 30)));
    start();
    expect_whole(30);
}

TEST_F(Joins, ThoughTheHighestIsOfferedByALiarWhoGivesNothing) {
    peer(giving(source_of(real_, 30), silence));
    peer(giving(source_of(real_, 12)));
    start();
    expect_whole(12);
}

TEST_F(Joins, ThoughTheHighestIsOfferedByALiarWhoseChunksAreWrong) {
    auto& liar = peer(giving(source_of(real_, 30), [](auto& answer) {
        if (answer.has_chunk() && answer.chunk().records_size() > 0)
            answer.mutable_chunk()->mutable_records(0)->set_value("mine");
        return true;
    }));
    peer(giving(source_of(real_, 12)));
    start();
    expect_whole(12);
    EXPECT_TRUE(liar.wait_disconnected());
}

TEST_F(Joins, ThoughALiarSaysAgainAndAgainThatItHasNoMoreWhatItOffers) {
    peer(giving(source_of(real_, 30), [](auto& answer) {
        if (answer.has_chunk()) answer.mutable_chunk()->set_result(proto::CHUNK_RESULT_GONE);
        return true;
    }));
    peer(giving(source_of(real_, 12)));
    start();
    expect_whole(12);
}

// One chunk in a while, so that it is never silent for long enough.
TEST_F(Joins, ThoughTheHighestComesTooSlowlyToEverBeWhole) {
    options_.whole_in = milliseconds(2'000);
    peer(giving(source_of(real_, 30), [](auto& answer) {
        if (answer.has_chunk()) std::this_thread::sleep_for(milliseconds(400));
        return true;
    }));
    peer(giving(source_of(real_, 12)));
    start();
    expect_whole(12);
}

// One hiccup of the only one that there is.
TEST_F(Joins, InTheEndByWhomItHadPassedOver) {
    peer(giving(source_of(real_, 30),
                [count = 0](auto& answer) mutable { return !answer.has_chunk() || ++count != 3; }));
    start();
    expect_whole(30);
}

TEST_F(Joins, ByAMuchNewerOneThatIsOfferedWhileItIsStillAtAnOldOne) {
    Branch far(1'050, 0);
    std::atomic<bool> begun{false};
    peer(giving(source_of(far, 12), [&](auto& answer) {
        if (answer.has_chunk()) begun = true;
        return !begun;
    }));
    peer([&, give = giving(source_of(far, 1'040))](const auto& message, Voice& voice) {
        if (begun) give(message, voice);
    });
    options_.patience = milliseconds(60'000);
    options_.pace = milliseconds(60'000);
    start();
    expect_whole(1'040);
}

// A peer comes back and offers a true head that is much higher than the one that another is giving, twice.
class JoinsWhileLedOn : public Joins {
protected:
    // The height that is whole in the end.
    void lead_on_and_expect(std::uint64_t height) {
        auto& steady = peer([this](const auto& message, Voice& voice) {
            if (message.has_get_snapshot())
                voice.say(offer_of(message.get_snapshot().height() == 0 ? *lowest_ : *middle_, voice));
            if (!message.has_get_chunk()) return;
            const auto& request = message.get_chunk();
            if (request.height() == 12) {
                if (!is_begun_.exchange(true)) voice.say(chunk_of(*lowest_, request, voice));
            } else if (!is_back_) {
                held_.set_value(request);
            } else {
                voice.say(chunk_of(*middle_, request, voice));
            }
        });
        auto& leading = peer([this](const auto& message, Voice& voice) {
            if (message.has_get_snapshot() && is_begun_) {
                const bool is_led = message.get_snapshot().height() == 1'040;
                voice.say(offer_of(is_led ? *highest_ : *middle_, voice));
                if (is_led && !is_back_.exchange(true)) back_.set_value();
            }
            if (message.has_get_chunk() && message.get_chunk().height() == 2'060)
                voice.say(chunk_of(*highest_, message.get_chunk(), voice));
        });
        options_.patience = options_.pace = milliseconds(60'000);
        start();
        auto wanted = held_.get_future();
        ASSERT_EQ(wanted.wait_for(std::chrono::seconds(20)), std::future_status::ready);
        boost::asio::post(strand_, [&] { joiner_->disconnected(leading.key()); });
        ASSERT_EQ(back_.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
        steady.say(chunk_of(*middle_, wanted.get(), steady));
        expect_whole(height);
    }

    Branch far_{2'060, 0};
    const Source lowest_ = source_of(far_, 12);
    const Source middle_ = source_of(far_, 1'040);
    const Source highest_ = source_of(far_, 2'060);
    std::atomic<bool> is_begun_{false};
    std::atomic<bool> is_back_{false};
    std::promise<void> back_;
    std::promise<proto::GetChunk> held_;
};

TEST_F(JoinsWhileLedOn, ToHeadsThatAreMadeMeanwhileNotForEver) {
    options_.since = Instant{};
    lead_on_and_expect(1'040);
}

TEST_F(JoinsWhileLedOn, ToTheHighestOfThoseThatWereThereBefore) {
    lead_on_and_expect(2'060);
}

// The set of genesis goes with block 7. Whoever has bought its keys makes a chain of its own, is the first to
// answer and gives all of it.
TEST_F(Joins, OnTheChainWhoseValidatorsHaveNotGone) {
    Branch sold(40, 0);
    std::atomic<int> given{0};
    auto& liar = peer(giving(source_of(sold, 40), [&](auto& answer) {
        if (answer.has_chunk()) ++given;
        return true;
    }));
    peer([&, give = giving(source_of(real_, 30))](const auto& message, Voice& voice) {
        if (given == 16) give(message, voice);
    });
    start();
    expect_whole(30);
    EXPECT_TRUE(liar.wait_disconnected());
}

TEST_F(Joins, NotByValidatorsWhoHadGoneByItsOwnChain) {
    ASSERT_NO_FATAL_FAILURE(own(10));
    Branch sold(40, 0);
    std::atomic<bool> is_begun{false};
    auto& liar = peer(giving(source_of(sold, 40), [&](auto& answer) {
        if (answer.has_chunk()) is_begun = true;
        return true;
    }));
    start();
    EXPECT_TRUE(liar.wait_disconnected());
    EXPECT_FALSE(is_begun);
}

TEST_F(Joins, NeitherOfTwoChainsThatOneSetHasCertified) {
    Branch other(25, 6);
    peer(giving(source_of(real_, 30)));
    peer(giving(source_of(other, 25)));
    start();
    EXPECT_EQ(ended().error().code, Code::state_differs);
}

// The state's own records of the sets: as `branch` has them by its headers, and one more if so.
const storage::TestBlock& add_records(Branch& branch, bool one_more) {
    ledger::StateChanges changes;
    std::uint32_t sets = 0;
    const auto put = [&](std::uint64_t from, const proto::ValidatorSet& validators) {
        proto::ValidatorSetRecord record;
        record.set_from_height(from);
        *record.mutable_validators() = validators;
        changes[contracts::kValidatorSets.key(sets++)] = ledger::encode(record);
    };
    const auto& genesis = branch.chain.genesis().validators;
    put(1, genesis.fields());
    for (std::uint64_t height = 1; height <= (*branch.store->tip())->height(); ++height) {
        const auto& next = branch.chain.at(height).executed.next_validators;
        if (next) put(height + 1, next->fields());
    }
    if (one_more) put(9, genesis.fields());
    proto::Counter count;
    count.set_value(sets);
    changes[contracts::kValidatorSetCount.key(ledger::Only())] = ledger::encode(count);
    return branch.chain.add(std::move(changes));
}

TEST_F(Joins, ByAHeadThatShowsAllChangesWhichTheStateKnows) {
    Branch with_records(12, 7);
    ASSERT_TRUE(with_records.store->commit(add_records(with_records, false).write()));
    peer(giving(source_of(with_records, 13)));
    start();
    expect_whole(13);
}

// Where a set has come back, what lies between can be left out, and what is shown is certified all the same.
TEST_F(Joins, NotByAHeadThatLeavesOutAChangeWhichTheStateKnows) {
    Branch with_records(12, 7);
    ASSERT_TRUE(with_records.store->commit(add_records(with_records, true).write()));
    auto& liar = peer(giving(source_of(with_records, 13)));
    peer(giving(source_of(with_records, 12)));
    start();
    expect_whole(12);
    EXPECT_TRUE(liar.wait_disconnected());
}

// The other has not said yet that it has it too.
TEST_F(Joins, WithoutCuttingFinerBecauseOneOfTwoSaysSo) {
    std::atomic<bool> is_said{false};
    options_.gather = milliseconds(20'000);
    peer(giving(source_of(real_, 30), [&](auto& answer) {
        if (!answer.has_chunk()) return true;
        answer.mutable_chunk()->set_result(proto::CHUNK_RESULT_TOO_LARGE);
        is_said = true;
        return true;
    }));
    peer([&, give = giving(source_of(real_, 30))](const auto& message, Voice& voice) {
        if (is_said) return give(message, voice);
        if (message.get_snapshot().height() != 0) return;
        auto none = voice.message();
        none.mutable_snapshot();
        voice.say(none);
    });
    start();
    ASSERT_TRUE(ended());
    std::promise<std::uint64_t> chunks;
    boost::asio::post(strand_, [&] { chunks.set_value(joiner_->progress().of); });
    EXPECT_EQ(chunks.get_future().get(), 16u);
}

// At a height so low there are 256 chunks at most: beyond that it is the peer who cannot give them.
TEST_F(Joins, OfAYoungChainPassesOverWhoSaysThatTheFinestChunksAreTooLarge) {
    std::atomic<int> finest{0};
    peer(giving(source_of(real_, 30), [&](auto& answer) {
        if (answer.has_snapshot()) answer.mutable_snapshot()->set_depth(4);
        if (!answer.has_chunk()) return true;
        finest = std::max<int>(finest, static_cast<int>(answer.chunk().path().size()));
        answer.mutable_chunk()->set_result(proto::CHUNK_RESULT_TOO_LARGE);
        return true;
    }));
    peer(giving(source_of(real_, 12)));
    start();
    expect_whole(12);
    EXPECT_EQ(finest, 2);
}

}  // namespace
}  // namespace pcq::node
