// docs/regulator.md, followed word for word: its commands are run as they stand there, at a network on which
// a year has ended, and what they print is held against what stands there.
#include <fstream>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/market.h"
#include "tests/unit/audit/databases.h"

namespace pcq::e2e {
namespace {

constexpr std::size_t kPeople = 8;

// Commands, and what they should print.
struct Step {
    std::string commands;
    std::string expected;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// A block of sh and the block of text that follows at once.
std::vector<Step> steps_of(const std::string& file) {
    std::ifstream in(file);
    EXPECT_TRUE(in) << file << ": run from the repository's root";
    std::vector<Step> steps;
    std::string* into = nullptr;
    for (std::string line; std::getline(in, line);) {
        if (line == "```sh") {
            into = &steps.emplace_back().commands;
        } else if (line == "```text") {
            EXPECT_FALSE(steps.empty());
            into = &steps.back().expected;
        } else if (line == "```") {
            into = nullptr;
        } else if (into != nullptr) {
            *into += line + "\n";
        }
    }
    return steps;
}

// "..." alone on a line is any number of lines, inside of one anything.
bool is_like(const std::vector<std::string>& lines, std::size_t line,
             const std::vector<std::string>& expected, std::size_t at) {
    if (at == expected.size()) return line == lines.size();
    if (expected[at] == "...") {
        for (std::size_t next = line; next <= lines.size(); ++next) {
            if (is_like(lines, next, expected, at + 1)) return true;
        }
        return false;
    }
    if (line == lines.size()) return false;
    static const std::regex special(R"([\\^$*+?()\[\]{}|.])");
    std::string pattern = std::regex_replace(expected[at], special, "\\$&");
    for (std::size_t dots; (dots = pattern.find("\\.\\.\\.")) != std::string::npos;)
        pattern.replace(dots, 6, ".*");
    // A column is as wide as its widest entry.
    pattern = std::regex_replace(pattern, std::regex("  +"), " +");
    return std::regex_match(lines[line], std::regex(pattern)) && is_like(lines, line + 1, expected, at + 1);
}

class Regulator : public testing::Test {
protected:
    Regulator() { network_.up(); }

    template <class Action>
    void must(Actor& actor, const ChainId& chain, const Action& action) {
        const auto done = market_->act(actor, chain, action);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(done->code, Code::ok) << done->text;
    }
    void advance(std::uint32_t month) {
        proto::AdvancePeriod advance;
        advance.set_period(kPeriod);
        advance.set_month(month);
        must(market_->government(), market_->main(), advance);
        ASSERT_TRUE(eventually([&] { return integer(period().at("months_advanced")) == month; }));
    }
    Json period() {
        const auto answer = network_.call(0, "period", {{"chain", "side"}, {"period", kPeriod}});
        return answer ? answer->at("value") : Json();
    }
    // The year of docs/regulator.md: somebody sells of a surplus, and buys when a month leaves them short.
    void live_through_the_year() {
        market_.emplace(network_, kPeople);
        for (std::size_t number = 0; number < kPeople / 2; ++number)
            must(market_->seller(number), market_->side(), market_->sale(number == 0 ? 1'000 : 300'000));
        for (std::uint32_t month = 2; month <= 12; ++month) {
            auto readings = market_->readings(month);
            if (month == 4) readings.mutable_readings(0)->set_grams(5'000'000);
            must(market_->meter(), market_->side(), readings);
            ASSERT_NO_FATAL_FAILURE(advance(month));
            if (month == 4) {
                auto purchase = market_->purchase(1'000);
                purchase.set_price_max_uy_per_kg(10 * market_->sell_price());
                must(market_->seller(0), market_->side(), purchase);
            }
        }
        proto::ClosePeriod close;
        close.set_period(kPeriod);
        must(market_->government(), market_->main(), close);
        ASSERT_TRUE(eventually([&] { return period().at("phase") == "settled"; }));
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Regulator, GetsByTheCommandsOfTheDocumentWhatItSays) {
    ASSERT_NO_FATAL_FAILURE(live_through_the_year());
    network_.await_caught_up(all_nodes());
    const auto database = audit::test_postgres();
    const auto steps = steps_of("docs/regulator.md");
    ASSERT_GE(steps.size(), 12u);

    // One shell for all of them: what one sets the next ones use.
    const std::string mark = "\x1e";
    std::string script = "cd '" + network_.folder().string() + "'\n";
    for (const auto& step : steps) script += step.commands + "printf '\\036'\n";
    const auto ended = run({{"/bin/bash", "-eu", "-o", "pipefail", "-c", script},
                            {{"PATH", program("pcq").parent_path().string() + ":" + std::getenv("PATH")},
                             {"PCQ_NODE", network_.address(0)},
                             {"DATABASE", database->place()}},
                            ""});
    EXPECT_EQ(ended.code, 0) << ended.err;

    std::size_t from = 0;
    for (const auto& step : steps) {
        const auto end = ended.out.find(mark, from);
        ASSERT_NE(end, std::string::npos) << "not reached:\n"
                                          << step.commands << ended.out.substr(from) << ended.err;
        const auto printed = ended.out.substr(from, end - from);
        EXPECT_TRUE(is_like(lines_of(printed), 0, lines_of(step.expected), 0))
            << step.commands << "should print\n"
            << step.expected << "and prints\n"
            << printed;
        from = end + mark.size();
    }
}

}  // namespace
}  // namespace pcq::e2e
