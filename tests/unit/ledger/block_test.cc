// Headers, validator sets and genesis documents: what is taken, and which rule each refusal names.
#include "src/ledger/block.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

proto::Header header() {
    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(kChain.bytes());
    fields.set_height(3);
    fields.set_previous_hash(Bytes(32, 'p'));
    fields.set_transactions_root(Bytes(32, 't'));
    fields.set_receipts_root(Bytes(32, 'r'));
    fields.set_state_root(Bytes(32, 's'));
    fields.set_validators_hash(Bytes(32, 'v'));
    fields.set_next_validators_hash(Bytes(32, 'n'));
    return fields;
}

TEST(Header, KeepsItsExactBytesAndTheirHash) {
    const Bytes bytes = header().SerializeAsString();
    const auto read = Header::from(bytes, kChain);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->bytes(), bytes);
    EXPECT_EQ(read->hash(), crypto::tagged_hash("header", kChain, bytes));
    EXPECT_EQ(Header::encode(header()).hash(), read->hash());
    EXPECT_EQ((*read)->height(), 3u);
    EXPECT_EQ(read->chain(), kChain);
    EXPECT_EQ(read->previous_hash().bytes(), Bytes(32, 'p'));
    EXPECT_EQ(read->transactions_root().bytes(), Bytes(32, 't'));
    EXPECT_EQ(read->receipts_root().bytes(), Bytes(32, 'r'));
    EXPECT_EQ(read->state_root().bytes(), Bytes(32, 's'));
    EXPECT_EQ(read->validators_hash().bytes(), Bytes(32, 'v'));
    EXPECT_EQ(read->next_validators_hash().bytes(), Bytes(32, 'n'));
}

TEST(Header, IsRefusedWithTheRuleThatItBreaks) {
    const auto expect = [](const std::function<void(proto::Header&)>& change, const char* says) {
        proto::Header fields = header();
        change(fields);
        const auto read = Header::from(fields.SerializeAsString(), kChain);
        ASSERT_FALSE(read) << says;
        EXPECT_EQ(read.error().code, Code::bad_header);
        EXPECT_THAT(read.error().message, HasSubstr(says));
    };
    expect([](auto& fields) { fields.set_version(0); }, "version 0");
    expect([](auto& fields) { fields.set_version(2); }, "version 2");
    expect([](auto& fields) { fields.set_chain_id(Bytes(32, 'o')); }, "of chain");
    expect([](auto& fields) { fields.clear_chain_id(); }, "of chain");
    for (const std::size_t length : {0u, 31u, 33u}) {
        const Bytes wrong(length, 'x');
        expect([&](auto& fields) { fields.set_previous_hash(wrong); }, "expected 32");
        expect([&](auto& fields) { fields.set_transactions_root(wrong); }, "expected 32");
        expect([&](auto& fields) { fields.set_receipts_root(wrong); }, "expected 32");
        expect([&](auto& fields) { fields.set_state_root(wrong); }, "expected 32");
        expect([&](auto& fields) { fields.set_validators_hash(wrong); }, "expected 32");
        expect([&](auto& fields) { fields.set_next_validators_hash(wrong); }, "expected 32");
    }
    const Bytes good = header().SerializeAsString();
    for (const Bytes& bytes :
         {Bytes(), good + '\0', good + good, hex("4000") + good, Bytes(8 * 1024 + 1, 'x')}) {
        const auto read = Header::from(bytes, kChain);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Code::bad_header);
    }
}

