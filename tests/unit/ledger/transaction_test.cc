// A signed transaction has one byte string. Whoever passes it on cannot make a second one that is valid.
#include "src/ledger/transaction.h"

#include <functional>

#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/account.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

using crypto::KeyType;

// The account of two keys, one of each type, and a transfer that both have signed.
class SignedByTwo : public testing::Test {
protected:
    SignedByTwo() {
        for (const auto* key : {&first_, &second_}) fill(*account_.add_keys(), key->public_key());
        account_.set_threshold(2);
        body_ = People(1).body(0);
        body_.set_account(crypto::account_of(first_.public_key()).bytes());
        bytes_ = sign_transaction(body_, {&first_, &second_});
    }

    proto::Transaction envelope() const {
        proto::Transaction envelope;
        EXPECT_TRUE(envelope.ParseFromString(bytes_));
        return envelope;
    }
    // The transaction after a change of its envelope, not signed again.
    Bytes changed(const std::function<void(proto::Transaction&)>& how) const {
        proto::Transaction fields = envelope();
        how(fields);
        return fields.SerializeAsString();
    }
    // ok if the account may use it in block 1, or why not.
    Code fate(const Bytes& bytes) const {
        auto decoded = DecodedTransaction::from(bytes, kChain);
        if (!decoded) return decoded.error().code;
        auto verified = verify_signatures(*std::move(decoded));
        if (!verified) return verified.error().code;
        const auto authority = check_authority(account_, **verified, /*height=*/1);
        return authority ? Code::ok : authority.error().code;
    }
    static Error refusal(const Bytes& bytes) {
        const auto decoded = DecodedTransaction::from(bytes, kChain);
        return decoded ? Error{Code::ok, "accepted"} : decoded.error();
    }

    const crypto::SigningKey first_ = signing_key(1);
    const crypto::SigningKey second_ = signing_key(2, KeyType::p256);
    proto::AccountRecord account_;
    proto::TransactionBody body_;
    Bytes bytes_;
};

TEST_F(SignedByTwo, IsReadAsItWasSigned) {
    const auto decoded = DecodedTransaction::from(bytes_, kChain);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->bytes(), bytes_);
    EXPECT_EQ(decoded->hash(), crypto::tagged_hash("transaction", kChain, bytes_));
    EXPECT_EQ(decoded->signing_hash(),
              crypto::tagged_hash("transaction-body", kChain, body_.SerializeAsString()));
    EXPECT_EQ(decoded->account(), crypto::account_of(first_.public_key()));
    EXPECT_EQ(decoded->sequence(), 1u);
    EXPECT_EQ(decoded->valid_until_height(), 100u);
    ASSERT_EQ(decoded->signatures().size(), 2u);
    EXPECT_EQ(decoded->signatures()[0].key, first_.public_key());
    EXPECT_EQ(decoded->signatures()[1].key, second_.public_key());
    EXPECT_EQ(fate(bytes_), Code::ok);
}

TEST_F(SignedByTwo, HasItsSignaturesInOneOrderWhoeverSignsFirst) {
    const Bytes other = sign_transaction(body_, {&second_, &first_});
    EXPECT_EQ(DecodedTransaction::from(other, kChain)->signatures()[0].key, first_.public_key());
    EXPECT_EQ(fate(other), Code::ok);

    const Bytes swapped = changed([](auto& fields) { fields.mutable_signatures()->SwapElements(0, 1); });
    EXPECT_EQ(refusal(swapped).code, Code::bad_encoding);
    EXPECT_THAT(refusal(swapped).message, HasSubstr("ascending order"));
}

TEST_F(SignedByTwo, HasEachSignatureOnce) {
    for (const int which : {0, 1}) {
        const Bytes repeated = changed([&](auto& fields) {
            *fields.add_signatures() = fields.signatures(which);
            fields.mutable_signatures()->SwapElements(1, 2);
        });
        EXPECT_EQ(refusal(repeated).code, Code::bad_encoding);
    }
}

TEST_F(SignedByTwo, HasAsManySignaturesAsTheThresholdAndNoMore) {
    const Bytes fewer = changed([](auto& fields) { fields.mutable_signatures()->RemoveLast(); });
    EXPECT_EQ(fate(fewer), Code::transaction_wrong_keys);
    account_.set_threshold(1);
    EXPECT_EQ(fate(bytes_), Code::transaction_wrong_keys);
    EXPECT_EQ(fate(fewer), Code::ok);
    account_.set_threshold(0);
    EXPECT_EQ(fate(fewer), Code::transaction_wrong_keys);
}

TEST_F(SignedByTwo, HasOneToSixteenSignatures) {
    const Bytes none = changed([](auto& fields) { fields.clear_signatures(); });
    EXPECT_THAT(refusal(none).message, HasSubstr("0 signatures, 1 to 16"));
    std::vector<crypto::SigningKey> keys;
    std::vector<const crypto::SigningKey*> signers;
    for (int number = 1; number <= 17; ++number) keys.push_back(signing_key(number));
    for (const auto& key : keys) signers.push_back(&key);
    EXPECT_THAT(refusal(sign_transaction(body_, signers)).message, HasSubstr("17 signatures"));
    signers.pop_back();
    EXPECT_EQ(refusal(sign_transaction(body_, signers)).code, Code::ok);
}

// A type has 32 bits in the message and one byte in the key: 257 must not be 1 once more, or anybody could
// give a transaction a second hash while it waits.
TEST_F(SignedByTwo, NamesEachKeyTypeByOneNumber) {
    for (const int beyond : {256, 512, -256, 1 << 24}) {
        for (const int which : {0, 1}) {
            const Bytes other = changed([&](auto& fields) {
                auto& key = *fields.mutable_signatures(which)->mutable_public_key();
                key.set_type(static_cast<proto::KeyType>(static_cast<int>(key.type()) + beyond));
            });
            EXPECT_EQ(fate(other), Code::bad_public_key) << beyond;
        }
    }
}

