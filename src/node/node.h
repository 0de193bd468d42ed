// A running pcqd: the chains of its configuration, their peers, the RPC server and the relayer.
#pragma once

#include <memory>

#include "src/node/config.h"

namespace pcq::node {

// Opens everything, serves until a signal or a fatal error, closes everything. The Error says why it could
// not start or had to stop.
Result<> run_node(const Config& config);

}  // namespace pcq::node
