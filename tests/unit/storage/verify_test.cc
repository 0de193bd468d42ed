// One byte of one record is changed behind the store's back, or the record is taken away: opening or
// verifying must find it and name it. RocksDB's own checksums do not help here, the records are rewritten
// properly.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/ledger/tree_page.h"
#include "src/storage/page_group.h"
#include "src/storage/versioned_map.h"
#include "tests/unit/storage/compacted.h"
#include "tests/unit/storage/fixture.h"
#include "tests/unit/storage/raw_store.h"

namespace pcq::storage {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

constexpr std::uint64_t kBlocks = 3;

// What the store says about itself; nothing wrong is an Error with Code::ok.
Error verdict(const std::filesystem::path& path) {
    Options options;
    options.path = path;
    const auto store = ChainStore::open(std::move(options));
    if (!store) return store.error();
    if (!(*store)->has_genesis()) return Error{Code::ok, "empty"};
    const auto report = (*store)->verify();
    return report ? Error{Code::ok, "whole"} : report.error();
}

class Damage : public testing::Test {
protected:
    Damage() { write_store(folder_.path(), chain_, kBlocks); }

    // Changes the record, asks the store, and puts it back.
    Error after_change(std::size_t family, const Bytes& key, const Bytes& value) {
        return after([&](RawStore& raw) { raw.put(family, key, value); }, family, key);
    }
    Error after_removal(std::size_t family, const Bytes& key) {
        return after([&](RawStore& raw) { raw.remove(family, key); }, family, key);
    }
    // Flips one bit of every so many bytes, and removes the record: each must be found and described so.
    void expect_found(std::size_t family, const Bytes& key, const testing::Matcher<std::string>& described) {
        const Bytes value = records(family).at(key);
        SCOPED_TRACE("record " + to_hex(key) + " of family " + std::to_string(family));
        const std::size_t step = std::max<std::size_t>(1, value.size() / 3);
        for (std::size_t at = 0; at < value.size(); at += step) {
            Bytes flipped = value;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
            const Error error = after_change(family, key, flipped);
            EXPECT_EQ(error.code, Code::store_damaged) << "byte " << at << ": " << error.message;
            EXPECT_THAT(error.message, described) << "byte " << at;
        }
        const Error error = after_removal(family, key);
        EXPECT_EQ(error.code, Code::store_damaged) << "removed: " << error.message;
        EXPECT_THAT(error.message, described) << "removed";
    }
    std::map<Bytes, Bytes> records(std::size_t family) { return RawStore(folder_.path()).records(family); }
    static Bytes block_key(std::uint64_t height, char part) {
        Bytes key;
        append_u64(key, height);
        return key + part;
    }

    TestFolder folder_;
    TestChain chain_;

private:
    template <class Change>
    Error after(Change change, std::size_t family, const Bytes& key) {
        Bytes value;
        {
            RawStore raw(folder_.path());
            value = raw.records(family).at(key);
            change(raw);
        }
        Error error = verdict(folder_.path());
        RawStore(folder_.path()).put(family, key, value);
        return error;
    }
};

TEST_F(Damage, IsNotSeenWhereThereIsNone) {
    const auto store = open_store(folder_.path());
    std::vector<std::uint64_t> told;

    const auto report = store->verify([&](std::uint64_t done, std::uint64_t all) {
        EXPECT_EQ(all, kBlocks + 2);
        told.push_back(done);
    });

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->blocks, kBlocks + 1);
    EXPECT_EQ(report->records, chain_.state(kBlocks).size());
    EXPECT_GE(report->pages, 1u);
    EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

// On start of a long chain: the newest blocks, each on the one before, by whoever certifies them.
TEST(NewestBlocks, AreCheckedWithoutTheRest) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 6);
    const auto verdict_from = [&](std::uint64_t first) {
        const auto report = open_store(folder.path())->verify_from(first, chain.genesis().validators);
        return report ? "whole, " + std::to_string(report->blocks) : report.error().message;
    };
    EXPECT_EQ(verdict_from(4), "whole, 3");
    EXPECT_EQ(verdict_from(1), "whole, 6");

    const auto spoil = [&](std::uint64_t height, char part) {
        Bytes key;
        append_u64(key, height);
        key += part;
        RawStore raw(folder.path());
        raw.put(kBlockRecords, key, raw.records(kBlockRecords).at(key) + 'x');
    };
    spoil(2, 'b');
    EXPECT_EQ(verdict_from(4), "whole, 3");
    EXPECT_THAT(verdict_from(2), HasSubstr("block 2 is damaged"));
    spoil(5, 'c');
    EXPECT_THAT(verdict_from(4), HasSubstr("block 5 is damaged: its certificate"));
}

