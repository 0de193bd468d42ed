// Answers about emissions, credits, allocation rules and governance (answers.cc asks for them). The state
// passed in remembers what is read; pages are as in src/rpc/backend.h.
#pragma once

#include "src/ledger/overlay.h"
#include "src/rpc/backend.h"

namespace pcq::answers {

// Side chain.
boost::json::object emissions_value(const ledger::StateReader& state, const AccountId& account,
                                    std::uint32_t period, const rpc::Page& page, rpc::Answer& answer);
boost::json::object disputes_value(const ledger::StateReader& state, const rpc::Page& page,
                                   rpc::Answer& answer);
boost::json::object credits_value(const ledger::StateReader& state, const AccountId& account,
                                  std::uint32_t period);
boost::json::object methodologies_value(const ledger::StateReader& state, const rpc::Page& page,
                                        rpc::Answer& answer);
boost::json::object pauses_value(const ledger::StateReader& state, const rpc::Page& page,
                                 rpc::Answer& answer);
// Main chain.
boost::json::object rules_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer);
// Both.
boost::json::object proposals_value(const ledger::StateReader& state, const rpc::Page& page,
                                    rpc::Answer& answer);
boost::json::object validator_sets_value(const ledger::StateReader& state, const rpc::Page& page,
                                         rpc::Answer& answer);
boost::json::object parameters_value(const ledger::StateReader& state, const rpc::Page& page,
                                     rpc::Answer& answer);

}  // namespace pcq::answers
