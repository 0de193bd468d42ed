// Reading households of either shape.
#include "src/cli/model/households.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcq::cli::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kYearly = "kg_total,note,household_id,people\n";
constexpr const char* kMonthly = "household_id,period,days_in_month,days_metered,kwh,kg_co2e\n";

void refused(const std::string& text, const std::string& says) {
    const auto homes = homes_from(text, "homes.csv", 0);
    ASSERT_FALSE(homes) << text;
    EXPECT_EQ(homes.error().code, Code::bad_argument);
    EXPECT_THAT(homes.error().message, AllOf(HasSubstr("homes.csv"), HasSubstr(says))) << text;
}

TEST(Households, FindTheirColumnsByNameAndKeepEveryGram) {
    const auto homes =
        homes_from(std::string("\xef\xbb\xbf") + kYearly + "1234.5678,\"a, b\",H1,3\r\n0,,H2,1\n7,,H3,2",
                   "homes.csv", 0);
    ASSERT_TRUE(homes) << homes.error().message;
    ASSERT_EQ(homes->all.size(), 3U);
    EXPECT_TRUE(homes->knows_people);
    EXPECT_EQ(homes->all[0].id, "H1");
    EXPECT_EQ(homes->all[0].people, 3);
    EXPECT_EQ(homes->all[0].emitted, Grams(1'234'567));
    EXPECT_EQ(homes->all[1].emitted, Grams(0));
    EXPECT_EQ(homes->all[2].emitted, Grams(7'000));
}

TEST(Households, ThatAreMalformedAreNamedWithTheirLine) {
    refused("", "line 1");
    refused("household_id,people\nH1,2\n", "kg_total");
    refused(kYearly, "no household");
    refused(std::string(kYearly) + "1,,H1,2\n1,,H2\n", "line 3: has 3 cells, expected 4");
    refused(std::string(kYearly) + "-1,,H1,2\n", "line 2: kg_total");
    refused(std::string(kYearly) + "nan,,H1,2\n", "kg_total");
    refused(std::string(kYearly) + "1.,,H1,2\n", "kg_total");
    refused(std::string(kYearly) + "1,,H1,0\n", "people must be a whole number from 1 to 100; it is \"0\"");
    refused(std::string(kYearly) + "1,,H1,2\n1,,H1,2\n", "line 3: household H1 is there already");
    refused(std::string(kYearly) + "1,\"open,H1,2\n", "a double quote stays open");
    refused("people,people,household_id,kg_total\n", "there twice");
    refused(std::string(kMonthly) + "L1,2013-13,31,31,1,1\n", "period must be a month");
    refused(std::string(kMonthly) + "L1,2013-01,31,32,1,1\n", "days_metered");
}

std::string year_of(const std::string& id, int year, int metered_in_december) {
    std::string rows;
    const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; ++month) {
        const int of_month = days[month - 1];
        rows += id + "," + std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month) + "," +
                std::to_string(of_month) + "," +
                std::to_string(month == 12 ? metered_in_december : of_month) + ",0,10\n";
    }
    return rows;
}

TEST(Households, OfMonthlyRowsAreTheCompleteYearScaledToItsDays) {
    const auto homes = homes_from(kMonthly + year_of("L1", 2013, 26) + year_of("L2", 2013, 25) +
                                      year_of("L3", 2014, 31) + year_of("L1", 2014, 31),
                                  "homes.csv", 2013);
    ASSERT_TRUE(homes) << homes.error().message;
    ASSERT_EQ(homes->all.size(), 1U) << "L2 has 359 days, L3 none of 2013";
    EXPECT_EQ(homes->incomplete, 2U);
    EXPECT_EQ(homes->all[0].id, "L1");
    EXPECT_EQ(homes->all[0].emitted, Grams(120'000 * 365 / 360));
    const auto best =
        homes_from(kMonthly + year_of("L1", 2013, 31) + year_of("L1", 2014, 31) + year_of("L3", 2014, 31),
                   "homes.csv", 0);
    ASSERT_TRUE(best);
    EXPECT_EQ(best->year, 2014) << "the year with the most complete homes";
}

TEST(Households, ThatComeWithTheProgramAreTheSurveyOf2015) {
    const auto homes = load_homes(own_homes(), 0);
    ASSERT_TRUE(homes) << homes.error().message;
    EXPECT_EQ(homes->all.size(), 3'987U);
    std::int64_t people = 0;
    for (const auto& home : homes->all) people += home.people;
    EXPECT_GT(people, 3'987);
    const auto missing = load_homes("/nowhere/homes.csv", 0);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::io_failed);
}

}  // namespace
}  // namespace pcq::cli::model
