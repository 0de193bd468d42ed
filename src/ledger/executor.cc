#include "src/ledger/executor.h"

#include <span>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/totals.h"

namespace pcq::ledger {
namespace {

constexpr std::size_t kReceiptTextMax = 512;
constexpr std::size_t kFieldBytes = 8;  // at least what a transaction's place in proto::Block costs

// Genesis stands on nothing.
class EmptyState final : public StateReader, public PageReader {
public:
    std::optional<Bytes> get(BytesView) const override { return std::nullopt; }
    Bytes page(const PagePath&, std::uint64_t) const override { return {}; }
};

Bytes encode_receipt(BytesView transaction, Code code, Outcome outcome) {
    proto::Receipt receipt;
    receipt.set_transaction(Bytes(transaction));
    receipt.set_code(static_cast<std::uint32_t>(code));
    std::string text = std::move(outcome.text);
    if (text.size() > kReceiptTextMax) {
        std::size_t end = kReceiptTextMax;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
        text.resize(end);  // at the beginning of a letter: what is no UTF-8 cannot be decoded
    }
    receipt.set_text(std::move(text));
    for (auto& event : outcome.events) *receipt.add_events() = std::move(event);
    if (outcome.balances) *receipt.mutable_balances() = *std::move(outcome.balances);
    return receipt.SerializeAsString();
}

// Why the transaction may not be in this block at all, or its account as it was before.
Result<proto::AccountRecord> admit(const StateReader& state, const DecodedTransaction& transaction,
                                   std::uint64_t height) {
    auto account = kAccounts.find(state, transaction.account());
    if (!account) {
        return Error{Code::transaction_unknown_account,
                     "account " + to_address(transaction.account()) + " does not exist on this chain"};
    }
    if (auto checked = check_authority(*account, transaction, height); !checked) return checked.error();
    return *std::move(account);
}

void spend_sequence(Overlay& state, proto::AccountRecord account, const DecodedTransaction& transaction) {
    use_sequence(account, transaction.sequence());
    kAccounts.put(state, transaction.account(), account);
}

Result<Outcome> validate_and_apply(const Dispatch& contracts, Context& context,
                                   const DecodedTransaction& transaction) {
    if (auto valid = contracts.validate(transaction.body()); !valid) return valid.error();
    return contracts.apply(context, transaction.body());
}

// The receipt of one valid transaction; what it changed is in `state` if a contract accepted it.
Bytes execute_one(const Dispatch& contracts, const BlockContext& block, Overlay& state,
                  const proto::AccountRecord& account, const DecodedTransaction& transaction) {
    Overlay changes(static_cast<const StateReader&>(state));
    Context context{block, transaction.account(), account, transaction.hash(), changes};
    auto outcome = validate_and_apply(contracts, context, transaction);
    if (!outcome) {
        return encode_receipt(transaction.hash().view(), outcome.error().code, {outcome.error().message, {}});
    }
    state.absorb(std::move(changes));
    return encode_receipt(transaction.hash().view(), Code::ok, *std::move(outcome));
}

// Roots, totals and tree of a finished overlay.
Result<Executed> conclude(const Dispatch& contracts, const ParentState& parent, const BlockContext& block,
                          Overlay& state, Executed executed) {
    executed.receipts_root = receipts_root(block.chain, executed.receipts);
    executed.totals = contracts.totals(state);
    if (auto equal = check_equations(executed.totals); !equal) return equal.error();
    if (auto checked = contracts.check(parent.state, state); !checked) return checked.error();
    executed.next_validators = contracts.changed_validators(state);
    executed.changes = state.take_changes();
    executed.tree = update_tree(parent.pages, parent.root, block.height, executed.changes);
    return executed;
}

// A block's transactions one after the other, then its own work.
class Run {
public:
    Run(const Dispatch& contracts, const ParentState& parent, const BlockContext& block, std::size_t expected)
        : contracts_(contracts), parent_(parent), block_(block), state_(parent.state) {
        hashes_.reserve(expected);
        executed_.receipts.reserve(expected + 1);
    }

    // An Error changes nothing: the transaction is not valid here.
    Result<> add(const DecodedTransaction& transaction) {
        const std::size_t bytes = bytes_ + transaction.bytes().size() + kFieldBytes;
        if (hashes_.size() == kBlockTransactionsMax || bytes > kBlockBytesMax) {
            return Error{Code::limit_reached,
                         "a block holds at most " + std::to_string(kBlockTransactionsMax) +
                             " transactions and " + std::to_string(kBlockBytesMax) + " bytes"};
        }
        auto account = admit(state_, transaction, block_.height);
        if (!account) return account.error();
        spend_sequence(state_, *account, transaction);
        executed_.receipts.push_back(execute_one(contracts_, block_, state_, *account, transaction));
        hashes_.push_back(transaction.hash());
        bytes_ = bytes;
        return {};
    }

