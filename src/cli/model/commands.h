// The commands below `pcq model`: the paper's mechanism (Sustainability 2024, 16, 5810) to be explored, with
// no network. Each adds its subcommand and says through the session how it went.
#pragma once

#include "src/cli/commands.h"
#include "src/cli/model/sheet.h"

namespace pcq::cli::model {

enum class Variant { corrected, printed };

void add_equilibrium(CLI::App& model, Session& session);
void add_fees(CLI::App& model, Session& session);
void add_welfare(CLI::App& model, Session& session);
void add_offset(CLI::App& model, Session& session);
void add_claims(CLI::App& model, Session& session);
void add_evolve(CLI::App& model, Session& session);
void add_simulate(CLI::App& model, Session& session);
void add_report(CLI::App& model, Session& session);

// --variant corrected|printed, --objective profit|welfare, --policy cross|none|free.
void add_variant(CLI::App& command, Variant& variant);
void add_objective(CLI::App& command, std::string& objective);
void add_policy(CLI::App& command, econ::FeePolicy& policy);
void add_plot(CLI::App& command, std::string& file, const std::string& what);  // --plot FILE.svg
// What was asked for, else what the preset is made for.
econ::Objective objective_of(const std::string& asked, const Preset& preset);

}  // namespace pcq::cli::model