TEST(Header, HasAtMost8KiB) {
    proto::Header fields = header();
    fields.set_proposer(Bytes(7'000, 'p'));
    const std::size_t rest = fields.SerializeAsString().size() - 7'000;
    fields.set_proposer(Bytes(kHeaderBytesMax - rest, 'p'));
    EXPECT_TRUE(Header::from(fields.SerializeAsString(), kChain));
    fields.set_proposer(Bytes(kHeaderBytesMax - rest + 1, 'p'));
    EXPECT_THAT(Header::from(fields.SerializeAsString(), kChain).error().message, HasSubstr("8192"));
}

// Every year of quotas adds a vintage to the totals; there is room for all that a century brings.
TEST(Header, HasRoomForTheTotalsOfACentury) {
    proto::Header fields = header();
    fields.set_proposer(Bytes(33, 'p'));
    for (std::uint32_t year = 2013; year < 2113; ++year) {
        auto& vintage = *fields.mutable_totals()->add_vintages();
        vintage.set_vintage(year);
        vintage.set_issued_g(4'000'000'000'000'000'000);
        vintage.set_held_g(4'000'000'000'000'000'000);
        vintage.set_inventory_g(4'000'000'000'000'000'000);
        vintage.set_surrendered_g(4'000'000'000'000'000'000);
        vintage.set_expired_g(4'000'000'000'000'000'000);
    }
    EXPECT_TRUE(Header::from(fields.SerializeAsString(), kChain));
}

proto::ValidatorSet validators(int count) {
    std::vector<crypto::PublicKey> keys;
    for (int number = 1; number <= count; ++number) keys.push_back(signing_key(number).public_key());
    std::sort(keys.begin(), keys.end());
    proto::ValidatorSet fields;
    for (const auto& key : keys) {
        fill(*fields.add_validators()->mutable_public_key(), key);
        fields.mutable_validators()->rbegin()->set_name("v" + std::to_string(fields.validators_size()));
    }
    return fields;
}

TEST(ValidatorSet, Holds4To100MembersInOrder) {
    for (const int count : {4, 5, 100}) {
        const auto set = ValidatorSet::from(validators(count));
        ASSERT_TRUE(set) << set.error().message;
        EXPECT_EQ(set->size(), static_cast<std::uint32_t>(count));
        for (std::uint32_t i = 0; i < set->size(); ++i) EXPECT_EQ(set->index_of(set->members()[i].key), i);
        EXPECT_EQ(set->index_of(signing_key(101).public_key()), std::nullopt);
    }
    for (const int count : {0, 1, 3, 101}) EXPECT_FALSE(ValidatorSet::from(validators(count))) << count;
}

TEST(ValidatorSet, IsRefusedWithTheRuleThatItBreaks) {
    const auto expect = [](const std::function<void(proto::ValidatorSet&)>& change, const char* says) {
        proto::ValidatorSet fields = validators(5);
        change(fields);
        const auto set = ValidatorSet::from(fields);
        ASSERT_FALSE(set) << says;
        EXPECT_EQ(set.error().code, Code::bad_encoding);
        EXPECT_THAT(set.error().message, HasSubstr(says));
    };
    expect([](auto& fields) { fields.mutable_validators()->SwapElements(1, 2); }, "out of order");
    expect([](auto& fields) { *fields.mutable_validators(2) = fields.validators(1); }, "out of order");
    expect([](auto& fields) { fields.mutable_validators(1)->clear_name(); }, "name");
    expect([](auto& fields) { fields.mutable_validators(1)->set_name(Bytes(65, 'n')); }, "name");
    expect(
        [](auto& fields) {
            fill(*fields.mutable_validators(4)->mutable_public_key(),
                 signing_key(1, crypto::KeyType::p256).public_key());
        },
        "must have an Ed25519 key");
    expect(
        [](auto& fields) {
            fields.mutable_validators(1)->mutable_public_key()->set_type(proto::KeyType(257));
        },
        "must have an Ed25519 key");
    expect(
        [](auto& fields) { fields.mutable_validators(1)->mutable_public_key()->set_data(Bytes(32, '\0')); },
        "prime-order group");
    expect([](auto& fields) { fields.mutable_validators(1)->mutable_public_key()->set_data("short"); },
           "32 bytes");
    expect([](auto& fields) { fields.mutable_validators(1)->clear_public_key(); }, "Ed25519");
}

TEST(ValidatorSet, HasAHashOfItsChainAndOfEveryField) {
    const auto set = *ValidatorSet::from(validators(4));
    EXPECT_EQ(set.hash(kChain), crypto::tagged_hash("validators", kChain, validators(4).SerializeAsString()));
    EXPECT_NE(set.hash(kChain), set.hash(*ChainId::from(Bytes(32, 'o'))));
    auto renamed = validators(4);
    renamed.mutable_validators(0)->set_name("another");
    EXPECT_NE(set.hash(kChain), ValidatorSet::from(renamed)->hash(kChain));
}

proto::Genesis genesis() {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name("main-1");
    fields.set_kind(proto::CHAIN_KIND_MAIN);
    fields.set_time_ms(1'700'000'000'000);
    *fields.mutable_validators() = validators(4);
    auto& government = *fields.add_organisations();
    government.set_name("government");
    government.add_roles(proto::ROLE_GOVERNMENT);
    fill(*government.add_keys(), signing_key(1).public_key());
    fill(*government.add_keys(), signing_key(1, crypto::KeyType::p256).public_key());
    government.set_threshold(2);
    return fields;
}

std::string json(const proto::Genesis& fields) {
    std::string document;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    return document;
}

void expect_genesis_refused(const std::string& document, const char* says) {
    const auto read = Genesis::from(document);
    ASSERT_FALSE(read) << says;
    EXPECT_EQ(read.error().code, Code::bad_encoding);
    EXPECT_THAT(read.error().message, HasSubstr(says));
}

TEST(Genesis, NamesItsChainByItsExactBytes) {
    const std::string document = json(genesis());
    const auto read = Genesis::from(document);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->chain.view(), crypto::tagged_hash("genesis", document).view());
    EXPECT_EQ(read->document, document);
    EXPECT_EQ(read->fields.name(), "main-1");
    EXPECT_EQ(read->validators.size(), 4u);
    // A space more says the same and is another chain.
    EXPECT_NE(Genesis::from(document + " ")->chain, read->chain);
}

TEST(Genesis, IsRefusedWithTheFieldAndTheRule) {
    const auto expect = [](const std::function<void(proto::Genesis&)>& change, const char* says) {
        proto::Genesis fields = genesis();
        change(fields);
        expect_genesis_refused(json(fields), says);
    };
    expect([](auto& fields) { fields.set_format(2); }, "format is 2");
    expect([](auto& fields) { fields.clear_name(); }, "name");
    expect([](auto& fields) { fields.set_name("Main"); }, "a-z, 0-9 and -");
    expect([](auto& fields) { fields.set_name(Bytes(65, 'n')); }, "1 to 64");
    expect([](auto& fields) { fields.clear_kind(); }, "kind");
    expect([](auto& fields) { fields.mutable_validators()->mutable_validators()->RemoveLast(); }, "4 to 100");
    expect([](auto& fields) { fields.set_main_chain_id(Bytes(32, 'm')); }, "names no other main chain");
    expect([](auto& fields) { fields.mutable_main_validators(); }, "names no other main chain");
    expect([](auto& fields) { fields.mutable_organisations(0)->clear_name(); }, "name");
    expect([](auto& fields) { fields.mutable_organisations(0)->clear_keys(); }, "0 keys");
    expect([](auto& fields) { fields.mutable_organisations(0)->set_threshold(0); }, "threshold 0");
    expect([](auto& fields) { fields.mutable_organisations(0)->set_threshold(3); }, "threshold 3");
    expect([](auto& fields) { fields.mutable_organisations(0)->mutable_keys()->SwapElements(0, 1); },
           "ascending");
    expect(
        [](auto& fields) {
            *fields.mutable_organisations(0)->mutable_keys(1) = fields.organisations(0).keys(0);
        },
        "ascending");
    expect([](auto& fields) { fields.mutable_organisations(0)->mutable_keys(0)->set_data(Bytes(32, '\0')); },
           "prime-order group");
    expect(
        [](auto& fields) { fields.mutable_organisations(0)->mutable_keys(0)->set_type(proto::KeyType(257)); },
        "unknown key type 257");
    expect([](auto& fields) { fields.set_time_ms(UINT64_MAX); }, "timeMs");
    expect([](auto& fields) { fields.set_time_ms(253'402'300'800'000); }, "timeMs");

    const std::string good = json(genesis());
    expect_genesis_refused("", "genesis document refused");
    expect_genesis_refused(good.substr(0, good.size() - 1), "genesis document refused");
    expect_genesis_refused(good + "}", "genesis document refused");
    expect_genesis_refused("{\"colour\": 1," + good.substr(1), "colour");
    expect_genesis_refused(good + Bytes(1024 * 1024, ' '), "larger than 1 MiB");
    expect_genesis_refused(Bytes(100'000, '['), "genesis document refused");
}

TEST(Genesis, OfASideChainNamesItsMainChain) {
    proto::Genesis fields = genesis();
    fields.set_kind(proto::CHAIN_KIND_SIDE);
    expect_genesis_refused(json(fields), "mainChainId");
    fields.set_main_chain_id(Bytes(31, 'm'));
    expect_genesis_refused(json(fields), "mainChainId");
    fields.set_main_chain_id(Bytes(32, 'm'));
    expect_genesis_refused(json(fields), "mainValidators");
    *fields.mutable_main_validators() = validators(5);
    EXPECT_TRUE(Genesis::from(json(fields)));
}

}  // namespace
}  // namespace pcq::ledger
