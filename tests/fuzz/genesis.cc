// The genesis document, which everybody gets from somewhere. What is taken keeps its bytes and their hash as
// the chain's id, and every chain that it may begin begins with a state whose equations hold.
#include <google/protobuf/util/json_util.h>

#include "contracts/chain.h"
#include "src/crypto/hash.h"
#include "tests/fuzz/target.h"
#include "tests/unit/contracts/fixture.h"
#include "tests/unit/contracts/invariants.h"

namespace pcq::fuzz {

namespace testing = contracts::testing;

void run(BytesView input) {
    const auto genesis = ledger::Genesis::from(Bytes(input));
    if (!genesis) return;
    PCQ_INVARIANT(genesis->document == input);
    PCQ_INVARIANT(genesis->chain.view() == crypto::tagged_hash("genesis", input).view());
    const auto contracts = contracts::contracts_of(genesis->fields.kind());
    const auto block = ledger::make_genesis(*contracts, *genesis);
    if (!block) return;
    const auto header = ledger::Header::from(block->header.bytes(), genesis->chain);
    PCQ_INVARIANT(header.has_value() && header->hash() == block->header.hash());
    testing::Records records;
    for (const auto& [key, value] : block->executed.changes) {
        PCQ_INVARIANT(value.has_value());
        records.emplace(key, *value);
    }
    PCQ_INVARIANT(testing::root_of(records) == header->state_root());
    PCQ_INVARIANT(testing::broken_invariant(records, **header).empty());
}

std::vector<Bytes> seeds() {
    const auto validators = testing::validator_set(testing::validator_keys("main", 4));
    const auto main = testing::main_genesis(validators);
    const auto chain = testing::genesis_of(main).chain;
    auto side = testing::side_genesis(validators, chain, validators);
    side.mutable_parameters()->set_trust_delay_ms(1000);
    return {testing::genesis_of(main).document, testing::genesis_of(side).document, "{}",
            R"({"format": 1, "name": "x", "kind": "CHAIN_KIND_MAIN"})"};
}

}  // namespace pcq::fuzz
