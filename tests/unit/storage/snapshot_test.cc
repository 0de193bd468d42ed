// A store that is made of another one's snapshot: chunk by chunk, from whoever has them, with lies among
// them.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/crypto/hash.h"
#include "src/ledger/merkle.h"
#include "src/storage/joining_store.h"
#include "src/storage/snapshot_source.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

class Snapshots : public testing::Test {
protected:
    Snapshots() {
        write_store(source_folder_.path(), chain_, 0);
        store_ = open_store(source_folder_.path());
    }

    void run_to(std::uint64_t height, std::uint64_t set_changes_at = 0) {
        while ((*store_->tip())->height() < height) {
            const bool last_of_set = (*store_->tip())->height() + 1 == set_changes_at;
            ASSERT_TRUE(store_->commit((last_of_set ? chain_.add_last_of_set() : chain_.add()).write()));
        }
    }
    std::unique_ptr<SnapshotSource> source(std::uint64_t height) {
        auto made = SnapshotSource::make(*store_, height,
                                         folder_.path() / ("snapshot" + std::to_string(height)), stop_);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *std::move(made) : nullptr;
    }
    std::unique_ptr<JoiningStore> joining(const SnapshotSource& source, std::size_t depth) {
        auto opened = JoiningStore::open(JoiningStore::folder(folder_.path()), chain_.genesis(),
                                         chain_.genesis_block().header, source.head(), depth,
                                         [this](const auto&) { return std::optional(free_); });
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? *std::move(opened) : nullptr;
    }
    static void add_all(const SnapshotSource& source, JoiningStore& joining) {
        for (std::uint64_t at = 0; at < chunk_count(joining.depth()); ++at) {
            const auto path = chunk_path(joining.depth(), at);
            const auto chunk = source.chunk(path);
            ASSERT_TRUE(chunk);
            const auto added = joining.add(path, chunk->records, chunk->proof);
            ASSERT_TRUE(added) << added.error().message;
        }
    }
    // Joins with chunks of this depth, verifies, and goes on with blocks.
    void join_and_go_on(std::uint64_t height, std::size_t depth);

    TestFolder source_folder_;
    TestFolder folder_;
    TestChain chain_;
    std::unique_ptr<ChainStore> store_;
    const std::atomic<bool> stop_{false};
    std::uint64_t free_ = 1ULL << 40;
};

void Snapshots::join_and_go_on(std::uint64_t height, std::size_t depth) {
    const auto from = source(height);
    ASSERT_TRUE(from);
    {
        const auto to = joining(*from, depth);
        ASSERT_TRUE(to);
        ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
        ASSERT_TRUE(to->finish());
    }
    ASSERT_TRUE(JoiningStore::mark_finished(folder_.path()));
    ASSERT_TRUE(JoiningStore::install(folder_.path()));

    Options options;
    options.path = folder_.path() / "store";
    options.keep_blocks = 10;
    const auto joined = open_store(std::move(options));
    ASSERT_TRUE(joined);
    EXPECT_TRUE(joined->write_genesis(chain_.genesis(), chain_.genesis_block()));
    EXPECT_EQ(joined->base(), height);
    EXPECT_EQ(joined->tip()->hash(), chain_.at(height).header.hash());
    EXPECT_EQ(*joined->block(height), chain_.at(height).block);
    EXPECT_EQ(joined->block(height - 1).error().code, Code::height_pruned);
    EXPECT_EQ(read_state(*joined, chain_, height), chain_.state(height));
    auto report = joined->verify();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->records, chain_.state(height).size());
    for (int i = 0; i < 30; ++i) {
        const auto tip = (*joined->tip())->height();
        if (tip == (*store_->tip())->height()) {
            ASSERT_TRUE(store_->commit(chain_.add().write()));
        }
        // Its pages have versions of their own.
        const TestBlock& block = chain_.at(tip + 1);
        const auto view = *joined->at(tip);
        auto executed = block.executed;
        executed.tree = ledger::update_tree(*view, view->root(), tip + 1, executed.changes);
        ASSERT_TRUE(
            joined->commit({block.header, block.block, block.certificate, block.transactions, executed}));
        EXPECT_EQ((*joined->at(tip + 1))->root().hash, chain_.at(tip + 1).header.state_root());
        EXPECT_EQ(read_state(*joined, chain_, tip + 1), chain_.state(tip + 1));
    }
    report = joined->verify();
    EXPECT_TRUE(report) << report.error().message;
}

