// The bytes of everything that is signed, stored or hashed. A change here is another chain: it needs a
// version of its own, and this test is where that is seen. The transactions and certificates were read field
// by field with `protoc --decode_raw`, the hashes computed with Python's hashlib.
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

// n times the byte.
std::string times(int n, const char* byte) {
    std::string text;
    while (n-- > 0) text += byte;
    return text;
}

TEST(Golden, Transaction) {
    const People people(1);
    const RawTransaction bytes =
        people.raw(people.body(0, {.sequence = 300, .valid_until = 1000, .amount = 5'000'000}), 0);
    EXPECT_EQ(to_hex(bytes),
              "0a740a2063636363636363636363636363636363636363636363636363636363636363631220a23038f228d9"
              "4d0b3fd0edf16588721fe52f15447439344e8b7c3846c46ca51018ac0220e807d202270a2074747474747474"
              "7474747474747474747474747474747474747474747474747410c096b10212680a24080112208a88e3dd7409"
              "f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c12400322602ad3450d5f4934a4855968756c"
              "b19da03fac602770cb2788fd5b5a507139a9bd6eea116a46666313892315688803ab258024ea1cb6e69dcb9d"
              "48b3ac0e");
    const auto decoded = DecodedTransaction::from(bytes, kChain);
    EXPECT_EQ(to_hex(decoded->signing_hash()),
              "0e117d6ec4e847e3d2d44c9dcaa7b488be03b8f5899d8581f199e791aea1e688");
    EXPECT_EQ(to_hex(decoded->hash()), "0765020fe83ea0c92d5a4bb9733f65edadd4554001331210b32bef957809dff7");
}

TEST(Golden, Header) {
    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(kChain.bytes());
    fields.set_height(300);
    fields.set_view(2);
    fields.set_time_ms(1'700'000'000'000);
    fields.set_previous_hash(Bytes(32, '\x11'));
    fields.set_proposer('\1' + Bytes(32, '\x22'));
    fields.set_transaction_count(3);
    fields.set_transactions_root(Bytes(32, '\x33'));
    fields.set_receipts_root(Bytes(32, '\x44'));
    fields.set_state_root(Bytes(32, '\x55'));
    auto& vintage = *fields.mutable_totals()->add_vintages();
    vintage.set_vintage(2013);
    vintage.set_issued_g(63);
    vintage.set_held_g(1);
    vintage.set_inventory_g(2);
    vintage.set_escrow_g(4);
    vintage.set_surrendered_g(8);
    vintage.set_expired_g(16);
    vintage.set_exported_g(32);
    fields.mutable_totals()->set_deposited_uy(9);
    fields.mutable_totals()->set_withdrawn_uy(4);
    fields.mutable_totals()->set_cash_held_uy(5);
    fields.set_validators_hash(Bytes(32, '\x66'));
    fields.set_next_validators_hash(Bytes(32, '\x77'));
    const Header header = Header::encode(fields);
    EXPECT_EQ(to_hex(header.bytes()),
              "08011220636363636363636363636363636363636363636363636363636363636363636318ac0220022880d0"
              "95ffbc31322011111111111111111111111111111111111111111111111111111111111111113a2101222222"
              "222222222222222222222222222222222222222222222222222222222240034a203333333333333333333333"
              "3333333333333333333333333333333333333333335220444444444444444444444444444444444444444444"
              "44444444444444444444445a2055555555555555555555555555555555555555555555555555555555555555"
              "5562190a1108dd0f103f1801200228043008381040201009180420056a206666666666666666666666666666"
              "6666666666666666666666666666666666667220777777777777777777777777777777777777777777777777"
              "7777777777777777");
    EXPECT_EQ(to_hex(header.hash()), "d90232a205c480593d32de3c0cbb4ce8acec85c9d7f444848ab7b1090dd09c22");
}

TEST(Golden, BlockAndReceipts) {
    proto::Block block;
    block.set_header("head");
    block.add_transactions("one");
    block.add_transactions("two");
    EXPECT_EQ(to_hex(encode(block)), "0a046865616412036f6e65120374776f");

    proto::Receipt receipt;
    receipt.set_transaction(Bytes(32, '\x11'));
    receipt.set_code(3300);
    receipt.set_text("no");
    auto& traded = *receipt.add_events()->mutable_traded();
    traded.set_period(2013);
    traded.set_grams(-1);
    EXPECT_EQ(to_hex(encode(receipt)),
              "0a20111111111111111111111111111111111111111111111111111111111111111110e4191a026e6f22100a"
              "0e08dd0f20ffffffffffffffffff01");
    EXPECT_EQ(to_hex(receipts_root(kChain, {encode(receipt)})),
              "7fb87ddc981cf03797b6965c4e22737358f1e6f0493efcf95631f453a36e5120");
    proto::Receipts receipts;
    receipts.add_receipts("one");
    receipts.add_receipts("two");
    EXPECT_EQ(to_hex(encode(receipts)), "0a036f6e650a0374776f");
}

