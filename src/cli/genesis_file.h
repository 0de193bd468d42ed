// The genesis document of a chain, from a file: what proofs and registrations begin with.
#pragma once

#include <string>
#include <vector>

#include "src/ledger/block.h"

namespace pcq::cli {

// bad_argument names the file and what is wrong with it. Blocking.
Result<ledger::Genesis> genesis_from(const std::string& file);

// Several. bad_argument too where two are of different chains of one name: nobody could tell which one is
// meant by it.
Result<std::vector<ledger::Genesis>> genesis_documents_from(const std::vector<std::string>& files);

}  // namespace pcq::cli
