// pcq model: every command as people and scripts meet it, without a network.
#include <fstream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/process.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = boost::json::value;

enum : int { kDone = 0, kRefused = 1, kUsage = 2 };

class ModelCommand : public testing::Test {
protected:
    ModelCommand() {
        std::string name = (std::filesystem::temp_directory_path() / "pcq-model-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~ModelCommand() override { std::filesystem::remove_all(folder_); }

    static Ended model(std::vector<std::string> arguments,
                       const std::map<std::string, std::string>& more = {}) {
        arguments.insert(arguments.begin(), {program("pcq").string(), "model"});
        return run({std::move(arguments), more, ""});
    }
    static Json json(std::vector<std::string> arguments) {
        arguments.emplace_back("--json");
        const auto ended = model(std::move(arguments));
        EXPECT_EQ(ended.code, kDone) << ended.err;
        return boost::json::parse(ended.out);
    }
    static void refused(const Ended& ended, int code, const testing::Matcher<std::string>& says) {
        EXPECT_EQ(ended.code, code) << ended.out << ended.err;
        EXPECT_THAT(ended.err, says);
        EXPECT_THAT(ended.out, IsEmpty());
    }
    std::string file(const std::string& name, const std::string& content = "") const {
        const auto path = folder_ / name;
        if (!content.empty()) std::ofstream(path) << content;
        return path.string();
    }
    static std::string content(const std::filesystem::path& path) {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

std::string exact(const Json& value) {
    return std::string(value.at("exact").as_string());
}

TEST_F(ModelCommand, ShowsTheMarketOfTheSpecification) {
    const auto prices = model({"equilibrium", "--preset", "T1"});
    EXPECT_EQ(prices.code, kDone) << prices.err;
    EXPECT_THAT(prices.out, AllOf(HasSubstr("0.02 CNY/kg"), HasSubstr("0.055 CNY/kg"), HasSubstr("CLEARED")));
    EXPECT_THAT(model({"welfare", "--preset", "T1"}).out, HasSubstr("9000000000"));
    EXPECT_THAT(model({"offset", "--preset", "T1"}).out, AllOf(HasSubstr("0.7"), HasSubstr("INTERIOR")));
    EXPECT_THAT(model({"fees", "--preset", "T2"}).out, AllOf(HasSubstr("0.570625"), HasSubstr("0.575")));
    EXPECT_THAT(model({"claims", "D25"}).out, HasSubstr("pcq model evolve"));
    EXPECT_THAT(model({"claims", "D24"}).out, HasSubstr("pcq model report"));
}

TEST_F(ModelCommand, FindsTheRestPointsOfTheGameAndWhetherTheyLast) {
    const auto cheap = json({"evolve", "--preset", "T4"});
    const auto& points = cheap.at("faces").at("points").as_array();
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(exact(points[1].at("x")), "31/60");
    EXPECT_EQ(exact(points[1].at("y")), "13/30");
    EXPECT_EQ(exact(points[1].at("z")), "1");
    EXPECT_TRUE(points[1].at("stable").as_bool());
    EXPECT_FALSE(points[0].at("stable").as_bool());
    EXPECT_EQ(cheap.at("platform").at("vertices").as_array().size(), 8U);
    EXPECT_EQ(exact(cheap.at("market").at("rest")), "2/5");
    EXPECT_TRUE(cheap.at("market").at("stable").as_bool());
    EXPECT_TRUE(cheap.at("adoption").at("adopted").as_bool());

    const auto costly = json({"evolve", "--preset", "T4-costly", "--points", "50"});
    const auto& other = costly.at("faces").at("points").as_array();
    EXPECT_EQ(exact(other.at(0).at("x")), "2/5");
    EXPECT_EQ(exact(other.at(0).at("y")), "2/5");
    EXPECT_TRUE(other.at(0).at("stable").as_bool());
    EXPECT_FALSE(costly.at("adoption").at("adopted").as_bool());
    EXPECT_EQ(costly.at("path").at("points").as_array().size(), 51U);

    EXPECT_THAT(model({"evolve"}).out, AllOf(HasSubstr("0.516667"), HasSubstr("+-"), HasSubstr("stable")));
    refused(model({"evolve", "--start", "0.1,2,0"}), kUsage,
            AllOf(HasSubstr("--start"), HasSubstr("0.1,2,0")));
    refused(model({"evolve", "--time", "-1"}), kUsage, HasSubstr("--time"));
    refused(model({"evolve", "--rel-demand", "1.5"}), kUsage, HasSubstr("rel-demand"));
}

TEST_F(ModelCommand, LetsRealHouseholdsTradeAndComesNearTheClosedForm) {
    const auto found = json({"simulate", "--seed", "3", "--periods", "30"});
    EXPECT_EQ(found.at("households").at("homes").to_number<int>(), 3'987);
    EXPECT_EQ(found.at("periods").at("rows").as_array().size(), 30U);
    EXPECT_TRUE(found.at("comparison").at("within_bound").as_bool());
    EXPECT_EQ(found.at("comparison").at("rows").at(2).at("what").as_string(), "buy_price");
    EXPECT_EQ(found.at("deciles").at("rows").as_array().size(), 10U);
    EXPECT_EQ(json({"simulate", "--seed", "3", "--periods", "30"}), found)
        << "the same seed, the same market";
    EXPECT_NE(json({"simulate", "--seed", "4", "--periods", "30"}).at("periods"), found.at("periods"));
}

TEST_F(ModelCommand, TakesOtherHouseholdsInTheSameColumns) {
    const auto data =
        file("homes.csv", "household_id,country,people,kg_total\nA,XX,1,1000\nB,XX,2,2000\nC,XX,1,5000\n");
    const auto found = json({"simulate", "--data", data, "--cap", "100%", "--draw", "quantiles"});
    EXPECT_EQ(found.at("households").at("homes").to_number<int>(), 3);
    EXPECT_EQ(exact(found.at("households").at("supply_max")), "3000");  // 1000 of A, 2000 of B
    EXPECT_EQ(exact(found.at("households").at("deficit")), "3000");

    refused(model({"simulate", "--data", file("bad.csv", "household_id,people,kg_total\nA,1,much\n")}),
            kUsage, AllOf(HasSubstr("bad.csv, line 2"), HasSubstr("kg_total"), HasSubstr("much")));
    refused(model({"simulate", "--data", file("none.csv")}), kUsage, HasSubstr("none.csv"));
    refused(model({"simulate", "--draw", "lots"}), kUsage, HasSubstr("--draw"));
}

TEST_F(ModelCommand, NamesTheConditionThatParametersBreak) {
    refused(model({"simulate", "--market-price", "0.01"}), kRefused,
            AllOf(HasSubstr("E_NO_MARGIN"), HasSubstr("P >= c + c_b"), HasSubstr("model_infeasible")));
    refused(model({"simulate", "--cap", "0"}), kRefused,
            AllOf(HasSubstr("E_NO_SUPPLY"), HasSubstr("D W > 0")));
    refused(model({"equilibrium", "--market-price", "0.01"}), kRefused,
            AllOf(HasSubstr("P >= c + c_b"), HasSubstr("model_infeasible")));
    refused(model({"fees", "--ask-price", "4"}), kRefused,
            AllOf(HasSubstr("E_NOT_CONCAVE"), HasSubstr("|g|")));
    refused(model({"welfare", "--avg-reduction", "50"}), kRefused,
            AllOf(HasSubstr("E_SUPPLY_CAP"), HasSubstr("N delta <= D W")));
    refused(model({"offset", "--population", "0"}), kRefused, HasSubstr("D W > 0"));
    refused(model({"simulate", "--start-price", "9"}), kUsage, HasSubstr("--start-price"));
}

TEST_F(ModelCommand, ReportsEveryPlotOnOnePageThatAsksForNothing) {
    const auto out = (folder() / "report").string();
    const auto written = json({"report", "--out", out});
    ASSERT_EQ(written.at("figures").as_array().size(), 13U);
    const auto page = content(folder() / "report" / "index.html");
    for (const auto& figure : written.at("figures").as_array()) {
        const std::string id(figure.at("id").as_string());
        EXPECT_TRUE(figure.at("as_expected").as_bool()) << id << ": " << figure.at("found");
        const auto svg = content(folder() / "report" / (id + ".svg"));
        EXPECT_THAT(svg, AllOf(HasSubstr("<svg"), HasSubstr("</svg>"), HasSubstr("<title>" + id + " "),
                               HasSubstr("<path")));
        EXPECT_THAT(page, HasSubstr("<figure id=\"" + id + "\""));
    }
    EXPECT_THAT(page, AllOf(HasSubstr("price (CNY/kg)"), HasSubstr("welfare (10^9 CNY)"),
                            HasSubstr("surplus of all D W (Mt)")));
    for (const auto* outside : {"src=\"http", "href=\"http", "url(http", "@import", "<script", "<link"})
        EXPECT_THAT(page, Not(HasSubstr(outside)));

    refused(model({"report", "--out", out}), kRefused, HasSubstr("--replace"));
    EXPECT_EQ(model({"report", "--out", out, "--replace"}).code, kDone);
}

TEST_F(ModelCommand, DrawsAPlotBesideTheNumbersAndReplacesNoFile) {
    for (const auto* command : {"equilibrium", "welfare", "offset", "fees", "evolve", "simulate"}) {
        const auto svg = file(std::string(command) + ".svg");
        const auto drawn = model({command, "--plot", svg});
        EXPECT_EQ(drawn.code, kDone) << drawn.err;
        EXPECT_THAT(content(svg), HasSubstr("</svg>")) << command;
    }
    const auto kept = file("kept.svg", "mine");
    refused(model({"evolve", "--plot", kept}), kRefused, HasSubstr("exists already"));
    EXPECT_EQ(content(kept), "mine");
}

TEST_F(ModelCommand, SaysWhichPackageIsMissingWithoutGnuplot) {
    const std::map<std::string, std::string> nothing = {{"PATH", "/nowhere"}};
    const auto says = AllOf(HasSubstr("gnuplot-nox"), HasSubstr("plotter_missing, 8001"));
    refused(model({"report", "--out", file("report")}, nothing), kRefused, says);
    refused(model({"evolve", "--plot", file("a.svg")}, nothing), kRefused, says);
    EXPECT_FALSE(std::filesystem::exists(file("a.svg")));
    EXPECT_EQ(model({"evolve"}, nothing).code, kDone) << "numbers need no plotter";
}

}  // namespace
}  // namespace pcq::e2e
