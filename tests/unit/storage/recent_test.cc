// Values and pages kept in memory: never another answer than the database's, whatever has been forgotten.
#include "src/storage/recent.h"

#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace pcq::storage {
namespace {

using Known = std::optional<std::optional<Bytes>>;

constexpr std::size_t kPlenty = 16 << 20;

TEST(RecentValues, KnowWhatABlockWroteFromItsHeightOn) {
    RecentValues values(kPlenty);
    values.begin();
    values.write("key", 7, "seven");
    values.write("gone", 7, std::nullopt);
    values.finish(7);

    EXPECT_EQ(values.find("key", 7), Known(std::optional<Bytes>("seven")));
    EXPECT_EQ(values.find("key", 9), Known(std::optional<Bytes>("seven")));
    EXPECT_EQ(values.find("gone", 7), Known(std::optional<Bytes>()));
    EXPECT_EQ(values.find("key", 6), Known());  // what it was before is the database's to say
    EXPECT_EQ(values.find("other", 7), Known());
}

TEST(RecentValues, LearnOnlyWhatIsStillTheNewest) {
    RecentValues values(kPlenty);
    values.finish(3);
    values.learn("newest", 3, "three");
    values.learn("older", 2, "two");
    values.begin();
    values.learn("during a write", 3, "three");
    values.finish(4);
    values.learn("read before the write", 3, "three");

    EXPECT_EQ(values.find("newest", 4), Known(std::optional<Bytes>("three")));
    for (const char* key : {"older", "during a write", "read before the write"})
        EXPECT_EQ(values.find(key, 4), Known()) << key;
}

// Goal: whatever is written, learned and pushed out, an answer is the value at the height that was asked for.
// Method: random blocks over a few hundred keys beside a map of all versions, in far too little room.
TEST(RecentValues, AnswerAsTheWholeHistoryDoes) {
    constexpr std::size_t kLittle = 64 << 10;
    constexpr int kKeys = 300;
    RecentValues values(kLittle);
    std::map<Bytes, std::map<std::uint64_t, std::optional<Bytes>>> history;
    const auto truth = [&history](const Bytes& key, std::uint64_t height) {
        const auto& versions = history[key];
        const auto after = versions.upper_bound(height);
        return after == versions.begin() ? std::optional<Bytes>() : std::prev(after)->second;
    };
    std::mt19937_64 random(20'131);
    int known = 0;
    int unknown = 0;
    for (std::uint64_t height = 1; height <= 500; ++height) {
        values.begin();
        for (int i = 0; i < 20; ++i) {
            const Bytes key = "key " + std::to_string(random() % kKeys);
            std::optional<Bytes> value;
            if (random() % 5 != 0) value = Bytes(random() % 200, static_cast<char>(height));
            history[key][height] = value;
            values.write(key, height, value);
        }
        values.finish(height);
        for (int i = 0; i < 100; ++i) {
            const Bytes key = "key " + std::to_string(random() % kKeys);
            const std::uint64_t at = random() % 3 == 0 ? random() % (height + 1) : height;
            const auto found = values.find(key, at);
            ++(found ? known : unknown);
            if (found) {
                ASSERT_EQ(*found, truth(key, at)) << key << " at " << at << " of " << height;
            } else if (values.is_newest(at)) {
                values.learn(key, at, truth(key, at));
            }
        }
    }
    EXPECT_GT(known, 10'000);
    EXPECT_GT(unknown, 1'000);
}

// Readers of the newest height learn while blocks are written; nobody may learn a value that a block
// replaces.
TEST(RecentValues, LearnNothingStaleFromReadersBesideTheWriter) {
    constexpr std::uint64_t kHeights = 50'000;
    const auto value = [](std::uint64_t height) { return std::to_string(height); };
    RecentValues values(kPlenty);
    values.begin();
    values.write("counter", 1, value(1));
    values.finish(1);
    std::atomic<std::uint64_t> tip = 1;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (tip < kHeights) {
                const std::uint64_t at = tip;
                if (const auto found = values.find("counter", at)) {
                    if (*found != value(at)) ++wrong;
                } else if (values.is_newest(at)) {
                    values.learn("counter", at, value(at));
                }
            }
        });
    }
    for (std::uint64_t height = 2; height <= kHeights; ++height) {
        values.begin();
        values.write("counter", height, value(height));
        values.finish(height);
        tip = height;
    }
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(values.find("counter", kHeights), Known(std::optional<Bytes>(value(kHeights))));
}

TEST(RecentPages, AreFoundByPathAndExactVersion) {
    RecentPages pages(kPlenty);
    pages.put("\1\2", 5, "page of 5");

    EXPECT_EQ(pages.find("\1\2", 5), std::optional<Bytes>("page of 5"));
    EXPECT_EQ(pages.find("\1\2", 6), std::nullopt);
    EXPECT_EQ(pages.find("\1", 5), std::nullopt);
    pages.put("\1\2", 6, "page of 6");
    EXPECT_EQ(pages.find("\1\2", 6), std::optional<Bytes>("page of 6"));
}

TEST(RecentPages, ForgetWhatWasNotAskedForLongest) {
    RecentPages pages(64 << 10);
    pages.put("asked for", 1, Bytes(500, 'a'));
    pages.put("left alone", 1, Bytes(500, 'b'));
    for (int i = 0; i < 1'000; ++i) {
        pages.put("page " + std::to_string(i), 1, Bytes(500, 'p'));
        ASSERT_TRUE(pages.find("asked for", 1)) << "after " << i;
    }
    EXPECT_FALSE(pages.find("left alone", 1));
    EXPECT_FALSE(pages.find("page 0", 1));
    EXPECT_TRUE(pages.find("page 999", 1));
}

}  // namespace
}  // namespace pcq::storage