TEST_F(Snapshots, OfALowHeightMakeAStoreThatGoesOn) {
    run_to(20);
    join_and_go_on(12, 1);
}

TEST_F(Snapshots, OfTheTipMakeAStoreThatGoesOn) {
    run_to(20);
    join_and_go_on(20, 2);
}

TEST_F(Snapshots, OfAHighHeightMakeAStoreWhosePagesAreSplitFiner) {
    run_to(300);
    join_and_go_on(290, 1);
}

TEST_F(Snapshots, CutAsFineAsTheyGoMakeTheSame) {
    run_to(300);
    join_and_go_on(300, 3);
}

TEST_F(Snapshots, FollowTheValidatorsFromGenesis) {
    run_to(40, /*set_changes_at=*/7);
    join_and_go_on(30, 1);
}

TEST_F(Snapshots, AtTheHeightThatNamesNewValidatorsKnowThem) {
    run_to(40, /*set_changes_at=*/30);
    join_and_go_on(30, 1);
}

// From a store that has begun with a snapshot itself.
TEST_F(Snapshots, OfAStoreThatWasPrunedAreTheSame) {
    run_to(30, /*set_changes_at=*/7);
    store_.reset();
    Options options;
    options.path = source_folder_.path();
    options.keep_blocks = 10;
    store_ = open_store(std::move(options));
    run_to(60);
    ASSERT_GT(store_->base(), 40u);
    join_and_go_on(55, 2);
}

TEST_F(Snapshots, StayWholeWhileTheChainGoesOnAndIsPruned) {
    store_.reset();
    Options options;
    options.path = source_folder_.path();
    options.keep_blocks = 10;
    options.write_buffer_bytes = 64 << 10;
    store_ = open_store(std::move(options));
    run_to(20);
    const auto from = source(20);
    run_to(400);
    ASSERT_GT(store_->base(), 300u);
    const auto to = joining(*from, 1);
    ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
    EXPECT_TRUE(to->finish());
}

TEST_F(Snapshots, TakeNothingThatIsNotWhatItSays) {
    run_to(20);
    const auto from = source(20);
    const auto later = source(19);
    const auto to = joining(*from, 1);
    for (std::uint64_t at = 0; at < chunk_count(1); ++at) {
        const auto path = chunk_path(1, at);
        const auto chunk = *from->chunk(path);
        if (!chunk.records.empty()) {
            auto missing = chunk.records;
            missing.erase(missing.begin());
            EXPECT_EQ(to->add(path, missing, chunk.proof).error().code, Code::bad_proof);
            auto changed = chunk.records;
            changed.begin()->second = "mine";
            EXPECT_EQ(to->add(path, changed, chunk.proof).error().code, Code::bad_proof);
        }
        const auto other_height = *later->chunk(path);
        EXPECT_FALSE(to->add(path, other_height.records, other_height.proof));
        const auto other_path = *from->chunk(chunk_path(1, (at + 1) % 16));
        EXPECT_FALSE(to->add(path, other_path.records, other_path.proof));
        EXPECT_FALSE(to->has(path));
        EXPECT_TRUE(to->add(path, chunk.records, chunk.proof));
        EXPECT_TRUE(to->has(path));
    }
    EXPECT_TRUE(to->finish());
}

TEST_F(Snapshots, GoOnAfterAStopWithWhatIsMissing) {
    run_to(300);
    const auto from = source(300);
    std::mt19937 random(5);
    std::uint64_t before = chunk_count(2);
    while (before > 0) {
        const auto to = joining(*from, 2);
        ASSERT_EQ(to->missing(), before);
        for (int i = 0; i < 200; ++i) {
            const auto path = chunk_path(2, random() % chunk_count(2));
            const auto chunk = *from->chunk(path);
            ASSERT_TRUE(to->add(path, chunk.records, chunk.proof));
        }
        ASSERT_LE(to->missing(), before);
        before = to->missing();
    }
    const auto to = joining(*from, 2);
    EXPECT_TRUE(to->finish());
}

