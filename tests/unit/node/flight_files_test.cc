// Recordings on disk: whole, and only the newest few.
#include "src/node/flight_files.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/storage/fixture.h"

namespace pcq::node {
namespace {

TEST(FlightFiles, AreWholeAndOnlyTheNewestFewAreKept) {
    const storage::TestFolder folder;
    const auto flights = folder.path() / "flight";
    for (std::int64_t number = 0; number < 10; ++number) {
        const auto written = write_flight(flights, "stall", Instant{1'700'000'000'000 + number}, "words");
        ASSERT_TRUE(written);
        std::ifstream in(*written);
        std::string content;
        EXPECT_TRUE(std::getline(in, content));
        EXPECT_EQ(content, "words");
    }
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(flights))
        names.insert(entry.path().filename().string());
    EXPECT_EQ(names.size(), kFlightFiles);
    EXPECT_EQ(*names.rbegin(), "1700000000009-stall.flight");
    EXPECT_EQ(*names.begin(), "1700000000004-stall.flight");
}

TEST(FlightFiles, AreTheNewestThoughTheClockHasBeenSetBack) {
    const storage::TestFolder folder;
    const auto flights = folder.path() / "flight";
    for (std::int64_t number = 0; number < 6; ++number)
        ASSERT_TRUE(write_flight(flights, "stall", Instant{1'700'000'000'000 + number}, "before"));
    const auto first = write_flight(flights, "stall", Instant{1'600'000'000'000}, "after");
    const auto second = write_flight(flights, "stop", Instant{1'600'000'000'001}, "after");
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(std::filesystem::exists(*first));
    EXPECT_TRUE(std::filesystem::exists(*second));
    EXPECT_LT(first->filename(), second->filename());
}

TEST(FlightFiles, LeaveNothingOfAWriteThatDidNotComeToItsEnd) {
    const storage::TestFolder folder;
    std::ofstream(folder.path() / "1700000000000-stall.flight.new") << "half";
    ASSERT_TRUE(write_flight(folder.path(), "stop", Instant{1'700'000'000'001}, "words"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "1700000000000-stall.flight.new"));
}

TEST(FlightFiles, SayWhereTheyCannotBeWritten) {
    const auto written = write_flight("/proc/no", "stall", Instant{1}, "words");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::io_failed);
}

}  // namespace
}  // namespace pcq::node
