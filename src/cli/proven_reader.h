// Reads of one chain that trust its genesis document alone, from block 0 on.
#pragma once

#include "src/client/verified_reads.h"

namespace pcq::cli {

// Block 0 has no signatures: the reader believes the one that follows from the document. The client outlives
// the reader.
client::VerifiedReader proven_reader(client::RpcClient& client, const ledger::Genesis& genesis);

}  // namespace pcq::cli
