// Running hashes: what an account holds, and its cash, commit to everything that ever happened to them.
//
// Each block that changes such a record adds one link to it when it ends:
//
//   link = H("movement", previous link or 32 zero bytes | u64 count | u64 height | key | record without its
//   movements)
//
// Whoever shows the record as each of these blocks left it shows all of them, or the links do not come out at
// the one in the state. Pure.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts {

// Of a holding or of cash, by its key.
Hash movement_link(const ChainId& chain, const proto::Movements& before, std::uint64_t height, BytesView key,
                   BytesView record);

// When nothing else of the block is to come.
void link_movements(const BlockContext& block, Overlay& state);

}  // namespace pcq::contracts