    Result<Executed> finish() && {
        Outcome own = contracts_.finish_block(block_, state_);
        if (!own.events.empty()) executed_.receipts.push_back(encode_receipt("", Code::ok, std::move(own)));
        executed_.transactions_root = transactions_root(hashes_);
        return conclude(contracts_, parent_, block_, state_, std::move(executed_));
    }

private:
    const Dispatch& contracts_;
    const ParentState& parent_;
    const BlockContext& block_;
    Overlay state_;
    Executed executed_;
    std::vector<Hash> hashes_;
    std::size_t bytes_ = 0;
};

Result<Selected> select_valid(const Dispatch& contracts, const ParentState& parent, const BlockContext& block,
                              std::span<const VerifiedTransaction> candidates) {
    Run run(contracts, parent, block, candidates.size());
    Selected selected;
    selected.transactions.reserve(candidates.size());
    for (const auto& candidate : candidates) {
        if (run.add(*candidate)) selected.transactions.push_back(candidate);
    }
    auto executed = std::move(run).finish();
    if (!executed) return executed.error();
    selected.executed = *std::move(executed);
    return selected;
}

}  // namespace

Result<Executed> execute(const Dispatch& contracts, const ParentState& parent, const BlockContext& block,
                         const std::vector<VerifiedTransaction>& transactions) {
    if (auto known = contracts.check_version(parent.state); !known) return known.error();
    Run run(contracts, parent, block, transactions.size());
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        if (auto added = run.add(*transactions[i]); !added) {
            return Error{added.error().code, "transaction " + std::to_string(i) + " of the block (" +
                                                 to_hex(transactions[i]->hash()) +
                                                 ") is not valid: " + added.error().message};
        }
    }
    return std::move(run).finish();
}

Result<Selected> execute_valid(const Dispatch& contracts, const ParentState& parent,
                               const BlockContext& block,
                               const std::vector<VerifiedTransaction>& candidates) {
    if (auto known = contracts.check_version(parent.state); !known) return known.error();
    const auto select = [&](std::size_t count) {
        return select_valid(contracts, parent, block, std::span(candidates).first(count));
    };
    auto selected = select(candidates.size());
    if (selected || selected.error().code != Code::conservation_violated) return selected;
    // Conservation is looked at when a block is over, so the first to break it is found by halving.
    std::size_t broken = candidates.size();
    std::size_t sound = 0;
    selected = select(sound);
    while (selected && broken - sound > 1) {
        const std::size_t middle = sound + (broken - sound) / 2;
        auto half = select(middle);
        if (!half && half.error().code != Code::conservation_violated) return half;
        (half ? sound : broken) = middle;
        if (half) selected = std::move(half);
    }
    if (selected) selected->unsound = candidates[broken - 1];
    return selected;
}

Header make_header(const BlockContext& block, const HeaderContext& context, const Executed& executed,
                   std::size_t transaction_count) {
    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(block.chain.bytes());
    fields.set_height(block.height);
    fields.set_view(context.view);
    fields.set_time_ms(static_cast<std::uint64_t>(block.time.ms));
    fields.set_previous_hash(context.parent.hash().bytes());
    fields.set_proposer(context.proposer.encoded());
    fields.set_transaction_count(static_cast<std::uint32_t>(transaction_count));
    fields.set_transactions_root(executed.transactions_root.bytes());
    fields.set_receipts_root(executed.receipts_root.bytes());
    fields.set_state_root(executed.tree.root.hash.bytes());
    *fields.mutable_totals() = executed.totals;
    fields.set_validators_hash(context.validators.hash(block.chain).bytes());
    const ValidatorSet& next = executed.next_validators ? *executed.next_validators : context.validators;
    fields.set_next_validators_hash(next.hash(block.chain).bytes());
    return Header::encode(fields);
}

Result<GenesisBlock> make_genesis(const Dispatch& contracts, const Genesis& genesis) {
    const EmptyState nothing;
    const BlockContext block{genesis.chain, 0, Instant{static_cast<std::int64_t>(genesis.fields.time_ms())}};
    Overlay state(nothing);
    if (auto written = contracts.write_genesis(genesis, state); !written) return written.error();
    auto executed = conclude(contracts, ParentState{nothing, nothing, TreeRoot()}, block, state, Executed());
    if (!executed) return executed.error();
    executed->next_validators.reset();  // the document names them

    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(genesis.chain.bytes());
    fields.set_time_ms(genesis.fields.time_ms());
    fields.set_previous_hash(Hash().bytes());
    fields.set_transactions_root(executed->transactions_root.bytes());
    fields.set_receipts_root(executed->receipts_root.bytes());
    fields.set_state_root(executed->tree.root.hash.bytes());
    *fields.mutable_totals() = executed->totals;
    fields.set_validators_hash(genesis.validators.hash(genesis.chain).bytes());
    fields.set_next_validators_hash(genesis.validators.hash(genesis.chain).bytes());
    return GenesisBlock{Header::encode(fields), *std::move(executed)};
}

}  // namespace pcq::ledger
