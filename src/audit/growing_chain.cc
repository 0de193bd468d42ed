#include "src/audit/growing_chain.h"

#include "contracts/chain.h"
#include "contracts/governance/validators.h"

namespace pcq::audit {

Result<GrowingChain> GrowingChain::open(const std::filesystem::path& folder, const ledger::Genesis& genesis) {
    storage::Options options;
    options.path = folder;
    auto store = storage::ChainStore::open(std::move(options));
    if (!store) return store.error();
    auto contracts = contracts::contracts_of(genesis.fields.kind());
    const auto block = ledger::make_genesis(*contracts, genesis);
    if (!block) return block.error();
    if (auto written = (*store)->write_genesis(genesis, *block); !written) return written.error();
    const auto state = (*store)->at((*(*store)->tip())->height());
    if (!state) return state.error();
    return GrowingChain{std::move(contracts), *std::move(store), contracts::governance::validators(**state)};
}

}  // namespace pcq::audit
