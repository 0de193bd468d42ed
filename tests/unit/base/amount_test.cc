#include "src/base/amount.h"

#include <limits>

#include <gtest/gtest.h>

namespace pcq {
namespace {

using namespace literals;

TEST(Amount, RefusesSumsAndDifferencesThatDoNotFit) {
    const Grams most(std::numeric_limits<std::int64_t>::max());
    const Grams least(std::numeric_limits<std::int64_t>::min());

    EXPECT_EQ(*checked_add(2_g, 3_g), 5_g);
    EXPECT_EQ(*checked_sub(2_g, 3_g), Grams(-1));
    ASSERT_FALSE(checked_add(most, 1_g));
    EXPECT_EQ(checked_add(most, 1_g).error().code, Code::amount_overflow);
    ASSERT_FALSE(checked_sub(least, 1_g));
    EXPECT_EQ(checked_sub(least, 1_g).error().code, Code::amount_overflow);
}

TEST(Amount, PrintsExactlyWithItsUnit) {
    EXPECT_EQ(to_text(1234567_g), "1234.567 kg");
    EXPECT_EQ(to_text(Grams(-5)), "-0.005 kg");
    EXPECT_EQ(to_text(12340000_uy), "12.340000 CNY");
    EXPECT_EQ(to_text(55000_uy_per_kg), "0.055000 CNY/kg");
    EXPECT_EQ(to_text(700000000_ppb), "70.0000000 %");
    EXPECT_EQ(to_text(Grams(std::numeric_limits<std::int64_t>::min())), "-9223372036854775.808 kg");
}

}  // namespace
}  // namespace pcq
