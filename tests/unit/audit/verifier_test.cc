// The verifier that shares nothing with a node: it says what the node's code says of the shared vectors and
// of good chains, and refuses every kind of planted fault.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "src/audit/verifier/archive.h"
#include "src/audit/verifier/chain.h"
#include "src/audit/verifier/signatures.h"
#include "src/audit/verifier/trees.h"
#include "src/base/hex.h"
#include "src/ledger/list_tree.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

constexpr std::uint64_t kBlocks = 6;

json::value vectors(const std::string& name) {
    return json::parse(content("tests/data/vectors/" + name + ".json"));
}
Bytes hex_at(const json::value& object, const char* name) {
    return *from_hex(std::string(object.at(name).as_string()));
}
Hash hash_of(const json::value& text) {
    return *id_from_hex<Hash>(std::string(text.as_string()));
}

TEST(VerifierAgrees, OnKeysAndSignatures) {
    const auto keys = vectors("keys");
    for (const auto& key : keys.at("public_keys").as_array())
        EXPECT_EQ(verifier::is_key(key.at("type").to_number<int>(), hex_at(key, "data")),
                  key.at("valid").as_bool())
            << key;
    for (const auto& entry : keys.at("signatures").as_array())
        EXPECT_EQ(verifier::is_signature(entry.at("type").to_number<int>(), hex_at(entry, "public_key"),
                                         hash_of(entry.at("digest")), hex_at(entry, "signature")),
                  entry.at("holds").as_bool())
            << entry;
}

TEST(VerifierAgrees, OnTrees) {
    const auto lists = vectors("lists");
    for (const auto& list : lists.at("lists").as_array()) {
        std::vector<Hash> hashes;
        for (const auto& hash : list.at("hashes").as_array()) hashes.push_back(hash_of(hash));
        EXPECT_EQ(verifier::list_root(hashes), hash_of(list.at("root")));
    }
    std::vector<Hash> hashes;
    for (int count = 0; count < 70; ++count) {
        EXPECT_EQ(verifier::list_root(hashes), ledger::list_root(hashes)) << count;
        hashes.push_back(verifier::sha256({std::to_string(count)}));
    }
    const auto proofs = vectors("state_proofs");
    const auto verdict = [&](const json::value& entry) {
        const std::optional<Bytes> value =
            entry.at("value").is_null() ? std::nullopt : std::optional(hex_at(entry, "value"));
        const auto* root = entry.as_object().if_contains("root");
        return verifier::is_proven(hash_of(root == nullptr ? proofs.at("root") : *root), hex_at(entry, "key"),
                                   value, hex_at(entry, "proof"));
    };
    for (const auto& entry : proofs.at("proofs").as_array()) EXPECT_TRUE(verdict(entry)) << entry;
    for (const auto& entry : proofs.at("refused").as_array()) EXPECT_FALSE(verdict(entry)) << entry;
}

TEST(VerifierAgrees, OnHeadersCertificatesAndChangesOfValidators) {
    const auto vector = vectors("chain");
    auto chain = verifier::Chain::from(Bytes(vector.at("genesis").as_string()));
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ(to_hex(chain->id()), std::string(vector.at("chain").as_string()));
    for (const auto& change : vector.at("changes").as_array()) {
        const auto followed = chain->follow(hex_at(change, "header"), hex_at(change, "certificate"),
                                            hex_at(change, "validators"));
        EXPECT_TRUE(followed) << followed.error().message;
    }
    for (const auto& entry : vector.at("headers").as_array()) {
        const auto header = chain->certified(hex_at(entry, "header"), hex_at(entry, "certificate"));
        ASSERT_TRUE(header) << header.error().message;
        EXPECT_EQ(header->height(), entry.at("height").to_number<std::uint64_t>());
        EXPECT_EQ(to_hex(chain->hash_of(hex_at(entry, "header"))), entry.at("hash").as_string());
    }
    for (const auto& entry : vector.at("refused").as_array())
        EXPECT_FALSE(chain->certified(hex_at(entry, "header"), hex_at(entry, "certificate"))) << entry;
}