TEST(NewestBlocks, FollowTheirValidators) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 2);
    const auto store = open_store(folder.path());
    ASSERT_TRUE(store->commit(chain.add_last_of_set().write()));
    ASSERT_TRUE(store->commit(chain.add().write()));
    const auto report = store->verify_from(2, chain.genesis().validators);
    EXPECT_TRUE(report) << report.error().message;
    EXPECT_THAT(store->verify_from(4, chain.genesis().validators).error().message, HasSubstr("block 4"));
}

TEST_F(Damage, OfTheStoresOwnRecordsIsFound) {
    for (const char* key : {"format", "chain", "tip", "root", "genesis"}) {
        expect_found(kMeta, key,
                     AnyOf(HasSubstr("format"), HasSubstr("store's own records"), HasSubstr("height"),
                           HasSubstr("state root"), HasSubstr("genesis document"), HasSubstr("of version")));
    }
}

TEST_F(Damage, OfAnyPartOfAnyBlockIsFoundAndNamesTheHeight) {
    for (const std::uint64_t height : {std::uint64_t{0}, std::uint64_t{1}, kBlocks}) {
        for (const char part : {'h', 'b', 'c', 'r'}) {
            if (height == 0 && (part == 'b' || part == 'c')) continue;
            expect_found(kBlockRecords, block_key(height, part),
                         AnyOf(HasSubstr("block " + std::to_string(height)),
                               HasSubstr("height " + std::to_string(height))));
        }
    }
}

TEST_F(Damage, OfTheIndexIsFoundAndNamesTheBlock) {
    expect_found(kIndex, "b" + chain_.at(2).header.hash().bytes(),
                 AnyOf(HasSubstr("block 2"), HasSubstr(to_hex(chain_.at(2).header.hash()))));
    expect_found(kIndex, "t" + chain_.at(2).transactions[1].bytes(),
                 AnyOf(HasSubstr("block 2"), HasSubstr(to_hex(chain_.at(2).transactions[1]))));
}

TEST_F(Damage, OfTheNewestStateIsFoundAndNamesTheKey) {
    for (const auto& [key, height] :
         std::map<Bytes, std::uint64_t>{{"account 7", 0}, {"counter", kBlocks}, {TestChain::home(1), 1}}) {
        const Bytes record = versioned_key(key, height);
        const Bytes value = records(kState).at(record);
        for (std::size_t at = 0; at < value.size(); ++at) {
            Bytes flipped = value;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
            const Error error = after_change(kState, record, flipped);
            EXPECT_EQ(error.code, Code::store_damaged) << "byte " << at;
            EXPECT_THAT(error.message, HasSubstr(to_hex(key))) << "byte " << at;
        }
        EXPECT_EQ(after_removal(kState, record).code, Code::store_damaged);
    }
}

TEST_F(Damage, ByARecordTooManyIsFound) {
    const Bytes record = versioned_key("stranger", 2);
    RawStore(folder_.path()).put(kState, record, present("money"));

    const Error error = verdict(folder_.path());

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, AllOf(HasSubstr(to_hex("stranger")), HasSubstr("not in the state tree")));
}

TEST_F(Damage, OfTheMarkOfARemovedRecordIsFound) {
    {
        const auto store = open_store(folder_.path());
        ASSERT_TRUE(store->commit(chain_.add().write()));  // removes home 1
    }
    const Error error = after_change(kState, versioned_key(TestChain::home(1), 4), Bytes(1, '\2'));

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, HasSubstr(to_hex(TestChain::home(1))));
}

TEST_F(Damage, OfAnyPageOfTheNewestTreeIsFoundAndNamesThePage) {
    std::set<Bytes> seen;
    for (const auto& [key, value] : records(kTree)) {
        const auto entry = *parse_versioned_key(key);
        if (!seen.insert(entry.key).second) continue;  // an older version
        // A page's hash does not cover its children's versions: there the child that is not found is named.
        expect_found(kTree, key, HasSubstr("tree page "));
    }
    EXPECT_GT(seen.size(), 3u);
}

