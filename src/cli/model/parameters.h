// The parameters of `pcq model`: one table of names, units and meanings (economics specification, section 1),
// the presets T1 to T5 (section 10), and where a command's values come from: a flag, else the file of
// --parameters, else a preset.
//
// A value outside its domain, an unknown key or a number whose unit nobody said is a bad_argument that names
// the flag or the line. Used by one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/cli/model/quantity.h"
#include "src/economics/exact/evolution.h"
#include "src/economics/exact/welfare.h"

namespace pcq::cli::model {

enum class Domain { any, not_negative, positive, share };

struct Parameter {
    std::string key;  // "effort_cost"; the flag is --effort-cost
    std::string symbol;
    Unit unit = Unit::one;
    Domain domain = Domain::not_negative;
    std::string meaning;
};
const std::vector<Parameter>& parameters();
const Parameter& parameter(const std::string& key);
std::string flag_of(const std::string& key);

struct Preset {
    std::string name;
    std::string meaning;
    std::map<std::string, std::string> values;
    econ::Objective objective = econ::Objective::profit;
};
const std::vector<Preset>& presets();
const Preset& preset(const std::string& name);

// What a command reads.
inline const std::vector<std::string> kMarketKeys = {
    "quota_cap",   "offset_ratio", "population", "avg_reduction", "supply_max",
    "effort_cost", "op_cost",      "chain_cost", "market_price",  "abatement_ease"};
inline const std::vector<std::string> kPlatformKeys = {"service_level", "sens_d",  "sens_s",      "ask_price",
                                                       "cross_d",       "cross_s", "service_cost"};

inline const std::vector<std::string> kGameKeys = {
    "service_level", "sens_d", "sens_s", "ask_price",       "cross_d",    "cross_s",
    "service_cost",  "fee_d",  "fee_s",  "chain_cost_norm", "rel_demand", "price_speed"};

class Inputs {
public:
    Inputs(std::vector<std::string> keys, std::string preset)
        : keys_(std::move(keys)), preset_(std::move(preset)) {}

    // --preset, --parameters and a flag for each parameter; `this` must outlive the parsing.
    void add_to(CLI::App& command);
    Result<> read();
    Result<> read_preset_only();  // for inputs without a command

    // After read().
    const Rational& at(const std::string& key) const;
    void set(const std::string& key, const Rational& value);
    const Preset& chosen_preset() const { return preset(preset_); }
    struct Used {
        const Parameter* what = nullptr;
        Rational value;
        std::string from;  // "--effort-cost", "market.toml", "T1"
    };
    const std::vector<Used>& used() const { return used_; }
    std::string summary() const;  // "N 200000000000 kg, delta 0.7, ...": for plots

private:
    Result<> take(const std::string& key, const Rational& value, const std::string& from,
                  const std::string& named);
    Result<> read_preset();
    Result<> read_file();
    Result<> read_flags();
    bool wants(const std::string& key) const;

    std::vector<std::string> keys_;
    std::string preset_;
    std::string file_;
    std::map<std::string, std::string> flags_;
    std::vector<Used> used_;
};

// The model's structs from what was read; the supply is population x avg_reduction unless it is given.
Rational supply_of(const Inputs& inputs);
econ::exact::MarketIn market_of(const Inputs& inputs);
econ::exact::Region region_of(const Inputs& inputs);
econ::exact::Platform platform_of(const Inputs& inputs);
econ::exact::ext::Game game_of(const Inputs& inputs);

}  // namespace pcq::cli::model