class Verifier : public Archives {
protected:
    // What the verifier says of an archive's blocks, one of them changed.
    Result<> verdict(const std::filesystem::path& file, std::uint64_t changed = 0,
                     const std::function<void(proto::Block&, proto::CommitCertificate&)>& change = {}) {
        auto archive = verifier::Archive::open(file);
        if (!archive) return archive.error();
        auto chain = verifier::Chain::from(archive->document());
        if (!chain) return chain.error();
        for (auto blocks = archive->frame(); true; blocks = archive->frame()) {
            if (!blocks) return blocks.error();
            if (blocks->empty()) break;
            for (const auto& bytes : *blocks) {
                proto::CertifiedBlock block;
                EXPECT_TRUE(block.ParseFromString(bytes));
                if (chain->counts().blocks + 1 == changed) spoil(block, change);
                if (auto added = chain->add(block); !added) return added;
            }
        }
        seen_ = chain->counts();
        return {};
    }
    void expect_refused(const std::filesystem::path& file, Code code, const std::string& says,
                        const std::function<void(proto::Block&, proto::CommitCertificate&)>& change) {
        const auto good = verdict(file, 4, change);
        ASSERT_FALSE(good) << says;
        EXPECT_EQ(good.error().code, code) << good.error().message;
        EXPECT_THAT(good.error().message, HasSubstr(says));
    }
    // A header that its validators have signed again after it was changed.
    static void resign(proto::Block& block, proto::CommitCertificate& certificate,
                       const std::function<void(proto::Header&)>& change) {
        proto::Header header;
        ASSERT_TRUE(header.ParseFromString(block.header()));
        change(header);
        block.set_header(header.SerializeAsString());
        const auto signed_again = certify(block.header());
        certificate = signed_again;
    }
    verifier::Counts seen_;

private:
    static void spoil(proto::CertifiedBlock& certified,
                      const std::function<void(proto::Block&, proto::CommitCertificate&)>& change) {
        proto::Block block;
        proto::CommitCertificate certificate;
        EXPECT_TRUE(block.ParseFromString(certified.block()));
        EXPECT_TRUE(certificate.ParseFromString(certified.certificate()));
        change(block, certificate);
        certified.set_block(block.SerializeAsString());
        certified.set_certificate(certificate.SerializeAsString());
    }
};

TEST_F(Verifier, FindsAGoodChainGood) {
    node("old", kBlocks);
    const auto good = verdict(exported(source(path("old")), "archive"));
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(seen_.blocks, kBlocks);
    EXPECT_EQ(seen_.transactions, 2 * kBlocks);
    EXPECT_EQ(seen_.signatures, 2 * kBlocks);
}

TEST_F(Verifier, RefusesWhatIsNotCertified) {
    node("old", kBlocks);
    const auto file = exported(source(path("old")), "archive");
    using Block = proto::Block;
    using Certificate = proto::CommitCertificate;
    expect_refused(file, Code::bad_certificate, "does not hold", [](Block&, Certificate& certificate) {
        (*certificate.mutable_signatures(2)->mutable_signature())[40] ^= 4;
    });
    expect_refused(file, Code::bad_certificate, "no quorum",
                   [](Block&, Certificate& certificate) { certificate.mutable_signatures()->RemoveLast(); });
    expect_refused(file, Code::bad_certificate, "repeated", [](Block&, Certificate& certificate) {
        *certificate.mutable_signatures(1) = certificate.signatures(0);
    });
    expect_refused(file, Code::bad_certificate, "another block", [](Block& block, Certificate&) {
        proto::Header header;
        ASSERT_TRUE(header.ParseFromString(block.header()));
        header.set_state_root(Bytes(32, 'x'));
        block.set_header(header.SerializeAsString());
    });
    expect_refused(file, Code::bad_encoding, "canonical",
                   [](Block& block, Certificate&) { block.mutable_transactions(0)->push_back('\0'); });
    expect_refused(file, Code::bad_signature, "signature does not hold", [](Block& block, Certificate&) {
        proto::Transaction transaction;
        ASSERT_TRUE(transaction.ParseFromString(block.transactions(1)));
        (*transaction.mutable_signatures(0)->mutable_signature())[5] ^= 1;
        block.set_transactions(1, transaction.SerializeAsString());
    });
    expect_refused(file, Code::bad_header, "other transactions",
                   [](Block& block, Certificate&) { block.mutable_transactions()->SwapElements(0, 1); });
    expect_refused(file, Code::bad_header, "other transactions",
                   [](Block& block, Certificate&) { block.mutable_transactions()->RemoveLast(); });
}

