// What the demonstration expects of its households by the model, and how it keeps and shows what came about.
#include "deploy/demo/outcome.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/economics/status.h"

namespace pcq::demo {
namespace {

using namespace pcq::literals;
using testing::HasSubstr;

// Two households with 250 kg to spare each and one that lacks 400 kg, of which it may offset half:
// P_ph = 0.05 x 200/500 = 0.02, P_c = 2 x 0.02 + 0.015 = 0.055 CNY/kg.
struct Three {
    std::vector<Settled> people{{1'000'000_g, 750'000_g, Grams(), MicroYuan()},
                                {1'000'000_g, 750'000_g, Grams(), MicroYuan()},
                                {1'000'000_g, 1'400'000_g, Grams(), MicroYuan()}};
    Outcome outcome;
    Terms terms;

    explicit Three(Kind kind) {
        outcome.kind = kind;
        outcome.surplus = 500'000_g;
        outcome.excess = 400'000_g;
        outcome.offset_ratio = 500'000'000_ppb;
        terms.registration_fee = 100'000_uy;
    }
    Results expected() const { return *expected_of(outcome, people, terms); }
};

TEST(Expected, OfTradeIsPropositionOneOnTheSumsOfTheYear) {
    const Results model = Three(Kind::trade).expected();
    EXPECT_EQ(model.offset, 200'000_g);
    EXPECT_EQ(model.penalised, 200'000_g);
    EXPECT_EQ(model.sold, 200'000_g);
    EXPECT_EQ(model.buy, 20'000_uy_per_kg);
    EXPECT_EQ(model.sell, 55'000_uy_per_kg);
    EXPECT_EQ(model.profit, MicroYuan(4'000'000 + 3 * 100'000)) << "(0.055 - 0.02 - 0.015) x 200 and fees";
    EXPECT_EQ(model.seller_surplus, 2'000'000_uy) << "4 CNY less 0.05 x 200^2 / (2 x 500)";
    // k = 400 kg / 0.24: c_1 = 200 x 0.24 / 400 = 0.12, (0.3 - 0.12) x 200 = 36.
    EXPECT_NEAR(static_cast<double>(model.total_welfare.value()), 42'300'000.0, 10.0);
    // Sellers sell two fifths of 250 kg; the buyer pays for 200 kg and the penalty on as much.
    EXPECT_EQ(model.cost[9], MicroYuan(100'000 + 11'000'000 + 120'000'000));
}

TEST(Expected, OfTradeWithEachOtherIsThePriceOfSellersWithNothingForThePlatformButFees) {
    const Results model = Three(Kind::p2p).expected();
    EXPECT_EQ(model.buy, 20'000_uy_per_kg);
    EXPECT_EQ(model.sell, 20'000_uy_per_kg);
    EXPECT_EQ(model.profit, 300'000_uy);
    EXPECT_EQ(model.cost[9], MicroYuan(100'000 + 4'000'000 + 120'000'000));
}

TEST(Expected, WithoutTradeIsThePenaltyOnEverything) {
    const Results model = Three(Kind::no_trade).expected();
    EXPECT_EQ(model.sold, Grams());
    EXPECT_EQ(model.penalised, 400'000_g);
    EXPECT_EQ(model.profit, MicroYuan());
    EXPECT_EQ(model.cost[9], 240'000'000_uy);
}

TEST(Deciles, AreAveragesOfEqualParts) {
    std::vector<std::pair<Grams, MicroYuan>> costs;
    for (std::int64_t i = 20; i >= 1; --i) costs.emplace_back(Grams(i), MicroYuan(10 * i));
    const auto deciles = by_decile(costs);
    EXPECT_EQ(deciles[0], 15_uy);
    EXPECT_EQ(deciles[9], 195_uy);
    costs.resize(1);
    EXPECT_EQ(by_decile(costs)[9], 200_uy) << "one household is in one tenth";
    EXPECT_EQ(by_decile(costs)[0], MicroYuan());
}

TEST(Opening, LeavesTheShareToTheContractWhereTheBestOneLiesInside) {
    const auto open = opening({}, {400'000'000_g, 500'000'000_g, 300});
    EXPECT_TRUE(open.optimal_offset());
    EXPECT_EQ(open.policy().offset_ratio_ppb(), 0);
    EXPECT_EQ(open.override_reason(), "");
    EXPECT_EQ(open.estimates().excess_g(), 400'000'000);
    EXPECT_EQ(open.estimates().abatement_ease(), 400'000'000ll * 1'000'000 / 240'000);

    const auto short_supply = opening({}, {400'000'000_g, 100'000'000_g, 300});
    EXPECT_FALSE(short_supply.optimal_offset());
    EXPECT_GT(short_supply.policy().offset_ratio_ppb(), 0);
    EXPECT_THAT(short_supply.override_reason(), HasSubstr("CORNER_SUPPLY"));
    const auto nobody = opening({}, {Grams(), Grams(), 0}).estimates();
    EXPECT_GT(nobody.excess_g(), 0) << "estimates are above 0, or the period does not open";
    EXPECT_GT(nobody.people() * nobody.reduction_g() * nobody.abatement_ease(), 0);
}

TEST(Outcomes, AreKeptAndSetSideBySideOnlyIfTheyAreOfTheSameHouseholds) {
    std::string folder = (std::filesystem::temp_directory_path() / "pcq_outcome_XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const auto file = std::filesystem::path(folder) / "outcome.json";
    Outcome outcome = Three(Kind::p2p).outcome;
    outcome.households = 3;
    outcome.year = 2013;
    outcome.measured.cost[4] = MicroYuan(-7);
    outcome.model.total_welfare = 9'007'199'254'740'993_uy;
    ASSERT_TRUE(save_outcome(outcome, file));
    const auto read = load_outcome(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->kind, Kind::p2p);
    EXPECT_EQ(read->measured.cost[4], MicroYuan(-7));
    EXPECT_EQ(read->model.total_welfare, 9'007'199'254'740'993_uy);
    EXPECT_EQ(read->excess, 400'000_g);

    Outcome other = outcome;
    other.emitted = 1_g;
    EXPECT_TRUE(print_comparison({outcome, outcome}));
    EXPECT_EQ(print_comparison({outcome, other}).error().code, Code::bad_argument);
    std::ofstream(file, std::ios::trunc) << "{\"scenario\":\"trade\"";
    EXPECT_EQ(load_outcome(file).error().code, Code::bad_argument);
    EXPECT_EQ(load_outcome(file / "none").error().code, Code::io_failed);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pcq::demo
