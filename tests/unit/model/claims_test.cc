// The claims of the paper against the figures that the specification's checker (economics_check.py) prints,
// computed there independently in Python's exact fractions.
#include "src/cli/model/claims.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcq::cli::model {
namespace {

using testing::HasSubstr;

const Claim& find(const std::vector<Claim>& all, const std::string& id, const std::string& reading,
                  const std::string& claim = "") {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Claim& one) {
        return one.id == id && one.reading.find(reading) != std::string::npos &&
               one.claim.find(claim) != std::string::npos;
    });
    if (found == all.end()) throw std::runtime_error("no claim " + id + ", " + reading + ", " + claim);
    return *found;
}

void expect(const Claim& claim, std::size_t holds, std::size_t points) {
    EXPECT_EQ(claim.holds, holds) << claim.claim << " [" << claim.reading << "]";
    EXPECT_EQ(claim.points, points) << claim.claim << " [" << claim.reading << "]";
    EXPECT_EQ(claim.counter_example.empty(), holds == points);
}

std::size_t figure(const Claim& claim, const std::string& what) {
    for (const auto& [name, count] : claim.figures) {
        if (name == what) return count;
    }
    throw std::runtime_error("no figure " + what);
}

// "Prop.2: 4032 parameter points, 1002 interior optima, printed condition true at 1016, interior although the
// printed condition is false at 67, supply bound binds at 1261"
TEST(Claims, CountPropositionTwoAsTheCheckerDoes) {
    const auto all = check_market_claims();

    expect(find(all, "proposition-2", "corrected", "inside"), 4032, 4032);
    expect(find(all, "proposition-2", "corrected", "best offset ratio"), 4032, 4032);
    const auto& printed = find(all, "proposition-2", "as printed");
    EXPECT_EQ(printed.points, 4032U);
    EXPECT_EQ(figure(printed, "interior optima"), 1002U);
    EXPECT_EQ(figure(printed, "printed condition true"), 1016U);
    EXPECT_EQ(figure(printed, "interior although the printed condition is false"), 67U);
    EXPECT_EQ(figure(printed, "supply bound binds"), 1261U);
    // Interior and condition differ at 67 points one way, and 1016 - (1002 - 67) = 81 the other.
    EXPECT_EQ(printed.points - printed.holds, 67U + 81U);
    EXPECT_EQ(find(all, "D8", "as printed", "unit of mass").holds, 0U);
    const auto& enough = find(all, "D8", "as printed", "D W >= N");
    EXPECT_EQ(enough.holds, enough.points);
}

TEST(Claims, FindPropositionOneRightAsCorrectedAndWrongAsPrinted) {
    const auto all = check_market_claims();

    EXPECT_EQ(find(all, "proposition-1", "corrected").verdict(), "holds");
    const auto& printed = find(all, "proposition-1", "as printed");
    EXPECT_EQ(printed.verdict(), "fails, holds");
    EXPECT_THAT(printed.counter_example, HasSubstr("c_b = 1/20"));
}

// "section 5 claim: 2640 markets, reduction > 0 at 1920 (all with delta > 0 and price cap above cost), pi >=
// 0 everywhere, cap binds at 554"
TEST(Claims, CountSectionFiveAsTheCheckerDoes) {
    const auto all = check_section_5();

    expect(find(all, "section-5", "anywhere"), 1920, 2640);
    EXPECT_EQ(figure(find(all, "section-5", "anywhere"), "the ceiling binds"), 554U);
    expect(find(all, "section-5", "corrected", "if and only if"), 2640, 2640);
    EXPECT_EQ(find(all, "section-5", "corrected", "profit >= 0").verdict(), "holds");
    EXPECT_EQ(find(all, "section-5", "corrected", "displacement").holds, 0U);
}

// "Result 1: 2590 interior points; (1) fails at 0, (2) fails at 0"; "sign violations {'beta_d': 1356,
// 'beta_s': 1763, 'c': 800}, first examples {'beta_s': ('21/20', '0', '0', '1/10'), 'beta_d': ('29/20', '0',
// '1/5', '1'), 'c': ('41/20', '0', '0', '1/10')}"
TEST(Claims, CountResultOneAsTheCheckerDoes) {
    const auto all = check_result_1();

    const auto& rises = find(all, "result-1-1", "corrected");
    EXPECT_EQ(figure(rises, "interior points, also those where one side is empty"), 2590U);
    EXPECT_EQ(rises.verdict(), "holds");
    EXPECT_EQ(find(all, "result-1-2", "both sides take part").verdict(), "holds");
    const auto& by_d = find(all, "result-1-1", "printed fees", "beta_d");
    expect(by_d, 2590 - 1356, 2590);
    EXPECT_EQ(by_d.counter_example, "c = 29/20, beta_d = 0, beta_s = 1/5, q = 1");
    const auto& by_s = find(all, "result-1-1", "printed fees", "beta_s");
    expect(by_s, 2590 - 1763, 2590);
    EXPECT_EQ(by_s.counter_example, "c = 21/20, beta_d = 0, beta_s = 0, q = 1/10");
    const auto& by_c = find(all, "result-1-2", "printed fees");
    expect(by_c, 2590 - 800, 2590);
    EXPECT_EQ(by_c.counter_example, "c = 41/20, beta_d = 0, beta_s = 0, q = 1/10");
    EXPECT_EQ(find(all, "result-1-2", "alpha_s = c").holds, 0U);
}

// "(3) concave in q only if k > 2(bd^2+bs^2+g bd bs)/(4-g^2): fails at 3411 of 6075 points"
TEST(Claims, CountTheConcaveProfitsAsTheCheckerDoes) {
    const auto all = check_result_1_in_q();

    expect(find(all, "result-1-3", "unconditional"), 6075 - 3411, 6075);
    expect(find(all, "result-1-3", "corrected", "if and only if"), 6075, 6075);
    expect(find(all, "result-1-3", "shares kept"), 300, 300);
}

