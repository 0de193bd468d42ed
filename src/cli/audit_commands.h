// What stands below `pcq audit` beside the checks of one account and one store.
#pragma once

#include "src/cli/commands.h"

namespace pcq::cli {

void add_verify_audit(CLI::App& audit, Session& session);
void add_export_audit(CLI::App& audit, Session& session);
void add_sync_audit(CLI::App& audit, Session& session);

}  // namespace pcq::cli
