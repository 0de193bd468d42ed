#include "src/client/wallet.h"

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "src/ledger/account.h"
#include "src/ledger/list_tree.h"

namespace pcq::client {
namespace {

const ChainId kWalletChain = *ChainId::from(std::string(32, 'c'));

crypto::SigningKey key(char seed) {
    auto made = crypto::SigningKey::from_secret(crypto::KeyType::ed25519, std::string(32, seed));
    return std::move(made.value());
}

proto::SellSurplus sale() {
    proto::SellSurplus action;
    action.set_period(2013);
    action.set_grams(1'000);
    return action;
}

TEST(Wallet, SignsWhatTheLedgerVerifies) {
    Wallet wallet(kWalletChain, key('a'));
    const auto made = wallet.sign(sale(), 77);
    ASSERT_TRUE(made);
    auto decoded = ledger::DecodedTransaction::from(made->bytes, kWalletChain);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->hash(), made->hash);
    EXPECT_EQ(decoded->account(), wallet.account());
    EXPECT_EQ(decoded->sequence(), made->sequence);
    EXPECT_EQ(decoded->valid_until_height(), 77U);
    EXPECT_EQ(decoded->body().sell_surplus().grams(), 1'000);
    EXPECT_TRUE(ledger::verify_signatures(*std::move(decoded)));
}

TEST(Wallet, SignsForSeveralKeysInTheOrderThatTheLedgerAsksFor) {
    std::vector<crypto::SigningKey> keys;
    for (const char seed : {'x', 'y', 'z'}) keys.push_back(key(seed));
    const AccountId account = crypto::account_of(keys[0].public_key());
    Wallet wallet(kWalletChain, account, std::move(keys));
    auto decoded = ledger::DecodedTransaction::from(wallet.sign(sale(), 1)->bytes, kWalletChain);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->signatures().size(), 3U);
    EXPECT_TRUE(ledger::verify_signatures(*std::move(decoded)));
}

TEST(Wallet, GivesEachTransactionItsOwnSequenceAfterThoseOfTheChain) {
    Wallet wallet(kWalletChain, key('a'));
    proto::AccountRecord record;
    record.set_sequence_top(41);
    wallet.learn(record);
    EXPECT_EQ(wallet.sign(sale(), 1)->sequence, 42U);
    EXPECT_EQ(wallet.sign(sale(), 1)->sequence, 43U);
}

// Whatever order the chain commits them in, every sequence that a wallet gives out stays inside the window.
TEST(Wallet, NeverGivesOutASequenceThatTheChainCouldRefuse) {
    Wallet wallet(kWalletChain, key('a'));
    proto::AccountRecord record;
    std::vector<std::uint64_t> open;
    for (std::uint64_t i = 0; i < ledger::kSequenceWindow; ++i)
        open.push_back(wallet.sign(sale(), 1)->sequence);
    EXPECT_EQ(wallet.sign(sale(), 1).error().code, Code::sequences_used_up);

    // The newest commits first: there is still no room, because the oldest would fall out of the window.
    const auto commit = [&](std::uint64_t sequence) {
        ASSERT_TRUE(ledger::check_sequence(record, sequence));
        ledger::use_sequence(record, sequence);
        wallet.committed(sequence);
    };
    commit(open.back());
    EXPECT_EQ(wallet.sign(sale(), 1).error().code, Code::sequences_used_up);
    commit(open.front());
    const auto next = wallet.sign(sale(), 1);
    ASSERT_TRUE(next);
    commit(next->sequence);
    for (std::size_t i = 1; i + 1 < open.size(); ++i) commit(open[i]);
    EXPECT_TRUE(wallet.sign(sale(), 1));
}

TEST(Wallet, MakesRoomForWhatWasGivenUp) {
    Wallet wallet(kWalletChain, key('a'));
    std::vector<std::uint64_t> open;
    for (std::uint64_t i = 0; i < ledger::kSequenceWindow; ++i)
        open.push_back(wallet.sign(sale(), 1)->sequence);
    wallet.committed(open.back());
    wallet.given_up(open.front());
    EXPECT_TRUE(wallet.sign(sale(), 1));
}

TEST(Actions, ProveThatThePersonHasTheKey) {
    const crypto::SigningKey person = key('p');
    const AccountId platform = crypto::account_of(key('q').public_key());
    const auto user = new_user(kWalletChain, platform, person, crypto::sha256({"file"}));
    const auto account = crypto::account_of(person.public_key());
    EXPECT_TRUE(crypto::verify(person.public_key(), possession_digest(kWalletChain, platform, account),
                               user.possession()));
    EXPECT_FALSE(crypto::verify(person.public_key(), possession_digest(kWalletChain, account, account),
                                user.possession()));
    EXPECT_EQ(user.key().data(), person.public_key().data());
}

TEST(Actions, RotateKeysInTheOrderThatTheRegistryAsksFor) {
    const crypto::SigningKey a = key('a');
    const crypto::SigningKey b = key('b');
    const AccountId account = crypto::account_of(a.public_key());
    const auto forwards = rotate_keys(kWalletChain, account, {&a, &b}, 2);
    const auto backwards = rotate_keys(kWalletChain, account, {&b, &a}, 2);
    EXPECT_EQ(forwards.SerializeAsString(), backwards.SerializeAsString());
    ASSERT_EQ(forwards.keys_size(), 2);
    EXPECT_LT(forwards.keys(0).data(), forwards.keys(1).data());
}

TEST(Actions, ClaimEveryLeafOfABatchByProof) {
    std::vector<Allotment> list;
    for (char c = 'a'; c < 'h'; ++c) {
        list.push_back({*AccountId::from(std::string(32, c)), Grams(c), std::string("head ") + c});
    }
    const auto plan = IssuancePlan::from(kWalletChain, 2013, list);
    ASSERT_TRUE(plan);
    const auto batch = plan->batch({"equal"});
    EXPECT_EQ(batch.count(), 7U);
    EXPECT_EQ(batch.total_g(), 'a' + 'b' + 'c' + 'd' + 'e' + 'f' + 'g');
    for (std::size_t first = 0; first < plan->size(); first += 3) {
        const auto claim = plan->claim(5, first, 3);
        EXPECT_EQ(claim.batch(), 5U);
        EXPECT_EQ(claim.first_leaf(), first);
        std::vector<Hash> leaves;
        for (const auto& leaf : claim.leaves()) {
            Bytes data;
            append_u32(data, 2013);
            data += leaf.account();
            append_u64(data, static_cast<std::uint64_t>(leaf.grams()));
            data += leaf.reason();
            leaves.push_back(crypto::tagged_hash("issuance-leaf", kWalletChain, data));
        }
        std::vector<Hash> proof;
        for (const auto& hash : claim.proof()) proof.push_back(*Hash::from(hash));
        EXPECT_TRUE(ledger::verify_range(*Hash::from(batch.merkle_root()), 7, first, leaves, proof));
    }
}

TEST(Actions, RefuseABatchWhoseSumOverflows) {
    const Grams most(std::numeric_limits<std::int64_t>::max());
    const auto plan = IssuancePlan::from(kWalletChain, 2013, {{AccountId(), most}, {AccountId(), Grams(1)}});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, Code::amount_overflow);
}

}  // namespace
}  // namespace pcq::client
