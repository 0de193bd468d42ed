// The contracts by kind of chain, and what both kinds share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/ledger/executor.h"

namespace pcq::contracts {

std::unique_ptr<const ledger::Dispatch> contracts_of(proto::ChainKind kind);

// An action that belongs on the other kind of chain.
Error wrong_chain(const char* belongs_on);
// Live vintages in order and cash, from the counters that the modules keep.
proto::Totals chain_totals(const ledger::StateReader& state);
// What a block does of itself, one thing after the other: nothing is said where nothing happened.
void add_events(ledger::Outcome& done, const std::string& text, std::vector<proto::Event> events);
Result<> write_common_genesis(const ledger::Genesis& genesis, ledger::Overlay& state);

}  // namespace pcq::contracts
