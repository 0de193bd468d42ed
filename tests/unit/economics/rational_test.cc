#include "src/economics/exact/rational.h"

#include <gtest/gtest.h>

namespace pcq::econ::exact {
namespace {

TEST(Rational, ReadsFractionsAndDecimalsExactly) {
    EXPECT_EQ(parse("7/40"), Rational(7, 40));
    EXPECT_EQ(parse("-14/80"), Rational(-7, 40));
    EXPECT_EQ(parse("0.055"), Rational(11, 200));
    EXPECT_EQ(parse("-12.50"), Rational(-25, 2));
    EXPECT_EQ(parse("200000000000"), Rational(200'000'000'000));
}

TEST(Rational, RefusesWhatIsNoNumber) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1/0", "1/", "/2", "1/-2", "1.", ".5", "1.2.3", "1,5",
                             "1e5", "0x10", "1/2/3", "1.5/2", "nan", "--1"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
    EXPECT_TRUE(parse(std::string(200, '9')));
    EXPECT_FALSE(parse(std::string(201, '9')));
}

TEST(Rational, WritesLowestTermsWithTheSignInFront) {
    EXPECT_EQ(to_text(Rational(-14, 80)), "-7/40");
    EXPECT_EQ(to_text(Rational(80, 8)), "10");
    EXPECT_EQ(to_text(Rational(0)), "0");
}

TEST(Rational, WritesDecimalsRoundedHalfToEven) {
    EXPECT_EQ(to_decimal(Rational(1, 8), 2), "0.12");
    EXPECT_EQ(to_decimal(Rational(3, 8), 2), "0.38");
    EXPECT_EQ(to_decimal(Rational(-1, 8), 2), "-0.12");
    EXPECT_EQ(to_decimal(Rational(-3, 8), 2), "-0.38");
    EXPECT_EQ(to_decimal(Rational(2, 3), 3), "0.667");
    EXPECT_EQ(to_decimal(Rational(-1, 1000), 2), "0.00");
    EXPECT_EQ(to_decimal(Rational(5, 2), 0), "2");
    EXPECT_EQ(to_decimal(Rational(1999, 100), 1), "20.0");
}

TEST(Rational, FloorsTowardsMinusInfinityOnAGrid) {
    EXPECT_EQ(floor_on(Rational(1, 3), 1000), 333);
    EXPECT_EQ(floor_on(Rational(-1, 3), 1000), -334);
    EXPECT_EQ(floor_on(Rational(-1, 2), 1000), -500);
}

TEST(Rational, TakesRootsFromBelow) {
    EXPECT_EQ(sqrt_below(Rational(9, 4), 6), Rational(3, 2));
    EXPECT_EQ(sqrt_below(Rational(2), 6), Rational(1'414'213, 1'000'000));
    EXPECT_EQ(sqrt_below(Rational(0), 6), 0);
    EXPECT_EQ(rounded(Rational(-2, 3), 3), Rational(-667, 1000));
}

}  // namespace
}  // namespace pcq::econ::exact
