// Writers that are killed, and logs that end in the middle of a record: what is left is whole blocks, and no
// block that was acknowledged is missing.
#include <array>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/storage/fixture.h"
#include "tests/unit/storage/syncs.h"

namespace pcq::storage {
namespace {

constexpr const char* kStoreVariable = "PCQ_TEST_STORE";
constexpr const char* kKeepVariable = "PCQ_TEST_KEEP";
constexpr int kAcknowledge = 3;  // the child's descriptor
constexpr int kKills = 20;
constexpr unsigned kSeed = 20131;
constexpr std::uint64_t kAll = 0;  // blocks to keep
constexpr std::uint64_t kFew = 5;

Options options_of(const std::filesystem::path& path, std::uint64_t keep) {
    Options options;
    options.path = path;
    options.cache_bytes = 1 << 20;
    options.keep_blocks = keep;
    options.write_buffer_bytes = keep == kAll ? 64 << 20 : 64 << 10;  // the latter: compacts all the time
    return options;
}

// The writer: a process of its own, spawned by the test below. Writes until it is killed.
TEST(StoreWriter, DISABLED_WritesBlocksForEver) {
    const char* path = std::getenv(kStoreVariable);
    ASSERT_NE(path, nullptr);
    const auto store = open_store(options_of(path, std::stoull(std::getenv(kKeepVariable))));
    TestChain chain;
    ASSERT_TRUE(store->write_genesis(chain.genesis(), chain.genesis_block()));
    const std::uint64_t start = (*store->tip())->height();
    while (true) {
        const TestBlock& block = chain.add();
        if (block.header->height() <= start) continue;
        ASSERT_TRUE(store->commit(block.write()));
        Bytes said;
        append_u64(said, block.header->height());
        ASSERT_EQ(write(kAcknowledge, said.data(), said.size()), 8);
    }
}

class Writer {
public:
    Writer(const std::filesystem::path& store, std::uint64_t keep) {
        std::array<int, 2> ends{};
        PCQ_INVARIANT(pipe2(ends.data(), O_CLOEXEC) == 0);
        said_ = ends[0];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledge);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        std::string program = "/proc/self/exe";
        std::string filter = "--gtest_filter=StoreWriter.*";
        std::string disabled = "--gtest_also_run_disabled_tests";
        std::string variable = std::string(kStoreVariable) + "=" + store.string();
        std::array<char*, 4> arguments{program.data(), filter.data(), disabled.data(), nullptr};
        std::string kept = std::string(kKeepVariable) + "=" + std::to_string(keep);
        std::array<char*, 3> environment{variable.data(), kept.data(), nullptr};
        PCQ_INVARIANT(posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments.data(),
                                  environment.data()) == 0);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
    }
    ~Writer() { close(said_); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Waits for so many blocks, then so long for one more.
    void wait(int blocks, std::chrono::microseconds more) {
        for (int i = 0; i < blocks; ++i) hear();
        pollfd one{said_, POLLIN, 0};
        const timespec limit{0, static_cast<long>(more.count()) * 1000};
        ppoll(&one, 1, &limit, nullptr);
    }
    // The last height that the writer was told is stored.
    std::uint64_t stop() {
        kill(child_, SIGKILL);
        while (hear()) {
        }
        int status = 0;
        waitpid(child_, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
        return last_;
    }

private:
    bool hear() {
        Bytes bytes(8, '\0');
        if (read(said_, bytes.data(), bytes.size()) != 8) return false;
        last_ = load_u64(bytes);
        return true;
    }

    pid_t child_ = 0;
    int said_ = -1;
    std::uint64_t last_ = 0;
};

// The store opens, is whole, and holds the first blocks of the chain up to its tip, which is given back.
std::uint64_t expect_prefix(const std::filesystem::path& path, TestChain& chain, std::uint64_t& made,
                            std::uint64_t keep = kAll) {
    const auto store = open_store(options_of(path, keep));
    if (!store || !store->has_genesis()) return 0;
    const std::uint64_t tip = (*store->tip())->height();
    while (made < tip) {
        chain.add();
        ++made;
    }
    const auto report = store->verify();
    EXPECT_TRUE(report) << report.error().message;
    EXPECT_EQ(store->base(), keep == kAll ? 0 : tip + 1 - std::min(keep, tip + 1));
    for (std::uint64_t height = std::max<std::uint64_t>(1, store->base()); height <= tip; ++height)
        EXPECT_EQ(*store->block(height), chain.at(height).block) << height;
    EXPECT_EQ(read_state(*store, chain, tip), chain.state(tip));
    EXPECT_EQ(read_state(*store, chain, store->base()), chain.state(store->base()));
    return tip;
}

// Goal: whenever a writer is killed, its store holds whole blocks, and all that it was told are stored.
// Method: real processes, killed at moments drawn from one seed while they commit to the same store in turn.
class Crash : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Keeping, Crash, testing::Values(kAll, kFew));

TEST_P(Crash, OfTheWriterLeavesWholeBlocksAndEveryAcknowledgedOne) {
    const TestFolder folder;
    TestChain chain;
    std::uint64_t made = 0;
    std::uint64_t before = 0;
    std::mt19937 random(kSeed);
    for (int round = 0; round < kKills; ++round) {
        SCOPED_TRACE("kill " + std::to_string(round));
        Writer writer(folder.path(), GetParam());
        writer.wait(static_cast<int>(random() % 4), std::chrono::microseconds(random() % 3'000));
        const std::uint64_t acknowledged = writer.stop();

        const std::uint64_t tip = expect_prefix(folder.path(), chain, made, GetParam());
        ASSERT_GE(tip, acknowledged);
        ASSERT_GE(tip, before);
        before = tip;
    }
    EXPECT_GE(before, static_cast<std::uint64_t>(kKills)) << "the writers hardly wrote";
}

class TornLog : public testing::Test {
protected:
    TornLog() {
        write_store(whole_.path(), chain_, kBlocks);
        for (const auto& entry : std::filesystem::directory_iterator(whole_.path())) {
            if (entry.path().extension() == ".log") log_ = entry.path().filename();
        }
        std::ifstream in(whole_.path() / log_, std::ios::binary);
        std::ostringstream content;
        content << in.rdbuf();
        content_ = content.str();
    }
    // A copy of the store whose log has this content.
    std::filesystem::path with_log(const TestFolder& folder, const Bytes& content) const {
        const auto copy = folder.path() / "copy";
        std::filesystem::copy(whole_.path(), copy, std::filesystem::copy_options::recursive);
        std::ofstream(copy / log_, std::ios::binary | std::ios::trunc) << content;
        return copy;
    }

    static constexpr std::uint64_t kBlocks = 5;
    TestFolder whole_;
    TestChain chain_;
    std::filesystem::path log_;
    Bytes content_;
};

TEST_F(TornLog, LosesOnlyTheBlocksThatAreNotWhole) {
    ASSERT_GT(content_.size(), 1'000u);
    std::uint64_t most = kBlocks;
    std::set<std::uint64_t> tips;
    std::uint64_t made = kBlocks;
    for (std::size_t cut = 0; cut < 25; ++cut) {
        SCOPED_TRACE(cut);
        const TestFolder folder;
        const auto copy = with_log(folder, content_.substr(0, content_.size() - cut * content_.size() / 25));
        const std::uint64_t tip = expect_prefix(copy, chain_, made);
        EXPECT_LE(tip, most);
        most = tip;
        tips.insert(tip);
    }
    EXPECT_THAT(tips, testing::IsSupersetOf({std::uint64_t{1}, std::uint64_t{3}, kBlocks}));
}

TEST_F(TornLog, WithAChangedByteIsDamageAndNotAShorterChain) {
    const std::size_t at = content_.find("transaction of block 3");
    ASSERT_NE(at, Bytes::npos);
    content_[at] = static_cast<char>(content_[at] ^ 0x01);
    const TestFolder folder;
    Options options;
    options.path = with_log(folder, content_);

    const auto store = ChainStore::open(std::move(options));

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::store_damaged) << store.error().message;
    EXPECT_THAT(store.error().message, testing::HasSubstr(folder.path().string()));
}

TEST(Commit, ReturnsAfterItsBlockIsSynced) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 0);
    const auto store = open_store(folder.path());
    for (int i = 0; i < 3; ++i) {
        const int before = syncs();
        ASSERT_TRUE(store->commit(chain.add().write()));
        EXPECT_GT(syncs(), before);
    }
}

TEST(Commit, SaysSoWhenTheDiskDoesNotSyncAndKeepsTheTip) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 1);
    const auto store = open_store(folder.path());

    fail_next_sync(EIO);
    const auto refused = store->commit(chain.add().write());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::io_failed);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("replace the disk"));
    EXPECT_EQ((*store->tip())->height(), 1u);
}

}  // namespace
}  // namespace pcq::storage
