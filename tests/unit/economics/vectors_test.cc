// Every golden vector of the economics specification, exact and fixed, bit for bit, with its status and its
// code.
#include "tests/unit/economics/vectors.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "src/economics/limits.h"

namespace pcq::econ {
namespace {

namespace json = boost::json;

const json::value& document() {
    static const json::value read = [] {
        std::ifstream file("tests/data/economics_vectors.json");
        if (!file) throw std::runtime_error("no vectors; run from the repository's root");
        std::stringstream text;
        text << file.rdbuf();
        return json::parse(text.str());
    }();
    return read;
}

std::string words(const json::value& value) {
    return std::string(value.as_string());
}

// One level of lists becomes "name[i]"; `part` names the member of an exact number.
Outputs expected_outputs(const json::object& out, const char* part) {
    Outputs all;
    const auto leaf = [part](const json::value& value) {
        if (value.is_bool()) return text(value.as_bool());
        return words(value.is_object() ? value.at(part) : value);
    };
    for (const auto& [key, value] : out) {
        if (!value.is_array()) {
            all[key] = leaf(value);
            continue;
        }
        const auto& list = value.as_array();
        for (std::size_t i = 0; i < list.size(); ++i) {
            all[std::string(key) + "[" + std::to_string(i) + "]"] = leaf(list[i]);
        }
    }
    return all;
}

void expect_status(Status got, const json::value& entry) {
    EXPECT_EQ(name(got), words(entry.at("status")));
    EXPECT_EQ(static_cast<std::int64_t>(got), entry.at("code").as_int64());
}

Functions exact_and_printed() {
    Functions all = exact_functions();
    all.merge(printed_functions());
    return all;
}

// Functions of section 3.2 without integers of their own: their results are in nano, money and all.
const std::set<std::string> kTwoSided{
    "reaction_321",       "scales_321_printed",      "fees_321_printed",     "hessian_321_printed",
    "hessian_two_sided",  "scales_two_sided",        "two_sided_boxed",      "equilibrium_321_printed",
    "scales_322_printed", "surplus_322_printed",     "fees_322_printed",     "hessian_322_printed",
    "welfare_gain",       "equilibrium_322_printed", "service_optimum_boxed"};

// The grid of an output: that of its name in the market or in the two-sided model.
std::int64_t grid(const std::string& output, bool two_sided) {
    const std::string name = output.substr(0, output.find('['));
    return document().at(two_sided ? "grid_out_two_sided" : "grid_out_market").at(name).as_int64();
}

// What a simulator stores of a formula without integers of its own: the exact result, floored.
Answer floored(const Answer& exact, bool two_sided) {
    Answer answer{exact.status, {}};
    for (const auto& [key, value] : exact.out) {
        if (key.starts_with("flag_")) {
            answer.out[key] = value;
            continue;
        }
        answer.out[key] = exact::floor_on(exact::parse(value).value(), grid(key, two_sided)).str();
    }
    return answer;
}

// Cases by function: how many exact, how many fixed. A vector that is lost or skipped is missed here.
using Counts = std::map<std::string, std::pair<int, int>>;
const Counts kCounts{{"best_buy_price", {7, 6}},
                     {"best_buy_price_printed", {7, 6}},
                     {"emission_change", {5, 5}},
                     {"equilibrium_321_printed", {6, 6}},
                     {"equilibrium_322_printed", {4, 4}},
                     {"evo_face", {4, 0}},
                     {"evo_field", {3, 0}},
                     {"evo_price_field", {3, 0}},
                     {"fees_321_printed", {6, 6}},
                     {"fees_322_printed", {4, 4}},
                     {"hessian_321_printed", {6, 6}},
                     {"hessian_322_printed", {4, 4}},
                     {"hessian_two_sided", {6, 6}},
                     {"market_prices", {20, 19}},
                     {"market_prices_printed", {20, 19}},
                     {"next_buy_price", {7, 7}},
                     {"offset_optimum", {13, 13}},
                     {"offset_optimum_full", {12, 12}},
                     {"offset_optimum_printed", {12, 12}},
                     {"platform_profit", {6, 6}},
                     {"platform_profit_printed", {6, 6}},
                     {"prorate", {6, 6}},
                     {"reaction_321", {3, 3}},
                     {"registration_charge", {5, 4}},
                     {"scales_321_printed", {3, 3}},
                     {"scales_322_printed", {4, 4}},
                     {"scales_two_sided", {6, 6}},
                     {"sell_share", {6, 6}},
                     {"sell_share_printed", {6, 6}},
                     {"seller_utility", {6, 5}},
                     {"sensitivities", {4, 0}},
                     {"service_optimum", {9, 9}},
                     {"service_optimum_boxed", {9, 9}},
                     {"settle_trade", {7, 7}},
                     {"supply", {5, 4}},
                     {"supply_printed", {5, 4}},
                     {"surplus_322_printed", {4, 4}},
                     {"two_sided", {32, 30}},
                     {"two_sided_boxed", {10, 10}},
                     {"welfare_gain", {6, 6}},
                     {"welfare_terms", {8, 7}}};

TEST(EconomicsVectors, AreAllThereAndEachFunctionHasItsNumber) {
    Counts counts;
    std::set<std::string> ids;
    for (const auto& entry : document().at("cases").as_array()) {
        auto& [exact, fixed] = counts[words(entry.at("fn"))];
        ++exact;
        if (!entry.at("fixed").is_null()) ++fixed;
        EXPECT_TRUE(ids.insert(words(entry.at("id"))).second) << "one vector for each id";
    }
    EXPECT_EQ(ids.size(), 305U);
    EXPECT_EQ(counts, kCounts);
}

TEST(EconomicsVectors, TheExactLayerGivesEachResultToTheLastDigit) {
    const Functions functions = exact_and_printed();
    std::size_t compared = 0;
    for (const auto& entry : document().at("cases").as_array()) {
        SCOPED_TRACE(words(entry.at("id")));
        const Answer got = functions.at(words(entry.at("fn")))(Inputs(entry.at("in").as_object()));
        expect_status(got.status, entry);
        EXPECT_EQ(got.out, expected_outputs(entry.at("out").as_object(), "exact"));
        Outputs decimals = got.out;
        for (auto& [key, value] : decimals) {
            if (!key.starts_with("flag_")) value = exact::to_decimal(exact::parse(value).value(), 18);
        }
        EXPECT_EQ(decimals, expected_outputs(entry.at("out").as_object(), "dec"));
        ++compared;
    }
    EXPECT_EQ(compared, 305U);
}

TEST(EconomicsVectors, TheIntegerLayerGivesEachResultBitForBit) {
    const Functions own = fixed_functions();
    const Functions exact = exact_and_printed();
    std::size_t by_own = 0;
    std::size_t by_floor = 0;
    for (const auto& entry : document().at("cases").as_array()) {
        if (entry.at("fixed").is_null()) continue;
        SCOPED_TRACE(words(entry.at("id")));
        const std::string fn = words(entry.at("fn"));
        const json::value& fixed = entry.at("fixed");
        Answer got;
        if (const auto found = own.find(fn); found != own.end()) {
            got = found->second(Inputs(fixed.at("in").as_object()));
            ++by_own;
        } else {
            got = floored(exact.at(fn)(Inputs(entry.at("in").as_object())), kTwoSided.contains(fn));
            ++by_floor;
        }
        expect_status(got.status, fixed);
        EXPECT_EQ(got.out, expected_outputs(fixed.at("out").as_object(), "exact"));
    }
    EXPECT_EQ(by_own, 146U);
    EXPECT_EQ(by_floor, 134U);
}

TEST(EconomicsVectors, CodesAndLimitsAreThoseOfTheSpecification) {
    for (const auto& [status, code] : document().at("codes").as_object()) {
        EXPECT_EQ(name(static_cast<Status>(code.as_int64())), std::string_view(status));
    }
    const std::map<std::string, std::int64_t> ours{
        {"QTY_MAX_G", kGramsMax},
        {"AVG_REDUCTION_MAX_G", kReductionMax},
        {"POPULATION_MAX", kPopulationMax},
        {"PRICE_MAX_UCNY_PER_KG", kPriceMax},
        {"EASE_MAX_G_PER_CNY_PER_KG", kEaseMax},
        {"RATIO_ONE_PPB", kRatioOne},
        {"NANO_COEF_MAX", kNanoMax},
        {"MONEY_MAX_UCNY", std::numeric_limits<std::int64_t>::max()}};
    std::map<std::string, std::int64_t> theirs;
    for (const auto& [limit, value] : document().at("limits").as_object())
        theirs[limit] = std::stoll(words(value));
    EXPECT_EQ(ours, theirs);
}

}  // namespace
}  // namespace pcq::econ
