// How long ago something was, by a clock that jumps.
#include "src/node/passing.h"

#include <gtest/gtest.h>

namespace pcq::node {
namespace {

constexpr Instant kNoon{1'700'000'000'000};
constexpr Duration kHour{3'600'000};

TEST(Passing, IsWhatTheClockShowsMoreThanBefore) {
    Passing passing;
    const Instant first = passing.read(kNoon);
    EXPECT_EQ(passing.read(kNoon) - first, Duration{0});
    EXPECT_EQ(passing.read(kNoon + Duration{250}) - first, Duration{250});
}

TEST(Passing, GoesOnFromWhereAClockThatIsSetBackStands) {
    Passing passing;
    const Instant first = passing.read(kNoon);
    EXPECT_EQ(passing.read(kNoon + kHour * -1) - first, Duration{0});
    EXPECT_EQ(passing.read(kNoon + kHour * -1 + Duration{250}) - first, Duration{250});
    EXPECT_EQ(passing.read(kNoon) - first, kHour) << "a clock that is set forward cannot be told from time";
}

}  // namespace
}  // namespace pcq::node
