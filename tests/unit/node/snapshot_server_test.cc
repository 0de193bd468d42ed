// Which snapshot a node gives, and how long it keeps it, whoever asks.
#include "src/node/snapshot_server.h"

#include <future>

#include <gtest/gtest.h>

#include "tests/unit/node/loop.h"
#include "tests/unit/node/voice.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::node {
namespace {

using std::chrono::milliseconds;

class Giving : public testing::Test {
protected:
    Giving() {
        storage::write_store(folder_.path() / "store", chain_, 0);
        storage::Options options;
        options.path = folder_.path() / "store";
        options.keep_blocks = 20;
        options.free_bytes = [this](const auto&) { return std::optional(free_.load()); };
        store_ = storage::open_store(std::move(options));
        run_to(10);
    }
    void TearDown() override {
        if (!server_) return;
        std::promise<void> done;
        boost::asio::post(strand_, [&] {
            server_->stop();
            done.set_value();
        });
        done.get_future().wait();
        peers_->stop();
        server_->join();
        voices_.clear();
        loop_.end();
    }

    void run_to(std::uint64_t height) {
        while ((*store_->tip())->height() < height) ASSERT_TRUE(store_->commit(chain_.add().write()));
    }
    void start() {
        for (std::size_t i = 1; i < keys_.size(); ++i)
            voices_.push_back(std::make_unique<Voice>(keys_[i], keys_[0].public_key(), chain_.genesis().chain,
                                                      [this](const auto& message, Voice&) {
                                                          if (message.has_snapshot()) ++answers_;
                                                      }));
        std::vector<network::PeerAddress> pinned;
        for (const auto& voice : voices_) pinned.push_back(voice->address());
        server_ = std::make_unique<SnapshotServer>(strand_, *store_, folder_.path() / "snapshots", options_);
        peers_ = std::make_unique<network::Peers>(
            loop_.io, network::Options{}, keys_[0], std::move(pinned),
            network::Peers::Handlers{[this](const network::Delivery& delivery) {
                                         boost::asio::post(strand_, [this, delivery] {
                                             if (delivery.message.has_get_snapshot())
                                                 server_->take_snapshot_request(delivery);
                                             if (delivery.message.has_get_chunk())
                                                 server_->take_chunk_request(delivery);
                                         });
                                     },
                                     {},
                                     {}});
        server_->connect(*peers_);
        ASSERT_TRUE(peers_->start());
        for (const auto& voice : voices_) ASSERT_TRUE(voice->wait_connected());
    }
    // The height that is offered to whoever asks for any.
    std::uint64_t offered(std::size_t asker) {
        auto request = voices_[asker]->message();
        request.mutable_get_snapshot();
        voices_[asker]->say(request);
        const auto answer = voices_[asker]->hear(proto::PeerMessage::kSnapshot);
        return answer ? answer->snapshot().height() : 0;
    }
    proto::ChunkResult read(std::size_t reader, std::uint64_t height) {
        auto request = voices_[reader]->message();
        request.mutable_get_chunk()->set_height(height);
        request.mutable_get_chunk()->set_path(storage::chunk_path(1, 0));
        voices_[reader]->say(request);
        const auto answer = voices_[reader]->hear(proto::PeerMessage::kChunk);
        return answer ? answer->chunk().result() : proto::CHUNK_RESULT_TOO_LARGE;
    }

    const std::vector<crypto::SigningKey> keys_ = ascending_keys(3);
    std::atomic<std::uint64_t> free_{1ULL << 40};
    storage::TestFolder folder_;
    storage::TestChain chain_;
    std::unique_ptr<storage::ChainStore> store_;
    SnapshotServer::Options options_{
        milliseconds(60'000), milliseconds(60'000), milliseconds(60'000), milliseconds(0), 32 << 20, 1 << 20};
    std::atomic<int> answers_{0};
    std::vector<std::unique_ptr<Voice>> voices_;
    Loop loop_;
    SnapshotServer::Strand strand_ = boost::asio::make_strand(loop_.io);
    std::unique_ptr<network::Peers> peers_;
    std::unique_ptr<SnapshotServer> server_;
};

TEST_F(Giving, ANewerOneToWhoeverAsksAnewAndIsAloneWithTheOld) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    ASSERT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);
    run_to(15);
    EXPECT_EQ(offered(0), 15u) << "it had the old one, and that was no good";
    EXPECT_EQ(read(0, 10), proto::CHUNK_RESULT_GONE);
}

TEST_F(Giving, TheSameAsLongAsAnotherReadsIt) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    ASSERT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);
    run_to(15);
    EXPECT_EQ(offered(1), 10u);
    EXPECT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);
}

TEST_F(Giving, NoneWhoseNextBlockHasGoneHereWhoeverReadsIt) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    ASSERT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);
    run_to(40);
    ASSERT_GT(store_->base(), 10u);
    EXPECT_EQ(offered(1), 40u);
}

// A read in a while would hold up pruning for ever.
TEST_F(Giving, NoChunkOfWhatWouldHoldUpPruning) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    ASSERT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);
    run_to(40);
    ASSERT_GT(store_->base(), 10u);
    EXPECT_EQ(read(0, 10), proto::CHUNK_RESULT_GONE);
}

TEST_F(Giving, NoneForLongerThanAJoinTakesWhoeverReadsIt) {
    options_.longest = milliseconds(0);
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    EXPECT_EQ(read(0, 10), proto::CHUNK_RESULT_GONE);
    run_to(15);
    EXPECT_EQ(offered(1), 15u);
}

TEST_F(Giving, NotOneAfterTheOtherToWhoeverAsksWithoutEnd) {
    options_.pause = milliseconds(60'000);
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    run_to(40);
    EXPECT_EQ(offered(0), 10u);
}

TEST_F(Giving, NoneWhereThereIsNoRoomAndDoesNotTryAgainAtOnce) {
    options_.pause = milliseconds(60'000);
    free_ = 200ULL << 20;
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_EQ(offered(0), 0u);
    free_ = 1ULL << 40;
    EXPECT_EQ(offered(0), 0u);
    EXPECT_EQ(offered(1), 0u);
}

// Each answer is a copy of megabytes on the chain's strand.
TEST_F(Giving, NoMoreAnswersThanItsShareToWhoeverAsksWithoutEnd) {
    options_.answers_at_once = 10 << 10;
    options_.answers_a_second = 0;
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(offered(0), 10u);
    auto request = voices_[0]->message();
    request.mutable_get_snapshot();
    for (int i = 0; i < 10; ++i) voices_[0]->say(request);
    ASSERT_EQ(read(0, 10), proto::CHUNK_RESULT_WHOLE);  // after all of those
    EXPECT_LT(answers_, 4);
    EXPECT_EQ(offered(1), 10u) << "another has its own";
}

TEST_F(Giving, OneAsSoonAsThereIsRoom) {
    free_ = 200ULL << 20;
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_EQ(offered(0), 0u);
    free_ = 1ULL << 40;
    EXPECT_EQ(offered(0), 10u);
}

}  // namespace
}  // namespace pcq::node