// A quorum that signs nonsense does not make it true.
TEST_F(Verifier, RefusesWhatAQuorumHasCertifiedAndCannotBe) {
    node("old", kBlocks);
    const auto file = exported(source(path("old")), "archive");
    const auto expect = [&](Code code, const std::string& says,
                            const std::function<void(proto::Header&)>& change) {
        expect_refused(file, code, says, [&](proto::Block& block, proto::CommitCertificate& certificate) {
            resign(block, certificate, change);
        });
    };
    expect(Code::bad_header, "the height is 5", [](auto& header) { header.set_height(5); });
    expect(Code::bad_header, "does not stand on",
           [](auto& header) { header.set_previous_hash(Bytes(32, 'x')); });
    expect(Code::bad_header, "no later than", [](auto& header) { header.set_time_ms(1); });
    expect(Code::bad_header, "proposer", [](auto& header) { header.set_proposer(Bytes(33, '\1')); });
    expect(Code::bad_header, "version", [](auto& header) { header.set_version(2); });
    expect(Code::bad_header, "nobody has proven",
           [](auto& header) { header.set_validators_hash(Bytes(32, 'x')); });
    expect(Code::bad_header, "no proposal",
           [](auto& header) { header.set_next_validators_hash(Bytes(32, 'x')); });
    expect(Code::conservation_violated, "cash is not",
           [](auto& header) { header.mutable_totals()->set_cash_held_uy(1); });
    expect(Code::conservation_violated, "ever paid in", [](auto& header) {
        header.mutable_totals()->set_deposited_uy(1);
        header.mutable_totals()->set_cash_held_uy(1);
    });
    expect(Code::conservation_violated, "issued is not", [](auto& header) {
        auto& vintage = *header.mutable_totals()->add_vintages();
        vintage.set_vintage(2013);
        vintage.set_issued_g(5);
        vintage.set_held_g(4);
    });
    expect(Code::conservation_violated, "negative", [](auto& header) {
        auto& vintage = *header.mutable_totals()->add_vintages();
        vintage.set_vintage(2013);
        vintage.set_held_g(4);
        vintage.set_surrendered_g(-4);
    });
}

// Headers name settled vintages no more. Where one is named again, less must not have been issued of it.
TEST_F(Verifier, HoldsAVintageThatWasLeftOutToWhatWasIssuedOfIt) {
    node("old", kBlocks);
    const auto file = exported(source(path("old")), "archive");
    const auto verdict_on = [&](std::int64_t issued_again) -> Result<> {
        auto archive = verifier::Archive::open(file);
        auto chain = verifier::Chain::from(archive->document());
        Bytes before;
        for (auto blocks = archive->frame(); blocks && !blocks->empty(); blocks = archive->frame()) {
            for (const auto& bytes : *blocks) {
                proto::CertifiedBlock certified;
                proto::Block block;
                EXPECT_TRUE(certified.ParseFromString(bytes) && block.ParseFromString(certified.block()));
                proto::CommitCertificate certificate;
                resign(block, certificate, [&](auto& header) {
                    if (!before.empty()) header.set_previous_hash(chain->hash_of(before).bytes());
                    if (header.height() != 2 && header.height() != 4) return;
                    const std::int64_t issued = header.height() == 2 ? 5 : issued_again;
                    auto& vintage = *header.mutable_totals()->add_vintages();
                    vintage.set_vintage(2013);
                    vintage.set_issued_g(issued);
                    vintage.set_expired_g(issued);
                });
                before = block.header();
                certified.set_block(block.SerializeAsString());
                certified.set_certificate(certificate.SerializeAsString());
                if (auto added = chain->add(certified); !added) return added;
            }
        }
        return {};
    };
    const auto same = verdict_on(5);
    EXPECT_TRUE(same) << same.error().message;
    const auto less = verdict_on(4);
    ASSERT_FALSE(less);
    EXPECT_EQ(less.error().code, Code::conservation_violated);
    EXPECT_THAT(less.error().message, HasSubstr("less is issued"));
}

TEST_F(Verifier, FindsEveryByteOfAnArchiveThatIsChanged) {
    node("old", 2);
    const auto file = exported(source(path("old")), "archive");
    const Bytes good = content(file);
    for (std::size_t at = 0; at < good.size(); at += 7) {
        Bytes bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x20);
        write(path("bad"), bad);
        EXPECT_FALSE(verdict(path("bad"))) << at;
        write(path("short"), good.substr(0, at));
        EXPECT_FALSE(verdict(path("short"))) << at;
    }
    write(path("long"), good + "x");
    EXPECT_FALSE(verdict(path("long")));
}

// --- Changes of validators ---

// A chain of headers with nothing but proposals, signed by whoever a test says.
class Succession : public testing::Test {
protected:
    using Keys = std::vector<crypto::SigningKey>;

