// Evidence on disk: durable, bounded, and whole or left out.
#include "src/storage/evidence_store.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

class Evidence : public testing::Test {
protected:
    static proto::EvidenceRecord piece(std::uint64_t height, char who = 'a', std::size_t bytes = 32) {
        proto::EvidenceRecord record;
        record.set_accused(Bytes(33, who));
        for (auto* message : {record.mutable_first(), record.mutable_second()}) {
            message->mutable_prepare()->set_height(height);
            message->mutable_prepare()->set_block_hash(Bytes(bytes, 'h'));
        }
        return record;
    }
    std::unique_ptr<EvidenceStore> open() {
        auto opened = EvidenceStore::open(folder_.path() / "evidence");
        EXPECT_TRUE(opened);
        return *std::move(opened);
    }
    std::filesystem::path a_file() const {
        return *std::filesystem::directory_iterator(folder_.path() / "evidence");
    }

    TestFolder folder_;
};

TEST_F(Evidence, IsThereAfterARestartOnceInTheOrderOfHeights) {
    auto store = open();
    EXPECT_TRUE(*store->save(piece(12)));
    EXPECT_TRUE(*store->save(piece(7)));
    EXPECT_TRUE(*store->save(piece(7, 'b')));
    EXPECT_FALSE(*store->save(piece(7))) << "one piece a validator and height";
    store = open();
    EXPECT_EQ(store->size(), 3u);
    const auto all = store->list(0, 10);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].SerializeAsString(), piece(7).SerializeAsString());
    EXPECT_EQ(all[1].accused(), Bytes(33, 'b'));
    EXPECT_EQ(all[2].second().prepare().height(), 12u);
    EXPECT_EQ(store->list(1, 1).at(0).accused(), Bytes(33, 'b'));
    EXPECT_TRUE(store->list(3, 10).empty());
    EXPECT_FALSE(*store->save(piece(12)));
}

TEST_F(Evidence, OfOneValidatorIsBoundedAndLeavesRoomForOthers) {
    auto store = open();
    for (std::uint64_t height = 1; height <= EvidenceStore::kPiecesOfOne; ++height)
        ASSERT_TRUE(*store->save(piece(height)));
    EXPECT_FALSE(*store->save(piece(1'000)));
    EXPECT_FALSE(*open()->save(piece(1'000))) << "after a restart too";
    EXPECT_TRUE(*store->save(piece(1'000, 'b')));
    EXPECT_FALSE(*store->save(piece(1, 'c', 1 << 20))) << "no two words are that long";
}

TEST_F(Evidence, ThatIsDamagedOrHalfWrittenIsLeftOut) {
    ASSERT_TRUE(*open()->save(piece(7)));
    const auto file = a_file();
    {
        std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
        damaged.seekp(10);
        damaged.put('X');
    }
    std::ofstream(file.string() + ".new") << "torn";
    auto store = open();
    EXPECT_EQ(store->size(), 0u);
    EXPECT_EQ(store->damaged(), std::vector{file});
    EXPECT_TRUE(*store->save(piece(7))) << "and may be written again";
    EXPECT_EQ(open()->size(), 1u);
}

}  // namespace
}  // namespace pcq::storage
