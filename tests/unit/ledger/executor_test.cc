// What a block does to a state: all of an accepted action, nothing but the sequence of a refused one, and
// nothing at all if it holds one transaction that is not valid.
#include "src/ledger/executor.h"

#include <functional>

#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

const Bytes kPaid =
    "\x40"
    "paid";

// A transfer adds its amount to one record; what else an action is to do is told by the amount.
constexpr std::int64_t kRefused = 1'000;    // writes, then refuses
constexpr std::int64_t kMalformed = 1'001;  // refused by validate()
constexpr std::int64_t kFreeze = 1'002;     // freezes its own account
constexpr std::int64_t kRotate = 1'003;     // gives its account the key of person 3
constexpr std::int64_t kReadsPaid = 1'004;  // says what has been paid so far in the block

class Contracts final : public Dispatch {
public:
    Result<> check_version(const StateReader&) const override {
        if (is_outdated) return Error{Code::contracts_version_unknown, "upgrade"};
        return {};
    }
    Result<> validate(const proto::TransactionBody& body) const override {
        if (body.transfer_cash().amount_uy() == kMalformed) return Error{Code::action_malformed, "as asked"};
        return {};
    }
    Result<Outcome> apply(Context& context, const proto::TransactionBody& body) const override {
        const std::int64_t amount = body.transfer_cash().amount_uy();
        context.state.put("\x41last", context.account.bytes());
        if (amount == kRefused) return Error{Code::cash_insufficient, refusal_text};
        if (amount == kReadsPaid) return Outcome{std::to_string(paid(context.state)), {}};
        if (amount == kFreeze || amount == kRotate) {
            auto record = *kAccounts.find(context.state, context.account);
            if (amount == kFreeze) {
                record.set_status(proto::ACCOUNT_STATUS_FROZEN);
            } else {
                fill(*record.mutable_keys(0), signing_key(4).public_key());
            }
            kAccounts.put(context.state, context.account, record);
            return Outcome{"changed the account", {}};
        }
        context.state.put(kPaid, std::to_string(paid(context.state) + amount));
        proto::Event event;
        event.mutable_cash_moved()->set_change_uy(amount);
        return Outcome{"paid " + std::to_string(amount), {event}};
    }
    Outcome finish_block(const BlockContext& block, Overlay& state) const override {
        if (!works_in_blocks) return {};
        state.put("\x42swept", std::to_string(block.height));
        proto::Event event;
        event.mutable_settled()->set_period(2013);
        return Outcome{"swept", {event}};
    }
    bool has_due_work(const StateReader&, Instant) const override { return works_in_blocks; }
    proto::Totals totals(const StateReader& state) const override {
        proto::Totals totals = extra_totals;
        totals.set_deposited_uy(totals.deposited_uy() + paid(state));
        totals.set_cash_held_uy(totals.cash_held_uy() + paid(state));
        return totals;
    }
    Result<> check(const StateReader& before, const Overlay& after) const override {
        if (paid(before) > paid(after)) return Error{Code::conservation_violated, "money went away"};
        return {};
    }
    std::optional<ValidatorSet> changed_validators(const Overlay&) const override { return std::nullopt; }
    Result<> write_genesis(const Genesis&, Overlay&) const override { return {}; }

    static std::int64_t paid(const StateReader& state) {
        const auto value = state.get(kPaid);
        return value ? std::stoll(*value) : 0;
    }

    std::string refusal_text = "not enough";
    bool works_in_blocks = false;
    bool is_outdated = false;
    proto::Totals extra_totals;
};

proto::Receipt receipt(const Executed& executed, std::size_t which) {
    proto::Receipt receipt;
    EXPECT_TRUE(decode_canonical(executed.receipts.at(which), receipt)) << "a receipt that nobody can read";
    return receipt;
}

class Block : public testing::Test {
protected:
    Block() { commit(*run({}, people_.registrations())); }