    static Keys keys(std::initializer_list<int> numbers) {
        Keys keys;
        for (const int number : numbers) keys.push_back(organisation_key(number));
        std::sort(keys.begin(), keys.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        return keys;
    }
    static proto::ValidatorSet set_of(const Keys& keys) {
        proto::ValidatorSet set;
        for (const auto& key : keys) {
            auto& member = *set.add_validators();
            member.mutable_public_key()->set_type(proto::KEY_TYPE_ED25519);
            member.mutable_public_key()->set_data(Bytes(key.public_key().data()));
            member.set_name("v");
        }
        return set;
    }
    Hash hash_of_set(const Keys& keys) const {
        return verifier::tagged("validators", genesis_.chain.view(), set_of(keys).SerializeAsString());
    }
    // The account of this key proposes it; nothing here says whether it may, or whether a quorum agreed.
    Bytes proposal(int by, std::initializer_list<int> added, std::initializer_list<int> removed,
                   std::uint64_t height) {
        const auto proposer = organisation_key(by);
        proto::TransactionBody body;
        body.set_chain_id(genesis_.chain.bytes());
        body.set_account(crypto::account_of(proposer.public_key()).bytes());
        body.set_sequence(++sequence_);
        auto& propose = *body.mutable_propose_change();
        propose.set_activate_height(height);
        auto& change = *propose.mutable_change()->mutable_validators();
        for (const int number : added) {
            auto& entry = *change.add_add();
            *entry.mutable_public_key() = set_of(keys({number})).validators(0).public_key();
            entry.set_name("v");
        }
        for (const int number : removed)
            *change.add_remove() = set_of(keys({number})).validators(0).public_key();
        return ledger::sign_transaction(body, {&proposer});
    }
    // So many for this height that nobody agrees to, each of another key.
    std::vector<Bytes> decoys(int by, int count, std::uint64_t height) {
        std::vector<Bytes> all;
        for (int number = 0; number < count; ++number)
            all.push_back(proposal(by, {20 + number % 100}, {}, height));
        return all;
    }
    // The next block by these validators, naming those as the next ones.
    Result<> add(const Keys& by, const Keys& next, const std::vector<Bytes>& transactions = {}) {
        std::vector<Hash> hashes;
        proto::Block block;
        for (const auto& bytes : transactions) {
            block.add_transactions(bytes);
            hashes.push_back(ledger::transaction_hash(genesis_.chain, bytes));
        }
        proto::Header header;
        header.set_version(1);
        header.set_chain_id(genesis_.chain.bytes());
        header.set_height(++height_);
        header.set_time_ms(height_);
        header.set_previous_hash(last_.bytes());
        header.set_proposer(by[0].public_key().encoded());
        header.set_transaction_count(static_cast<std::uint32_t>(hashes.size()));
        header.set_transactions_root(ledger::list_root(hashes).bytes());
        header.set_receipts_root(Hash().bytes());
        header.set_state_root(Hash().bytes());
        header.set_validators_hash(hash_of_set(by).bytes());
        header.set_next_validators_hash(hash_of_set(next).bytes());
        block.set_header(header.SerializeAsString());
        last_ = chain_.hash_of(block.header());
        proto::CommitCertificate certificate;
        certificate.set_height(height_);
        certificate.set_block_hash(last_.bytes());
        const Hash digest =
            ledger::vote_digest(genesis_.chain, proto::VOTE_KIND_COMMIT, height_, /*view=*/0, last_);
        for (std::uint32_t at = 0; at < by.size(); ++at) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(at);
            entry.set_signature(by[at].sign(digest));
        }
        proto::CertifiedBlock certified;
        certified.set_block(block.SerializeAsString());
        certified.set_certificate(certificate.SerializeAsString());
        return chain_.add(certified);
    }

    const ledger::Genesis genesis_ = genesis_of(proto::CHAIN_KIND_SIDE);
    verifier::Chain chain_ = *verifier::Chain::from(genesis_.document);
    std::uint64_t height_ = 0;
    std::uint64_t sequence_ = 0;
    Hash last_;
};

TEST_F(Succession, IsFoundAmongTheProposalsByTheHashThatTheHeaderNames) {
    const Keys first = keys({1, 2, 3, 4});
    const Keys second = keys({1, 2, 3, 5});
    // Three are proposed for height 3; only the second and third together give what the header names.
    const std::vector<Bytes> proposals{proposal(1, {9}, {}, 3), proposal(1, {5}, {}, 3),
                                       proposal(1, {}, {4}, 3), proposal(1, {7}, {1}, 30)};
    ASSERT_TRUE(add(first, first, proposals));
    auto good = add(first, second);
    ASSERT_TRUE(good) << good.error().message;
    good = add(second, second);
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(chain_.counts().validator_changes, 1u);
    // Who has gone certifies nothing any more.
    EXPECT_EQ(add(first, first).error().code, Code::bad_header);
}

