// What contracts can say about a state, as the values that RPC hands out (docs/rpc.md). Every record that an
// answer was read from is noted with its key, so that the answer can be proven: whoever has these records,
// from anywhere, gets the same answer. Pure.
#pragma once

#include "src/ledger/state.h"
#include "src/rpc/backend.h"

namespace pcq::answers {

// Of the state that the block at this height, with this time, has left.
// not_found when what is asked for does not exist; action_wrong_chain when this kind of chain has no such
// thing.
Result<rpc::Answer> answer(const ledger::StateReader& state, const ChainId& chain, std::uint64_t height,
                           Instant time, const rpc::Query& question);

}  // namespace pcq::answers
