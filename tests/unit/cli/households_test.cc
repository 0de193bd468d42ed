// Reading households of either shape.
#include "src/cli/households.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace pcq::cli {
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
    refused(std::string(kYearly) + "\n", "no household");
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
    refused(std::string(kMonthly) + "L1,2013-01,31,31,1,1\nL1,2013-01,31,31,1,1\n",
            "line 3: repeats the month of line 2");
    refused(std::string(kMonthly) + "L1,2012-01,31,31,2,-2\n", "line 2: kg_co2e");
    for (const char* period : {"", "2013", "2013-00", "2013-1", "13-01-01", "2013/01", "201a-01", "2013-+1"})
        refused(std::string(kMonthly) + "L1," + period + ",28,28,1,1\n", "period must be a month");
    for (const char* days : {"", "27", "32", "-28", "28.0", "x", "4294967324"})
        refused(std::string(kMonthly) + "L1,2013-02," + days + ",28,1,1\n", "days_in_month must be 28 to 31");
    for (const char* kg :
         {"", "-1", "nan", "inf", "1e3", "1.", ".5", "+1", " 1", "0x1", "1.-5", "99999999999999999999"})
        refused(std::string(kMonthly) + "L1,2013-02,28,28,1," + kg + "\n", "kg_co2e must be kilograms");
    for (const std::string& id :
         {std::string("A\xff"), std::string("\xc3"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
          std::string("\xf5\x80\x80\x80"), std::string("A\tB"), std::string("A\0B", 3), std::string("A\x7f")})
        refused(std::string(kMonthly) + id + ",2013-02,28,28,1,1\n", "household_id must be UTF-8 text");
    refused(std::string(kMonthly) + ",2013-02,28,28,1,1\n", "household_id must be 1 to 64");
    refused("household_id,people,kg_total,year\nA,1,1,2015\nB,1,1,2016\n",
            "year must be 2015 as in the rows before");
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

TEST(Households, OfAYearAreSpreadOverItsDaysToTheGram) {
    const std::string text = "household_id,year,people,kg_total\nA,2015,2,365\nB,2015,1,0.001\n";
    const auto homes = homes_from(text, "homes.csv", 0);
    ASSERT_TRUE(homes) << homes.error().message;
    EXPECT_EQ(homes->year, 2015);
    const auto& months = homes->all[0].months;
    EXPECT_EQ(months[0].emitted, Grams(31'000));
    EXPECT_EQ(months[1].emitted, Grams(28'000));
    EXPECT_EQ(months[1].days_measured, 28U);
    EXPECT_EQ(homes->all[0].metered(), Grams(365'000));
    EXPECT_EQ(homes->all[1].metered(), Grams(1));
    const auto other = homes_from(text, "homes.csv", 2013);
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("its households are of 2015, not of 2013"));
    const auto silent = homes_from("household_id,people,kg_total\nA,2,366\n", "homes.csv", 2016);
    ASSERT_TRUE(silent);
    EXPECT_EQ(silent->all[0].months[1].emitted, Grams(29'000)) << "a leap year";
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
    EXPECT_EQ(homes->all[0].metered(), Grams(120'000));
    EXPECT_EQ(homes->all[0].months[11].days_measured, 26U);
    const auto best =
        homes_from(kMonthly + year_of("L1", 2013, 31) + year_of("L1", 2014, 31) + year_of("L3", 2014, 31),
                   "homes.csv", 0);
    ASSERT_TRUE(best);
    EXPECT_EQ(best->year, 2014) << "the year with the most complete homes";
}

class HouseholdFiles : public testing::Test {
protected:
    HouseholdFiles() {
        std::string name = (std::filesystem::temp_directory_path() / "pcq_homes_XXXXXX").string();
        PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }
    ~HouseholdFiles() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path write(const std::string& content) {
        const auto file = folder_ / "homes.csv.gz";
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }
    std::string compressed(const std::string& content) {
        const auto file = folder_ / "made.gz";
        const auto out = gzopen(file.c_str(), "wb");
        EXPECT_EQ(gzwrite(out, content.data(), static_cast<unsigned>(content.size())),
                  static_cast<int>(content.size()));
        EXPECT_EQ(gzclose(out), Z_OK);
        std::ifstream in(file, std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        return bytes.str();
    }
    std::filesystem::path folder_;
};

TEST_F(HouseholdFiles, AreReadPlainAndCompressed) {
    const std::string content = kMonthly + year_of("A", 2013, 31) + year_of("B", 2013, 31);
    const auto plain = load_homes(write(content), 2013);
    ASSERT_TRUE(plain) << plain.error().message;
    EXPECT_EQ(plain->all.size(), 2u);
    const auto packed = load_homes(write(compressed(content)), 2013);
    ASSERT_TRUE(packed) << packed.error().message;
    EXPECT_EQ(packed->all.size(), 2u);
}

TEST_F(HouseholdFiles, ThatAreCutShortAreRefusedWhereverTheyEnd) {
    const std::string whole = compressed(kMonthly + year_of("A", 2013, 31) + year_of("B", 2013, 31));
    for (std::size_t length = 2; length < whole.size(); ++length) {
        const auto file = write(whole.substr(0, length));
        const auto households = load_homes(file, 2013);
        ASSERT_FALSE(households) << length << " of " << whole.size() << " bytes were taken for all";
        EXPECT_THAT(households.error().message, HasSubstr(file.string()));
    }
}

TEST_F(HouseholdFiles, WithAChangedByteAreRefused) {
    std::string whole = compressed(kMonthly + year_of("A", 2013, 31));
    for (const std::size_t at : {whole.size() / 2, whole.size() - 6}) {  // in the data, in the checksum
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x01);
        EXPECT_FALSE(load_homes(write(changed), 2013)) << at;
    }
}

TEST_F(HouseholdFiles, ThatAreMissingOrEmptyOrFoldersAreRefused) {
    const auto missing = load_homes(folder_ / "missing.csv", 2013);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::bad_argument);
    EXPECT_THAT(missing.error().message, HasSubstr("missing.csv"));
    EXPECT_THAT(load_homes(write(""), 2013).error().message,
                HasSubstr("line 1: expected the names of the columns"));
    EXPECT_THAT(load_homes(write(compressed("")), 2013).error().message,
                HasSubstr("line 1: expected the names of the columns"));
    EXPECT_EQ(load_homes(folder_, 2013).error().code, Code::io_failed);
}

TEST(HouseholdFile, OfTheDemonstrationIsGood) {
    const auto households = load_homes("deploy/demo/data/london_2013.csv.gz", 2013);

    ASSERT_TRUE(households) << households.error().message;
    EXPECT_GT(households->all.size(), 1'000u);
    for (const auto& home : households->all) {
        EXPECT_FALSE(home.emitted.is_negative()) << home.id;
        EXPECT_LE(home.metered(), home.emitted) << home.id;
    }
}

}  // namespace
}  // namespace pcq::cli
