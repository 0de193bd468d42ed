#include "src/base/instant_text.h"

#include <gtest/gtest.h>

namespace pcq {
namespace {

TEST(InstantText, IsTheTimeInUtc) {
    EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc_text(951'782'400'000), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(utc_text(4'107'542'399'999), "2100-02-28T23:59:59.999Z");
    EXPECT_EQ(utc_text(4'107'542'400'000), "2100-03-01T00:00:00.000Z");
    EXPECT_EQ(utc_text(1'795'827'723'004), "2026-11-28T01:02:03.004Z");
    EXPECT_EQ(utc_text(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(utc_text(253'402'300'800'000), "253402300800000 ms");
}

}  // namespace
}  // namespace pcq
