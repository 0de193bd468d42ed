#include "src/base/hex.h"

#include <gtest/gtest.h>

namespace pcq {
namespace {

TEST(Hex, ReadsBackWhatItWrites) {
    const Bytes bytes("\x00\x7f\x80\xff", 4);

    EXPECT_EQ(to_hex(bytes), "007f80ff");
    EXPECT_EQ(*from_hex("007f80FF"), bytes);
    EXPECT_EQ(*from_hex(""), "");
}

TEST(Hex, NamesThePlaceOfABadDigit) {
    const auto odd = from_hex("abc");
    const auto bad = from_hex("ab0g");

    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().code, Code::bad_hex);
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("position 3"), std::string::npos);
}

TEST(Hex, WantsAnIdentifierWhole) {
    EXPECT_FALSE(id_from_hex<Hash>("00"));
    EXPECT_TRUE(id_from_hex<Hash>(std::string(64, 'a')));
}

}  // namespace
}  // namespace pcq
