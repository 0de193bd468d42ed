#include "src/base/address.h"

#include <gmock/gmock.h>

#include "src/base/hex.h"

namespace pcq {
namespace {

using testing::HasSubstr;

AccountId counting() {
    AccountId account;
    for (std::size_t i = 0; i < AccountId::kSize; ++i) account.data()[i] = static_cast<std::uint8_t>(i);
    return account;
}

constexpr std::string_view kCounting = "pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0srdmg4e";

// Golden texts, computed apart from this code with the algorithm as BIP-350 prints it.
TEST(Address, IsTheSameTextForEver) {
    EXPECT_EQ(to_address(AccountId()), "pcq1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq2es24q");
    EXPECT_EQ(to_address(counting()), kCounting);
    EXPECT_EQ(to_address(*AccountId::from(Bytes(32, '\xff'))),
              "pcq1qlllllllllllllllllllllllllllllllllllllllllllllllllllsg8nmuh");
    EXPECT_EQ(*account_from_address(kCounting), counting());
}

TEST(Address, IsReadInUpperCaseAsACodeForCamerasShowsIt) {
    const auto read = account_from_address("PCQ1QQQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SRDMG4E");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, counting());
}

// All of these have a good checksum, but for the one of Bech32 and the changed one.
TEST(Address, IsRefusedWithTheReasonWhenItIsNotExactlyOne) {
    const std::pair<std::string, const char*> wrong[] = {
        {"bc1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0shlm7wu",
         "its prefix is \"bc\", expected \"pcq\""},
        {"pcq1pqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0suxtdg8", "its version is 1"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarcex6z60", "holds 31 bytes"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0hsuendmx", "holds 33 bytes"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc037m0agt", "are not zero"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqdelpk8", "holds 33 bytes"},
        {"pcq15v2qr0", "nothing follows"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sk3tysm", "checksum is wrong"},
        {"pcq1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0srdmg4a", "checksum is wrong"},
        {"PCQ1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0srdmg4e", "mixes upper and lower case"},
        {" " + std::string(kCounting), "character 1 is a space"},
        {std::string(kCounting) + "\n", "character 64 is a space, not printable"},
        {"", "no \"1\""},
    };
    for (const auto& [text, why] : wrong) {
        const auto account = account_from_address(text);
        ASSERT_FALSE(account) << text;
        EXPECT_EQ(account.error().code, Code::bad_address);
        EXPECT_THAT(account.error().message, HasSubstr(why)) << text;
        EXPECT_THAT(account.error().message, HasSubstr("pcq1q... of 63 characters")) << text;
    }
}

TEST(Address, MayBeGivenAsHexadecimalToo) {
    EXPECT_EQ(*account_from_text(kCounting), counting());
    EXPECT_EQ(*account_from_text(to_hex(counting())), counting());
    EXPECT_EQ(account_from_text(std::string(63, 'a')).error().code, Code::bad_hex);
    EXPECT_EQ(account_from_text(std::string(66, 'a')).error().code, Code::bad_hex);
    EXPECT_EQ(account_from_text("").error().code, Code::bad_address);
    EXPECT_EQ(account_from_text("me").error().code, Code::bad_address);
    EXPECT_EQ(account_from_text(std::string(63, 'a') + "g").error().code, Code::bad_address);
}

}  // namespace
}  // namespace pcq
