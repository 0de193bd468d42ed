#include "src/cli/amounts.h"

#include <gtest/gtest.h>

namespace pcq::cli {
namespace {

using namespace literals;

TEST(AmountsFromText, ReadsQuotaInEveryUnitExactly) {
    EXPECT_EQ(*grams_from("1g"), 1_g);
    EXPECT_EQ(*grams_from("1.5kg"), 1500_g);
    EXPECT_EQ(*grams_from("1.5 kg"), 1500_g);
    EXPECT_EQ(*grams_from("0.0015t"), 1500_g);
    EXPECT_EQ(*grams_from("007kg"), 7000_g);
    EXPECT_EQ(*grams_from("9223372036854775.807kg"), 9223372036854775807_g);
}

TEST(AmountsFromText, RefusesWhatIsNoWholeNumberOfGramsAndShowsIt) {
    for (const char* text : {"",
                             "kg",
                             "12",
                             "1.5",
                             "0g",
                             "0.000kg",
                             "1.5g",
                             "0.0001kg",
                             "0.0000001t",
                             "-1kg",
                             "+1kg",
                             " 1kg",
                             "1kg ",
                             "1,5kg",
                             "1e3g",
                             ".5kg",
                             "5.kg",
                             "1.2.3kg",
                             "1KG",
                             "1 lb",
                             "9223372036854775.808kg",
                             "99999999999999999999kg"}) {
        const auto refused = grams_from(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code, Code::bad_argument) << text;
        EXPECT_EQ(refused.error().message.rfind("\"" + std::string(text) + "\"", 0), 0u)
            << refused.error().message;
    }
}

TEST(AmountsFromText, SaysOfWhatIsTooLargeThatItIs) {
    for (const auto& refused :
         {grams_from("9223372036854775808g").error(), grams_from("99999999999999999999kg").error(),
          money_from("9223372036854.775808").error(), price_from("99999999999999").error()}) {
        EXPECT_EQ(refused.code, Code::bad_argument);
        EXPECT_NE(refused.message.find("is too large: at most 9223372036854"), std::string::npos)
            << refused.message;
    }
}

TEST(AmountsFromText, ReadsMoneyAndPricesToTheMicroYuan) {
    EXPECT_EQ(*money_from("12.5"), 12500000_uy);
    EXPECT_EQ(*money_from("0"), 0_uy);
    EXPECT_EQ(*money_from("0.000001"), 1_uy);
    EXPECT_EQ(*price_from("0.055"), 55000_uy_per_kg);
    for (const char* text :
         {"", "cheap", "-1", "1.", ".1", "0.0000001", "1e3", "12.5CNY", "99999999999999"}) {
        EXPECT_FALSE(money_from(text)) << text;
        EXPECT_FALSE(price_from(text)) << text;
    }
}

TEST(AmountsFromText, SaysOfMoneyHowManyDecimalsThereAre) {
    for (const auto& refused : {money_from("2.1234567").error(), price_from("0.0000001").error()})
        EXPECT_NE(refused.message.find("six decimals"), std::string::npos) << refused.message;
}

}  // namespace
}  // namespace pcq::cli
