// The demonstration itself, small: deploy/demo.sh runs the same program on the same kind of network.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/guard.h"
#include "tests/end_to_end/network.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Ended demo(const Network& network, std::vector<std::string> more) {
    std::vector<std::string> arguments{program("pcq-demo").string(), "--network", network.folder().string()};
    for (const std::size_t node : all_nodes())
        arguments.insert(arguments.end(), {"--node", network.address(node)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run({arguments, {}, ""});
}

constexpr std::size_t kAddressLength = 63;

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t times = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++times;
    return times;
}

TEST(Demo, RunsAYearOfRealHouseholdsAndEverythingHolds) {
    Network network;
    network.up();

    const auto ended = demo(network, {"--data", "deploy/demo/data/london_2013.csv.gz", "--households", "40"});

    EXPECT_EQ(ended.code, 0) << ended.err << ended.out;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("40 households"), Not(HasSubstr("BROKEN"))));
    EXPECT_EQ(count(ended.out, "  holds\n"), 8u) << ended.out;
    EXPECT_THAT(ended.out,
                AllOf(HasSubstr("Period 2013, as the main chain has it"), HasSubstr("platform profit")));
    // What it says to look at can be looked at, on every node once it has the last block.
    network.await_caught_up(all_nodes());
    const std::string before = "A household to look at: ";
    ASSERT_THAT(ended.out, HasSubstr(before));
    const std::string household = ended.out.substr(ended.out.find(before) + before.size(), kAddressLength);
    const auto settlement = pcq({"--node", network.address(1), "settlement", household});
    EXPECT_EQ(settlement.code, 0) << settlement.err;
    EXPECT_THAT(settlement.out, AllOf(HasSubstr("own surrendered"), HasSubstr("settled at height")));
    const auto settled =
        pcq({"--node", network.address(2), "--json", "settlement", household, "--period", "2013"});
    EXPECT_EQ(boost::json::parse(settled.out).at("value").at("period"), 2013);
    const auto proven = pcq({"--node", network.address(3), "audit", "account", household, "--genesis",
                             (network.folder() / "side.json").string()});
    EXPECT_EQ(proven.code, 0) << proven.err;
    EXPECT_THAT(proven.out, AllOf(HasSubstr("own surrendered"), HasSubstr("proven: every record")));
    network.await_caught_up(all_nodes());
    network.expect_equal_chains(all_nodes());
    network.down();
    for (const std::size_t node : all_nodes()) {
        for (const char* chain : {"main", "side"})
            EXPECT_EQ(pcq({"audit", "totals", network.store(node, chain).string()}).code, 0);
    }
}

// A scenario on a network of its own; what it came to.
boost::json::value outcome_of(const std::string& kind, const std::vector<std::string>& households,
                              const std::filesystem::path& kept) {
    Network network;
    network.up();
    std::vector<std::string> arguments{"--scenario", kind};
    arguments.insert(arguments.end(), households.begin(), households.end());
    const auto ended = demo(network, arguments);
    EXPECT_EQ(ended.code, 0) << kind << ": " << ended.err << ended.out;
    EXPECT_EQ(count(ended.out, "  holds\n"), 8u) << kind << ": " << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("Scenario " + kind)) << kind;
    std::filesystem::copy_file(network.folder() / "outcome.json", kept);
    std::ifstream in(kept);
    std::ostringstream text;
    text << in.rdbuf();
    network.down();
    return boost::json::parse(text.str());
}

std::int64_t part(const boost::json::value& outcome, const char* column, const std::string& name) {
    return outcome.at(column).at(name).to_number<std::int64_t>();
}

// What all tenths of the households paid on average.
std::int64_t cost(const boost::json::value& outcome, const char* column) {
    std::int64_t sum = 0;
    for (int tenth = 1; tenth <= 10; ++tenth)
        sum += part(outcome, column, "cost_" + std::to_string(tenth) + "_uy");
    return sum;
}

