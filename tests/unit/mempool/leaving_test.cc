// What is taken for a block, and what leaves when a block is stored.
#include <gmock/gmock.h>

#include "src/ledger/account.h"
#include "tests/unit/mempool/fixture.h"

namespace pcq::mempool {
namespace {

class Leaving : public MempoolTest {
protected:
    std::vector<Hash> taken(const Mempool::Limits& limits = {.count = 1'000, .bytes = 1 << 20}) const {
        std::vector<Hash> hashes;
        for (const auto& transaction : pool_->take(limits)) hashes.push_back(transaction->hash());
        return hashes;
    }
};

TEST_F(Leaving, GoesInTheOrderOfAdmission) {
    std::vector<Hash> admitted;
    for (const std::uint64_t sequence : {9u, 2u, 5u}) {
        for (const auto& person : people_) {
            const auto bytes = transaction(person, {.sequence = sequence});
            ASSERT_EQ(admit(bytes), Code::ok);
            admitted.push_back(hash_of(bytes));
        }
    }
    EXPECT_EQ(taken(), admitted);
    EXPECT_EQ(taken(), admitted) << "taking removes nothing";
    EXPECT_EQ(taken({.count = 5, .bytes = 1 << 20}),
              std::vector<Hash>(admitted.begin(), admitted.begin() + 5));
    EXPECT_TRUE(taken({.count = 0, .bytes = 1 << 20}).empty());
}

TEST_F(Leaving, TakesNoMoreBytesThanAllowed) {
    std::size_t bytes = 0;
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        const auto one = transaction(people_[0], {.sequence = sequence});
        ASSERT_EQ(admit(one), Code::ok);
        if (sequence <= 2) bytes += one.size();
    }
    EXPECT_EQ(taken({.count = 10, .bytes = bytes}).size(), 2u);
    EXPECT_EQ(taken({.count = 10, .bytes = bytes - 1}).size(), 1u);
    EXPECT_EQ(taken({.count = 10, .bytes = 0}).size(), 0u);
}

TEST_F(Leaving, RemovesWhatABlockHoldsAndKeepsTheOrderOfTheRest) {
    const auto first = transaction(people_[0], {.sequence = 1});
    const auto second = transaction(people_[1], {.sequence = 1});
    const auto third = transaction(people_[0], {.sequence = 2});
    for (const auto& bytes : {first, second, third}) ASSERT_EQ(admit(bytes), Code::ok);

    EXPECT_TRUE(commit({second}).empty());

    EXPECT_EQ(taken(), (std::vector<Hash>{hash_of(first), hash_of(third)}));
    EXPECT_EQ(pool_->bytes(), first.size() + third.size());
    EXPECT_FALSE(pool_->contains(hash_of(second)));
    EXPECT_FALSE(pool_->find(hash_of(second)));
    EXPECT_EQ(admit(second), Code::transaction_sequence_used) << "what is committed does not come back";
}

TEST_F(Leaving, LeavesAloneWhatABlockDoesNotTouch) {
    const auto bytes = transaction(people_[0], {});
    ASSERT_EQ(admit(bytes), Code::ok);

    commit({transaction(people_[1], {})});
    commit({});

    EXPECT_TRUE(pool_->contains(hash_of(bytes)));
}

TEST_F(Leaving, ExpiresByHeightAndNotBefore) {
    const auto bytes = transaction(people_[0], {.valid_until = next_height_ + 1});
    ASSERT_EQ(admit(bytes), Code::ok);

    commit({});
    EXPECT_TRUE(pool_->contains(hash_of(bytes))) << "the next block may still hold it";
    EXPECT_EQ(commit({}), std::vector<Hash>{hash_of(bytes)}) << "whoever asks after it is told";
    EXPECT_TRUE(pool_->empty());
    EXPECT_EQ(pool_->bytes(), 0u);
    EXPECT_EQ(pool_->stats().expired, 1u);
    EXPECT_EQ(admit(bytes), Code::transaction_expired);
}

// Somebody signs two transactions with one sequence and gives each to another node.
TEST_F(Leaving, RemovesWhatHasTheSequenceOfAnotherNodesTransaction) {
    const auto here = transaction(people_[0], {.sequence = 3, .amount = 1});
    ASSERT_EQ(admit(here), Code::ok);

    const auto left = commit({transaction(people_[0], {.sequence = 3, .amount = 2})});

    EXPECT_EQ(left, std::vector<Hash>{hash_of(here)});
    EXPECT_TRUE(pool_->empty()) << "it can never be valid, and the mempool would always have work";
}

TEST_F(Leaving, RemovesWhatFellOutOfItsAccountsWindow) {
    ASSERT_EQ(admit(transaction(people_[0], {.sequence = 1})), Code::ok);
    ASSERT_EQ(admit(transaction(people_[0], {.sequence = 200})), Code::ok);

    commit({transaction(people_[0], {.sequence = ledger::kSequenceWindow})});
    EXPECT_EQ(pool_->size(), 2u);
    commit({transaction(people_[0], {.sequence = ledger::kSequenceWindow + 1})});

    EXPECT_EQ(pool_->size(), 1u);
    EXPECT_EQ((*pool_->take({.count = 1, .bytes = 1'000}).front()).sequence(), 200u);
}

TEST_F(Leaving, RemovesWhatAFrozenAccountHasWaiting) {
    ASSERT_EQ(admit(transaction(people_[0], {.sequence = 1})), Code::ok);
    ASSERT_EQ(admit(transaction(people_[1], {.sequence = 1})), Code::ok);

    change(people_[0], [](auto& record) { record.set_status(proto::ACCOUNT_STATUS_FROZEN); });
    commit({});

    EXPECT_EQ(pool_->size(), 1u);
    EXPECT_EQ(pool_->take({.count = 1, .bytes = 1'000}).front()->account(), people_[1].account());

    change(people_[0], [](auto& record) { record.set_status(proto::ACCOUNT_STATUS_OPEN); });
    commit({});
    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 1})), Code::ok)
        << "it may be sent again once it is good";
}

TEST_F(Leaving, RemovesWhatWasSignedByKeysThatAreNoLongerTheAccounts) {
    ASSERT_EQ(admit(transaction(people_[0], {.sequence = 1})), Code::ok);

    change(people_[0], [&](auto& record) { *record.mutable_keys() = people_[1].new_record().keys(); });
    commit({});

    EXPECT_TRUE(pool_->empty());
}

}  // namespace
}  // namespace pcq::mempool