// The hash of a page does not say where a lone leaf stands in its half: a bit moved in the bitmap is to be
// seen all the same.
TEST_F(Damage, OfThePlaceOfALeafInItsPageIsFound) {
    std::size_t moved = 0;
    for (const auto& [key, value] : records(kTree)) {
        const auto pages = unpack_pages(parse_versioned_key(key)->key, BytesView(value).substr(1));
        ASSERT_TRUE(pages);
        for (const auto& [path, bytes] : *pages) {
            const auto page = ledger::TreePage::decode(bytes);
            ASSERT_TRUE(page);
            for (std::size_t slot = 0; slot < ledger::kPageSlots && moved < 6; ++slot) {
                ledger::TreePage other = *page;
                std::swap(other.slots[slot], other.slots[slot ^ 1]);
                if (other.slots == page->slots || other.hash() != page->hash()) continue;
                ++moved;
                auto changed = *pages;
                changed[path] = other.encode();
                const Error error = after_change(kTree, key, present(pack_pages(changed).begin()->second));
                EXPECT_EQ(error.code, Code::store_damaged) << error.message;
                EXPECT_THAT(error.message, HasSubstr("tree page "));
            }
        }
    }
    EXPECT_GT(moved, 0u);
}

TEST_F(Damage, OfOlderVersionsIsFoundAndNamesThem) {
    for (const std::uint64_t height : {1u, 2u}) {
        const Bytes record = versioned_key("counter", height);
        for (const Bytes& value : {present("9"), present(""), removed(), Bytes("\2")}) {
            const Error error = after_change(kState, record, value);
            EXPECT_EQ(error.code, Code::store_damaged) << error.message;
            EXPECT_THAT(error.message, HasSubstr(to_hex("counter")));
        }
        EXPECT_EQ(after_removal(kState, record).code, Code::store_damaged);
        expect_found(
            kTree, versioned_key("", height),
            AnyOf(HasSubstr("of version " + std::to_string(height)), HasSubstr("group of tree pages")));
    }
}

TEST_F(Damage, ByARecordOrPageThatBelongsToNoHeightIsFound) {
    const Bytes group("\7\7", 2);
    const Bytes page = present(pack_pages({{group, "a page"}}).at(group));
    for (const std::uint64_t height : {std::uint64_t{2}, kBlocks + 1}) {
        const Bytes record = versioned_key("account 7", height);
        RawStore(folder_.path()).put(kState, record, present("more than there was"));
        EXPECT_THAT(verdict(folder_.path()).message, HasSubstr(to_hex("account 7")));
        RawStore(folder_.path()).remove(kState, record);

        const Bytes stray = versioned_key(group, height);
        RawStore(folder_.path()).put(kTree, stray, page);
        EXPECT_THAT(verdict(folder_.path()).message, HasSubstr("belong to no height"));
        RawStore(folder_.path()).remove(kTree, stray);
    }
    EXPECT_EQ(verdict(folder_.path()).code, Code::ok);
}

TEST_F(Damage, ByBlocksAboveTheTipIsFound) {
    RawStore(folder_.path()).put(kBlockRecords, block_key(kBlocks + 1, 'h'), chain_.at(1).header.bytes());

    const Error error = verdict(folder_.path());

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, HasSubstr("above the tip"));
}

// An index entry of a transaction that no block holds would let a node say that it is committed.
TEST_F(Damage, ByARecordThatBelongsToNoBlockIsFound) {
    const Bytes place = records(kIndex).at("t" + chain_.at(2).transactions[1].bytes());
    const std::pair<std::size_t, Bytes> strays[] = {{kIndex, "t" + Bytes(32, 'x')},
                                                    {kIndex, "b" + Bytes(32, 'x')},
                                                    {kBlockRecords, block_key(1, 'x')},
                                                    {kMeta, "another"}};
    for (const auto& [family, key] : strays) {
        RawStore(folder_.path()).put(family, key, place);
        const Error error = verdict(folder_.path());
        EXPECT_EQ(error.code, Code::store_damaged);
        EXPECT_THAT(error.message, HasSubstr("belong to no block"));
        RawStore(folder_.path()).remove(family, key);
    }
    EXPECT_EQ(verdict(folder_.path()).code, Code::ok);
}

