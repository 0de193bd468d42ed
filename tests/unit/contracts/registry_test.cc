// People, their keys, and what the government may do to an account.
#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

template <class Action>
Action about(const AccountId& account, const std::string& reason = "reason") {
    Action action;
    action.set_account(account.bytes());
    action.set_reason(reason);
    return action;
}

proto::AccountRecord record_of(const TestChain& chain, const client::Wallet& who) {
    return *ledger::kAccounts.find(chain.side, who.account());
}

proto::RotateKeys rotation(const TestChain& chain, const client::Wallet& of,
                           const std::vector<std::string>& names, std::uint32_t threshold) {
    std::vector<crypto::SigningKey> keys;
    std::vector<const crypto::SigningKey*> pointers;
    keys.reserve(names.size());
    for (const auto& name : names) pointers.push_back(&keys.emplace_back(key_of(name)));
    return client::rotate_keys(chain.side.chain(), of.account(), pointers, threshold);
}

TEST(Registry, NumbersPeopleInTheOrderOfRegistration) {
    TestChain chain;
    proto::RegisterUsers action;
    for (const char* name : {"ann", "bob"}) {
        *action.add_users() = client::new_user(chain.side.chain(), chain.government.account(), key_of(name),
                                               crypto::sha256({"identity of", name}));
    }

    const auto receipt = chain.side.must(chain.government, action);

    EXPECT_EQ(receipt.events(0).users_registered().first_number(), 1u);
    EXPECT_EQ(receipt.events(0).users_registered().count(), 2u);
    EXPECT_EQ(record_of(chain, chain.side.wallet("bob")).number(), 2u);
    EXPECT_EQ(kAccountByNumber.find(chain.side, std::uint64_t{2})->account(),
              chain.side.wallet("bob").account().bytes());
    chain.person("cyd");
    EXPECT_EQ(record_of(chain, chain.side.wallet("cyd")).number(), 3u);
}

TEST(Registry, RegistersAllOfAnActionOrNobody) {
    TestChain chain;
    auto action = registration(chain.side, chain.platform, "ann");
    *action.add_users() = action.users(0);

    EXPECT_TRUE(refused(chain.side.attempt(chain.platform, action), Code::account_exists));

    EXPECT_FALSE(ledger::kAccounts.contains(chain.side, chain.side.wallet("ann").account()));
    EXPECT_EQ(record_of(chain, chain.person("bob")).number(), 1u);
}

TEST(Registry, TakesNoKeyThatIsNone) {
    TestChain chain;
    auto action = registration(chain.side, chain.platform, "ann");
    action.mutable_users(0)->mutable_key()->set_data(Bytes(32, '\0'));
    EXPECT_TRUE(refused(chain.side.attempt(chain.platform, action), Code::bad_public_key));
    action.mutable_users(0)->clear_key();
    EXPECT_TRUE(refused(chain.side.attempt(chain.platform, action), Code::bad_public_key));
}

TEST(Registry, TakesAProofOfPossessionForThisChainAndThisAccountOnly) {
    TestChain chain;
    const auto possession_of = [&chain](const std::string& key, const ChainId& on,
                                        const std::string& account) {
        return key_of(key).sign(
            client::possession_digest(on, chain.platform.account(), chain.side.wallet(account).account()));
    };
    auto action = registration(chain.side, chain.platform, "ann");
    for (const Bytes& forged :
         {possession_of("ann", chain.main.chain(), "ann"), possession_of("ann", chain.side.chain(), "bob"),
          possession_of("bob", chain.side.chain(), "ann")}) {
        action.mutable_users(0)->set_possession(forged);
        EXPECT_TRUE(refused(chain.side.attempt(chain.platform, action), Code::bad_possession));
    }
}

TEST(Registry, LetsTheOwnerReplaceTheKeysAndKeepsTheAccount) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.side.must(ann, rotation(chain, ann, {"ann's phone", "ann's safe"}, 2));

    auto record = record_of(chain, ann);
    EXPECT_EQ(record.keys_size(), 2);
    EXPECT_EQ(record.threshold(), 2u);
    std::vector<crypto::SigningKey> keys;
    keys.push_back(key_of("ann's phone"));
    keys.push_back(key_of("ann's safe"));
    client::Wallet both(chain.side.chain(), ann.account(), std::move(keys));
    both.learn(record);
    EXPECT_EQ(chain.side.attempt(both, join_market(2013, 1_uy)).code, Code::period_unknown)
        << "both keys together sign for the account";
}

