// Goal: whatever order things come in, the mempool holds exactly what it should, and its counts never drift.
// Method: a seeded run of offers, checked and failed signatures, blocks, freezes and thaws against a model
// that keeps one list and looks at all of it each time. PCQ_SEED=n replays one seed.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>

#include "src/ledger/account.h"
#include "tests/unit/mempool/fixture.h"

namespace pcq::mempool {
namespace {

constexpr int kSteps = 4'000;
constexpr Options kOptions{.transactions_max = 12, .bytes_max = 3'600, .account_max = 3, .verifying_max = 6};

class Random : public MempoolTest {
protected:
    void run(unsigned seed) {
        random_.seed(seed);
        limit(kOptions);
        for (int step = 0; step < kSteps && !HasFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            const std::uint64_t kind = below(20);
            if (kind < 10) {
                offer_one();
            } else if (kind < 16) {
                finish_one();
            } else if (kind < 19) {
                commit_some();
            } else {
                freeze_or_thaw();
            }
            expect_equal();
        }
        while (!checking_.empty()) finish_one();
        next_height_ += ledger::kExpiryHeightsMax;  // nothing outlives this
        commit({});
        model_.clear();
        expect_equal();
        EXPECT_EQ(pool_->bytes(), 0u);
        // All room is there again, for each account and altogether.
        for (const auto& person : people_)
            change(person, [&](auto& record) { record = person.new_record(); });
        for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
            for (const auto& person : people_)
                EXPECT_EQ(admit(transaction(person, {.sequence = sequence, .valid_until = next_height_})),
                          Code::ok);
        }
    }

private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    const Person& anybody() { return people_[below(kPeople)]; }

    std::size_t model_bytes() const {
        std::size_t bytes = 0;
        for (const auto& waiting : model_) bytes += waiting->bytes().size();
        return bytes;
    }
    Code model_room(const ledger::DecodedTransaction& transaction) const {
        if (model_.size() >= kOptions.transactions_max || checking_.size() >= kOptions.verifying_max ||
            model_bytes() + transaction.bytes().size() > kOptions.bytes_max)
            return Code::mempool_full;
        const auto of_account = std::count_if(model_.begin(), model_.end(), [&](const auto& waiting) {
            return waiting->account() == transaction.account();
        });
        return static_cast<std::size_t>(of_account) >= kOptions.account_max ? Code::mempool_account_full
                                                                            : Code::ok;
    }
    Code model_state(const ledger::DecodedTransaction& transaction) const {
        for (const auto& waiting : model_) {
            if (waiting->account() == transaction.account() &&
                waiting->sequence() == transaction.sequence() && waiting->hash() != transaction.hash())
                return Code::transaction_sequence_used;
        }
        const auto good = ledger::check_authority(*ledger::kAccounts.find(state_, transaction.account()),
                                                  transaction, next_height_);
        return good ? Code::ok : good.error().code;
    }
    Code model_offer(const ledger::DecodedTransaction& transaction) const {
        const auto is_same = [&](const auto& other) { return other->hash() == transaction.hash(); };
        if (std::any_of(model_.begin(), model_.end(), is_same) ||
            std::any_of(checking_.begin(), checking_.end(), is_same))
            return Code::transaction_known;
        if (const Code room = model_room(transaction); room != Code::ok) return room;
        return model_state(transaction);
    }

    void offer_one() {
        const auto& person = anybody();
        const auto top = ledger::kAccounts.find(state_, person.account())->sequence_top();
        const auto bytes = transaction(person, {.sequence = top + below(8),
                                                .valid_until = next_height_ - 1 + below(12),
                                                .amount = static_cast<std::int64_t>(1 + below(2)),
                                                .padding = below(200)});
        const auto decoded = ledger::DecodedTransaction::from(bytes, kChain);
        ASSERT_TRUE(decoded);
        const Code expected = model_offer(*decoded);
        EXPECT_EQ(offer(bytes), expected);
        ++met_[expected];
        if (expected == Code::ok) checking_.push_back(*ledger::verify_signatures(*decoded));
    }
    void finish_one() {
        if (checking_.empty()) return;
        const auto at = checking_.begin() + static_cast<std::ptrdiff_t>(below(checking_.size()));
        const auto transaction = *at;
        checking_.erase(at);
        if (below(8) == 0) return pool_->failed(transaction->hash(), Code::bad_signature);
        Code expected = model_room(*transaction);
        if (expected == Code::ok) expected = model_state(*transaction);
        const auto admitted = pool_->verified(transaction, judge());
        EXPECT_EQ(admitted ? Code::ok : admitted.error().code, expected);
        if (expected == Code::ok) model_.push_back(transaction);
    }
    // Some that wait here and some that were only ever elsewhere.
    void commit_some() {
        std::vector<ledger::RawTransaction> block;
        std::set<std::pair<AccountId, std::uint64_t>> used;
        for (const auto& waiting : model_) {
            if (below(3) == 0 && used.emplace(waiting->account(), waiting->sequence()).second)
                block.push_back(waiting->bytes());
        }
        const auto& person = anybody();
        const auto record = *ledger::kAccounts.find(state_, person.account());
        const std::uint64_t sequence = record.sequence_top() + 1 + below(3);
        if (below(2) == 0 && used.emplace(person.account(), sequence).second)
            block.push_back(transaction(person, {.sequence = sequence, .amount = 3}));
        commit(block);
        prune();
    }
    void freeze_or_thaw() {
        change(anybody(), [](auto& record) {
            record.set_status(record.status() == proto::ACCOUNT_STATUS_OPEN ? proto::ACCOUNT_STATUS_FROZEN
                                                                            : proto::ACCOUNT_STATUS_OPEN);
        });
        commit({});
        prune();
    }
    // Whatever can be in no later block as things stand.
    void prune() {
        std::erase_if(model_, [&](const auto& waiting) {
            return !ledger::check_authority(*ledger::kAccounts.find(state_, waiting->account()), *waiting,
                                            next_height_);
        });
    }
    void expect_equal() const {
        std::vector<Hash> expected;
        for (const auto& waiting : model_) expected.push_back(waiting->hash());
        std::vector<Hash> held;
        for (const auto& waiting : pool_->take({.count = 1'000, .bytes = 1 << 20}))
            held.push_back(waiting->hash());
        ASSERT_EQ(held, expected);
        ASSERT_EQ(pool_->size(), expected.size());
        ASSERT_EQ(pool_->bytes(), model_bytes());
        ASSERT_EQ(pool_->empty(), expected.empty());
    }

    std::mt19937_64 random_;
    std::vector<ledger::VerifiedTransaction> model_;
    std::vector<ledger::VerifiedTransaction> checking_;

protected:
    std::map<Code, int> met_;
};

TEST_F(Random, EventsLeaveExactlyWhatTheModelHolds) {
    const char* wanted = std::getenv("PCQ_SEED");
    const unsigned seed = wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 7;
    SCOPED_TRACE("PCQ_SEED=" + std::to_string(seed));
    run(seed);
    if (wanted != nullptr) return;
    for (const Code code :
         {Code::ok, Code::mempool_full, Code::mempool_account_full, Code::transaction_sequence_used,
          Code::transaction_expired, Code::account_not_open})
        EXPECT_GT(met_[code], 5) << "the run never came to " << name(code);
}

}  // namespace
}  // namespace pcq::mempool
