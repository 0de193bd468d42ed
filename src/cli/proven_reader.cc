#include "src/cli/proven_reader.h"

#include "contracts/chain.h"
#include "src/base/hex.h"
#include "src/ledger/executor.h"

namespace pcq::cli {

client::VerifiedReader proven_reader(client::RpcClient& client, const ledger::Genesis& genesis) {
    client::VerifiedReader reader(client, to_hex(genesis.chain),
                                  ledger::LightClient(genesis.chain, genesis.validators));
    if (auto first = ledger::make_genesis(*contracts::contracts_of(genesis.fields.kind()), genesis))
        reader.believe(std::move(first->header));
    return reader;
}

}  // namespace pcq::cli