TEST(Golden, CertificateAndVotes) {
    proto::CommitCertificate certificate;
    certificate.set_height(300);
    certificate.set_view(2);
    certificate.set_block_hash(Bytes(32, '\x11'));
    for (std::uint32_t validator = 0; validator < 2; ++validator) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(validator);
        entry.set_signature(Bytes(64, '\x22'));
    }
    EXPECT_EQ(to_hex(encode(certificate)),
              "08ac0210021a2011111111111111111111111111111111111111111111111111111111111111112242124022"
              "2222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
              "2222222222222222222222222222222222222222440801124022222222222222222222222222222222222222"
              "2222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
              "22");
    EXPECT_EQ(to_hex(vote_digest(kChain, 3, 300, 2, *Hash::from(Bytes(32, '\x11')))),
              "208b5174445d39b5067969a6ec8c213b9e4b724aed114e15221f54d04fb47d17");
}

TEST(Golden, ValidatorSet) {
    proto::ValidatorSet fields;
    std::vector<crypto::SigningKey> keys;
    for (int number = 1; number <= 4; ++number) keys.push_back(signing_key(number));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    for (const auto& key : keys) {
        auto& validator = *fields.add_validators();
        fill(*validator.mutable_public_key(), key.public_key());
        validator.set_name("v");
    }
    EXPECT_EQ(to_hex(encode(fields)),
              "0a290a24080112208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b3941201760a"
              "290a24080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c1201760a29"
              "0a2408011220ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c1201760a290a"
              "2408011220ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1120176");
    EXPECT_EQ(to_hex(ValidatorSet::from(fields)->hash(kChain)),
              "e204c0b172f131a839265f40ad1188806e35a4c89257621cb4ac7c545f5cbeab");
}

TEST(Golden, ChainId) {
    const auto genesis = Genesis::from(
        R"({"format":1,"name":"golden","kind":"CHAIN_KIND_MAIN","timeMs":"1700000000000","validators":{"validators":[)"
        R"({"publicKey":{"type":"KEY_TYPE_ED25519","data":"gTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q="},"name":"v"},)"
        R"({"publicKey":{"type":"KEY_TYPE_ED25519","data":"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="},"name":"v"},)"
        R"({"publicKey":{"type":"KEY_TYPE_ED25519","data":"ypOsFwUYcHHWe4PH/w7+gQjo7EUwV113JoeTM9vavnw="},"name":"v"},)"
        R"({"publicKey":{"type":"KEY_TYPE_ED25519","data":"7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E="},"name":"v"}]}})");
    ASSERT_TRUE(genesis) << genesis.error().message;
    EXPECT_EQ(to_hex(genesis->chain), "60392208ef39719364a0b4dea40579d74d4653ecceda1f25d3ef7d464a1b6a28");
    EXPECT_EQ(to_hex(genesis->validators.hash(kChain)),
              "e204c0b172f131a839265f40ad1188806e35a4c89257621cb4ac7c545f5cbeab")
        << "the set of the JSON is that of the protobuf";
}

TEST(Golden, AccountRecord) {
    auto record = People(1).record(0);
    record.add_roles(proto::ROLE_METER);
    record.add_roles(proto::ROLE_BANK);
    record.set_status(proto::ACCOUNT_STATUS_FROZEN);
    record.set_number(7);
    record.set_kyc_commitment(Bytes(32, '\x11'));
    use_sequence(record, 10);
    use_sequence(record, 7);
    EXPECT_EQ(to_hex(encode(record)),
              "0a24080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c100118012202"
              "0304280a32200900000000000000000000000000000000000000000000000000000000000000380742201111"
              "111111111111111111111111111111111111111111111111111111111111");
}

TEST(Golden, StateProof) {
    StateProof proof;
    proof.siblings = {*Hash::from(Bytes(32, '\x11')), Hash()};
    EXPECT_EQ(to_hex(proof.encode()), "0a20" + times(32, "11") + "0a20" + times(32, "00"));
    proof.other_leaf = std::pair(*Hash::from(Bytes(32, '\x22')), *Hash::from(Bytes(32, '\x33')));
    EXPECT_EQ(to_hex(proof.encode()), "0a20" + times(32, "11") + "0a20" + times(32, "00") + "1220" +
                                          times(32, "22") + "1a20" + times(32, "33"));
}

}  // namespace
}  // namespace pcq::ledger