// The register: N*, pi* and the Hessian of welfare are right where the specification says so, nothing else.
TEST(Claims, JudgeThePrintedFormulasAsTheRegisterDoes) {
    const auto one = check_result_1();
    EXPECT_EQ(find(one, "D11, D12", "alpha_s = 1").verdict(), "holds");
    EXPECT_EQ(find(one, "D14", "as printed").holds, 0U);
    EXPECT_EQ(find(one, "D15", "as printed").holds, 0U);
    EXPECT_EQ(find(one, "D16", "as printed").holds, 0U);
    EXPECT_EQ(find(one, "D18", "exchanged").verdict(), "holds");
    EXPECT_EQ(find(one, "D17", "corrected").verdict(), "holds");
    EXPECT_EQ(find(one, "D17", "as printed", "exists").counter_example, "c = 41/20");
    const auto two = check_result_2_welfare();
    EXPECT_EQ(find(two, "D19", "as printed", "Hessian").verdict(), "holds");
    EXPECT_EQ(find(two, "D19", "as printed", "N_d*, N_s*").verdict(), "holds");
    for (const auto* formula : {"N_d at", "N_s at", "surplus", "f_d*", "f_s*", "profit", "W*"}) {
        EXPECT_NE(find(two, "D19", "as printed", formula).verdict(), "holds") << formula;
    }
}

// "R1 4536 3031 4460 4428; no optimum, outside 5022 2835 2428 4671; R2 1782 0 0 1749; exists, outside 3780
// 777 3630 3616" (points, then gains by the printed formula, by the closed form, and with shares kept in
// 0..1)
TEST(Claims, CountResultTwoOneAsTheCheckerDoes) {
    const auto all = check_result_2_welfare();

    struct Row {
        const char* region;
        std::size_t points;
        std::size_t printed;
        std::size_t closed;
        std::size_t boxed;
    };
    for (const auto& row :
         {Row{"in R1", 4536, 3031, 4460, 4428}, Row{"in R2", 1782, 0, 0, 1749},
          Row{"an optimum exists", 3780, 777, 3630, 3616}, Row{"no optimum", 5022, 2835, 2428, 4671}}) {
        expect(find(all, "result-2-1", "as printed", row.region), row.printed, row.points);
        expect(find(all, "result-2-1", "closed form", row.region), row.closed, row.points);
        expect(find(all, "result-2-1", "shares kept", row.region), row.boxed, row.points);
    }
    EXPECT_EQ(find(all, "result-2-1", "closed form", "at q*").verdict(), "holds");
    EXPECT_EQ(find(all, "result-2-1", "closed form", "2 q*").verdict(), "holds");
    EXPECT_EQ(find(all, "result-2-1", "shares kept", "every sigma").verdict(), "holds");
}

// "welfare optimum: points g>0: 0, g<0: 969", "E = N_d g<0: 74.6% 100.0% 100.0%", and so on.
TEST(Claims, CountResultTwoTwoAsTheCheckerDoes) {
    const auto all = check_result_2_emission();

    struct Row {
        const char* reading;
        std::array<double, 3> percent;  // of the points with g < 0
    };
    const auto compare = [&all](const std::vector<Row>& rows, std::size_t points) {
        for (const auto& row : rows) {
            const auto& claim = find(all, "result-2-2", row.reading);
            const auto share = [&](const char* what) {
                const auto count = static_cast<double>(figure(claim, std::string(what) + ", g < 0"));
                return 100 * count / static_cast<double>(points);
            };
            EXPECT_EQ(figure(claim, "points, g < 0"), points);
            EXPECT_NEAR(share("rises with q"), row.percent[0], 0.05) << row.reading;
            EXPECT_NEAR(share("rises with beta_d"), row.percent[1], 0.05) << row.reading;
            EXPECT_NEAR(share("falls with beta_s"), row.percent[2], 0.05) << row.reading;
        }
    };
    compare({{"E = N_d, welfare", {74.6, 100, 100}},
             {"E = N_s, welfare", {74.6, 0, 0}},
             {"E = N_d N_s, welfare", {90.5, 92.3, 7.7}},
             {"E = min(N_d, N_s), welfare", {49.2, 30.7, 69.3}},
             {"E = N_d + N_s, welfare", {100, 100, 0}}},
            969);
    compare({{"E = N_d, profit", {77.0, 100, 100}},
             {"E = N_s, profit", {77.0, 0, 0}},
             {"E = N_d N_s, profit", {91.8, 93.9, 6.1}},
             {"E = min(N_d, N_s), profit", {54.0, 33.0, 67.0}},
             {"E = N_d + N_s, profit", {100, 100, 0}}},
            2006);
    EXPECT_EQ(figure(find(all, "result-2-2", "E = N_d, profit"), "points, g > 0"), 761U);
    EXPECT_EQ(figure(find(all, "result-2-2", "E = N_d, profit"), "falls with beta_s, g > 0"), 0U);
}

TEST(Claims, HaveEveryEntryOfTheRegister) {
    const auto all = check_claims([](const std::string&) {});
    for (int i = 1; i <= 25; ++i) {
        const std::string wanted = "D" + std::to_string(i) + ",";
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Claim& one) {
            return (one.id + ",").find(wanted) != std::string::npos;
        })) << wanted;
    }
    for (const auto& claim : all) {
        EXPECT_TRUE(claim.points != 0 || !claim.note.empty()) << claim.claim;
    }
}

}  // namespace
}  // namespace pcq::cli::model
