// Files that prove something without a node, as pcq writes and shows them: certificates of surrender and
// statements.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/bytes.h"
#include "src/cli/commands.h"

namespace pcq::cli {

// bad_argument: it cannot be read, or has more than 8 MiB.
Result<std::string> content_of(const std::string& file);
// The changes of the validators up to a height, each with what proves it, as the node has them.
std::optional<boost::json::array> sets_until(Session& session, const std::string& chain,
                                             std::uint64_t height);
// The chain that the header of a node's answer is of. answer_malformed.
Result<ChainId> chain_of(const boost::json::value& answer);

// A settlement for people and for programs.
Rows settlement_rows(const AccountId& account, std::uint32_t period, const proto::SettlementRecord& record);
boost::json::object settlement_json(const AccountId& account, std::uint32_t period,
                                    const proto::SettlementRecord& record);

}  // namespace pcq::cli
