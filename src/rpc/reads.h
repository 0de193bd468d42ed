// The handlers of methods that read; one function per method of docs/rpc.md. Parameters have been checked.
#pragma once

#include <boost/json/value.hpp>

#include "src/rpc/params.h"

namespace pcq::rpc {

using JsonResult = Result<boost::json::value>;

// The node and its blocks: reads_blocks.cc.
JsonResult read_chains(const Backend&, const Directory&, const Arguments&);
JsonResult read_genesis(const Backend&, const Directory&, const Arguments&);
JsonResult read_status(const Backend&, const Directory&, const Arguments&);
JsonResult read_validators(const Backend&, const Directory&, const Arguments&);
JsonResult read_header(const Backend&, const Directory&, const Arguments&);
JsonResult read_block(const Backend&, const Directory&, const Arguments&);
JsonResult read_transaction(const Backend&, const Directory&, const Arguments&);

// State: reads_state.cc.
JsonResult read_totals(const Backend&, const Directory&, const Arguments&);
JsonResult read_state(const Backend&, const Directory&, const Arguments&);
JsonResult read_account(const Backend&, const Directory&, const Arguments&);
JsonResult read_periods(const Backend&, const Directory&, const Arguments&);
JsonResult read_period(const Backend&, const Directory&, const Arguments&);
JsonResult read_prices(const Backend&, const Directory&, const Arguments&);
JsonResult read_epochs(const Backend&, const Directory&, const Arguments&);
JsonResult read_settlement(const Backend&, const Directory&, const Arguments&);
JsonResult read_platform(const Backend&, const Directory&, const Arguments&);
JsonResult read_report(const Backend&, const Directory&, const Arguments&);
JsonResult read_batches(const Backend&, const Directory&, const Arguments&);
JsonResult read_side_chains(const Backend&, const Directory&, const Arguments&);
JsonResult read_anchors(const Backend&, const Directory&, const Arguments&);
JsonResult read_users(const Backend&, const Directory&, const Arguments&);
JsonResult read_corrections(const Backend&, const Directory&, const Arguments&);
JsonResult read_emissions(const Backend&, const Directory&, const Arguments&);
JsonResult read_credits(const Backend&, const Directory&, const Arguments&);
JsonResult read_disputes(const Backend&, const Directory&, const Arguments&);
JsonResult read_methodologies(const Backend&, const Directory&, const Arguments&);
JsonResult read_allocation_rules(const Backend&, const Directory&, const Arguments&);
JsonResult read_proposals(const Backend&, const Directory&, const Arguments&);
JsonResult read_parameters(const Backend&, const Directory&, const Arguments&);
JsonResult read_validator_sets(const Backend&, const Directory&, const Arguments&);
JsonResult read_pauses(const Backend&, const Directory&, const Arguments&);
JsonResult read_debts(const Backend&, const Directory&, const Arguments&);
JsonResult read_trusted(const Backend&, const Directory&, const Arguments&);
JsonResult read_freeze(const Backend&, const Directory&, const Arguments&);
JsonResult read_fees(const Backend&, const Directory&, const Arguments&);
JsonResult read_orders(const Backend&, const Directory&, const Arguments&);
JsonResult read_book(const Backend&, const Directory&, const Arguments&);
JsonResult read_welfare(const Backend&, const Directory&, const Arguments&);
JsonResult read_clawbacks(const Backend&, const Directory&, const Arguments&);

// This node itself: reads_node.cc.
JsonResult read_why(const Backend&, const Directory&, const Arguments&);
JsonResult read_evidence(const Backend&, const Directory&, const Arguments&);
boost::json::object why_json(const Why& why);
// How the node and each of its chains are, and why it is not well: not ready or, for operators, stalled.
struct Health {
    bool is_well = true;
    boost::json::object json;
};
Health read_health(const Backend& backend, bool for_operator);

// A receipt gets its code's name.
boost::json::object receipt_json(const proto::Receipt& receipt);
// What a transaction's fate says in JSON.
boost::json::object fate_json(const Hash& hash, const TransactionFate& fate);

}  // namespace pcq::rpc
