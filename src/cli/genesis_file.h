// The genesis document of a chain, from a file: what proofs and registrations begin with.
#pragma once

#include <string>

#include "src/ledger/block.h"

namespace pcq::cli {

// bad_argument names the file and what is wrong with it. Blocking.
Result<ledger::Genesis> genesis_from(const std::string& file);

}  // namespace pcq::cli