// Between that and the mark the node may be killed.
TEST_F(Snapshots, AreWholeOnceFinishedThoughTheFolderWasNotMarked) {
    run_to(30, /*set_changes_at=*/7);
    auto from = source(20);
    {
        const auto to = joining(*from, 2);
        ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
        ASSERT_TRUE(to->finish());
    }
    for (const std::size_t depth : {std::size_t{2}, std::size_t{1}}) {
        const auto to = joining(*from, depth);
        ASSERT_EQ(to->missing(), 0u);
        EXPECT_TRUE(to->has(chunk_path(depth, 3)));
        EXPECT_TRUE(to->finish());
    }
    {
        const auto later = source(30);
        const auto to = joining(*later, 1);
        EXPECT_EQ(to->missing(), 16u) << "of another block nothing is there";
    }
    EXPECT_EQ(joining(*from, 1)->missing(), 16u);
    from.reset();
    join_and_go_on(20, 1);
}

TEST_F(Snapshots, StopWhereThereIsNoRoomAndLoseNothing) {
    run_to(20);
    const auto from = source(20);
    const auto first = *from->chunk(chunk_path(1, 0));
    const auto second = *from->chunk(chunk_path(1, 1));
    {
        const auto to = joining(*from, 1);
        ASSERT_TRUE(to->add(chunk_path(1, 0), first.records, first.proof));
        free_ = kFreeForCopies - 1;
        EXPECT_EQ(to->add(chunk_path(1, 1), second.records, second.proof).error().code, Code::disk_full);
        EXPECT_FALSE(to->has(chunk_path(1, 1)));
    }
    {
        const auto to = joining(*from, 1);
        EXPECT_TRUE(to->has(chunk_path(1, 0)));
        EXPECT_EQ(to->missing(), 15u);
        free_ = 1ULL << 40;
        ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
        free_ = kFreeForCopies - 1;
        EXPECT_EQ(to->finish().error().code, Code::disk_full);
        free_ = 1ULL << 40;
        EXPECT_TRUE(to->finish());
    }
}

TEST_F(Snapshots, BeginAnewWhenTheirHeightHasGone) {
    run_to(30);
    {
        const auto from = source(20);
        const auto to = joining(*from, 1);
        ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
    }
    const auto from = source(30);
    const auto to = joining(*from, 1);
    EXPECT_EQ(to->missing(), 16u);
    ASSERT_NO_FATAL_FAILURE(add_all(*from, *to));
    EXPECT_TRUE(to->finish());
}

TEST_F(Snapshots, AreRefusedWithAHeadThatDoesNotHoldTogether) {
    run_to(40, /*set_changes_at=*/7);
    const auto whole = *store_->snapshot_head(30);
    ASSERT_TRUE(verify_head(chain_.genesis(), whole));
    const auto refused = [&](const char* what, const std::function<void(SnapshotHead&)>& change) {
        SnapshotHead head = whole;
        change(head);
        EXPECT_FALSE(verify_head(chain_.genesis(), head)) << what;
    };
    const auto other = *store_->snapshot_head(31);
    refused("the set is not followed", [](auto& head) { head.changes.clear(); });
    refused("a set of the liar's", [](auto& head) { head.changes[0].validators.back() ^= 1; });
    refused("a change without its quorum", [](auto& head) { head.changes[0].certificate.clear(); });
    refused("no certificate", [](auto& head) { head.certificate.clear(); });
    refused("another height's certificate", [&](auto& head) { head.certificate = other.certificate; });
    refused("another height's block", [&](auto& head) { head.block = other.block; });
    refused("another height's receipts", [&](auto& head) { head.receipts = other.receipts; });
    refused("a header missing", [](auto& head) { head.lead.erase(head.lead.begin()); });
    refused("a header changed", [&](auto& head) { head.lead[3] = head.lead[4]; });
    refused("another height's headers", [&](auto& head) { head.lead = other.lead; });
    refused("validators that nobody named",
            [&](auto& head) { head.next_validators = head.changes[0].validators; });
    TestChain another("another");
    EXPECT_FALSE(verify_head(another.genesis(), whole)) << "another chain";
}

TEST_F(Snapshots, TakeTheStoresPlaceWhereverThatWasInterrupted) {
    namespace fs = std::filesystem;
    const auto make = [](const fs::path& path, const char* content) {
        fs::create_directories(path);
        fs::create_directory(path / content);
    };
    for (int at = 0; at < 4; ++at) {
        const TestFolder folder;
        make(folder.path() / (at == 3 ? "store" : "joining"), "new");
        if (at < 1) make(folder.path() / "store", "old");
        if (at > 1) make(folder.path() / "replaced", "old");
        ASSERT_TRUE(JoiningStore::mark_finished(folder.path()));
        ASSERT_TRUE(JoiningStore::install(folder.path())) << at;
        EXPECT_TRUE(fs::exists(folder.path() / "store" / "new")) << at;
        EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << at;
    }
    const TestFolder folder;
    make(folder.path() / "joining", "unfinished");
    make(folder.path() / "store", "old");
    ASSERT_TRUE(JoiningStore::install(folder.path()));
    EXPECT_TRUE(fs::exists(folder.path() / "store" / "old"));
    EXPECT_TRUE(fs::exists(folder.path() / "joining" / "unfinished"));
}

