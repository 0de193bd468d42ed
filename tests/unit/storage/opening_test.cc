// Folders that are no store, or somebody else's: each says what is wrong with which path.
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/storage/fixture.h"

namespace pcq::storage {
namespace {

using testing::HasSubstr;

Error refusal(const std::filesystem::path& path, bool read_only = false) {
    Options options;
    options.path = path;
    options.read_only = read_only;
    const auto store = ChainStore::open(std::move(options));
    EXPECT_FALSE(store);
    return store ? Error() : store.error();
}

TEST(OpeningAStore, NamesTheFileThatStandsWhereTheFolderShouldBe) {
    const TestFolder folder;
    const auto file = folder.path() / "file";
    std::ofstream(file) << "no store";

    const Error error = refusal(file);

    EXPECT_EQ(error.code, Code::io_failed);
    EXPECT_THAT(error.message, HasSubstr(file.string()));
}

// A database that runs out of space in the middle of a write may end the process instead of saying so.
TEST(OpeningAStore, NeedsRoomOnTheFileSystemAndSoDoesEveryBlock) {
    const TestFolder folder;
    std::uint64_t left = kFreeLeast - 1;
    const auto open = [&folder, &left](bool read_only) {
        Options options;
        options.path = folder.path() / "store";
        options.read_only = read_only;
        options.free_bytes = [&left](const std::filesystem::path&) { return left; };
        return ChainStore::open(std::move(options));
    };
    const auto refused = open(false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::disk_full);
    EXPECT_THAT(refused.error().message, HasSubstr("has 63 MiB left"));

    left = kFreeLeast;
    TestChain chain;
    {
        const auto store = *open(false);
        ASSERT_TRUE(store->write_genesis(chain.genesis(), chain.genesis_block()));
        ASSERT_TRUE(store->commit(chain.add().write()));
        left = 0;
        EXPECT_EQ(store->commit(chain.add().write()).error().code, Code::disk_full);
        EXPECT_EQ((*store->tip())->height(), 1u);
    }
    EXPECT_TRUE(open(true)) << "reading needs no room";
}

TEST(OpeningAStore, ForReadingNeitherMakesNorChangesAFolder) {
    const TestFolder folder;
    const auto missing = folder.path() / "missing";

    const Error error = refusal(missing, /*read_only=*/true);

    EXPECT_EQ(error.code, Code::io_failed);
    EXPECT_THAT(error.message, HasSubstr(missing.string()));
    EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST(OpeningAStore, RefusesAFolderWithADamagedManifest) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 1);
    std::ofstream(folder.path() / "CURRENT") << "MANIFEST-999999\n";

    const Error error = refusal(folder.path());

    EXPECT_THAT(error.code, testing::AnyOf(Code::store_damaged, Code::io_failed));
    EXPECT_THAT(error.message, HasSubstr(folder.path().string()));
}

// The other one holds the lock of RocksDB and nothing more: a process of several threads that forks can do
// little else before it calls exec.
TEST(OpeningAStore, SaysThatAnotherProcessHasIt) {
    const TestFolder folder;
    open_store(folder.path()).reset();
    const std::string path = (folder.path() / "LOCK").string();
    ASSERT_TRUE(std::filesystem::exists(path));
    std::array<int, 2> ready{};
    std::array<int, 2> leave{};
    ASSERT_EQ(pipe(ready.data()), 0);
    ASSERT_EQ(pipe(leave.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    char byte = 0;
    if (child == 0) {
        close(leave[1]);
        struct flock all {};
        all.l_type = F_WRLCK;
        if (fcntl(open(path.c_str(), O_RDWR), F_SETLK, &all) != 0) _exit(1);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        _exit(read(leave[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    const bool is_open = read(ready[0], &byte, 1) == 1;
    Error error;
    if (is_open) error = refusal(folder.path());
    close(leave[1]);
    waitpid(child, nullptr, 0);
    for (const int end : {ready[0], leave[0]}) close(end);

    ASSERT_TRUE(is_open);
    EXPECT_EQ(error.code, Code::io_failed);
    EXPECT_THAT(error.message, HasSubstr(folder.path().string()));
    EXPECT_THAT(error.message, HasSubstr("is another process running on it?"));
}

TEST(OpeningAStore, ForReadingSeesEverythingAndWritesNothing) {
    const TestFolder folder;
    TestChain chain;
    write_store(folder.path(), chain, 3);
    {
        const auto store = open_store(folder.path(), /*read_only=*/true);
        EXPECT_EQ((*store->tip())->height(), 3u);
        EXPECT_EQ(read_state(*store, chain, 2), chain.state(2));
        EXPECT_TRUE(store->verify());
        const auto refused = store->commit(chain.add().write());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::io_failed);
        EXPECT_EQ((*store->tip())->height(), 3u);
    }
    EXPECT_EQ((*open_store(folder.path())->tip())->height(), 3u);
}

}  // namespace
}  // namespace pcq::storage
