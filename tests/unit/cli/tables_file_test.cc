// The files in which a government writes methodologies and allocation rules; those that are shipped, too.
#include "src/cli/tables_file.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/client/allocation.h"

namespace pcq::cli {
namespace {

using namespace literals;
using testing::AllOf;
using testing::HasSubstr;

const std::filesystem::path kShipped = "deploy";  // tests run in the source tree

class TablesFile : public testing::Test {
protected:
    ~TablesFile() override { std::filesystem::remove(path_); }
    const std::filesystem::path& written(const std::string& text) {
        std::ofstream(path_) << text;
        return path_;
    }
    void expect_refused(const std::string& rule, const testing::Matcher<std::string>& says) {
        const auto read = rule_from(written(rule));
        ASSERT_FALSE(read) << rule;
        EXPECT_EQ(read.error().code, Code::bad_argument);
        EXPECT_THAT(read.error().message, AllOf(HasSubstr(path_.string()), says));
    }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() /
        (std::string("pcq-") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml");
};

// What `pcq quota rule try` and `set` make of a rule before the chain has it.
proto::AllocationRuleRecord record_of(const proto::SetAllocationRule& rule) {
    proto::AllocationRuleRecord record;
    record.set_base_label(rule.base_label());
    record.set_base_g(rule.base_g());
    *record.mutable_rows() = rule.rows();
    return record;
}

constexpr char kHead[] = "id = \"r\"\ntitle = \"t\"\ntext = \"x\"\nbase_label = \"adult\"\nbase = \"1kg\"\n";

TEST_F(TablesFile, GivesTheTwelveMethodologiesThatAreShippedEachWithItsSource) {
    const auto all = methodologies_from(kShipped / "methodologies.toml");
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->size(), 12u);
    std::set<std::string> ids;
    for (const auto& methodology : *all) {
        ids.insert(methodology.id());
        EXPECT_GT(methodology.avoided_mg_per_unit(), 0) << methodology.id();
        EXPECT_TRUE(methodology.active()) << methodology.id();
        for (const auto& text :
             {methodology.title(), methodology.unit(), methodology.source(), methodology.region()}) {
            EXPECT_FALSE(text.empty()) << methodology.id();
        }
    }
    EXPECT_EQ(ids.size(), all->size()) << "two have the same id";
    EXPECT_EQ(all->front().id(), "subway_trip_mean");
    EXPECT_EQ(all->front().avoided_mg_per_unit(), 515'500);
}

TEST_F(TablesFile, GivesTheAllocationRuleThatIsShippedAndWhatItGivesPeople) {
    const auto rule = rule_from(kShipped / "allocation.toml");
    ASSERT_TRUE(rule) << rule.error().message;
    EXPECT_EQ(rule->id(), "situations");
    const auto record = record_of(*rule);
    const auto expect = [&record](const client::Attributes& attributes, Grams grams,
                                  const std::string& reason) {
        const auto allocation = client::allocate(record, attributes);
        ASSERT_TRUE(allocation) << allocation.error().message;
        EXPECT_EQ(allocation->grams, grams);
        EXPECT_EQ(allocation->reason, reason);
    };
    expect({}, 1'000'000_g, "adult 1");
    expect({{"child", 2}}, 2'000'000_g, "adult 1 + child 0.5 x 2");
    expect({{"rural", 1}, {"medical_need", 1}}, 1'420'000_g, "adult 1 + rural 120000 g + medical 300000 g");
    expect({{"household_size", 4}}, 1'000'000_g, "adult 1");
    expect({{"household_size", 5}}, 900'000_g, "adult 1 - large household 0.1");
}

TEST_F(TablesFile, MayHaveARuleWithoutRows) {
    const auto rule = rule_from(written(kHead));
    ASSERT_TRUE(rule) << rule.error().message;
    EXPECT_EQ(rule->base_g(), 1'000);
    EXPECT_EQ(rule->rows_size(), 0);
}

TEST_F(TablesFile, NamesTheFileThePlaceAndWhatIsExpected) {
    const std::string row = std::string(kHead) + "[[row]]\nattribute = \"child\"\nleast = 1\nmost = 2\n";
    ASSERT_TRUE(rule_from(written(row)));
    expect_refused("id = ", HasSubstr("line 1"));
    expect_refused("id = 5", HasSubstr("needs id, which must be a text"));
    expect_refused(std::string(kHead) + "row = 5", HasSubstr("has no [[row]]"));
    expect_refused(row + "share = 0.5", HasSubstr("[[row]] 1 needs share, which must be a text"));
    expect_refused(row + "share = \"9300000000\"", HasSubstr("[[row]] 1, share: \"9300000000\""));
    expect_refused(row + "grams = \"many\"", HasSubstr("[[row]] 1, grams: \"many\""));
    expect_refused(row + "each = 1", HasSubstr("each, which must be true or false"));
    expect_refused(std::string(kHead) + "[[row]]\nattribute = \"child\"\nleast = \"1\"\nmost = 2\n",
                   HasSubstr("least, which must be a whole number"));
    const auto none = methodologies_from(written("a = 1"));
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("has no [[methodology]]"));
    EXPECT_FALSE(methodologies_from("/nowhere/at/all.toml"));
}

}  // namespace
}  // namespace pcq::cli
