// The blocks of a running node, page by page over its RPC, for archives and audits; and the line that says
// how far such a thing is. Blocking; what is given is for one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "src/audit/archive.h"
#include "src/audit/verify.h"
#include "src/cli/commands.h"

namespace pcq::cli {

// The names of the chains that the session's node hosts.
Result<std::vector<std::string>> chains_of_node(const Session& session);
Result<audit::BlockSource> blocks_of_node(const Session& session, const std::string& chain);
// The same, with what names a receipt or a record that differs.
Result<audit::ReplaySource> replay_of_node(const Session& session, const std::string& chain);

// One line that counts up, for people who watch.
audit::Progress percent_line(const std::string& what);

}  // namespace pcq::cli
