// Numbers with units, presets, parameter files and flags of pcq model.
#include "src/cli/model/parameters.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcq::cli::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Quantity, KeepsDecimalsFractionsAndUnitsExact) {
    const auto is = [](const char* text, Unit unit, const Rational& expected) {
        const auto value = quantity_from(text, unit);
        ASSERT_TRUE(value) << text << ": " << value.error().message;
        EXPECT_EQ(*value, expected) << text;
    };
    is("0.1", Unit::one, Rational(1, 10));
    is("7/10", Unit::one, Rational(7, 10));
    is("70%", Unit::one, Rational(7, 10));
    is("-0.25", Unit::one, Rational(-1, 4));
    is("2e11", Unit::kg, Rational("200000000000"));
    is("1.5e-3", Unit::one, Rational(15, 10'000));
    is("200 Mt", Unit::kg, Rational("200000000000"));
    is("5 g", Unit::kg, Rational(5, 1'000));
    is("200 CNY/t", Unit::cny_per_kg, Rational(1, 5));
    is("0.2 CNY/kg", Unit::cny_per_kg, Rational(1, 5));
    is("1 t/person", Unit::kg_per_person, 1'000);
    is("3 t^2/CNY", Unit::kg2_per_cny, 3'000'000);
}

TEST(Quantity, RefusesWhatIsNoNumberOrHasAnotherUnit) {
    const auto refused = [](const char* text, Unit unit, const char* says) {
        const auto value = quantity_from(text, unit);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, Code::bad_argument);
        EXPECT_THAT(value.error().message, AllOf(HasSubstr(says), HasSubstr(text)));
    };
    refused("much", Unit::one, "a number");
    refused("1/0", Unit::one, "a number");
    refused("0.2 kg", Unit::cny_per_kg, "CNY/kg");
    refused("0.2 EUR/kg", Unit::cny_per_kg, "CNY/t");
    refused("1e999", Unit::kg, "a number");
    refused("nan", Unit::kg, "a number");
    refused("1 2", Unit::kg, "a number");
}

TEST(Quantity, IsShownWithSixDigitsAndItsFraction) {
    EXPECT_EQ(full_text(Rational(497, 680)), "0.730882 (497/680)");
    EXPECT_EQ(full_text(Rational(7, 10)), "0.7");
    EXPECT_EQ(full_text(Rational("2800000000")), "2800000000");
    EXPECT_EQ(full_text(Rational(-1, 3)), "-0.333333 (-1/3)");
    EXPECT_EQ(text_of(Rational(11, 200), Unit::cny_per_kg), "0.055 CNY/kg");
}

class ModelInputs : public testing::Test {
protected:
    ModelInputs() : folder_(std::filesystem::temp_directory_path() / "pcq-model-XXXXXX") {
        std::string name = folder_.string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    ~ModelInputs() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& content) const {
        const auto path = folder_ / "parameters.toml";
        std::ofstream(path) << content;
        return path.string();
    }

    // As a command of the market reads them.
    static Result<> read(Inputs& inputs, std::vector<std::string> arguments) {
        CLI::App app;
        inputs.add_to(app);
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        return inputs.read();
    }

private:
    std::filesystem::path folder_;
};

TEST_F(ModelInputs, ComeFromFlagThenFileThenPreset) {
    Inputs inputs(kMarketKeys, "T1");
    const auto path = file("effort_cost_cny_per_t = 300\nop_cost = \"20 CNY/t\"\noffset_ratio = 0.3\n");

    const auto done = read(inputs, {"--parameters", path, "--offset-ratio", "1/2"});

    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(inputs.at("offset_ratio"), Rational(1, 2));     // flag
    EXPECT_EQ(inputs.at("effort_cost"), Rational(3, 10));     // file, per tonne
    EXPECT_EQ(inputs.at("op_cost"), Rational(1, 50));         // file, as text
    EXPECT_EQ(inputs.at("chain_cost"), Rational(5, 1'000));   // T1
    EXPECT_EQ(supply_of(inputs), Rational("1400000000000"));  // T1, W D
}

TEST_F(ModelInputs, TakeTheSupplyInsteadOfPeopleAndTheirSurplus) {
    Inputs inputs(kMarketKeys, "T1");
    ASSERT_TRUE(read(inputs, {"--supply-max", "100 Mt"}));
    EXPECT_EQ(supply_of(inputs), Rational("100000000000"));

    Inputs people(kMarketKeys, "T1");
    const auto path = file("supply_max_kg = 7\n");
    ASSERT_TRUE(read(people, {"--parameters", path, "--population", "10", "--avg-reduction", "3"}));
    EXPECT_EQ(supply_of(people), 30) << "flags win over the file's supply";
}

TEST_F(ModelInputs, KeepADecimalOfTheFileExact) {
    Inputs inputs(kMarketKeys, "T1");
    ASSERT_TRUE(read(inputs, {"--parameters", file("effort_cost_cny_per_kg = 0.1\nquota_cap_kg = 2e11\n")}));
    EXPECT_EQ(inputs.at("effort_cost"), Rational(1, 10));
    EXPECT_EQ(inputs.at("quota_cap"), Rational("200000000000"));
}

TEST_F(ModelInputs, AreRefusedByNameAndLine) {
    const auto refused = [this](const std::string& content, const testing::Matcher<std::string>& says) {
        Inputs inputs(kMarketKeys, "T1");
        const auto done = read(inputs, {"--parameters", file(content)});
        ASSERT_FALSE(done) << content;
        EXPECT_EQ(done.error().code, Code::bad_argument);
        EXPECT_THAT(done.error().message, says);
    };
    refused("effort_cost = 0.2\n", AllOf(HasSubstr("line 1"), HasSubstr("effort_cost_cny_per_kg")));
    refused("\neffort_kost_cny_per_kg = 0.2\n", AllOf(HasSubstr("line 2"), HasSubstr("effort_kost")));
    refused("offset_ratio = 1.5\n", AllOf(HasSubstr("line 1"), HasSubstr("from 0 to 1"), HasSubstr("1.5")));
    refused("effort_cost_cny_per_kg = -1\n", AllOf(HasSubstr("above 0"), HasSubstr("CNY/kg")));
    refused("effort_cost = \"0.2 kg\"\n", AllOf(HasSubstr("line 1"), HasSubstr("CNY/kg")));
    refused("offset_ratio = true\n", HasSubstr("number"));
    refused("offset_ratio = inf\n", HasSubstr("number"));
    refused("offset_ratio = \n", AllOf(HasSubstr("parameters.toml"), HasSubstr("line 1")));
    Inputs inputs(kMarketKeys, "T1");
    const auto flag = read(inputs, {"--effort-cost", "0"});
    ASSERT_FALSE(flag);
    EXPECT_THAT(flag.error().message, AllOf(HasSubstr("--effort-cost"), HasSubstr("above 0")));
}

TEST(ModelPresets, AreThoseOfTheSpecification) {
    const auto number = [](const char* name, const char* key) {
        return *econ::exact::parse(preset(name).values.at(key));
    };
    EXPECT_EQ(number("T1", "abatement_ease"), Rational("3000000000000"));
    EXPECT_EQ(number("T3", "ask_price") - number("T3", "cross_d"), Rational(9, 10));
    EXPECT_EQ(number("T4", "service_cost"), Rational(1, 10));
    EXPECT_EQ(number("T4-costly", "service_cost"), 2);
    EXPECT_EQ(preset("T3").objective, econ::Objective::welfare);
    for (const auto& one : presets()) {
        for (const auto& [key, text] : one.values)
            EXPECT_TRUE(econ::exact::parse(text)) << parameter(key).key;
    }
}

}  // namespace
}  // namespace pcq::cli::model
