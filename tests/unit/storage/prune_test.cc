// A store that keeps the newest blocks only: what it keeps is as if it had kept everything, what it does not
// keep it says, and its files stay small.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/ledger/merkle.h"
#include "src/storage/page_group.h"
#include "src/storage/versioned_map.h"
#include "tests/unit/storage/compacted.h"
#include "tests/unit/storage/fixture.h"
#include "tests/unit/storage/raw_store.h"

namespace pcq::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t kKeep = 8;
constexpr std::uint64_t kSmallBuffer = 64 << 10;  // the smallest that RocksDB takes

Options pruning_options(const std::filesystem::path& path, std::uint64_t keep) {
    Options options;
    options.path = path;
    options.cache_bytes = 1 << 20;
    options.keep_blocks = keep;
    options.write_buffer_bytes = kSmallBuffer;
    return options;
}

std::uint64_t file_bytes(const std::filesystem::path& path) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        std::error_code gone;
        const auto size = std::filesystem::file_size(entry.path(), gone);
        if (!gone && entry.path().extension() == ".sst") bytes += size;
    }
    return bytes;
}

// Blocks of changes drawn from one seed: many keys and few, new ones, old ones, removals, keys with zero
// bytes.
class Drawn {
public:
    explicit Drawn(unsigned seed) : random_(seed) {}

    const TestBlock& add(TestChain& chain) {
        ledger::StateChanges changes;
        const std::size_t count = 1 + random_() % 12;
        for (std::size_t i = 0; i < count; ++i) {
            const Bytes key = keys_.empty() || random_() % 3 == 0 ? fresh() : keys_[random_() % keys_.size()];
            changes[key] = random_() % 4 == 0 ? std::nullopt : std::optional(Bytes(random_() % 900, drawn()));
        }
        return chain.add(std::move(changes));
    }
    const std::vector<Bytes>& keys() const { return keys_; }

private:
    char drawn() { return static_cast<char>(random_() % 256); }
    const Bytes& fresh() {
        Bytes key(1 + random_() % 3, drawn());
        append_u32(key, static_cast<std::uint32_t>(keys_.size()));
        return keys_.emplace_back(std::move(key));
    }

    std::mt19937 random_;
    std::vector<Bytes> keys_;
};

// Every key's value and proof at the height, against the state that the chain had there.
void expect_state(const ChainStore& store, const TestChain& chain, const std::vector<Bytes>& keys,
                  std::uint64_t height) {
    const auto view = store.at(height);
    ASSERT_TRUE(view) << view.error().message;
    const auto& state = chain.state(height);
    for (const Bytes& key : keys) {
        const auto expected = state.find(key);
        const auto value = (*view)->get(key);
        ASSERT_EQ(value.has_value(), expected != state.end());
        if (value) {
            ASSERT_EQ(*value, expected->second);
        }
        const auto proof = ledger::prove(**view, (*view)->root(), key);
        ASSERT_TRUE(ledger::verify_state_proof(chain.at(height).header.state_root(), key,
                                               value ? std::optional<BytesView>(*value) : std::nullopt,
                                               proof));
    }
}

void expect_pruned(const ChainStore& store, std::uint64_t height, const std::string& kept) {
    for (const Error& error : {store.at(height) ? Error() : store.at(height).error(),
                               store.block(height) ? Error() : store.block(height).error(),
                               store.receipts(height) ? Error() : store.receipts(height).error()}) {
        EXPECT_EQ(error.code, Code::height_pruned) << "height " << height;
        EXPECT_THAT(error.message, AllOf(HasSubstr("height " + std::to_string(height)), HasSubstr(kept)));
    }
}

// Goal: whatever the blocks, a pruned store gives for every kept height what the chain had there, and
// verifies. Method: random blocks beside a model of the whole chain; compared after every few, closed and
// opened again, compacted by RocksDB as it likes and wholly.
TEST(Pruning, ReadsAndProvesEveryKeptHeightAsIfNothingWereGone) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const TestFolder folder;
        TestChain chain;
        Drawn drawn(seed);
        write_store(folder.path(), chain, 0);
        std::uint64_t height = 0;
        for (int round = 0; round < 12; ++round) {
            {
                const auto store = open_store(pruning_options(folder.path(), kKeep));
                for (int i = 0; i < 15; ++i) {
                    ASSERT_TRUE(store->commit(drawn.add(chain).write()));
                    ++height;
                }
                EXPECT_EQ(store->base(), height + 1 - kKeep);
                for (std::uint64_t at = store->base(); at <= height; ++at)
                    ASSERT_NO_FATAL_FAILURE(expect_state(*store, chain, drawn.keys(), at));
                const auto report = store->verify();
                ASSERT_TRUE(report) << report.error().message;
                EXPECT_EQ(report->blocks, kKeep);
                EXPECT_EQ(report->base, store->base());
            }
            if (round % 3 == 2) compact(folder.path());
        }
    }
}

