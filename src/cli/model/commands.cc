#include "src/cli/model/commands.h"

namespace pcq::cli {
namespace model {
namespace {

const std::map<std::string, Variant> kVariants = {{"corrected", Variant::corrected},
                                                  {"printed", Variant::printed}};
const std::map<std::string, econ::FeePolicy> kPolicies = {
    {"cross", econ::FeePolicy::cross}, {"none", econ::FeePolicy::none}, {"free", econ::FeePolicy::free}};

// Said by name, never by the number behind it.
template <class Value>
void add_choice(CLI::App& command, const std::string& flag, Value& value,
                const std::map<std::string, Value>& all, const std::string& help) {
    std::string names;
    for (const auto& [word, meaning] : all) names += (names.empty() ? "" : "|") + word;
    command
        .add_option_function<std::string>(
            flag, [&value, &all](const std::string& word) { value = all.at(word); }, help)
        ->check([&all, names](const std::string& word) {
            return all.count(word) != 0 ? "" : "must be one of " + names + "; it is \"" + word + "\"";
        })
        ->type_name(names);
}

std::string parameter_list() {
    std::string text =
        "Parameters, as flags (--effort-cost 0.2) and as keys of a file (effort_cost_cny_per_kg = 0.2):\n";
    for (const auto& one : parameters()) {
        text += "  " + one.key + std::string(one.key.size() < 18 ? 18 - one.key.size() : 1, ' ') +
                (one.unit == Unit::one ? "" : name(one.unit) + ", ") +
                (one.symbol.empty() ? "" : one.symbol + ": ") + one.meaning + "\n";
    }
    return text +
           "Numbers may be decimals or fractions, with a unit: 0.2, 1/5, 2e11, \"200 Mt\", \"20 CNY/t\".";
}

}  // namespace

void add_variant(CLI::App& command, Variant& variant) {
    add_choice(
        command, "--variant", variant, kVariants,
        "the formulas as the contracts apply them (corrected, the default), or as the paper prints them");
}

void add_policy(CLI::App& command, econ::FeePolicy& policy) {
    add_choice(
        command, "--policy", policy, kPolicies,
        "cross: any fee, but no outside money (the default); none: no negative fee either; free: anything");
}

void add_objective(CLI::App& command, std::string& objective) {
    command
        .add_option("--objective", objective,
                    "what the platform is run for: profit (section 3.2.1) or welfare (3.2.2); else what the "
                    "preset is made for")
        ->type_name("profit|welfare")
        ->check(CLI::IsMember({"profit", "welfare"}));
}

void add_plot(CLI::App& command, std::string& file, const std::string& what) {
    command
        .add_option("--plot", file,
                    "also draw " + what + " into an SVG file that does not exist yet; needs gnuplot")
        ->type_name("FILE.svg");
}

econ::Objective objective_of(const std::string& asked, const Preset& preset) {
    if (asked.empty()) return preset.objective;
    return asked == "profit" ? econ::Objective::profit : econ::Objective::welfare;
}

}  // namespace model

void add_model_commands(CLI::App& app, Session& session) {
    auto* command =
        app.add_subcommand("model", "explore the mechanism of the paper: prices, fees, welfare, its claims");
    command->require_subcommand(1);
    explain(*command, "pcq model equilibrium --offset-ratio 0.5", model::parameter_list());
    model::add_equilibrium(*command, session);
    model::add_fees(*command, session);
    model::add_welfare(*command, session);
    model::add_offset(*command, session);
    model::add_claims(*command, session);
    model::add_evolve(*command, session);
    model::add_simulate(*command, session);
    model::add_report(*command, session);
}

}  // namespace pcq::cli
