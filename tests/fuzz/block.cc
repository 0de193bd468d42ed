// Blocks, headers and validator sets from peers. What is taken is canonical: its fields written again are its
// bytes, so that one block has one hash; and whatever a header says can be shown to people.
#include "src/ledger/block.h"

#include "src/rpc/json.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::fuzz {
namespace {

using contracts::testing::TestLedger;

const TestLedger& chain() {
    static const TestLedger ledger(contracts::testing::main_genesis(contracts::testing::validator_set(
                                       contracts::testing::validator_keys("main", 4))),
                                   "main", 4);
    return ledger;
}

void read_header(BytesView input) {
    const auto header = ledger::Header::from(Bytes(input), chain().chain());
    if (!header) return;
    PCQ_INVARIANT(header->bytes() == input && input.size() <= ledger::kHeaderBytesMax);
    const auto again = ledger::Header::encode(**header);
    PCQ_INVARIANT(again.bytes() == input && again.hash() == header->hash());
    PCQ_INVARIANT(header->chain() == chain().chain());
    PCQ_INVARIANT(header->state_root().view() == (*header)->state_root());
    PCQ_INVARIANT(header->previous_hash().view() == (*header)->previous_hash());
    PCQ_INVARIANT(rpc::to_json(**header).contains("totals"));
}

void read_block(BytesView input) {
    proto::Block block;
    if (!ledger::decode_canonical(input, block)) return;
    PCQ_INVARIANT(block.SerializeAsString() == input);
    read_header(block.header());
    for (const auto& transaction : block.transactions()) {
        const auto decoded = ledger::DecodedTransaction::from(transaction, chain().chain());
        if (decoded) PCQ_INVARIANT(decoded->bytes() == transaction);
    }
}

void read_validators(BytesView input) {
    proto::ValidatorSet fields;
    if (!ledger::decode_canonical(input, fields)) return;
    const auto set = ledger::ValidatorSet::from(fields);
    if (!set) return;
    PCQ_INVARIANT(set->size() >= 4 && set->size() <= 100);
    PCQ_INVARIANT(set->fields().SerializeAsString() == input);
    for (std::uint32_t i = 0; i < set->size(); ++i) {
        PCQ_INVARIANT(set->index_of(set->members()[i].key) == i);  // in order, each once
    }
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    switch (draw.below(3)) {
        case 0:
            return read_header(draw.rest());
        case 1:
            return read_block(draw.rest());
        default:
            return read_validators(draw.rest());
    }
}

std::vector<Bytes> seeds() {
    const Bytes header = chain().tip().bytes();
    proto::Header full = *chain().tip();
    full.set_proposer(chain().validators()[0].public_key().encoded());
    full.mutable_totals()->add_vintages()->set_issued_g(-1);
    proto::Block block;
    block.set_header(header);
    auto wallet = chain().wallet("government");
    block.add_transactions(wallet.sign(contracts::testing::close_period(2013), 100)->bytes);
    return {Bytes(1, '\0') + header, Bytes(1, '\0') + full.SerializeAsString(),
            Bytes(1, '\1') + block.SerializeAsString(),
            Bytes(1, '\2') + contracts::testing::validator_set(chain().validators()).SerializeAsString()};
}

}  // namespace pcq::fuzz