TEST(Pruning, LeavesNoVersionThatNoKeptHeightReads) {
    const TestFolder folder;
    TestChain chain;
    Drawn drawn(7);
    write_store(folder.path(), chain, 0);
    {
        const auto store = open_store(pruning_options(folder.path(), 1));
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->commit(drawn.add(chain).write()));
        EXPECT_EQ(store->base(), 100u);
    }

    compact(folder.path());

    RawStore raw(folder.path());
    std::set<Bytes> keys;
    for (const auto& [key, value] : raw.records(kState))
        EXPECT_TRUE(keys.insert(parse_versioned_key(key)->key).second) << "two versions of one key";
    std::set<ledger::PagePath> paths;
    for (const auto& [key, value] : raw.records(kTree)) {
        const auto pages = unpack_pages(parse_versioned_key(key)->key, BytesView(value).substr(1));
        for (const auto& [path, page] : *pages)
            EXPECT_TRUE(paths.insert(path).second) << "two versions of one page";
    }
    std::size_t transactions = 0;
    for (const auto& [key, value] : raw.records(kIndex)) transactions += key[0] == 't' ? 1u : 0u;
    EXPECT_EQ(transactions, chain.at(100).transactions.size());
}

TEST(Pruning, SaysWhichHeightsAreThere) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 0);
    const auto store = open_store(pruning_options(folder.path(), kKeep));
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(store->commit(chain.add().write()));

    for (std::uint64_t height = 1; height < 23; ++height) {
        expect_pruned(*store, height, "heights 23 to 30");
        EXPECT_FALSE(*store->find_transaction(chain.at(height).transactions[0]));
    }
    EXPECT_EQ(store->certificate(22).error().code, Code::height_pruned);
    for (std::uint64_t height = 23; height <= 30; ++height) {
        EXPECT_EQ(*store->block(height), chain.at(height).block);
        EXPECT_EQ(*store->certificate(height), chain.at(height).certificate);
        EXPECT_EQ(read_state(*store, chain, height), chain.state(height));
        EXPECT_TRUE(*store->find_transaction(chain.at(height).transactions[1]));
    }
    EXPECT_EQ(store->at(31).error().code, Code::not_found);
}

TEST(Pruning, KeepsTheHeadersThatLeadUpToTheBase) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 0);
    const auto store = open_store(pruning_options(folder.path(), kKeep));
    const std::uint64_t tip = Kept::kLead + 50;
    for (std::uint64_t i = 0; i < tip; ++i) ASSERT_TRUE(store->commit(chain.add().write()));

    const std::uint64_t first = store->base() - Kept::kLead;
    EXPECT_EQ((*store->header(0))->hash(), chain.genesis_block().header.hash());
    EXPECT_EQ(store->header(first - 1).error().code, Code::height_pruned);
    EXPECT_FALSE(*store->find_block(chain.at(first - 1).header.hash()));
    for (std::uint64_t height = first; height <= tip; ++height) {
        EXPECT_EQ((*store->header(height))->hash(), chain.at(height).header.hash());
        EXPECT_EQ(*store->find_block(chain.at(height).header.hash()), height);
    }
    const auto report = store->verify();
    EXPECT_TRUE(report) << report.error().message;
}

// A light client and the bridge follow from genesis; so does whoever verifies the store.
TEST(Pruning, KeepsWhatLeadsFromSetToSetOfTheValidators) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 0);
    {
        const auto store = open_store(pruning_options(folder.path(), kKeep));
        for (std::uint64_t height = 1; height <= Kept::kLead + 60; ++height)
            ASSERT_TRUE(store->commit((height % 20 == 5 ? chain.add_last_of_set() : chain.add()).write()));
    }
    compact(folder.path());

    const auto store = open_store(pruning_options(folder.path(), kKeep));
    for (const std::uint64_t height : std::vector<std::uint64_t>{5, 25, 45, 205, 225}) {
        EXPECT_EQ((*store->header(height))->hash(), chain.at(height).header.hash());
        EXPECT_EQ(*store->certificate(height), chain.at(height).certificate);
    }
    EXPECT_EQ(store->header(6).error().code, Code::height_pruned);
    const auto report = store->verify();
    EXPECT_TRUE(report) << report.error().message;
}