// No bit of it can be turned, no byte doubled or dropped, such that it is valid still.
TEST_F(SignedByTwo, HasNoSecondValidByteString) {
    const Bytes good = bytes_;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Bytes other = good;
            other[at] = static_cast<char>(other[at] ^ (1 << bit));
            EXPECT_NE(fate(other), Code::ok) << "byte " << at << ", bit " << bit;
        }
        EXPECT_NE(fate(Bytes(good).erase(at, 1)), Code::ok) << at;
        EXPECT_NE(fate(Bytes(good).insert(at, 1, good[at])), Code::ok) << at;
        EXPECT_NE(fate(good.substr(0, at)), Code::ok) << at;
    }
    EXPECT_NE(fate(good + '\0'), Code::ok);
    EXPECT_NE(fate(good + good), Code::ok);
}

TEST_F(SignedByTwo, IsSignedForItsChain) {
    const ChainId other = *ChainId::from(Bytes(32, 'o'));
    const auto decoded = DecodedTransaction::from(bytes_, other);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Code::transaction_wrong_chain);

    // Its body rewritten for the other chain is another one, which nobody signed.
    body_.set_chain_id(other.bytes());
    const Bytes moved = changed([&](auto& fields) { fields.set_body(body_.SerializeAsString()); });
    auto accepted = DecodedTransaction::from(moved, other);
    ASSERT_TRUE(accepted);
    const auto verified = verify_signatures(*std::move(accepted));
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Code::bad_signature);
    EXPECT_THAT(verified.error().message, HasSubstr(to_hex(first_.public_key().data())));
}

TEST_F(SignedByTwo, NeedsTheSignatureOfEveryKeyItNames) {
    const Bytes other = changed([&](auto& fields) {
        fields.mutable_signatures(1)->set_signature(second_.sign(crypto::sha256({"something else"})));
    });
    EXPECT_EQ(fate(other), Code::bad_signature);
}

TEST_F(SignedByTwo, IsNotSignedByAStranger) {
    const auto stranger = signing_key(3, KeyType::p256);
    EXPECT_EQ(fate(sign_transaction(body_, {&first_, &stranger})), Code::transaction_wrong_keys);
}

TEST_F(SignedByTwo, IsRefusedWithTheRuleThatItBreaks) {
    const auto with_body = [this](const Bytes& body) {
        return changed([&](auto& fields) { fields.set_body(body); });
    };
    const auto body_with = [&](const std::function<void(proto::TransactionBody&)>& how) {
        proto::TransactionBody body = body_;
        how(body);
        return with_body(body.SerializeAsString());
    };
    struct Case {
        Bytes bytes;
        Code code;
        const char* says;
    };
    const Case cases[] = {
        {"", Code::transaction_wrong_chain, "names no chain"},  // an empty envelope holds an empty body
        {"no protobuf", Code::bad_encoding, "canonical pcq.v1.Transaction"},
        {bytes_ + bytes_, Code::bad_encoding, "canonical pcq.v1.Transaction"},
        {with_body(body_.SerializeAsString() + hex("f83e00")), Code::bad_encoding, "TransactionBody"},
        {body_with([](auto& body) { body.set_chain_id("short"); }), Code::transaction_wrong_chain,
         "names no chain: its chain_id has 5 bytes"},
        {body_with([](auto& body) { body.set_chain_id(Bytes(32, 'd')); }), Code::transaction_wrong_chain,
         "for chain 6464"},
        {body_with([](auto& body) { body.set_account(Bytes(31, 'a')); }), Code::bad_encoding, "31 bytes"},
        {body_with([](auto& body) { body.clear_action(); }), Code::action_unknown, "no action"},
        {changed([](auto& fields) { fields.mutable_signatures(0)->set_signature(Bytes(63, 's')); }),
         Code::bad_encoding, "63 bytes, expected 64"},
        {changed([](auto& fields) { fields.mutable_signatures(0)->set_signature(Bytes(65, 's')); }),
         Code::bad_encoding, "65 bytes, expected 64"},
        {changed([](auto& fields) { fields.mutable_signatures(0)->clear_public_key(); }),
         Code::bad_public_key, "unknown key type 0"},
        {changed([](auto& fields) { fields.mutable_signatures(0)->mutable_public_key()->set_data("short"); }),
         Code::bad_public_key, "32 bytes"},
    };
    for (const auto& wrong : cases) {
        const Error error = refusal(wrong.bytes);
        EXPECT_EQ(error.code, wrong.code) << wrong.says << ": " << error.message;
        EXPECT_THAT(error.message, HasSubstr(wrong.says));
    }
}

TEST_F(SignedByTwo, HasAtMost256KiB) {
    const auto padded = [this](std::size_t bytes) {
        proto::TransactionBody body = body_;
        body.mutable_transfer_cash()->set_to(Bytes(bytes, 't'));
        return sign_transaction(body, {&first_, &second_});
    };
    const std::size_t rest = padded(200'000).size() - 200'000;
    EXPECT_EQ(refusal(padded(kTransactionBytesMax - rest)).code, Code::ok);
    EXPECT_EQ(refusal(padded(kTransactionBytesMax - rest + 1)).code, Code::transaction_too_large);
    EXPECT_EQ(refusal(Bytes(kTransactionBytesMax + 1, '\xff')).code, Code::transaction_too_large);
}

}  // namespace
}  // namespace pcq::ledger
