// Every reason to refuse a transaction, and the bounds.
#include <gmock/gmock.h>

#include "src/base/address.h"
#include "src/ledger/account.h"
#include "tests/unit/mempool/fixture.h"

namespace pcq::mempool {
namespace {

using Admission = MempoolTest;

TEST_F(Admission, TakesAGoodTransactionAndCountsIt) {
    const auto bytes = transaction(people_[0], {});

    EXPECT_EQ(admit(bytes), Code::ok);

    EXPECT_FALSE(pool_->empty());
    EXPECT_EQ(pool_->size(), 1u);
    EXPECT_EQ(pool_->bytes(), bytes.size());
    EXPECT_TRUE(pool_->contains(hash_of(bytes)));
    ASSERT_TRUE(pool_->find(hash_of(bytes)));
    EXPECT_EQ((*pool_->find(hash_of(bytes)))->bytes(), bytes);
    EXPECT_EQ(pool_->stats().admitted, 1u);
    EXPECT_TRUE(pool_->stats().refused.empty());
}

TEST_F(Admission, RefusesWhatIsNoTransaction) {
    EXPECT_EQ(offer("garbage"), Code::bad_encoding);
    EXPECT_EQ(offer(Bytes(ledger::kTransactionBytesMax + 1, 'x')), Code::transaction_too_large);

    auto other_chain = body(people_[0], {});
    other_chain.set_chain_id(Bytes(32, 'd'));
    EXPECT_EQ(offer(ledger::sign_transaction(other_chain, {&people_[0].key()})),
              Code::transaction_wrong_chain);

    auto without_action = body(people_[0], {});
    without_action.clear_action();
    EXPECT_EQ(offer(ledger::sign_transaction(without_action, {&people_[0].key()})), Code::action_unknown);

    proto::Transaction envelope;
    ASSERT_TRUE(envelope.ParseFromString(transaction(people_[0], {})));
    envelope.mutable_signatures(0)->mutable_public_key()->set_data("short");
    EXPECT_EQ(offer(envelope.SerializeAsString()), Code::bad_public_key);
    EXPECT_TRUE(pool_->empty());
}

TEST_F(Admission, RefusesWhatContractsCallMalformed) {
    EXPECT_EQ(offer(transaction(people_[0], {.amount = 0})), Code::action_malformed);
}

TEST_F(Admission, RefusesWhatTheStateDoesNotAllow) {
    const Person stranger(100);
    const auto unknown = pool_->offer(transaction(stranger, {}), judge());
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Code::transaction_unknown_account);
    EXPECT_EQ(unknown.error().message,
              "account " + to_address(stranger.account()) + " does not exist on this chain");
    EXPECT_EQ(offer(ledger::sign_transaction(body(people_[0], {}), {&people_[1].key()})),
              Code::transaction_wrong_keys);
    EXPECT_EQ(offer(ledger::sign_transaction(body(people_[0], {}), {&people_[0].key(), &people_[1].key()})),
              Code::transaction_wrong_keys);
    EXPECT_EQ(offer(transaction(people_[0], {.sequence = 0})), Code::transaction_sequence_outside_window);
    EXPECT_EQ(offer(transaction(people_[0], {.sequence = ledger::kSequenceWindow + 1})),
              Code::transaction_sequence_outside_window);
    EXPECT_EQ(offer(transaction(people_[0], {.valid_until = next_height_ - 1})), Code::transaction_expired);
    EXPECT_EQ(offer(transaction(people_[0], {.valid_until = next_height_ + ledger::kExpiryHeightsMax + 1})),
              Code::transaction_expiry_too_far);
    change(people_[1], [](auto& record) { ledger::use_sequence(record, 5); });
    EXPECT_EQ(offer(transaction(people_[1], {.sequence = 5})), Code::transaction_sequence_used);
    change(people_[2], [](auto& record) { record.set_status(proto::ACCOUNT_STATUS_FROZEN); });
    EXPECT_EQ(offer(transaction(people_[2], {})), Code::account_not_open);

    EXPECT_EQ(pool_->stats().refused,
              (std::map<Code, std::uint64_t>{{Code::transaction_unknown_account, 1},
                                             {Code::transaction_wrong_keys, 2},
                                             {Code::transaction_sequence_outside_window, 2},
                                             {Code::transaction_expired, 1},
                                             {Code::transaction_expiry_too_far, 1},
                                             {Code::transaction_sequence_used, 1},
                                             {Code::account_not_open, 1}}));
    // The edges are good.
    EXPECT_EQ(offer(transaction(people_[0], {.sequence = ledger::kSequenceWindow})), Code::ok);
    EXPECT_EQ(offer(transaction(people_[0], {.sequence = 2, .valid_until = next_height_})), Code::ok);
    EXPECT_EQ(offer(transaction(people_[0],
                                {.sequence = 3, .valid_until = next_height_ + ledger::kExpiryHeightsMax})),
              Code::ok);
}

TEST_F(Admission, RefusesWhatIsWaitingOrBeingCheckedAlready) {
    const auto bytes = transaction(people_[0], {});
    auto offered = pool_->offer(bytes, judge());
    ASSERT_TRUE(offered);
    EXPECT_EQ(offer(bytes), Code::transaction_known) << "while it is checked";

    const auto verified = ledger::verify_signatures(*std::move(offered));
    ASSERT_TRUE(pool_->verified(*verified, judge()));
    EXPECT_EQ(offer(bytes), Code::transaction_known) << "while it waits";

    EXPECT_TRUE(pool_->verified(*verified, judge())) << "the same once more is no fault";
    EXPECT_EQ(pool_->size(), 1u);
    EXPECT_EQ(pool_->bytes(), bytes.size());
    EXPECT_EQ(pool_->stats().admitted, 1u);
}

TEST_F(Admission, RefusesAnotherTransactionWithTheSequenceOfAWaitingOne) {
    ASSERT_EQ(admit(transaction(people_[0], {.sequence = 7})), Code::ok);

    EXPECT_EQ(offer(transaction(people_[0], {.sequence = 7, .amount = 2})), Code::transaction_sequence_used);
    const auto taken = pool_->offer(transaction(people_[0], {.sequence = 7, .amount = 2}), judge());
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, testing::HasSubstr("when that is final, sign with the next"));
    EXPECT_EQ(offer(transaction(people_[1], {.sequence = 7})), Code::ok) << "another account has its own";
}

