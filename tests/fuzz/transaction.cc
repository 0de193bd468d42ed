// A transaction from a client or a peer. What is taken is canonical: its fields written again are its bytes,
// so that nobody gives one transaction a second hash; it is within bounds; and what decides about signatures
// does not take a forged one.
#include "src/ledger/transaction.h"

#include "tests/fuzz/target.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::fuzz {
namespace {

const ledger::People& people() {
    static const ledger::People made(2);
    return made;
}

// As bytes again, by the fields alone.
Bytes encoded(const ledger::DecodedTransaction& transaction) {
    proto::Transaction envelope;
    envelope.set_body(transaction.body().SerializeAsString());
    for (const auto& entry : transaction.signatures()) {
        auto& signature = *envelope.add_signatures();
        ledger::fill(*signature.mutable_public_key(), entry.key);
        signature.set_signature(entry.signature);
    }
    return envelope.SerializeAsString();
}

}  // namespace

void run(BytesView input) {
    const auto decoded = ledger::DecodedTransaction::from(Bytes(input), ledger::kChain);
    if (!decoded) return;
    PCQ_INVARIANT(input.size() <= ledger::kTransactionBytesMax);
    PCQ_INVARIANT(decoded->bytes() == input);
    PCQ_INVARIANT(encoded(*decoded) == input);
    PCQ_INVARIANT(!decoded->signatures().empty() && decoded->signatures().size() <= ledger::kSignaturesMax);
    PCQ_INVARIANT(decoded->hash() == ledger::transaction_hash(ledger::kChain, Bytes(input)));
    // Only the seeds' own signatures exist, and each covers one body.
    const bool holds = ledger::verify_signatures(*decoded).has_value();
    const auto& body = decoded->body();
    const std::vector<const crypto::SigningKey*> both{&people().key(0), &people().key(1)};
    PCQ_INVARIANT(holds == (input == people().raw(body, 0) || input == people().raw(body, 1) ||
                            input == ledger::sign_transaction(body, both)));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> found;
    for (const std::uint64_t sequence : {1U, 200U})
        found.push_back(people().raw(people().body(0, {.sequence = sequence}), 0));
    found.push_back(people().raw(people().body(0), 1));
    auto body = people().body(1);
    ledger::fill(*body.mutable_register_users()->add_users()->mutable_key(), people().key(0).public_key());
    found.push_back(people().raw(body, 1));
    body.mutable_deliver_messages()->add_messages()->set_proof("proof");
    found.push_back(people().raw(body, 1));
    body.mutable_propose_change()->set_reason("reason");
    body.mutable_propose_change()->mutable_change()->mutable_parameters()->set_anchor_interval(7);
    found.push_back(people().raw(body, 1));
    return found;
}

}  // namespace pcq::fuzz
