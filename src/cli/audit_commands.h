// What stands below `pcq audit` beside the checks of one account and one store.
#pragma once

#include <boost/json/object.hpp>

#include "src/audit/movements.h"
#include "src/cli/commands.h"
#include "src/ledger/block.h"

namespace pcq::cli {

void add_check_audit(CLI::App& audit, Session& session);
void add_verify_audit(CLI::App& audit, Session& session);
void add_attestations_audit(CLI::App& audit, Session& session);
void add_export_audit(CLI::App& audit, Session& session);
void add_sync_audit(CLI::App& audit, Session& session);

struct StatementOptions {
    std::uint64_t height = 0;
    bool movements = false;  // all of them, back to the first
};
// What a node says of one person's period at a height, in the shape of a statement (docs/audit.md). It is to
// be checked still; movements are asked for of records that were proven.
std::optional<boost::json::object> ask_statement(Session& session, const ledger::Genesis& genesis,
                                                 const AccountId& account, std::uint32_t period,
                                                 const StatementOptions& options);
// If it holds, its movements, if it lists them; and written to the file, if one is named.
Result<std::optional<audit::Movements>> check_statement(const boost::json::object& statement,
                                                        const ledger::Genesis& genesis,
                                                        const std::string& file);

}  // namespace pcq::cli
