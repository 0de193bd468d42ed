// Runs a block's transactions on an overlay and computes what its header must say.
//
// Builder, replicas, audit and catch-up all call execute(); there is no second way to change state.
// Pure and deterministic; calls on different states may overlap, a Dispatch has nothing that changes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "src/base/instant.h"
#include "src/ledger/account.h"
#include "src/ledger/block.h"
#include "src/ledger/merkle.h"
#include "src/ledger/overlay.h"

namespace pcq::ledger {

struct BlockContext {
    ChainId chain;
    std::uint64_t height = 0;
    Instant time;
};

// What a handler knows about the transaction it serves.
struct Context {
    const BlockContext& block;
    AccountId account;                   // who signed
    const proto::AccountRecord& record;  // its roles and status, before this transaction
    Hash transaction;
    Overlay& state;
};

// What a handler says of its success; failures are Errors and become receipts with their code.
struct Outcome {
    std::string text;
    std::vector<proto::Event> events;
    std::optional<proto::Balances> balances = {};  // of who signed, as far as they changed
};

// The contracts of one chain, as the executor and the mempool see them (contracts/main_chain.h,
// side_chain.h).
class Dispatch {
public:
    virtual ~Dispatch() = default;

    // Whether a block on this state can be executed at all; what the chain has come to may be newer than this
    // program. Asked before anything else of a block is done.
    virtual Result<> check_version(const StateReader& before) const = 0;
    // Stateless checks of an action: ranges, sizes, right kind of chain. Run at admission and again at
    // execution.
    virtual Result<> validate(const proto::TransactionBody& body) const = 0;
    virtual Result<Outcome> apply(Context& context, const proto::TransactionBody& body) const = 0;
    // The chain's own bounded work in a block, after its transactions (settlement sweep). No events, and no
    // changes but of records that the transactions have changed, when nothing is due.
    virtual Outcome finish_block(const BlockContext& block, Overlay& state) const = 0;
    // Whether finish_block of a block of this time would do something: the primary then proposes even without
    // transactions.
    virtual bool has_due_work(const StateReader& state, Instant time) const = 0;
    virtual proto::Totals totals(const StateReader& state) const = 0;
    // Conservation over what the block changed, recomputed from the records rather than from counters.
    virtual Result<> check(const StateReader& before, const Overlay& after) const = 0;
    // Who certifies from the next block on, if the block that is about to end has changed it.
    virtual std::optional<ValidatorSet> changed_validators(const Overlay& after) const = 0;
    // Writes the state of block 0.
    virtual Result<> write_genesis(const Genesis& genesis, Overlay& state) const = 0;
};

// Everything a block leaves behind, ready for one atomic write.
struct Executed {
    std::vector<Bytes> receipts;  // encoded proto::Receipt, the block's own last if it has one
    Hash transactions_root;
    Hash receipts_root;
    proto::Totals totals;
    StateChanges changes;
    TreeUpdate tree;
    std::optional<ValidatorSet> next_validators;  // from the next block on; nothing: as before
};

// The state a block is executed on.
struct ParentState {
    const StateReader& state;
    const PageReader& pages;
    TreeRoot root;
};

// An Error means that no block may hold these transactions (not valid, or conservation broken): refuse the
// proposal. Transactions that a contract refuses are no Error; they get a receipt and use their sequence.
Result<Executed> execute(const Dispatch& contracts, const ParentState& parent, const BlockContext& block,
                         const std::vector<VerifiedTransaction>& transactions);

// For the primary: the same on those of `candidates`, in their order, that are valid where they stand. One
// may be made invalid by an earlier one of the block (a sequence used, a freeze, new keys); it is left out.
struct Selected {
    std::vector<VerifiedTransaction> transactions;
    Executed executed;
    // One that breaks conservation where it stands: a fault of a contract. The block ends before it; the
    // caller never offers it again, or one transaction would stop the chain.
    std::optional<VerifiedTransaction> unsound;
};
// conservation_violated here means that the chain's own work breaks it, whatever the transactions.
Result<Selected> execute_valid(const Dispatch& contracts, const ParentState& parent,
                               const BlockContext& block, const std::vector<VerifiedTransaction>& candidates);

// What a header says beyond the results of execution.
struct HeaderContext {
    const Header& parent;
    std::uint32_t view = 0;
    const crypto::PublicKey& proposer;
    const ValidatorSet& validators;  // of this height
};
// The one truth about a header's fields: the builder makes it, replicas make it again and compare.
Header make_header(const BlockContext& block, const HeaderContext& context, const Executed& executed,
                   std::size_t transaction_count);

// Block 0: no transactions, state from the document.
struct GenesisBlock {
    Header header;
    Executed executed;
};
Result<GenesisBlock> make_genesis(const Dispatch& contracts, const Genesis& genesis);

}  // namespace pcq::ledger