    // Executes on the committed state; `first` are changes by other hands, put below.
    Result<Executed> run(const std::vector<VerifiedTransaction>& transactions,
                         const StateChanges& first = {}) {
        if (!first.empty()) {
            state_.apply(first);
            const auto tree = update_tree(pages_, root_, height_, first);
            pages_.add(height_, tree);
            root_ = tree.root;
            ++height_;
        }
        return execute(contracts_, {state_, pages_, root_}, context(), transactions);
    }
    void commit(const Executed& executed) {
        state_.apply(executed.changes);
        pages_.add(height_, executed.tree);
        root_ = executed.tree.root;
        ++height_;
    }
    BlockContext context() const { return {kChain, height_, Instant{1'700'000'000'000}}; }
    // The account's record as it would be had it only used these sequences.
    Bytes used(std::size_t person, const std::vector<std::uint64_t>& sequences) const {
        auto record = *kAccounts.find(state_, people_.account(person));
        for (const auto sequence : sequences) use_sequence(record, sequence);
        return encode(record);
    }
    Bytes account_key(std::size_t person) const { return kAccounts.key(people_.account(person)); }

    People people_;
    Contracts contracts_;
    MapState state_;
    MapPages pages_;
    TreeRoot root_;
    std::uint64_t height_ = 0;
};

TEST_F(Block, OfAcceptedActionsChangesWhatTheyChangedAndUsesTheirSequences) {
    const auto first = people_.transaction(0, {.sequence = 7, .amount = 10});
    const auto second = people_.transaction(1, {.amount = 5});

    const auto executed = run({first, second});

    ASSERT_TRUE(executed) << executed.error().message;
    const StateChanges expected{{account_key(0), used(0, {7})},
                                {account_key(1), used(1, {1})},
                                {kPaid, "15"},
                                {"\x41last", people_.account(1).bytes()}};
    EXPECT_EQ(executed->changes, expected);
    ASSERT_EQ(executed->receipts.size(), 2u);
    EXPECT_EQ(receipt(*executed, 0).transaction(), first->hash().view());
    EXPECT_EQ(receipt(*executed, 0).code(), 0u);
    EXPECT_EQ(receipt(*executed, 0).text(), "paid 10");
    EXPECT_EQ(receipt(*executed, 1).events(0).cash_moved().change_uy(), 5);
    EXPECT_EQ(executed->transactions_root, transactions_root({first->hash(), second->hash()}));
    EXPECT_EQ(executed->receipts_root, receipts_root(kChain, executed->receipts));
    EXPECT_EQ(executed->totals.cash_held_uy(), 15);
    EXPECT_EQ(executed->tree.root, update_tree(pages_, root_, height_, expected).root);
}

TEST_F(Block, OfARefusedActionChangesTheSequenceAndNothingElse) {
    for (const std::int64_t amount : {kRefused, kMalformed}) {
        const auto refused = people_.transaction(0, {.amount = amount});

        const auto executed = run({refused});

        ASSERT_TRUE(executed) << executed.error().message;
        EXPECT_EQ(executed->changes, (StateChanges{{account_key(0), used(0, {1})}}));
        EXPECT_EQ(receipt(*executed, 0).transaction(), refused->hash().view());
        const Code code = amount == kRefused ? Code::cash_insufficient : Code::action_malformed;
        EXPECT_EQ(receipt(*executed, 0).code(), static_cast<std::uint32_t>(code));
        EXPECT_EQ(receipt(*executed, 0).events_size(), 0);
    }
}

TEST_F(Block, LetsARefusedActionStandBetweenAcceptedOnes) {
    const auto executed = run({people_.transaction(0, {.sequence = 1, .amount = 3}),
                               people_.transaction(0, {.sequence = 2, .amount = kRefused}),
                               people_.transaction(0, {.sequence = 3, .amount = kReadsPaid})});
    ASSERT_TRUE(executed);
    EXPECT_EQ(executed->changes.at(account_key(0)), used(0, {1, 2, 3}));
    EXPECT_EQ(executed->changes.at(kPaid), "3");
    EXPECT_EQ(receipt(*executed, 2).text(), "3");
}

TEST_F(Block, TakesTheSequencesOfAnAccountInAnyOrder) {
    for (const std::uint64_t sequence : {200u, 3u, 256u, 1u, 199u}) {
        const auto executed = run({people_.transaction(2, {.sequence = sequence})});
        ASSERT_TRUE(executed) << executed.error().message;
        commit(*executed);
    }
    EXPECT_EQ(state_.get(kPaid), "5");
    EXPECT_FALSE(run({people_.transaction(2, {.sequence = 199, .amount = 9})}));
}

