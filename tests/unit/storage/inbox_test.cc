// What was handed in at a node: there after a restart, whatever tore the file, and bounded.
#include "src/storage/inbox.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

class InboxTest : public testing::Test {
protected:
    void open(const Inbox::Options& options = {}) {
        inbox.reset();
        auto opened = Inbox::open(folder.path() / "inbox", chain, options);
        ASSERT_TRUE(opened) << opened.error().message;
        inbox = *std::move(opened);
    }
    Hash hash_of(const Bytes& transaction) const { return ledger::transaction_hash(chain, transaction); }
    Hash take(const Bytes& transaction, std::uint64_t height = 7) {
        EXPECT_TRUE(inbox->take(hash_of(transaction), height, transaction));
        return hash_of(transaction);
    }
    std::vector<std::filesystem::path> files(const std::string& ending = ".taken") const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "inbox")) {
            if (entry.path().extension() == ending) found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    const ChainId chain = *ChainId::from(Bytes(32, 'c'));
    TestFolder folder;
    std::unique_ptr<Inbox> inbox;
};

TEST_F(InboxTest, RemembersWhatWasTakenAndWhatWasRefusedOverARestart) {
    open();
    const Hash first = take("first");
    const Hash refused = hash_of("refused");
    ASSERT_TRUE(inbox->refuse(refused, Code::bad_signature));
    const Hash second = take(Bytes(ledger::kTransactionBytesMax, 'x'), 9);
    for (int restart = 0; restart < 2; ++restart) {
        ASSERT_TRUE(inbox->find(first));
        EXPECT_EQ(inbox->find(first)->transaction, "first");
        EXPECT_EQ(inbox->find(first)->height, 7u);
        EXPECT_EQ(inbox->find(second)->transaction, Bytes(ledger::kTransactionBytesMax, 'x'));
        EXPECT_EQ(inbox->find(second)->height, 9u);
        EXPECT_EQ(inbox->find(refused)->refused, Code::bad_signature);
        EXPECT_FALSE(inbox->find(hash_of("another")));
        EXPECT_EQ(inbox->taken(), (std::vector{first, second}));
        open();
    }
}

TEST_F(InboxTest, KnowsTheLastThatWasSaidOfATransaction) {
    open();
    const Hash hash = hash_of("t");
    ASSERT_TRUE(inbox->refuse(hash, Code::transaction_unknown_account));
    take("t");
    EXPECT_EQ(inbox->find(hash)->refused, Code::ok);
    ASSERT_TRUE(inbox->refuse(hash, Code::transaction_sequence_used));
    open();
    EXPECT_EQ(inbox->find(hash)->refused, Code::transaction_sequence_used);
    EXPECT_TRUE(inbox->taken().empty());
}

TEST_F(InboxTest, WritesTheSameOnce) {
    open();
    take("t", 7);
    const auto size = std::filesystem::file_size(files()[0]);
    take("t", 8);
    EXPECT_EQ(std::filesystem::file_size(files()[0]), size);
    EXPECT_EQ(inbox->find(hash_of("t"))->height, 7u) << "it has been here since then";
}

// Killed at every byte of the last record.
TEST_F(InboxTest, ATornRecordIsForgottenAndWrittenOver) {
    open();
    const Hash first = take("first");
    const auto whole = std::filesystem::file_size(files()[0]);
    const Hash torn = take("torn");
    const auto end = std::filesystem::file_size(files()[0]);
    inbox.reset();
    const auto file = files()[0];
    const auto complete = folder.path() / "complete";
    std::filesystem::copy_file(file, complete);
    for (auto size = whole; size < end; ++size) {
        for (const bool zeros : {false, true}) {  // follow, as a file system may leave them
            std::filesystem::copy_file(complete, file, std::filesystem::copy_options::overwrite_existing);
            std::filesystem::resize_file(file, size);
            if (zeros) std::filesystem::resize_file(file, end);
            open();
            EXPECT_TRUE(inbox->find(first));
            EXPECT_FALSE(inbox->find(torn)) << size;
            inbox.reset();
        }
    }
    open();
    const Hash next = take("next");
    open();
    EXPECT_TRUE(inbox->find(first) && inbox->find(next));
    EXPECT_EQ(inbox->taken().size(), 2u);
}

TEST_F(InboxTest, AFlippedBitEndsTheFileAndIsNeverBelieved) {
    open();
    const Hash first = take("first");
    const auto whole = std::filesystem::file_size(files()[0]);
    take("second");
    inbox.reset();
    const auto file = files()[0];
    Bytes content(std::filesystem::file_size(file), '\0');
    std::ifstream(file, std::ios::binary).read(content.data(), static_cast<std::streamsize>(content.size()));
    for (std::size_t at = whole; at < content.size(); ++at) {
        Bytes damaged = content;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
        open();
        EXPECT_EQ(inbox->taken(), std::vector{first}) << at;
        inbox.reset();
    }
}

TEST_F(InboxTest, KeepsTheNewestTwoFiles) {
    const Inbox::Options small{.taken = {1'000, 10}, .refused = {1'000, 10}};
    open(small);
    std::vector<Hash> hashes;
    for (int i = 0; i < 45; ++i) hashes.push_back(take("transaction " + std::to_string(i)));
    EXPECT_EQ(files().size(), 2u);
    for (int restart = 0; restart < 2; ++restart) {
        EXPECT_FALSE(inbox->find(hashes[29]));
        EXPECT_TRUE(inbox->find(hashes[30]) && inbox->find(hashes[44]));
        EXPECT_EQ(inbox->taken().size(), 15u);
        open(small);
    }
    take(Bytes(5'000, 'x'));
    take("behind a large one");
    EXPECT_EQ(files().size(), 2u);
    EXPECT_TRUE(inbox->find(hash_of("behind a large one")));
}

TEST_F(InboxTest, ForgetsNothingThatItTookForAnyNumberOfRefusals) {
    const Inbox::Options small{.taken = {1'000, 10}, .refused = {1'000, 10}};
    open(small);
    const Hash hash = take("taken");
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(inbox->refuse(hash_of("refused " + std::to_string(i)), Code::bad_signature));
    EXPECT_EQ(files(".refused").size(), 2u);
    for (int restart = 0; restart < 2; ++restart) {
        EXPECT_TRUE(inbox->has_taken(hash));
        EXPECT_TRUE(inbox->find(hash_of("refused 99")));
        EXPECT_FALSE(inbox->find(hash_of("refused 0")));
        open(small);
    }
}

TEST_F(InboxTest, LeavesFilesOfOthersAlone) {
    open();
    inbox.reset();
    std::ofstream(folder.path() / "inbox" / "notes.txt") << "mine";
    open();
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "inbox" / "notes.txt"));
}

}  // namespace
}  // namespace pcq::storage
