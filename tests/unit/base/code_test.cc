// The codes as people know them: names that never repeat, and a page that lists each one.
#include "src/base/code.h"

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace pcq {
namespace {

constexpr std::uint32_t kNumbersEnd = 10'000;

std::map<std::uint32_t, std::string> defined() {
    std::map<std::uint32_t, std::string> codes;
    for (std::uint32_t number = 0; number < kNumbersEnd; ++number) {
        if (const auto code = code_from_number(number)) codes.emplace(number, name(*code));
    }
    return codes;
}

TEST(Codes, HaveANameOfTheirOwnEach) {
    std::set<std::string> names;
    for (const auto& [number, text] : defined()) {
        EXPECT_NE(text, "unknown") << number;
        EXPECT_TRUE(names.insert(text).second) << text << " is used twice";
    }
    EXPECT_GT(names.size(), 80u);
}

// docs/codes.md: a row a code, | number | `name` | meaning | what to do |.
TEST(Codes, AreAllOnThePageThatExplainsThemAndNoOthers) {
    std::ifstream page("docs/codes.md");
    ASSERT_TRUE(page) << "run from the repository's root";
    const std::regex row(R"(\| (\d+) \| `(\w+)` \| ([^|]*) \| ?([^|]*)\|)");
    std::map<std::uint32_t, std::string> documented;
    std::string line;
    while (std::getline(page, line)) {
        std::smatch cells;
        if (!std::regex_match(line, cells, row)) continue;
        const auto number = static_cast<std::uint32_t>(std::stoul(cells[1]));
        EXPECT_TRUE(documented.emplace(number, cells[2]).second) << number << " stands twice";
        EXPECT_FALSE(cells[3].str().empty()) << cells[2] << " has no explanation";
    }
    EXPECT_EQ(documented, defined());
}

}  // namespace
}  // namespace pcq
