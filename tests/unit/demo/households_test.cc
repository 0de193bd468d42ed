// A list of households is read exactly or refused with the line and the column at fault.
#include "deploy/demo/households.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace pcq::demo {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kHeader = "household_id,period,days_in_month,days_metered,kwh,kg_co2e\n";

std::string month(int number) {
    return (number < 10 ? "2013-0" : "2013-") + std::to_string(number);
}

// A year with every day metered: 1.5 kg in each month.
std::string whole_year(const std::string& id, const std::string& end = "\n") {
    std::string rows;
    for (int number = 1; number <= 12; ++number) rows += id + "," + month(number) + ",31,31,3.25,1.5" + end;
    return rows;
}

Result<Households> read(const std::string& content) {
    std::istringstream in(content);
    return read_households(in, "homes.csv", 2013);
}

// What is said of a good file with this row as line 3.
std::string refusal(const std::string& row) {
    const auto households = read(kHeader + "A,2013-01,31,31,1,1\n" + row + "\n" + whole_year("B"));
    if (households) return "nothing was refused";
    EXPECT_EQ(households.error().code, Code::bad_argument);
    return households.error().message;
}

TEST(Households, AreReadInOrderWithGramsExact) {
    const auto households = read(kHeader + whole_year("B") + "A,2013-01,31,31,0,0.001\n" + whole_year("C") +
                                 "B,2014-01,31,31,9,9\n");

    ASSERT_TRUE(households) << households.error().message;
    EXPECT_EQ(households->year, 2013u);
    EXPECT_EQ(households->incomplete, 1u) << "A has one month";
    ASSERT_EQ(households->homes.size(), 2u);
    EXPECT_EQ(households->homes[0].id, "B");
    EXPECT_EQ(households->homes[1].id, "C");
    EXPECT_EQ(households->homes[0].months[11].emitted, Grams(1'500));
    EXPECT_EQ(households->homes[0].months[11].days_measured, 31u);
    EXPECT_EQ(households->homes[0].emitted(), Grams(18'000)) << "rows of other years do not count";
    EXPECT_EQ(households->homes[0].days_measured(), 12u * 31u);
}

TEST(Households, CountKilogramsInWholeGrams) {
    const std::vector<std::pair<std::string, std::int64_t>> cases = {
        {"0", 0},         {"0.001", 1},
        {"0.01", 10},     {"160.316", 160'316},
        {"007.5", 7'500}, {"1000000", 1'000'000'000}};
    for (const auto& [text, grams] : cases) {
        std::string rows = whole_year("A");
        rows.replace(rows.find("1.5"), 3, text);
        const auto households = read(kHeader + rows);
        ASSERT_TRUE(households) << text << ": " << households.error().message;
        EXPECT_EQ(households->homes[0].months[0].emitted, Grams(grams)) << text;
    }
}

TEST(Households, WithTooFewMeteredDaysAreLeftOut) {
    std::string rows = whole_year("A");  // 372 days
    rows.replace(rows.find(",31,31"), 6, ",31,19");
    ASSERT_TRUE(read(kHeader + rows)) << "360 days are enough";
    rows.replace(rows.find(",31,19"), 6, ",31,18");

    const auto households = read(kHeader + rows);

    ASSERT_FALSE(households);
    EXPECT_THAT(households.error().message,
                AllOf(HasSubstr("homes.csv"), HasSubstr("360"), HasSubstr("1 with fewer")));
}

TEST(Households, MayHaveWindowsLineEndsBlankLinesAndNoLastLineEnd) {
    std::string content = "household_id,period,days_in_month,days_metered,kwh,kg_co2e\r\n\r\n" +
                          whole_year("A", "\r\n") + "\r\n";
    ASSERT_TRUE(read(content)) << read(content).error().message;
    content = kHeader + whole_year("A");
    content.pop_back();
    const auto households = read(content);
    ASSERT_TRUE(households);
    EXPECT_EQ(households->homes[0].emitted(), Grams(18'000));
}

TEST(Households, NeedTheHeader) {
    EXPECT_THAT(read("").error().message, HasSubstr("homes.csv, line 1: the file is empty"));
    EXPECT_THAT(read("household_id,period\n").error().message,
                AllOf(HasSubstr("homes.csv, line 1"),
                      HasSubstr("must name the columns household_id,period,days_in_month"),
                      HasSubstr("\"household_id,period\"")));
    EXPECT_THAT(read(whole_year("A")).error().message, HasSubstr("line 1"));
    EXPECT_THAT(read(kHeader).error().message, HasSubstr("no household"));
}

TEST(Households, NeedEveryColumn) {
    EXPECT_THAT(refusal("A,2013-02,28,28,1"), HasSubstr("homes.csv, line 3: has 5 columns, expected 6"));
    EXPECT_THAT(refusal("A,2013-02,28,28,1,1,1"), HasSubstr("homes.csv, line 3: has 7 columns, expected 6"));
    EXPECT_THAT(refusal("garbage"), HasSubstr("homes.csv, line 3: has 1 columns"));
    EXPECT_THAT(refusal("A;2013-02;28;28;1;1"), HasSubstr("line 3: has 1 columns"));
}

TEST(Households, NeedAName) {
    EXPECT_THAT(refusal(",2013-02,28,28,1,1"), HasSubstr("line 3: household_id"));
    EXPECT_THAT(refusal(std::string(65, 'x') + ",2013-02,28,28,1,1"), HasSubstr("line 3: household_id"));
    for (const std::string& id :
         {std::string("A\xff"), std::string("\xc3"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
          std::string("\xf5\x80\x80\x80"), std::string("A\tB"), std::string("A\0B", 3), std::string("A\x7f")})
        EXPECT_THAT(refusal(id + ",2013-02,28,28,1,1"), HasSubstr("line 3: household_id must be UTF-8 text"));
    EXPECT_TRUE(read(kHeader + whole_year("Küche 5 \xe4\xb8\xad \xf0\x9f\x8f\xa0")));
}

TEST(Households, NeedAMonth) {
    for (const char* period : {"", "2013", "2013-00", "2013-13", "2013-1", "13-01-01", "2013/01", "201a-01",
                               "2013-+1", " 2013-1", "-013-01"})
        EXPECT_THAT(refusal("A," + std::string(period) + ",28,28,1,1"),
                    HasSubstr("line 3: period must be YYYY-MM, is \"" + std::string(period) + "\""));
}

TEST(Households, NeedPossibleDays) {
    for (const char* days : {"", "27", "32", "-28", "28.0", "x", "4294967324"})
        EXPECT_THAT(refusal("A,2013-02," + std::string(days) + ",28,1,1"),
                    HasSubstr("line 3: days_in_month must be 28 to 31, is \"" + std::string(days) + "\""));
    for (const char* days : {"", "29", "-1", "1.5", "nan"})
        EXPECT_THAT(
            refusal("A,2013-02,28," + std::string(days) + ",1,1"),
            HasSubstr("line 3: days_metered must be 0 to days_in_month, is \"" + std::string(days) + "\""));
}

TEST(Households, NeedAmountsThatAreNumbers) {
    for (const char* text : {"",    "-1",   "-0.001", "nan",         "NaN",
                             "inf", "1e3",  "1.2345", "1.",          ".5",
                             "+1",  " 1",   "1 ",     "1,5",         "0x1",
                             "--1", "1.-5", "1.2.3",  "1000000.001", "99999999999999999999"}) {
        const std::string row = "A,2013-02,28,28,";
        if (std::string(text) == "1,5") continue;  // a column too many, seen above
        EXPECT_THAT(
            refusal(row + "1," + text),
            HasSubstr(
                "line 3: kg_co2e must be a number from 0 to 1000000 with at most three decimals, is \"" +
                std::string(text) + "\""));
        EXPECT_THAT(refusal(row + text + ",1"), HasSubstr("line 3: kwh must be a number"));
    }
}

TEST(Households, HaveEachMonthOnce) {
    EXPECT_THAT(refusal("A,2013-01,31,31,2,2"), HasSubstr("homes.csv, line 3: repeats the month of line 2"));
    EXPECT_THAT(read(kHeader + whole_year("A") + whole_year("A")).error().message,
                HasSubstr("line 14: repeats the month of line 2"));
}

TEST(Households, OfOtherYearsAreCheckedAllTheSame) {
    EXPECT_THAT(refusal("A,2012-01,31,31,2,-2"), HasSubstr("line 3: kg_co2e"));
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
    const std::string content = kHeader + whole_year("A") + whole_year("B");
    const auto plain = load_households(write(content), 2013);
    ASSERT_TRUE(plain) << plain.error().message;
    EXPECT_EQ(plain->homes.size(), 2u);
    const auto packed = load_households(write(compressed(content)), 2013);
    ASSERT_TRUE(packed) << packed.error().message;
    EXPECT_EQ(packed->homes.size(), 2u);
}

TEST_F(HouseholdFiles, ThatAreCutShortAreRefusedWhereverTheyEnd) {
    const std::string whole = compressed(kHeader + whole_year("A") + whole_year("B"));
    for (std::size_t length = 2; length < whole.size(); ++length) {
        const auto file = write(whole.substr(0, length));
        const auto households = load_households(file, 2013);
        ASSERT_FALSE(households) << length << " of " << whole.size() << " bytes were taken for all";
        EXPECT_THAT(households.error().message, HasSubstr(file.string()));
    }
}

TEST_F(HouseholdFiles, WithAChangedByteAreRefused) {
    std::string whole = compressed(kHeader + whole_year("A"));
    for (const std::size_t at : {whole.size() / 2, whole.size() - 6}) {  // in the data, in the checksum
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x01);
        EXPECT_FALSE(load_households(write(changed), 2013)) << at;
    }
}

TEST_F(HouseholdFiles, ThatAreMissingOrEmptyOrFoldersAreRefused) {
    const auto missing = load_households(folder_ / "missing.csv", 2013);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::io_failed);
    EXPECT_THAT(missing.error().message, HasSubstr("missing.csv"));
    EXPECT_THAT(load_households(write(""), 2013).error().message, HasSubstr("the file is empty"));
    EXPECT_THAT(load_households(write(compressed("")), 2013).error().message, HasSubstr("the file is empty"));
    EXPECT_EQ(load_households(folder_, 2013).error().code, Code::io_failed);
}

TEST(HouseholdFile, OfTheDemonstrationIsGood) {
    const auto households = load_households("deploy/demo/data/london_2013.csv.gz", 2013);

    ASSERT_TRUE(households) << households.error().message;
    EXPECT_GT(households->homes.size(), 1'000u);
    for (const auto& home : households->homes) {
        EXPECT_GE(home.days_measured(), kCompleteDays);
        EXPECT_FALSE(home.emitted().is_negative());
    }
}

}  // namespace
}  // namespace pcq::demo