TEST_F(Block, IsRefusedWholeForOneTransactionThatIsNotValid) {
    const auto good = people_.transaction(0);
    const auto stranger = People(5);
    struct Case {
        std::vector<VerifiedTransaction> transactions;
        Code code;
    };
    const Case cases[] = {
        {{good, good}, Code::transaction_sequence_used},
        {{good, people_.transaction(0, {.amount = 2})}, Code::transaction_sequence_used},
        {{good, people_.transaction(1, {.sequence = 0})}, Code::transaction_sequence_outside_window},
        {{good, people_.transaction(1, {.sequence = 257})}, Code::transaction_sequence_outside_window},
        {{good, people_.transaction(1, {.valid_until = height_ - 1})}, Code::transaction_expired},
        {{good, people_.transaction(1, {.valid_until = height_ + 10'001})}, Code::transaction_expiry_too_far},
        {{good, stranger.transaction(4)}, Code::transaction_unknown_account},
        {{good, people_.transaction(people_.body(1), /*signer=*/2)}, Code::transaction_wrong_keys},
        {{people_.transaction(1, {.amount = kFreeze}), people_.transaction(1, {.sequence = 2})},
         Code::account_not_open},
        {{people_.transaction(1, {.amount = kRotate}), people_.transaction(1, {.sequence = 2})},
         Code::transaction_wrong_keys},
    };
    for (const auto& wrong : cases) {
        const auto executed = run(wrong.transactions);
        ASSERT_FALSE(executed);
        EXPECT_EQ(executed.error().code, wrong.code) << executed.error().message;
        EXPECT_THAT(executed.error().message, AllOf(HasSubstr("transaction 1 of the block"),
                                                    HasSubstr(to_hex(wrong.transactions[1]->hash()))));
    }
    EXPECT_TRUE(run({good, people_.transaction(1, {.valid_until = height_})}));
    EXPECT_TRUE(run({good, people_.transaction(1, {.valid_until = height_ + 10'000})}));
    // After a rotation the new key signs.
    EXPECT_TRUE(run({people_.transaction(1, {.amount = kRotate}),
                     people_.transaction(people_.body(1, {.sequence = 2}), /*signer=*/3)}));
}

TEST_F(Block, HasAReceiptOfItsOwnForItsOwnWork) {
    contracts_.works_in_blocks = true;
    const auto executed = run({people_.transaction(0)});
    ASSERT_TRUE(executed);
    ASSERT_EQ(executed->receipts.size(), 2u);
    EXPECT_EQ(receipt(*executed, 1).transaction(), "");
    EXPECT_EQ(receipt(*executed, 1).events(0).settled().period(), 2013u);
    EXPECT_EQ(executed->changes.at("\x42swept"), std::to_string(height_));
    EXPECT_EQ(executed->receipts_root, receipts_root(kChain, executed->receipts));
}

TEST_F(Block, WithoutTransactionsLeavesTheRootAsItIs) {
    const auto executed = run({});
    ASSERT_TRUE(executed);
    EXPECT_EQ(executed->tree.root, root_);
    EXPECT_TRUE(executed->receipts.empty());
    EXPECT_EQ(executed->transactions_root, Hash());
    EXPECT_EQ(executed->receipts_root, Hash());
}

TEST_F(Block, WhoseTotalsDoNotAddUpIsRefused) {
    auto& vintage = *contracts_.extra_totals.add_vintages();
    vintage.set_vintage(2013);
    vintage.set_issued_g(63);
    const std::int64_t parts[] = {1, 2, 4, 8, 16, 32};
    vintage.set_held_g(parts[0]);
    vintage.set_inventory_g(parts[1]);
    vintage.set_escrow_g(parts[2]);
    vintage.set_surrendered_g(parts[3]);
    vintage.set_expired_g(parts[4]);
    vintage.set_exported_g(parts[5]);
    EXPECT_TRUE(run({}));
    for (const std::int64_t off : {-1, 1}) {
        vintage.set_issued_g(63 + off);
        const auto executed = run({});
        ASSERT_FALSE(executed);
        EXPECT_EQ(executed.error().code, Code::conservation_violated);
        EXPECT_THAT(executed.error().message, HasSubstr("vintage 2013"));
    }
    // Sums beyond 64 bits do not come round to the right one.
    vintage.set_held_g(INT64_MAX);
    vintage.set_inventory_g(INT64_MAX);
    vintage.set_escrow_g(2);
    vintage.set_surrendered_g(0);
    vintage.set_expired_g(0);
    vintage.set_exported_g(0);
    vintage.set_issued_g(0);
    EXPECT_FALSE(run({}));

    contracts_.extra_totals.Clear();
    contracts_.extra_totals.set_withdrawn_uy(1);
    const auto executed = run({});
    ASSERT_FALSE(executed);
    EXPECT_THAT(executed.error().message, HasSubstr("cash"));
}

TEST_F(Block, ThatTheContractsFindUnsoundIsRefused) {
    const auto executed = run({people_.transaction(0, {.amount = -5})});
    ASSERT_FALSE(executed);
    EXPECT_EQ(executed.error().code, Code::conservation_violated);
}

// The primary must not be stopped by one of them: it would come back to the next primary, and stop everybody.
TEST_F(Block, IsBuiltUpToTheTransactionThatBreaksConservation) {
    std::vector<VerifiedTransaction> candidates;
    for (std::uint64_t i = 1; i <= 11; ++i)
        candidates.push_back(people_.transaction(0, {.sequence = i, .amount = i == 8 ? -100 : 5}));
    const auto selected = execute_valid(contracts_, {state_, pages_, root_}, context(), candidates);
    ASSERT_TRUE(selected) << selected.error().message;
    ASSERT_EQ(selected->transactions.size(), 7u);
    ASSERT_TRUE(selected->unsound);
    EXPECT_EQ((*selected->unsound)->hash(), candidates[7]->hash());
    candidates.erase(candidates.begin() + 7, candidates.end());
    EXPECT_EQ(run(candidates)->tree.root, selected->executed.tree.root);

    contracts_.extra_totals.set_withdrawn_uy(1);
    EXPECT_EQ(execute_valid(contracts_, {state_, pages_, root_}, context(), candidates).error().code,
              Code::conservation_violated)
        << "no transaction is to blame";
}

TEST_F(Block, OfContractsThatThisProgramDoesNotKnowIsNeitherExecutedNorBuilt) {
    const auto transaction = people_.transaction(0, {.amount = 5});
    contracts_.is_outdated = true;
    EXPECT_EQ(run({transaction}).error().code, Code::contracts_version_unknown);
    EXPECT_EQ(run({}).error().code, Code::contracts_version_unknown);
    EXPECT_EQ(execute_valid(contracts_, {state_, pages_, root_}, context(), {transaction}).error().code,
              Code::contracts_version_unknown);
}

// A refusal may quote what people wrote. The receipt is cut between letters, or nobody could decode it.
TEST_F(Block, HasReceiptsThatCanBeReadWhateverTheirText) {
    for (std::size_t before = 0; before < 5; ++before) {
        std::string letters(before, 'x');
        while (letters.size() < 600) letters += "\xe7\xa2\xb3";  // carbon
        contracts_.refusal_text = letters;
        const auto executed = run({people_.transaction(0, {.amount = kRefused})});
        ASSERT_TRUE(executed);
        const std::string text = receipt(*executed, 0).text();
        EXPECT_LE(text.size(), 512u);
        EXPECT_GE(text.size(), 509u);
        EXPECT_EQ(text, letters.substr(0, text.size()));
    }
}

// Who catches up refuses larger blocks, so nobody may vote for one.
TEST_F(Block, HasABoundedNumberOfBytes) {
    std::vector<VerifiedTransaction> transactions;
    std::size_t bytes = 0;
    const auto add = [&](std::size_t padding) {
        auto body = people_.body(transactions.size() % 4, {.sequence = 1 + transactions.size() / 4});
        body.mutable_transfer_cash()->set_to(Bytes(padding, 't'));
        transactions.push_back(people_.transaction(body, transactions.size() % 4));
        bytes += transactions.back()->bytes().size();
    };
    while (bytes + 250'200 < kBlockBytesMax) add(250'000);
    EXPECT_TRUE(run(transactions));
    add(kBlockBytesMax - bytes);
    const auto executed = run(transactions);
    ASSERT_FALSE(executed);
    EXPECT_EQ(executed.error().code, Code::limit_reached);
    EXPECT_THAT(executed.error().message, HasSubstr("8388608 bytes"));
    // The primary leaves out what has no room, and goes on.
    transactions.push_back(people_.transaction(0, {.sequence = 200}));
    const auto selected = execute_valid(contracts_, {state_, pages_, root_}, context(), transactions);
    ASSERT_TRUE(selected);
    EXPECT_EQ(selected->transactions.size(), transactions.size() - 1);
    EXPECT_EQ(selected->transactions.back()->hash(), transactions.back()->hash());
}

TEST_F(Block, HasABoundedNumberOfTransactions) {
    const People many(40);
    commit(*run({}, many.registrations()));
    std::vector<VerifiedTransaction> transactions;
    for (std::size_t i = 0; i <= kBlockTransactionsMax; ++i)
        transactions.push_back(many.transaction(i % 40, {.sequence = 1 + i / 40}));
    const auto executed = run(transactions);
    ASSERT_FALSE(executed);
    EXPECT_EQ(executed.error().code, Code::limit_reached);
    transactions.pop_back();
    EXPECT_TRUE(run(transactions));
}

// What the primary does with candidates of which some have become invalid, also by each other.
class Building : public Block {
protected:
    std::vector<Hash> built(const std::vector<VerifiedTransaction>& candidates) {
        const auto block = execute_valid(contracts_, {state_, pages_, root_}, context(), candidates);
        EXPECT_TRUE(block) << block.error().message;
        std::vector<Hash> hashes;
        for (const auto& transaction : block->transactions) hashes.push_back(transaction->hash());
        // What was built is what a replica gets when it executes it.
        const auto again = run(block->transactions);
        EXPECT_TRUE(again) << again.error().message;
        EXPECT_EQ(block->executed.changes, again->changes);
        EXPECT_EQ(block->executed.receipts, again->receipts);
        EXPECT_EQ(block->executed.tree.root, again->tree.root);
        EXPECT_EQ(block->executed.transactions_root, again->transactions_root);
        return hashes;
    }
    static std::vector<Hash> hashes(const std::vector<VerifiedTransaction>& transactions) {
        std::vector<Hash> hashes;
        for (const auto& transaction : transactions) hashes.push_back(transaction->hash());
        return hashes;
    }
};

TEST_F(Building, TakesWhatIsValidInItsOrder) {
    const std::vector<VerifiedTransaction> good{people_.transaction(2),
                                                people_.transaction(0, {.sequence = 9}),
                                                people_.transaction(0, {.sequence = 8})};
    EXPECT_EQ(built(good), hashes(good));
    EXPECT_EQ(built({}), std::vector<Hash>());
}

TEST_F(Building, LeavesOutWhatIsNotValid) {
    const auto good = people_.transaction(0);
    EXPECT_EQ(built({people_.transaction(1, {.valid_until = height_ - 1}), good, good,
                     people_.transaction(0, {.amount = 2}), People(5).transaction(4)}),
              hashes({good}));
}

// Freezing an account, or giving it new keys, makes others of its transactions invalid in the same block.
// They stay out; the block is built, or one person could stop the chain.
TEST_F(Building, LeavesOutWhatAnEarlierActionOfTheBlockMadeInvalid) {
    for (const std::int64_t change : {kFreeze, kRotate}) {
        const auto before = people_.transaction(1, {.sequence = 5, .amount = 2});
        const auto changes = people_.transaction(1, {.sequence = 1, .amount = change});
        const auto after = people_.transaction(1, {.sequence = 2, .amount = 3});
        const auto other = people_.transaction(2);
        EXPECT_EQ(built({before, changes, after, other}), hashes({before, changes, other}));
    }
}

TEST_F(Building, KeepsRefusedActions) {
    const auto refused = people_.transaction(0, {.amount = kRefused});
    EXPECT_EQ(built({refused}), hashes({refused}));
}

}  // namespace
}  // namespace pcq::ledger