TEST(Demo, SetsTradeNoTradeAndTradeBetweenPeopleSideBySide) {
    const auto folder = make_guarded_folder();
    const std::vector<std::string> households{"--data", "deploy/demo/data/london_2013.csv.gz", "--households",
                                              "120"};
    const auto file = [&folder](const std::string& kind) { return folder / (kind + ".json"); };
    const auto none = outcome_of("no-trade", households, file("no-trade"));
    const auto trade = outcome_of("trade", households, file("trade"));
    const auto p2p = outcome_of("p2p", households, file("p2p"));

    for (const auto& outcome : {none, trade, p2p}) EXPECT_EQ(outcome.at("emitted_g"), none.at("emitted_g"));
    EXPECT_EQ(part(none, "measured", "offset_g"), 0);
    EXPECT_EQ(part(none, "measured", "profit_uy"), 0);
    EXPECT_EQ(part(none, "measured", "penalised_g"), none.at("excess_g").to_number<std::int64_t>());
    EXPECT_NEAR(static_cast<double>(cost(none, "measured")), static_cast<double>(cost(none, "model")), 1e3);
    for (const auto* outcome : {&trade, &p2p}) {
        EXPECT_GT(part(*outcome, "measured", "offset_g"), 0);
        EXPECT_LT(cost(*outcome, "measured"), cost(none, "measured")) << "trading is worth its fees";
        EXPECT_GT(part(*outcome, "measured", "total_welfare_uy"), part(none, "measured", "total_welfare_uy"));
        // The delta of the excess that the model has, and what was sold by people who lacked it in the end.
        const auto ratio = outcome->at("offset_ratio_ppb").to_number<double>() / 1e9;
        EXPECT_LE(static_cast<double>(part(*outcome, "measured", "offset_g")),
                  ratio * (outcome->at("excess_g").to_number<double>() +
                           outcome->at("sold_too_early_g").to_number<double>()) +
                      1);
    }
    EXPECT_EQ(part(p2p, "measured", "buy_uy_per_kg"), part(p2p, "measured", "sell_uy_per_kg"));
    EXPECT_EQ(p2p.at("unsold_g").to_number<std::int64_t>(), 0) << "the platform owns nothing";
    EXPECT_GT(part(trade, "measured", "profit_uy"), part(p2p, "measured", "profit_uy"));

    const auto table = run({{program("pcq-demo").string(), "--compare", file("no-trade").string(),
                             file("p2p").string(), file("trade").string()},
                            {},
                            ""});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("120 households of 2013"), HasSubstr("tenth 10"),
                                 HasSubstr("total welfare (11)"), HasSubstr("Why they differ")));
    std::filesystem::remove_all(folder);
}

TEST(Demo, TakesHouseholdsOfAYearWithTheirPeople) {
    const auto folder = make_guarded_folder();
    const auto outcome = outcome_of(
        "trade",
        {"--data", "src/cli/model/data/us_homes_2015.csv.gz", "--year", "2015", "--households", "40"},
        folder / "outcome.json");
    EXPECT_EQ(outcome.at("year"), 2015);
    EXPECT_GT(part(outcome, "measured", "sold_g"), 0);
    std::filesystem::remove_all(folder);
}

TEST(Demo, NamesTheLineOfWhatIsWrongWithItsData) {
    const Network network;  // nothing runs: the data is looked at first
    const auto folder = make_guarded_folder();
    const auto refused = [&](const std::string& content) {
        std::ofstream(folder / "homes.csv", std::ios::trunc) << content;
        return demo(network, {"--data", (folder / "homes.csv").string()});
    };
    const std::string header = "household_id,period,days_in_month,days_metered,kwh,kg_co2e\n";

    const auto number = refused(header + "a,2013-01,31,31,250.0,120.5\nb,2013-01,31,31,250.0,much\n");
    EXPECT_EQ(number.code, 2);
    EXPECT_THAT(number.err, AllOf(HasSubstr("homes.csv, line 3"), HasSubstr("kg_co2e"), HasSubstr("much")));
    const auto columns = refused(header + "a,2013-01,31,31,250.0\n");
    EXPECT_EQ(columns.code, 2);
    EXPECT_THAT(columns.err, HasSubstr("line 2: has 5 cells, expected 6"));
    const auto twice = refused(header + "a,2013-01,31,31,250,120\na,2013-01,31,31,250,120\n");
    EXPECT_EQ(twice.code, 2);
    EXPECT_THAT(twice.err, HasSubstr("line 3: repeats the month of line 2"));
    const auto missing = demo(network, {"--data", (folder / "nothing.csv").string()});
    EXPECT_EQ(missing.code, 2);
    EXPECT_THAT(missing.err, HasSubstr("nothing.csv"));
    for (const auto& bad : {number, columns, twice, missing}) EXPECT_EQ(bad.out, "") << "nothing was begun";

    const auto nobody = demo(network, {"--data", "deploy/demo/data/london_2013.csv.gz"});
    EXPECT_EQ(nobody.code, 1);
    EXPECT_THAT(nobody.err, HasSubstr("no answer from the node at 127.0.0.1:"));
    std::filesystem::remove_all(folder);
}

TEST(Demo, HelpsAndSaysWhatIsMissing) {
    const auto run_demo = [](const std::vector<std::string>& arguments) {
        std::vector<std::string> all{program("pcq-demo").string()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run({all, {}, ""});
    };
    EXPECT_THAT(run_demo({"--help"}).out, HasSubstr("--households"));
    EXPECT_EQ(run_demo({}).code, 2);
    EXPECT_EQ(run_demo({"--network", "x", "--data", "y", "--node", "z", "--cap", "0"}).code, 2);
    EXPECT_THAT(run_demo({"--network", "x", "--node", "z"}).err, HasSubstr("--data is required"));
    EXPECT_EQ(run_demo({"--scenario", "barter"}).code, 2);
    EXPECT_EQ(run_demo({"--compare", "/nowhere/outcome.json"}).code, 2);
}

}  // namespace
}  // namespace pcq::e2e
