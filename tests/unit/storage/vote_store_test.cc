// What a validator has said survives torn writes, and is never replaced by something older.
#include "src/storage/vote_store.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/crypto/hash.h"
#include "tests/unit/storage/fixture.h"
#include "tests/unit/storage/syncs.h"

namespace pcq::storage {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSlotBytes = 1 << 20;

Bytes content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
}

void write_file(const std::filesystem::path& file, BytesView content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

VoteStore::Opened opened(const std::filesystem::path& file) {
    auto store = VoteStore::open(file);
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return store ? *std::move(store) : VoteStore::Opened();
}

std::optional<Bytes> last_in(const std::filesystem::path& file) {
    return opened(file).last;
}

class Votes : public testing::Test {
protected:
    void save(const Bytes& record) { ASSERT_TRUE(opened(file_).store->save(record)); }

    TestFolder folder_;
    const std::filesystem::path file_ = folder_.path() / "votes";
};

TEST_F(Votes, WereNeverSavedUntilTheFirstIs) {
    const auto first = opened(file_);
    EXPECT_TRUE(first.was_never_saved);
    EXPECT_FALSE(first.last);
    EXPECT_EQ(std::filesystem::file_size(file_), 4 * kSlotBytes) << "space is taken before it is needed";

    // As after a start that failed before the chain began.
    const auto second = opened(file_);
    EXPECT_TRUE(second.was_never_saved);
    EXPECT_FALSE(second.last);

    save("");
    EXPECT_FALSE(opened(file_).was_never_saved);
}

TEST_F(Votes, OfAFileThatWasCutShortBeforeTheFirstAreAllocatedAgain) {
    write_file(file_, Bytes(100, '\0'));
    EXPECT_TRUE(opened(file_).was_never_saved);
    EXPECT_EQ(std::filesystem::file_size(file_), 4 * kSlotBytes);
}

TEST_F(Votes, AreReadableByTheirOwnerAlone) {
    opened(file_);

    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(Votes, AreTheLastSavedAfterEveryReopening) {
    for (int number = 1; number <= 7; ++number) {
        const Bytes record =
            "vote " + std::to_string(number) + Bytes(static_cast<std::size_t>(number) * 1'000, '\0');
        save(record);
        EXPECT_EQ(last_in(file_), record);
    }
    const auto store = opened(file_);
    for (int number = 8; number <= 12; ++number)
        ASSERT_TRUE(store.store->save("vote " + std::to_string(number)));
    EXPECT_EQ(last_in(file_), "vote 12");
    save("");
    EXPECT_EQ(last_in(file_), "");
}

TEST_F(Votes, HaveTheseBytes) {
    save("first");
    save("second");

    Bytes slot("\0\0\0\0\0\0\0\1\0\0\0\5first", 17);
    slot += crypto::sha256({slot}).bytes();
    EXPECT_EQ(content_of(file_).substr(kSlotBytes, slot.size()), slot);
    Bytes next("\0\0\0\0\0\0\0\2\0\0\0\6second", 18);
    next += crypto::sha256({next}).bytes();
    EXPECT_EQ(content_of(file_).substr(0, next.size()), next);
    EXPECT_EQ(content_of(file_).substr(2 * kSlotBytes), content_of(file_).substr(0, 2 * kSlotBytes));
}

// The record before it would be whole too, and whoever went by that one would contradict itself.
TEST_F(Votes, AreTheLastSavedWhateverBitFlips) {
    save("first");
    save("second");
    const Bytes whole = content_of(file_);
    for (std::size_t at = 0; at < 12 + 6 + Hash::kSize; ++at) {
        for (const std::size_t slot : {std::size_t{0}, 2 * kSlotBytes}) {
            Bytes decayed = whole;
            decayed[slot + at] = static_cast<char>(decayed[slot + at] ^ (1 << at % 8));
            write_file(file_, decayed);
            EXPECT_EQ(last_in(file_), "second") << slot << " + " << at;
        }
    }
}

TEST_F(Votes, AreKeptTwiceAgainAfterOneCopyWasFoundDamaged) {
    save("first");
    save("second");
    Bytes decayed = content_of(file_);
    decayed[13] = '?';
    write_file(file_, decayed);
    ASSERT_EQ(last_in(file_), "second");

    decayed = content_of(file_);
    decayed[2 * kSlotBytes + 13] = '?';
    write_file(file_, decayed);
    EXPECT_EQ(last_in(file_), "second");
}

TEST_F(Votes, AreTheOnesBeforeWhenAWriteIsTorn) {
    for (const char* record : {"first", "second", "third", "fourth"}) {
        const Bytes earlier = last_in(file_).value_or("nothing");
        const Bytes before = content_of(file_);
        save(record);
        const Bytes after = content_of(file_);
        for (std::size_t cut = 0; cut < after.size(); ++cut) {
            if (before[cut] == after[cut]) continue;
            const bool first_is_whole = cut >= 2 * kSlotBytes;  // of its two copies
            const Bytes torn = after.substr(0, cut) + before.substr(cut);
            write_file(file_, torn);
            EXPECT_EQ(last_in(file_).value_or("nothing"), first_is_whole ? record : earlier)
                << record << " torn at " << cut;
            // A disk may write the end before the beginning.
            write_file(file_, before.substr(0, cut + 1) + after.substr(cut + 1));
            EXPECT_EQ(last_in(file_).value_or("nothing"), first_is_whole ? earlier : record)
                << record << " begun at " << cut;
        }
        write_file(file_, after);
    }
}

TEST_F(Votes, AreWrittenOverTheTornOneAndNeverOverTheLastWholeOne) {
    save("first");
    save("second");
    save("third");  // in the second slot
    Bytes torn = content_of(file_);
    torn[kSlotBytes + 13] = torn[3 * kSlotBytes + 13] = '?';
    write_file(file_, torn);
    ASSERT_EQ(last_in(file_), "second");

    save("third again");

    EXPECT_EQ(last_in(file_), "third again");
    const Bytes content = content_of(file_);
    EXPECT_EQ(content.substr(12, 6), "second") << "until the new one is whole, the old one is needed";
    save("fourth");
    EXPECT_EQ(last_in(file_), "fourth");
}

TEST_F(Votes, AreTheNewerOfTwoWholeSlotsWhicheverComesFirst) {
    save("older");
    save("newer");
    const Bytes content = content_of(file_);
    write_file(file_, content.substr(kSlotBytes, kSlotBytes) + content.substr(0, kSlotBytes));

    EXPECT_EQ(last_in(file_), "newer");
}

TEST_F(Votes, AreLostAndWereSavedOnceWhenNoSlotIsWhole) {
    save("first");
    save("second");
    for (const std::size_t size : {std::size_t{11}, std::size_t{30}}) {
        SCOPED_TRACE(size);
        write_file(file_, content_of(file_).substr(0, size));
        const auto store = opened(file_);
        EXPECT_FALSE(store.was_never_saved);
        EXPECT_FALSE(store.last);
    }
    write_file(file_, Bytes(4 * kSlotBytes, '\xff'));  // lengths beyond every bound
    EXPECT_FALSE(last_in(file_));
    save("again");
    EXPECT_EQ(last_in(file_), "again");
}

TEST_F(Votes, OfATruncatedFileAreTheOnesThatAreStillWhole) {
    save("first");
    save("second");
    write_file(file_, content_of(file_).substr(0, 100));  // the second record is in the first slot

    EXPECT_EQ(last_in(file_), "second");
    save("third");
    EXPECT_EQ(last_in(file_), "third");
}

TEST_F(Votes, AreWrittenWhenTheyAreSyncedAndSyncedWhenSaveReturns) {
    const auto store = opened(file_);
    Bytes at_sync;
    on_sync([&] { at_sync = content_of(file_); });
    for (const char* record : {"first", "second"}) {
        const int before = syncs();
        ASSERT_TRUE(store.store->save(record));
        EXPECT_EQ(syncs(), before + 1);
        EXPECT_EQ(at_sync, content_of(file_)) << "something was written after the sync";
        EXPECT_THAT(at_sync, HasSubstr(record));
    }
    on_sync({});
}

TEST_F(Votes, AreNotSavedWhenTheDiskDoesNotSync) {
    const auto store = opened(file_);
    ASSERT_TRUE(store.store->save("first"));

    fail_next_sync(EIO);
    const auto refused = store.store->save("second");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::io_failed);
    EXPECT_THAT(refused.error().message, HasSubstr(file_.string()));
    ASSERT_TRUE(store.store->save("second again"));
    EXPECT_EQ(last_in(file_), "second again");
    EXPECT_THAT(content_of(file_), HasSubstr("first")) << "the failed write's slot is taken again";
}

TEST_F(Votes, MayFillTheirSlotAndNoMore) {
    const std::size_t most = kSlotBytes - 12 - Hash::kSize;
    const auto store = opened(file_);
    ASSERT_TRUE(store.store->save(Bytes(most, 'm')));
    ASSERT_TRUE(store.store->save(Bytes(most, 'n')));

    const auto refused = store.store->save(Bytes(most + 1, 'o'));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::limit_reached);
    EXPECT_EQ(last_in(file_), Bytes(most, 'n'));
}

TEST_F(Votes, InAFileThatCannotBeOpenedOrReadAreAnErrorAndNotAbsent) {
    const auto nowhere = folder_.path() / "missing" / "votes";
    const auto refused = VoteStore::open(nowhere);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::io_failed);
    EXPECT_THAT(refused.error().message, HasSubstr(nowhere.string()));

    const auto folder = VoteStore::open(folder_.path());
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error().message, HasSubstr("Is a directory"));

    // Opens, and refuses to be read from its beginning.
    const auto unreadable = VoteStore::open("/proc/self/mem");
    ASSERT_FALSE(unreadable);
    EXPECT_EQ(unreadable.error().code, Code::io_failed);
    EXPECT_THAT(unreadable.error().message, HasSubstr("cannot be read"));
}

TEST_F(Votes, MayLieInTheWorkingFolder) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
    const auto store = VoteStore::open("votes");
    std::filesystem::current_path(before);

    EXPECT_TRUE(store) << (store ? "" : store.error().message);
}

}  // namespace
}  // namespace pcq::storage