// Whoever asks for a snapshot must not be able to fill the disk that the chain needs.
TEST_F(Snapshots, AreNotPreparedWhereTheChainWouldBeLeftWithoutRoom) {
    store_.reset();
    Options options;
    options.path = source_folder_.path();
    std::uint64_t asked = 0;
    std::uint64_t enough_for = 0;  // times that it is asked
    options.free_bytes = [&](const std::filesystem::path& path) -> std::optional<std::uint64_t> {
        if (path == source_folder_.path()) return 1ULL << 40;
        return ++asked > enough_for ? kFreeForCopies - 1 : 1ULL << 40;
    };
    store_ = open_store(std::move(options));
    run_to(20);
    ledger::StateChanges large;
    for (int number = 0; number < 40; ++number)
        large["large " + std::to_string(number)] = Bytes(100'000, 'x');
    ASSERT_TRUE(store_->commit(chain_.add(std::move(large)).write()));
    const auto copy = folder_.path() / "copy";
    for (; enough_for < 5; ++enough_for) {
        asked = 0;
        const auto made = SnapshotSource::make(*store_, 21, copy, stop_);
        ASSERT_FALSE(made) << "it is asked before anything is written, and after every MiB";
        EXPECT_EQ(made.error().code, Code::disk_full);
        EXPECT_FALSE(std::filesystem::exists(copy));
    }
    enough_for = 1'000;
    EXPECT_TRUE(SnapshotSource::make(*store_, 21, copy, stop_));
}

// Each takes memory of its own, however short it is.
TEST_F(Snapshots, HaveNoMoreRecordsInAChunkThanAreTakenFromAPeer) {
    const auto fill = [&](std::size_t from, std::size_t to) {
        ledger::StateChanges changes;
        for (std::size_t number = from; changes.size() < to; ++number) {
            const Bytes key = "record " + std::to_string(number);
            if (ledger::slot_of(crypto::sha256({key}), 0) == 0) changes[key] = "1";
        }
        ASSERT_TRUE(store_->commit(chain_.add(std::move(changes)).write()));
    };
    const auto first = chunk_path(1, 0);
    run_to(1);
    const auto before = source(1)->chunk(first);
    ASSERT_TRUE(before);
    ASSERT_NO_FATAL_FAILURE(fill(0, kChunkRecordsMax - before->records.size()));
    const auto most = source(2);
    const auto chunk = most->chunk(first);
    ASSERT_TRUE(chunk) << chunk.error().message;
    EXPECT_EQ(chunk->records.size(), kChunkRecordsMax);
    EXPECT_TRUE(joining(*most, 1)->add(first, chunk->records, chunk->proof));
    ASSERT_NO_FATAL_FAILURE(fill(10'000'000, 1));
    EXPECT_EQ(source(3)->chunk(first).error().code, Code::limit_reached);
}

TEST(ChunkDepth, OfAYoungChainIsNoDeeperThanItsStoreIsSplit) {
    EXPECT_EQ(deepest_chunk(1), 2u);
    EXPECT_EQ(deepest_chunk(kYoungHeight), 2u);
    EXPECT_EQ(deepest_chunk(kYoungHeight + 1), kChunkDepthMost);
}

TEST(ChunkDepth, FollowsFromTheSizeOfTheState) {
    EXPECT_EQ(chunk_depth(0), 1u);
    EXPECT_EQ(chunk_depth(8ULL << 20), 2u);
    EXPECT_EQ(chunk_depth(100ULL << 20), 2u);
    EXPECT_EQ(chunk_depth(200ULL << 20), 3u);
    EXPECT_EQ(chunk_depth(8ULL << 30), 4u);
    EXPECT_EQ(chunk_path(3, 0x2af), ledger::PagePath("\x2\xa\xf"));
    EXPECT_EQ(chunk_path(2, 255), ledger::PagePath("\xf\xf"));
}

}  // namespace
}  // namespace pcq::storage