TEST(Registry, TakesNoKeyWhoseOwnerDidNotSign) {
    TestChain chain;
    auto& ann = chain.person("ann");
    const auto good = rotation(chain, ann, {"one", "two"}, 1);

    auto forged = good;
    forged.set_possessions(1, good.possessions(0));
    EXPECT_TRUE(refused(chain.side.attempt(ann, forged), Code::bad_possession));
    auto borrowed = rotation(chain, chain.person("bob"), {"one", "two"}, 1);
    EXPECT_TRUE(refused(chain.side.attempt(ann, borrowed), Code::bad_possession));
    auto unordered = good;
    unordered.mutable_keys()->SwapElements(0, 1);
    unordered.mutable_possessions()->SwapElements(0, 1);
    EXPECT_TRUE(refused(chain.side.attempt(ann, unordered), Code::action_malformed));
    auto too_many_needed = good;
    too_many_needed.set_threshold(3);
    EXPECT_TRUE(refused(chain.side.attempt(ann, too_many_needed), Code::action_malformed));
}

TEST(Registry, LetsAPersonHaveFourKeysBecauseEachCostsEveryNodeTwoVerifications) {
    TestChain chain;
    auto& ann = chain.person("ann");
    EXPECT_TRUE(refused(chain.side.attempt(ann, rotation(chain, ann, {"1", "2", "3", "4", "5"}, 1)),
                        Code::action_malformed));
    std::vector<std::string> sixteen;
    for (int i = 0; i < 16; ++i) sixteen.push_back(std::to_string(i));
    chain.side.must(chain.meter, rotation(chain, chain.meter, sixteen, 1));
    chain.side.must(ann, rotation(chain, ann, {"1", "2", "3", "4"}, 1));
}

TEST(Registry, FreezesAnAccountUntilItIsUnfrozen) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.deposit(ann, 5_uy);

    chain.side.must(chain.government, about<proto::FreezeAccount>(ann.account()));

    EXPECT_EQ(record_of(chain, ann).status(), proto::ACCOUNT_STATUS_FROZEN);
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::FreezeAccount>(ann.account())),
                        Code::account_wrong_status));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::CloseAccount>(ann.account())),
                        Code::account_has_assets));
    chain.deposit(ann, 1_uy);
    EXPECT_EQ(chain.balance(ann), 6_uy) << "what it owns stays, and more may come";
    chain.side.must(chain.government, about<proto::UnfreezeAccount>(ann.account()));
    EXPECT_EQ(record_of(chain, ann).status(), proto::ACCOUNT_STATUS_OPEN);
}

TEST(Registry, NeverFreezesTheGovernmentThatAloneCouldUnfreezeIt) {
    TestChain chain;
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.government, about<proto::FreezeAccount>(chain.government.account())),
                Code::not_authorised));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_government,
                                           about<proto::FreezeAccount>(chain.main_government.account())),
                        Code::not_authorised));
}

TEST(Registry, ClosesPeopleAndNoOrganisation) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.side.must(chain.government, about<proto::CloseAccount>(ann.account()));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::UnfreezeAccount>(ann.account())),
                        Code::account_wrong_status));
    for (const auto* who : {&chain.government, &chain.platform, &chain.bank, &chain.anyone}) {
        EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::CloseAccount>(who->account())),
                            Code::account_not_person));
    }
}

TEST(Registry, NamesAnAccountThatIsNone) {
    TestChain chain;
    for (const auto& account : {chain.side.wallet("nobody").account(), AccountId()}) {
        EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::FreezeAccount>(account)),
                            Code::account_unknown));
        EXPECT_TRUE(refused(chain.side.attempt(chain.government, about<proto::CloseAccount>(account)),
                            Code::account_unknown));
    }
    auto short_id = about<proto::CloseAccount>(AccountId());
    short_id.set_account("short");
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, short_id), Code::action_malformed));
}

}  // namespace
}  // namespace pcq::contracts::testing
