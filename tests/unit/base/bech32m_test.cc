#include "src/base/bech32m.h"

#include <gmock/gmock.h>

#include "src/base/hex.h"

namespace pcq {
namespace {

using testing::HasSubstr;

// The vectors of BIP-350; what their prefixes mean to others does not matter here.
TEST(Bech32m, ReadsTheValidVectorsOfBip350AndWritesThemAgain) {
    for (const std::string text :
         {"A1LQFN3A", "a1lqfn3a",
          "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
          "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
          "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
          "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"}) {
        const auto parts = from_bech32m(text);
        ASSERT_TRUE(parts) << text << ": " << parts.error().message;
        std::string lower;
        for (const char c : text) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        EXPECT_EQ(to_bech32m(*parts), lower);
    }
    const auto all = from_bech32m("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx");
    EXPECT_EQ(all->prefix, "abcdef");
    EXPECT_EQ(to_hex(all->symbols), "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    EXPECT_EQ(
        from_bech32m(
            "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8")
            ->symbols,
        std::string(82, 31));
}

TEST(Bech32m, RefusesTheInvalidVectorsOfBip350ForTheirReason) {
    const std::pair<std::string, const char*> vectors[] = {
        {"\x20"
         "1xj0phk",
         "character 1 is a space"},
        {"\x7f"
         "1g6xzxy",
         "character 1 is a space, not printable"},
        {"\x80"
         "1vctc34",
         "not ASCII"},
        {"an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
         "91 characters, the most is 90"},
        {"qyrz8wqd2c9m", "no \"1\""},
        {"1qyrz8wqd2c9m", "prefix before the \"1\" is missing"},
        {"y1b0jsk6g", "character 3, \"b\""},
        {"lt1igcx5c0", "character 4, \"i\""},
        {"in1muywd", "too short"},
        {"mm1crxm3i", "character 9, \"i\""},
        {"au1s5cgom", "character 8, \"o\""},
        {"M1VUXWEZ", "checksum is wrong"},
        {"16plkw9", "prefix before the \"1\" is missing"},
        {"1p2gdwpf", "prefix before the \"1\" is missing"},
        {"", "no \"1\""},
    };
    for (const auto& [text, why] : vectors) {
        const auto parts = from_bech32m(text);
        ASSERT_FALSE(parts) << text;
        EXPECT_EQ(parts.error().code, Code::bad_address);
        EXPECT_THAT(parts.error().message, HasSubstr(why)) << text;
    }
}

TEST(Bech32m, RefusesMixedCaseEvenWhereTheChecksumHolds) {
    const auto mixed = from_bech32m("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq");
    ASSERT_FALSE(mixed);
    EXPECT_THAT(mixed.error().message, HasSubstr("mixes upper and lower case"));
    EXPECT_TRUE(from_bech32m("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47zagq"));
    EXPECT_FALSE(from_bech32m("A1lqfn3a"));
    EXPECT_FALSE(from_bech32m("a1lqfn3A"));
}

TEST(Bech32m, RefusesTheOlderChecksumOfBech32) {
    for (const char* text : {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
                             "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
                             "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL"}) {
        const auto parts = from_bech32m(text);
        ASSERT_FALSE(parts) << text;
        EXPECT_THAT(parts.error().message, HasSubstr("checksum is wrong"));
    }
}

// The weakness that Bech32m was made against: symbols "q" before a last "p".
TEST(Bech32m, FindsAnInsertedAndADeletedCharacter) {
    const std::string text = to_bech32m({"pcq", Bytes("\x01\x00\x00\x02", 4)});
    for (std::size_t at = 4; at <= text.size(); ++at) {
        EXPECT_FALSE(from_bech32m(text.substr(0, at) + "q" + text.substr(at))) << at;
    }
    for (std::size_t at = 4; at < text.size(); ++at) {
        EXPECT_FALSE(from_bech32m(text.substr(0, at) + text.substr(at + 1))) << at;
    }
}

TEST(Bech32m, FindsEveryWrongCharacterAndEverySwapOfTwo) {
    const std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const std::string text = "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx";
    for (std::size_t at = 7; at < text.size(); ++at) {
        std::string wrong = text;
        for (const char c : alphabet) {
            wrong[at] = c;
            EXPECT_EQ(from_bech32m(wrong).has_value(), wrong == text) << wrong;
        }
        if (at + 1 == text.size() || text[at] == text[at + 1]) continue;
        wrong = text;
        std::swap(wrong[at], wrong[at + 1]);
        EXPECT_FALSE(from_bech32m(wrong)) << wrong;
    }
}

// The valid segregated witness addresses of BIP-350 from version 1 on: five bits become eight.
TEST(Bech32m, UnpacksThePayloadsOfBip350) {
    const std::pair<const char*, const char*> vectors[] = {
        {"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
         "751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"},
        {"BC1SW50QGDZ25J", "751e"},
        {"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "751e76e8199196d454941c45d1b3a323"},
        {"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
         "000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
        {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
    };
    for (const auto& [text, payload] : vectors) {
        const auto parts = from_bech32m(text);
        ASSERT_TRUE(parts) << text;
        const Bytes symbols = parts->symbols.substr(1);  // the first one is a version
        const auto bytes = from_symbols(symbols);
        ASSERT_TRUE(bytes) << text;
        EXPECT_EQ(to_hex(*bytes), payload);
        EXPECT_EQ(to_symbols(*bytes), symbols);
    }
}

TEST(Bech32m, RefusesFillingThatIsAWholeSymbolOrNotZero) {
    const auto whole = from_bech32m("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf");
    ASSERT_TRUE(whole);
    const auto longer = from_symbols(BytesView(whole->symbols).substr(1));
    ASSERT_FALSE(longer);
    EXPECT_THAT(longer.error().message, HasSubstr("too long or too short"));

    const auto dirty = from_bech32m("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j");
    ASSERT_TRUE(dirty);
    const auto bits = from_symbols(BytesView(dirty->symbols).substr(1));
    ASSERT_FALSE(bits);
    EXPECT_EQ(bits.error().code, Code::bad_address);
    EXPECT_THAT(bits.error().message, HasSubstr("not zero"));
}

TEST(Bech32m, PacksAndUnpacksEveryLength) {
    Bytes bytes;
    for (int length = 0; length < 64; ++length) {
        const Bytes symbols = to_symbols(bytes);
        EXPECT_EQ(symbols.size(), (bytes.size() * 8 + 4) / 5);
        const auto back = from_symbols(symbols);
        ASSERT_TRUE(back) << length;
        EXPECT_EQ(*back, bytes);
        bytes.push_back(static_cast<char>(length * 37 + 129));
    }
}

}  // namespace
}  // namespace pcq
