#include "src/cli/model/parameters.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include <toml++/toml.h>

namespace pcq::cli::model {
namespace {

// The domain that a value breaks, in words; empty if it lies inside.
std::string broken(const Parameter& what, const Rational& value) {
    switch (what.domain) {
        case Domain::any:
            return "";
        case Domain::not_negative:
            return value < 0 ? "must not be negative" : "";
        case Domain::positive:
            return value <= 0 ? "must be above 0" : "";
        case Domain::share:
            return value < 0 || value > 1 ? "must be from 0 to 1" : "";
    }
    return "";
}

std::string line_of(const toml::node& node) {
    return "line " + std::to_string(node.source().begin.line) + ": ";
}

// A number in the unit that its key or its string names.
struct FileValue {
    std::string key;
    Rational value;
};

Result<Rational> plain_number(const toml::node& node, const std::string& written) {
    if (const auto whole = node.value_exact<std::int64_t>()) return Rational(*whole);
    if (const auto number = node.value_exact<double>(); number && std::isfinite(*number))
        return rational_from(*number);
    return Error{Code::bad_argument, line_of(node) + written + " must be a number or a string with a unit"};
}

Result<FileValue> file_value(const std::string& written, const toml::node& node) {
    for (const auto& one : parameters()) {
        if (written == one.key) {
            if (const auto text = node.value_exact<std::string>()) {
                auto value = quantity_from(*text, one.unit);
                if (!value)
                    return Error{Code::bad_argument, line_of(node) + written + " " + value.error().message};
                return FileValue{one.key, *value};
            }
            if (one.unit != Unit::one && one.unit != Unit::people) {
                return Error{Code::bad_argument, line_of(node) + written + " has no unit: write " + written +
                                                     key_units(one.unit).front().suffix +
                                                     ", or a string like \"1 " + name(one.unit) + "\""};
            }
        }
        for (const auto& unit : key_units(one.unit)) {
            if (written != one.key + unit.suffix) continue;
            auto value = plain_number(node, written);
            if (!value) return value.error();
            return FileValue{one.key, *value * unit.worth};
        }
    }
    return Error{Code::bad_argument,
                 line_of(node) + written + " is no parameter of the model; pcq model --help lists them"};
}

}  // namespace

bool Inputs::wants(const std::string& key) const {
    return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

void Inputs::add_to(CLI::App& command) {
    std::vector<std::string> fitting;
    std::string list;
    for (const auto& one : presets()) {
        const bool fits = std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
            return key != "displacement" && one.values.count(key) != 0;
        });
        if (!fits) continue;
        fitting.push_back(one.name);
        list += (list.empty() ? "" : ", ") + one.name + " (" + one.meaning + ")";
    }
    command.add_option("--preset", preset_, "where values come from that are not given: " + list)
        ->type_name("NAME")
        ->check(CLI::IsMember(fitting))
        ->capture_default_str();
    command
        .add_option(
            "--parameters", file_,
            "TOML file with values, the unit in the key (effort_cost_cny_per_kg = 0.2) or in a string "
            "(effort_cost = \"0.2 CNY/kg\"); flags win")
        ->type_name("FILE");
    for (const auto& key : keys_) {
        const auto& what = parameter(key);
        command
            .add_option(flag_of(key), flags_[key],
                        (what.symbol.empty() ? "" : what.symbol + ": ") + what.meaning)
            ->type_name(name(what.unit));
    }
}

Result<> Inputs::take(const std::string& key, const Rational& value, const std::string& from,
                      const std::string& named) {
    const auto& what = parameter(key);
    if (const auto why = broken(what, value); !why.empty()) {
        return Error{Code::bad_argument, named + " " + why +
                                             (what.unit == Unit::one ? "" : " (" + name(what.unit) + ")") +
                                             "; it is " + decimal_text(value)};
    }
    // The supply is given whole or as people and their surplus: what comes later replaces the other form.
    const auto drop = [this](const std::string& other) {
        used_.erase(std::remove_if(used_.begin(), used_.end(),
                                   [&](const auto& one) { return one.what->key == other; }),
                    used_.end());
    };
    if (key == "supply_max") {
        drop("population");
        drop("avg_reduction");
    } else if (key == "population" || key == "avg_reduction") {
        drop("supply_max");
    }
    const auto found =
        std::find_if(used_.begin(), used_.end(), [&](const auto& one) { return one.what == &what; });
    if (found != used_.end()) {
        *found = Used{&what, value, from};
    } else {
        used_.push_back(Used{&what, value, from});
    }
    return {};
}