TEST(Pruning, LeavesAViewInUseWhole) {
    const TestFolder folder;
    TestChain chain;
    Drawn drawn(3);
    write_store(folder.path(), chain, 0);
    const auto store = open_store(pruning_options(folder.path(), kKeep));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(store->commit(drawn.add(chain).write()));
    const auto keys = drawn.keys();
    const auto view = *store->at(20);

    for (int i = 0; i < 400; ++i) ASSERT_TRUE(store->commit(drawn.add(chain).write()));

    ASSERT_GT(store->base(), 400u);
    EXPECT_EQ(store->at(20).error().code, Code::height_pruned);
    for (const Bytes& key : keys) {
        const auto expected = chain.state(20).find(key);
        const auto value = view->get(key);
        EXPECT_EQ(value, expected == chain.state(20).end() ? std::nullopt : std::optional(expected->second));
        EXPECT_TRUE(ledger::verify_state_proof(chain.at(20).header.state_root(), key,
                                               value ? std::optional<BytesView>(*value) : std::nullopt,
                                               ledger::prove(*view, view->root(), key)));
    }
}

// Goal: files do not grow with the number of blocks. Method: the same keys are changed over and over, and
// orders come and go; a store that keeps everything is the measure.
TEST(Pruning, BoundsTheFiles) {
    const TestFolder pruned_folder;
    const TestFolder whole_folder;
    TestChain chain;
    write_store(pruned_folder.path(), chain, 0);
    const auto pruned = open_store(pruning_options(pruned_folder.path(), kKeep));
    const auto whole = open_store(pruning_options(whole_folder.path(), 0));
    ASSERT_TRUE(whole->write_genesis(chain.genesis(), chain.genesis_block()));
    std::mt19937 random(11);
    std::uint64_t most_early = 0;
    std::uint64_t most_late = 0;
    for (int block = 0; block < 1'000; ++block) {
        ledger::StateChanges changes;
        for (int i = 0; i < 20; ++i) {
            Bytes value(200, '\0');
            for (char& byte : value) byte = static_cast<char>(random() % 256);  // does not compress
            changes["account " + std::to_string(random() % 40)] = std::move(value);
        }
        changes["order " + std::to_string(block)] = "for sale";
        changes["order " + std::to_string(block - 3)] = std::nullopt;
        const TestBlock& made = chain.add(std::move(changes));
        ASSERT_TRUE(pruned->commit(made.write()));
        ASSERT_TRUE(whole->commit(made.write()));
        std::uint64_t& most = block < 500 ? most_early : most_late;
        if (block % 20 == 19) most = std::max(most, file_bytes(pruned_folder.path()));
    }
    RecordProperty("bytes", static_cast<int>(most_late));
    RecordProperty("bytes_of_all", static_cast<int>(file_bytes(whole_folder.path())));
    EXPECT_LT(most_late, most_early * 3 / 2);
    EXPECT_LT(most_late * 5, file_bytes(whole_folder.path()));
    const auto report = pruned->verify();
    EXPECT_TRUE(report) << report.error().message;
}

TEST(Pruning, ForgetsThatAKeyWasThere) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 0);
    const auto records_of_orders = [&folder] {
        RawStore raw(folder.path());
        std::size_t count = 0;
        for (const auto& [key, value] : raw.records(kState)) count += key[0] == 'o' ? 1u : 0u;
        return count;
    };
    {
        const auto store = open_store(pruning_options(folder.path(), kKeep));
        for (int block = 0; block < 400; ++block) {
            ledger::StateChanges changes;
            for (int i = 0; i < 60; ++i) changes["order " + std::to_string(60 * block + i)] = Bytes(60, 'o');
            for (int i = 0; i < 60 && block > 2; ++i)
                changes["order " + std::to_string(60 * (block - 3) + i)] = std::nullopt;
            ASSERT_TRUE(store->commit(chain.add(std::move(changes)).write()));
        }
    }

    EXPECT_LT(records_of_orders(), 24'000u / 2) << "of 24,000 orders that came and went";
}

TEST(Pruning, BeginsWithAnArchiveAndAnArchiveGoesOnFromWhereItEnded) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 1'000);
    {
        const auto store = open_store(pruning_options(folder.path(), kKeep));
        EXPECT_EQ(store->base(), 0u);
        ASSERT_TRUE(store->commit(chain.add().write()));
        EXPECT_EQ(store->base(), 256u) << "a bounded number of heights with one block";
        for (int i = 0; i < 9; ++i) ASSERT_TRUE(store->commit(chain.add().write()));
        EXPECT_EQ(store->base(), 1'003u);
    }
    const auto store = open_store(pruning_options(folder.path(), 0));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(store->commit(chain.add().write()));
    EXPECT_EQ(store->base(), 1'003u);
    const auto report = store->verify();
    EXPECT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->blocks, 28u);
}

TEST(Kept, IsReadOnlyAsItWasWritten) {
    Kept kept;
    kept.base = 77;
    kept.changes = {5, 30};
    const Bytes bytes = kept.encode();
    const auto read = Kept::decode(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->base, 77u);
    EXPECT_EQ(read->changes, kept.changes);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Bytes flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
        EXPECT_FALSE(Kept::decode(flipped)) << at;
        EXPECT_FALSE(Kept::decode(BytesView(bytes).substr(0, at))) << at;
    }
}

}  // namespace
}  // namespace pcq::storage
