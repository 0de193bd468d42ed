// Lists of people: what is read, and which line is named when it cannot be.
#include "src/cli/lists_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/address.h"

namespace pcq::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ListsFile : public testing::Test {
protected:
    ~ListsFile() override { std::filesystem::remove(path_); }
    const std::filesystem::path& written(const std::string& text) {
        std::ofstream(path_) << text;
        return path_;
    }
    static AccountId account(char letter) { return *AccountId::from(Bytes(32, letter)); }
    static std::string address(char letter) { return to_address(account(letter)); }
    template <class List>
    void expect_refused(const Result<List>& read, const testing::Matcher<std::string>& says) {
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Code::bad_argument);
        EXPECT_THAT(read.error().message, AllOf(HasSubstr(path_.string()), says));
    }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() /
        (std::string("pcq-") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

TEST_F(ListsFile, HasPeopleWithTheirAttributes) {
    const auto people =
        people_from(written("account,child,rural\r\n" + address('a') + ",2,0\r\n\n" + address('b') + ",0,1"));
    ASSERT_TRUE(people) << people.error().message;
    ASSERT_EQ(people->size(), 2u);
    EXPECT_EQ((*people)[0].account, account('a'));
    EXPECT_EQ((*people)[0].attributes, (client::Attributes{{"child", 2}}));
    EXPECT_EQ((*people)[1].attributes, (client::Attributes{{"rural", 1}}));
}

TEST_F(ListsFile, OfAllotmentsIsReadAsItIsWritten) {
    const client::Allotment one{account('a'), Grams(1'500), "adult 1, child 0.5"};
    const client::Allotment none{account('b'), Grams(0), ""};
    const auto list = allotments_from(
        written("account,grams,reason\n" + allotment_line(one) + "\n" + allotment_line(none) + "\n"));
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0].account, one.account);
    EXPECT_EQ((*list)[0].grams, one.grams);
    EXPECT_EQ((*list)[0].reason, one.reason);
    EXPECT_EQ((*list)[1].reason, "");
}

TEST_F(ListsFile, NamesTheLineOfWhatIsWrong) {
    const std::string head = "account,grams,reason\n";
    expect_refused(allotments_from(written("")), HasSubstr("the header must be"));
    expect_refused(allotments_from(written(head)), HasSubstr("names nobody"));
    expect_refused(allotments_from(written(head + address('a') + ",5")), HasSubstr("line 2"));
    expect_refused(allotments_from(written(head + address('a') + ",-5,x")), HasSubstr("\"-5\""));
    expect_refused(allotments_from(written(head + address('a') + ",1.5,x")), HasSubstr("\"1.5\""));
    expect_refused(allotments_from(written(head + "me,5,x")), HasSubstr("line 2: me: "));
    expect_refused(allotments_from(written(head + address('a') + ",5," + std::string(65, 'x'))),
                   HasSubstr("64 bytes"));
    expect_refused(allotments_from(written(head + address('a') + ",5,x\n" + address('a') + ",5,x\n")),
                   AllOf(HasSubstr("line 3"), HasSubstr("twice")));
    expect_refused(people_from(written("who,child\n")), HasSubstr("begin with"));
    expect_refused(people_from(written("account,child\n" + address('a') + ",1,2\n")),
                   AllOf(HasSubstr("line 2"), HasSubstr("3 fields")));
    expect_refused(people_from(written("account,child\n" + address('a') + ",two\n")),
                   HasSubstr("child must be a whole number"));
    expect_refused(people_from(written("account,child\n")), HasSubstr("names nobody"));
    EXPECT_THAT(people_from("/nowhere.csv").error().message, HasSubstr("/nowhere.csv cannot be read"));
}

}  // namespace
}  // namespace pcq::cli
