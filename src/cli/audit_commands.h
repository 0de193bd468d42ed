// What stands below `pcq audit` beside the checks of one account and one store.
#pragma once

#include <boost/json/object.hpp>

#include "src/cli/commands.h"
#include "src/ledger/block.h"

namespace pcq::cli {

void add_check_audit(CLI::App& audit, Session& session);
void add_verify_audit(CLI::App& audit, Session& session);
void add_export_audit(CLI::App& audit, Session& session);
void add_sync_audit(CLI::App& audit, Session& session);

// What a node says of one person's period at a height, in the shape of a statement (docs/audit.md).
std::optional<boost::json::object> ask_statement(Session& session, const ChainId& chain,
                                                 const AccountId& account, std::uint32_t period,
                                                 std::uint64_t height);
// Writes it, if it holds.
Result<> write_statement(const boost::json::object& statement, const ledger::Genesis& genesis,
                         const std::string& file);

}  // namespace pcq::cli