TEST_F(Admission, TakesOneOfTwoWithTheSameSequenceThatAreCheckedAtOnce) {
    auto first = pool_->offer(transaction(people_[0], {.amount = 1}), judge());
    auto second = pool_->offer(transaction(people_[0], {.amount = 2}), judge());
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);

    EXPECT_TRUE(pool_->verified(*ledger::verify_signatures(*std::move(second)), judge()));
    const auto late = pool_->verified(*ledger::verify_signatures(*std::move(first)), judge());

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::transaction_sequence_used);
    EXPECT_EQ(pool_->size(), 1u);
}

TEST_F(Admission, ForgetsWhatHasABadSignatureSoThatAGoodCopyIsTaken) {
    const auto good = transaction(people_[0], {});
    proto::Transaction envelope;
    ASSERT_TRUE(envelope.ParseFromString(good));
    (*envelope.mutable_signatures(0)->mutable_signature())[0] ^= 1;
    const auto bad = envelope.SerializeAsString();

    EXPECT_EQ(admit(bad), Code::bad_signature);
    EXPECT_EQ(admit(bad), Code::bad_signature) << "it is not known, it was refused";
    EXPECT_EQ(admit(good), Code::ok);
    EXPECT_EQ(pool_->stats().refused.at(Code::bad_signature), 2u);
}

TEST_F(Admission, JudgesAgainWhenTheStateMovedWhileSignaturesWereChecked) {
    auto offered = pool_->offer(transaction(people_[0], {.sequence = 1}), judge());
    ASSERT_TRUE(offered);
    commit({transaction(people_[0], {.sequence = 1, .amount = 2})});

    const auto late = pool_->verified(*ledger::verify_signatures(*std::move(offered)), judge());

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::transaction_sequence_used);
    EXPECT_TRUE(pool_->empty());
    EXPECT_EQ(pool_->bytes(), 0u);
}

TEST_F(Admission, HoldsSoManyAndNoMore) {
    limit({.transactions_max = 2});
    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 1})), Code::ok);
    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 2})), Code::ok);

    EXPECT_EQ(admit(transaction(people_[1], {})), Code::mempool_full);

    commit({transaction(people_[0], {.sequence = 2})});
    EXPECT_EQ(admit(transaction(people_[1], {})), Code::ok) << "there is room again";
}

TEST_F(Admission, HoldsSoManyBytesAndNoMore) {
    const auto first = transaction(people_[0], {.padding = 100});
    const auto second = transaction(people_[1], {.padding = 100});
    limit({.bytes_max = first.size() + second.size()});
    EXPECT_EQ(admit(first), Code::ok);
    EXPECT_EQ(admit(transaction(people_[2], {.padding = 101})), Code::mempool_full) << "one byte too many";
    EXPECT_EQ(admit(second), Code::ok);
    EXPECT_EQ(pool_->bytes(), first.size() + second.size());
}

TEST_F(Admission, ChecksSoManySignaturesAtOnceAndNoMore) {
    limit({.verifying_max = 1});
    const auto first = transaction(people_[0], {});
    EXPECT_EQ(offer(first), Code::ok);

    EXPECT_EQ(offer(transaction(people_[1], {})), Code::mempool_full);

    pool_->failed(hash_of(first), Code::bad_signature);
    EXPECT_EQ(admit(transaction(people_[1], {})), Code::ok);
}

TEST_F(Admission, GivesOneAccountItsShareAndNoMore) {
    limit({.account_max = 2});
    const auto first = transaction(people_[0], {.sequence = 1});
    EXPECT_EQ(admit(first), Code::ok);
    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 2})), Code::ok);

    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 3})), Code::mempool_account_full);
    EXPECT_EQ(admit(transaction(people_[1], {.sequence = 3})), Code::ok);

    commit({first});
    EXPECT_EQ(admit(transaction(people_[0], {.sequence = 3})), Code::ok);
}

TEST_F(Admission, KeepsEachBoundWhenManyAreCheckedAtOnce) {
    limit({.transactions_max = 1});
    auto first = pool_->offer(transaction(people_[0], {}), judge());
    auto second = pool_->offer(transaction(people_[1], {}), judge());
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_TRUE(pool_->verified(*ledger::verify_signatures(*std::move(first)), judge()));

    const auto late = pool_->verified(*ledger::verify_signatures(*std::move(second)), judge());

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::mempool_full);
    EXPECT_EQ(pool_->size(), 1u);
}

}  // namespace
}  // namespace pcq::mempool
