// The table of parameters and the presets of the specification's section 10.
#include <algorithm>
#include <stdexcept>

#include "src/cli/model/parameters.h"

namespace pcq::cli::model {
namespace {

const std::map<std::string, std::string> kMarket = {
    {"quota_cap", "200000000000"}, {"offset_ratio", "0.7"}, {"population", "1400000000"},
    {"avg_reduction", "1000"},     {"effort_cost", "0.2"},  {"market_price", "0.1"},
    {"op_cost", "0.01"},           {"chain_cost", "0.005"}, {"abatement_ease", "3000000000000"},
    {"displacement", "0"},
};
const std::map<std::string, std::string> kProfit = {
    {"ask_price", "1"}, {"cross_d", "0"},         {"cross_s", "1"},        {"sens_d", "0.3"},
    {"sens_s", "0.2"},  {"service_level", "0.5"}, {"service_cost", "0.5"},
};

std::map<std::string, std::string> with(std::map<std::string, std::string> values,
                                        const std::map<std::string, std::string>& others) {
    for (const auto& [key, value] : others) values[key] = value;
    return values;
}

const std::map<std::string, std::string> kEvolution = with(kProfit, {{"cross_s", "0.5"},
                                                                     {"service_cost", "0.1"},
                                                                     {"fee_d", "0.2"},
                                                                     {"fee_s", "0.8"},
                                                                     {"chain_cost_norm", "0.05"},
                                                                     {"rel_demand", "0.4"},
                                                                     {"price_speed", "0.5"}});

}  // namespace

const std::vector<Parameter>& parameters() {
    static const std::vector<Parameter> all = {
        {"quota_cap", "N", Unit::kg, Domain::positive, "total emission under the cap"},
        {"offset_ratio", "delta", Unit::one, Domain::share, "share of it that may be offset, 0 to 1"},
        {"population", "W", Unit::people, Domain::not_negative, "number of individuals"},
        {"avg_reduction", "D", Unit::kg_per_person, Domain::not_negative, "average surplus of one of them"},
        {"supply_max", "D W", Unit::kg, Domain::not_negative, "surplus of all; instead of W and D"},
        {"effort_cost", "e", Unit::cny_per_kg, Domain::positive, "cost scale of obtaining surplus"},
        {"op_cost", "c", Unit::cny_per_kg, Domain::not_negative, "the platform's unit operating cost"},
        {"chain_cost", "c_b", Unit::cny_per_kg, Domain::not_negative, "extra unit cost of the blockchain"},
        {"market_price", "P", Unit::cny_per_kg, Domain::not_negative,
         "price of an ordinary allowance, the ceiling of P_c; 0 is none"},
        {"abatement_ease", "k", Unit::kg2_per_cny, Domain::positive, "k c_1 = N (1 - delta)"},
        {"displacement", "", Unit::one, Domain::share,
         "share of bought surplus that replaces abatement done anyway"},
        {"service_level", "q", Unit::one, Domain::not_negative, "service level; 0 is no blockchain service"},
        {"sens_d", "beta_d", Unit::one, Domain::not_negative, "demanders' sensitivity to service"},
        {"sens_s", "beta_s", Unit::one, Domain::not_negative, "suppliers' sensitivity to service"},
        {"ask_price", "c", Unit::one, Domain::not_negative, "a demander's loss per unit of supplier scale"},
        {"cross_d", "alpha_d", Unit::one, Domain::not_negative, "a demander's gain from suppliers"},
        {"cross_s", "alpha_s", Unit::one, Domain::not_negative, "a supplier's gain from demanders"},
        {"service_cost", "k", Unit::one, Domain::positive, "service costs k q^2/2"},
        {"fee_d", "f_d", Unit::one, Domain::any, "demanders' registration fee; negative is a subsidy"},
        {"fee_s", "f_s", Unit::one, Domain::any, "suppliers' registration fee"},
        {"chain_cost_norm", "c_b", Unit::one, Domain::not_negative, "chain cost per match, normalised"},
        {"rel_demand", "r", Unit::one, Domain::share, "demand over all surplus, N delta/(D W)"},
        {"price_speed", "a", Unit::one, Domain::positive, "how fast the price moves in the game"},
    };
    return all;
}

const Parameter& parameter(const std::string& key) {
    const auto& all = parameters();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.key == key; });
    if (found == all.end()) throw std::logic_error("no parameter " + key);
    return *found;
}

const std::vector<Preset>& presets() {
    static const std::vector<Preset> all = {
        {"T1", "market", kMarket, econ::Objective::profit},
        {"households", "T1 with delta 0.1, so that the ceiling does not bind",
         with(kMarket, {{"offset_ratio", "0.1"}}), econ::Objective::profit},
        {"T2", "platform for profit", kProfit, econ::Objective::profit},
        {"T3", "platform for welfare",
         with(kProfit, {{"cross_d", "0.1"}, {"cross_s", "0.5"}, {"service_level", "0.25"}}),
         econ::Objective::welfare},
        {"T4", "evolution, service worth its cost", kEvolution, econ::Objective::profit},
        {"T4-costly", "evolution, service too costly", with(kEvolution, {{"service_cost", "2"}}),
         econ::Objective::profit},
        {"T5", "agents on T1 and T2", with(kMarket, kProfit), econ::Objective::profit},
    };
    return all;
}

const Preset& preset(const std::string& name) {
    const auto& all = presets();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (found == all.end()) throw std::logic_error("no preset " + name);
    return *found;
}

std::string flag_of(const std::string& key) {
    std::string flag = "--" + key;
    std::replace(flag.begin(), flag.end(), '_', '-');
    return flag;
}

}  // namespace pcq::cli::model
