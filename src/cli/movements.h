// The movements of a person's holding and cash: asked from a node, one block after the other back to the
// first, and shown.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "src/audit/movements.h"
#include "src/cli/commands.h"

namespace pcq::cli {

// Of records that are proven, in the shape of a statement (docs/audit.md), each held against the one after it
// as it comes. Nothing: an Error has been printed and `session.ended` set.
std::optional<boost::json::object> ask_movements(Session& session, const ChainId& chain,
                                                 const audit::ProvenEnds& ends);

void print_movements(const audit::Movements& movements);
boost::json::array json_of(const audit::Movements& movements);

}  // namespace pcq::cli
