// A store that is closed and opened again, at every height that it holds.
#include "src/storage/chain_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/ledger/merkle.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

using testing::HasSubstr;

TEST(ChainStore, KeepsEverythingOfEveryBlockWhenItIsOpenedAgain) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 6);

    const auto store = open_store(folder.path());

    ASSERT_TRUE(store->has_genesis());
    EXPECT_EQ(*store->genesis_document(), chain.genesis().document);
    EXPECT_EQ((*store->tip())->height(), 6u);
    EXPECT_EQ(store->tip()->hash(), chain.at(6).header.hash());
    EXPECT_EQ((*store->header(0))->hash(), chain.genesis_block().header.hash());
    for (std::uint64_t height = 1; height <= 6; ++height) {
        SCOPED_TRACE(height);
        const TestBlock& written = chain.at(height);
        EXPECT_EQ((*store->header(height))->bytes(), written.header.bytes());
        EXPECT_EQ(*store->block(height), written.block);
        EXPECT_EQ(*store->certificate(height), written.certificate);
        proto::Receipts receipts;
        ASSERT_TRUE(receipts.ParseFromString(**store->receipts(height)));
        EXPECT_EQ(std::vector<Bytes>(receipts.receipts().begin(), receipts.receipts().end()),
                  written.executed.receipts);
        EXPECT_EQ(*store->find_block(written.header.hash()), height);
        for (std::uint32_t i = 0; i < 2; ++i) {
            const auto place = *store->find_transaction(written.transactions[i]);
            ASSERT_TRUE(place);
            EXPECT_EQ(place->height, height);
            EXPECT_EQ(place->index, i);
        }
    }
    EXPECT_FALSE(*store->header(7));
    EXPECT_FALSE(*store->block(7));
    EXPECT_FALSE(*store->certificate(0));
    EXPECT_FALSE(*store->find_transaction(chain.at(1).header.hash()));
    EXPECT_FALSE(*store->find_block(chain.at(1).transactions[0]));
}

TEST(ChainStore, ReadsEveryHeightAsItWasAfterLaterBlocksChangedAndRemovedRecords) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 8);
    const auto store = open_store(folder.path());

    for (std::uint64_t height = 0; height <= 8; ++height) {
        SCOPED_TRACE(height);
        EXPECT_EQ(read_state(*store, chain, height), chain.state(height));
        const auto view = *store->at(height);
        EXPECT_EQ(view->height(), height);
        EXPECT_EQ(view->root(),
                  (height == 0 ? chain.genesis_block().executed : chain.at(height).executed).tree.root);
    }
    EXPECT_EQ(store->at(9).error().code, Code::not_found);
    EXPECT_EQ(store->at(9).error().message, "there is no block at height 9; the newest is 8");
}

TEST(ChainStore, ProvesRecordsAndAbsencesOfOldHeightsAgainstTheirHeaders) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 6);
    const auto store = open_store(folder.path());
    const Bytes key = TestChain::home(2);  // there from 2 to 4

    for (std::uint64_t height = 0; height <= 6; ++height) {
        SCOPED_TRACE(height);
        const auto view = *store->at(height);
        const auto value = view->get(key);
        EXPECT_EQ(value.has_value(), height >= 2 && height <= 4);
        const auto proof = ledger::prove(*view, view->root(), key);
        const Hash root = (*store->header(height))->state_root();
        EXPECT_TRUE(ledger::verify_state_proof(
            root, key, value ? std::optional<BytesView>(*value) : std::nullopt, proof));
    }
}

TEST(ChainStore, KeepsAViewFixedWhileBlocksAreAdded) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 2);
    const auto store = open_store(folder.path());
    const auto before = *store->at(2);

    ASSERT_TRUE(store->commit(chain.add().write()));

    EXPECT_EQ(before->get("counter"), "2");
    EXPECT_EQ((*store->at(3))->get("counter"), "3");
    EXPECT_FALSE(before->get(TestChain::home(3)));
}

TEST(ChainStore, WalksTheNewestStateInOrderWithoutWhatWasRemoved) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 7);
    const auto store = open_store(folder.path());

    std::vector<std::pair<Bytes, Bytes>> visited;
    ASSERT_TRUE(
        store->for_each_record([&](BytesView key, BytesView value) { visited.emplace_back(key, value); }));

    const TestState& expected = chain.state(7);
    EXPECT_EQ(visited, (std::vector<std::pair<Bytes, Bytes>>(expected.begin(), expected.end())));
}

TEST(ChainStore, TakesTheSameGenesisAgainAndRefusesAnotherChains) {
    const TestFolder folder;
    TestChain chain;
    const TestChain other("another");
    write_store(folder.path(), chain, 2);
    const auto store = open_store(folder.path());

    EXPECT_TRUE(store->write_genesis(chain.genesis(), chain.genesis_block()));
    const auto refused = store->write_genesis(other.genesis(), other.genesis_block());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::bad_argument);
    EXPECT_THAT(refused.error().message, HasSubstr(folder.path().string()));
    EXPECT_THAT(refused.error().message, HasSubstr("use another data_dir"));
    EXPECT_EQ((*store->tip())->height(), 2u);
    EXPECT_EQ(*store->genesis_document(), chain.genesis().document);
}

TEST(ChainStore, HasNothingBeforeGenesis) {
    const TestFolder folder;
    const auto store = open_store(folder.path());

    EXPECT_FALSE(store->has_genesis());
    EXPECT_FALSE(store->tip());
    EXPECT_EQ(store->genesis_document().error().code, Code::not_found);
    EXPECT_EQ(store->at(0).error().code, Code::not_found);
    EXPECT_EQ(store->verify()->blocks, 0u);
}

TEST(ChainStoreDeathTest, RefusesABlockThatDoesNotFollowTheTip) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 1);
    const auto store = open_store(folder.path());
    chain.add();

    EXPECT_DEATH(static_cast<void>(store->commit(chain.add().write())), "");
    EXPECT_DEATH(static_cast<void>(store->commit(chain.at(1).write())), "");
}

}  // namespace
}  // namespace pcq::storage
