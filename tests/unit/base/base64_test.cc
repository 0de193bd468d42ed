#include "src/base/base64.h"

#include <gtest/gtest.h>

namespace pcq {
namespace {

TEST(Base64, WritesTheVectorsOfRfc4648AndReadsThemBack) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        const auto back = from_base64(text);
        ASSERT_TRUE(back) << text;
        EXPECT_EQ(*back, bytes);
    }
}

TEST(Base64, KeepsEveryByteValue) {
    Bytes all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    const auto back = from_base64(to_base64(all));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, all);
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
    for (const char* text : {"Zg", "Zg=", "Zh==", "Z", "Zm9v\n", "Zm 9v", "Zm9_", "====", "Zg==Zg=="}) {
        const auto bytes = from_base64(text);
        ASSERT_FALSE(bytes) << text;
        EXPECT_EQ(bytes.error().code, Code::bad_encoding);
    }
}

// libsodium takes bytes above 127 for letters of the alphabet; found by fuzzing.
TEST(Base64, RefusesEveryCharacterOutsideOfItsAlphabet) {
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 256; ++i) {
        const std::string text = "AA" + std::string(1, static_cast<char>(i)) + "A";
        EXPECT_EQ(from_base64(text).has_value(),
                  alphabet.find(static_cast<char>(i)) != std::string_view::npos)
            << "byte " << i;
    }
}

}  // namespace
}  // namespace pcq