Result<> Inputs::read_preset() {
    const auto& values = preset(preset_).values;
    for (const auto& key : keys_) {
        const auto found = values.find(key);
        if (found == values.end()) continue;
        const auto value = econ::exact::parse(found->second);
        if (!value) throw std::logic_error("preset " + preset_ + ": " + key);
        if (auto taken = take(key, *value, preset_, key); !taken) return taken.error();
    }
    return {};
}

Result<> Inputs::read_file() {
    if (file_.empty()) return {};
    toml::table document;
    try {
        document = toml::parse_file(file_);
    } catch (const toml::parse_error& error) {
        std::ostringstream where;
        if (error.source().begin.line != 0) where << "line " << error.source().begin.line << ": ";
        return Error{Code::bad_argument,
                     "--parameters " + file_ + ": " + where.str() + std::string(error.description())};
    }
    for (const auto& [written, node] : document) {
        const auto value = file_value(std::string(written.str()), node);
        if (!value) return Error{Code::bad_argument, "--parameters " + file_ + ": " + value.error().message};
        if (!wants(value->key)) continue;  // one file may serve several commands
        const auto named = "--parameters " + file_ + ": " + line_of(node) + std::string(written.str());
        if (auto taken = take(value->key, value->value, file_, named); !taken) return taken.error();
    }
    return {};
}

Result<> Inputs::read_flags() {
    for (const auto& key : keys_) {
        const auto& text = flags_.at(key);
        if (text.empty()) continue;
        const auto value = quantity_from(text, parameter(key).unit);
        if (!value) return Error{Code::bad_argument, flag_of(key) + " " + value.error().message};
        if (auto taken = take(key, *value, flag_of(key), flag_of(key)); !taken) return taken.error();
    }
    return {};
}

Result<> Inputs::read_preset_only() {
    used_.clear();
    return read_preset();
}

Result<> Inputs::read() {
    used_.clear();
    if (auto done = read_preset(); !done) return done.error();
    if (auto done = read_file(); !done) return done.error();
    return read_flags();
}

const Rational& Inputs::at(const std::string& key) const {
    for (const auto& one : used_) {
        if (one.what->key == key) return one.value;
    }
    throw std::logic_error("parameter " + key + " was not read");
}

void Inputs::set(const std::string& key, const Rational& value) {
    static_cast<void>(take(key, value, "computed", key));
}

std::string Inputs::summary() const {
    std::string text;
    for (const auto& one : used_) {
        text += (text.empty() ? "" : ", ") + (one.what->symbol.empty() ? one.what->key : one.what->symbol) +
                " = " + decimal_text(one.value) +
                (one.what->unit == Unit::one ? "" : " " + name(one.what->unit));
    }
    return text;
}

Rational supply_of(const Inputs& inputs) {
    for (const auto& one : inputs.used()) {
        if (one.what->key == "supply_max") return one.value;
    }
    return inputs.at("population") * inputs.at("avg_reduction");
}

econ::exact::MarketIn market_of(const Inputs& inputs) {
    return {.quota_cap = inputs.at("quota_cap"),
            .offset_ratio = inputs.at("offset_ratio"),
            .effort_cost = inputs.at("effort_cost"),
            .costs = {.op_cost = inputs.at("op_cost"), .chain_cost = inputs.at("chain_cost")},
            .market_price = inputs.at("market_price"),
            .supply_max = supply_of(inputs)};
}

econ::exact::Region region_of(const Inputs& inputs) {
    return {.quota_cap = inputs.at("quota_cap"),
            .supply_max = supply_of(inputs),
            .effort_cost = inputs.at("effort_cost"),
            .market_price = inputs.at("market_price"),
            .abatement_ease = inputs.at("abatement_ease")};
}

econ::exact::Platform platform_of(const Inputs& inputs) {
    return {.service_level = inputs.at("service_level"),
            .sens_d = inputs.at("sens_d"),
            .sens_s = inputs.at("sens_s"),
            .ask_price = inputs.at("ask_price"),
            .cross_d = inputs.at("cross_d"),
            .cross_s = inputs.at("cross_s"),
            .service_cost = inputs.at("service_cost")};
}

econ::exact::ext::Game game_of(const Inputs& inputs) {
    return {.platform = platform_of(inputs),
            .fees = {.d = inputs.at("fee_d"), .s = inputs.at("fee_s")},
            .chain_cost = inputs.at("chain_cost_norm")};
}

}  // namespace pcq::cli::model