// Headers hold the hash of the validators alone: whoever verifies the blocks needs the set that is stored
// with the last block before it.
TEST_F(Damage, OfASetOfValidatorsIsFoundAndNamesItsBlock) {
    {
        const auto store = open_store(folder_.path());
        ASSERT_TRUE(store->commit(chain_.add_last_of_set().write()));
        ASSERT_TRUE(store->commit(chain_.add().write()));
        ASSERT_TRUE(store->commit(chain_.add_last_of_set().write()));
        ASSERT_TRUE(store->commit(chain_.add().write()));
    }
    ASSERT_NE(chain_.at(kBlocks + 2).header.validators_hash(), chain_.at(1).header.validators_hash());
    ASSERT_EQ(verdict(folder_.path()).code, Code::ok) << verdict(folder_.path()).message;

    for (const std::uint64_t height : {kBlocks + 1, kBlocks + 3})
        expect_found(kBlockRecords, block_key(height, 'v'), HasSubstr("block " + std::to_string(height)));

    const Bytes other = records(kBlockRecords).at(block_key(kBlocks + 3, 'v'));
    EXPECT_EQ(after_change(kBlockRecords, block_key(kBlocks + 1, 'v'), other).code, Code::store_damaged);
    RawStore(folder_.path()).put(kBlockRecords, block_key(1, 'v'), other);
    EXPECT_THAT(verdict(folder_.path()).message, AllOf(HasSubstr("block 1"), HasSubstr("does not name")));
}

// The others could otherwise go on with a chain of their own.
TEST_F(Damage, ByBlocksOfValidatorsThatHaveGoneIsFound) {
    {
        const auto store = open_store(folder_.path());
        ASSERT_TRUE(store->commit(chain_.add_last_of_set(/*they_go=*/false).write()));
        ASSERT_TRUE(store->commit(chain_.add().write()));
    }
    const Error error = verdict(folder_.path());

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, HasSubstr("block " + std::to_string(kBlocks + 2)));
}

TEST_F(Damage, BySwappingTwoWholeBlocksIsFound) {
    const auto all = records(kBlockRecords);
    {
        RawStore raw(folder_.path());
        for (const char part : {'h', 'b', 'c', 'r'}) {
            raw.put(kBlockRecords, block_key(1, part), all.at(block_key(2, part)));
            raw.put(kBlockRecords, block_key(2, part), all.at(block_key(1, part)));
        }
    }
    const Error error = verdict(folder_.path());

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, HasSubstr("block 1"));
}

TEST_F(Damage, ByAnotherChainsGenesisDocumentIsFound) {
    const TestChain other("another");

    const Error error = after_change(kMeta, "genesis", other.genesis().document);

    EXPECT_EQ(error.code, Code::store_damaged);
    EXPECT_THAT(error.message, HasSubstr("genesis document"));
}

// What the disk itself does to a file, below RocksDB.
TEST_F(Damage, OfATableFileIsFound) {
    open_store(folder_.path());  // what was in the log is in tables now
    std::filesystem::path largest;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        if (entry.path().extension() == ".sst" &&
            (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)))
            largest = entry.path();
    }
    ASSERT_FALSE(largest.empty());
    std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(100);
    const char byte = static_cast<char>(file.get() ^ 0x01);
    file.seekp(100);
    file.put(byte);
    file.close();

    const Error error = verdict(folder_.path());

    EXPECT_EQ(error.code, Code::store_damaged) << error.message;
}

// A store without its first blocks: whatever is left of it matters.
class DamageOfAPrunedStore : public Damage {
protected:
    DamageOfAPrunedStore() {
        {
            Options options;
            options.path = folder_.path();
            options.keep_blocks = 4;
            const auto store = open_store(std::move(options));
            for (std::uint64_t height = kBlocks + 1; height < 12; ++height)
                EXPECT_TRUE(store->commit((height == 6 ? chain_.add_last_of_set() : chain_.add()).write()));
        }
        compact(folder_.path());
    }
    // But that a key is gone is said by nothing as well.
    void expect_found_in_every(std::size_t nth, std::size_t family) {
        std::size_t at = 0;
        for (const auto& [key, value] : records(family)) {
            if (at++ % nth == 0 && (family != kState || value != removed()))
                expect_found(family, key, testing::_);
        }
    }
};

TEST_F(DamageOfAPrunedStore, IsNotSeenWhereThereIsNone) {
    const Error error = verdict(folder_.path());
    EXPECT_EQ(error.code, Code::ok) << error.message;
}

TEST_F(DamageOfAPrunedStore, IsFoundInItsOwnRecords) {
    ASSERT_EQ(records(kMeta).count("base"), 1u);
    expect_found_in_every(1, kMeta);
}

TEST_F(DamageOfAPrunedStore, IsFoundInPartsOfBlocks) {
    expect_found_in_every(2, kBlockRecords);
}

TEST_F(DamageOfAPrunedStore, IsFoundInTheIndex) {
    expect_found_in_every(5, kIndex);
}

TEST_F(DamageOfAPrunedStore, IsFoundInTheState) {
    expect_found_in_every(7, kState);
}

TEST_F(DamageOfAPrunedStore, IsFoundInTheTree) {
    expect_found_in_every(1, kTree);
}

}  // namespace
}  // namespace pcq::storage
