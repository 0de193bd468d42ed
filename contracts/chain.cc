#include "contracts/chain.h"

#include <algorithm>
#include <iterator>

#include "contracts/bridge/bridge.h"
#include "contracts/governance/governance.h"
#include "contracts/governance/validators.h"
#include "contracts/main_chain.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/side_chain.h"

namespace pcq::contracts {

std::unique_ptr<const ledger::Dispatch> contracts_of(proto::ChainKind kind) {
    if (kind == proto::CHAIN_KIND_MAIN) return std::make_unique<MainChain>();
    return std::make_unique<SideChain>();
}

Error wrong_chain(const char* belongs_on) {
    return Error{Code::action_wrong_chain, std::string("this action belongs on ") + belongs_on};
}

proto::Totals chain_totals(const ledger::StateReader& state) {
    proto::Totals totals;
    for (const Period vintage : quota::live_vintages(state))
        *totals.add_vintages() = quota::vintage_totals(state, vintage);
    const auto cash = kCashTotals.find_or_default(state, Only());
    totals.set_deposited_uy(cash.deposited_uy());
    totals.set_withdrawn_uy(cash.withdrawn_uy());
    totals.set_cash_held_uy(cash.held_uy());
    return totals;
}

void add_events(ledger::Outcome& done, const std::string& text, std::vector<proto::Event> events) {
    if (events.empty()) return;
    if (!text.empty()) done.text += (done.text.empty() ? "" : "; ") + text;
    std::move(events.begin(), events.end(), std::back_inserter(done.events));
}

Result<> write_common_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) {
    if (auto written = governance::write_genesis(genesis, state); !written) return written.error();
    if (auto written = registry::write_genesis(genesis, state); !written) return written.error();
    governance::write_validators(genesis.validators, state);
    return bridge::write_genesis(genesis, state);
}

}  // namespace pcq::contracts
