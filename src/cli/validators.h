// How a validator that is to be added or removed reads on the command line.
//
//   NAME:KEY:POSSESSION   one to be added: 64 hexadecimal digits of its Ed25519 key and the 128 of the key's
//                         signature for the proposer, as `pcq key possession` prints them
//   NAME or KEY           one to be removed
#pragma once

#include <string>
#include <vector>

#include "proto/pcq/v1/governance.pb.h"

#include "src/cli/commands.h"

namespace pcq::cli {

// What the node's operator hands to the proposer, who must be this account.
Result<std::string> possession(const crypto::SigningKey& key, const std::string& name, const ChainId& chain,
                               const AccountId& proposer);
Result<proto::NewValidator> new_validator(const std::string& text);

// The change, with keys for the names of those who validate now; nothing, and the session's exit code, if it
// cannot be said.
std::optional<proto::ValidatorChange> validator_change(Session& session, const std::vector<std::string>& add,
                                                       const std::vector<std::string>& remove);
// "add fifth, remove 0a1b...": of a proposal as RPC shows it.
std::string change_text(const boost::json::object& change);

// pcq governance validators.
void add_validator_list(CLI::App& governance, Session& session);

}  // namespace pcq::cli