// Anybody may write a proposal into a block: it is refused there, which no header says.
TEST_F(Succession, IsFoundWhateverThoseProposeWhoMayNot) {
    const Keys first = keys({1, 2, 3, 4});
    auto proposals = decoys(/*by=*/9, 20, 3);
    proposals.push_back(proposal(1, {5}, {4}, 3));
    ASSERT_TRUE(add(first, first, proposals));
    const auto good = add(first, keys({1, 2, 3, 5}));
    ASSERT_TRUE(good) << good.error().message;
    // What they write is no ground for a change either.
    ASSERT_TRUE(add(keys({1, 2, 3, 5}), keys({1, 2, 3, 5}), {proposal(/*by=*/4, {4}, {}, 5)}));
    const auto refused = add(keys({1, 2, 3, 5}), keys({1, 2, 3, 4, 5}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("no proposal"));
}

// A validator's own that were refused, or that nobody agreed to, do not hide the others'.
TEST_F(Succession, IsFoundAmongManyThatOneValidatorProposes) {
    const Keys first = keys({1, 2, 3, 4});
    auto proposals = decoys(/*by=*/2, 400, 3);
    proposals.push_back(proposal(1, {5}, {}, 3));
    const auto more = decoys(/*by=*/2, 400, 3);
    proposals.insert(proposals.end(), more.begin(), more.end());
    proposals.push_back(proposal(3, {}, {4}, 3));
    ASSERT_TRUE(add(first, first, proposals));
    const auto good = add(first, keys({1, 2, 3, 5}));
    ASSERT_TRUE(good) << good.error().message;

    // The last of them, alone.
    const Keys second = keys({1, 2, 3, 5});
    proposals = decoys(/*by=*/2, 99, 5);
    ASSERT_TRUE(add(second, second, proposals));
    const auto last = add(second, keys({1, 2, 3, 5, 118}));
    ASSERT_TRUE(last) << last.error().message;
}

// It is not decided where it cannot be: with a doubt, and not as a chain that does not hold.
TEST_F(Succession, IsLeftOpenWhereThereAreTooManyToCombine) {
    const Keys first = keys({1, 2, 3, 4});
    auto proposals = decoys(/*by=*/2, 3, 3);
    const auto more = decoys(/*by=*/1, 40, 3);
    proposals.insert(proposals.end(), more.begin(), more.end());
    ASSERT_TRUE(add(first, first, proposals));
    const auto open = add(first, keys({1, 2, 5, 6}));
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error().code, Code::not_found) << open.error().message;
    EXPECT_THAT(open.error().message, HasSubstr("43 proposals"));
}

// An archive may begin later than block 1: who validates then may be right, and is not known here.
TEST_F(Succession, IsLeftOpenWhereTheBlocksBeforeAreMissing) {
    const Keys first = keys({1, 2, 3, 4});
    const Keys second = keys({1, 2, 3, 5});
    const auto begin_at = [&](std::uint64_t height, const Keys& by, const Keys& next) {
        chain_ = *verifier::Chain::from(genesis_.document);
        height_ = height - 1;
        return add(by, next);
    };
    for (const Keys* by : {&second, &first}) {
        const auto late = begin_at(300, *by, second);
        ASSERT_FALSE(late);
        EXPECT_EQ(late.error().code, Code::not_found);
        EXPECT_THAT(late.error().message, HasSubstr("from block 1 on"));
        const auto whole = begin_at(1, *by, second);
        ASSERT_FALSE(whole);
        EXPECT_EQ(whole.error().code, Code::bad_header);
    }
    EXPECT_TRUE(begin_at(300, first, first));
}

TEST_F(Succession, IsRefusedWhereNobodyProposedItOrItIsTooMuch) {
    const Keys first = keys({1, 2, 3, 4});
    ASSERT_TRUE(add(first, first, {proposal(1, {5, 6}, {3, 4}, 4)}));
    auto refused = add(first, keys({1, 2, 3, 5}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("no proposal"));
    --height_;
    last_ = *chain_.hash_at(1);
    ASSERT_TRUE(add(first, first));
    refused = add(first, keys({1, 2, 5, 6}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("2 validators change at one height"));
}

}  // namespace
}  // namespace pcq::audit
