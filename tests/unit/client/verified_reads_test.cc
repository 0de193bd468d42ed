// Reads against a node that tells the truth, and against one that lies in every way it can.
#include "src/client/verified_reads.h"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/base64.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"

namespace pcq::client {
namespace {

const ChainId kChain = *ChainId::from(std::string(32, 'm'));

class Pages : public ledger::PageReader {
public:
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override {
        return kept.at({path, version});
    }
    std::map<std::pair<ledger::PagePath, std::uint64_t>, Bytes> kept;
};

// A chain of four validators with real roots, proofs and certificates, whose answers a test may bend.
class Certified : public rpc::FakeBackend {
public:
    static std::vector<crypto::SigningKey> keys_of(const std::string& seeds) {
        std::vector<crypto::SigningKey> keys;
        for (const char seed : seeds) {
            keys.push_back(
                crypto::SigningKey::from_secret(crypto::KeyType::ed25519, std::string(32, seed)).value());
        }
        std::sort(keys.begin(), keys.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        return keys;
    }
    static ledger::ValidatorSet set_of(const std::vector<crypto::SigningKey>& keys) {
        proto::ValidatorSet set;
        for (const auto& key : keys) {
            auto& validator = *set.add_validators();
            validator.set_name("v");
            validator.mutable_public_key()->set_type(proto::KEY_TYPE_ED25519);
            validator.mutable_public_key()->set_data(Bytes(key.public_key().data()));
        }
        return ledger::ValidatorSet::from(set).value();
    }

    // The last block of these validators: those of the seeds certify what follows.
    void append_last_before(const std::string& seeds) {
        auto next = keys_of(seeds);
        sets.push_back({headers.size() + 2, set_of(next)});
        append({}, {});
        keys = std::move(next);
        validators = sets.back().second;
    }
    // Block `height` sets these records and holds these transactions.
    void append(const std::map<Bytes, Bytes>& records, const std::vector<Bytes>& transactions = {}) {
        ledger::StateChanges changes;
        for (const auto& [key, value] : records) changes[key] = value;
        const std::uint64_t height = headers.size() + 1;
        auto update = ledger::update_tree(pages, root, height, changes);
        for (auto& [path, bytes] : update.pages) pages.kept[{path, height}] = std::move(bytes);
        root = update.root;
        roots.push_back(root);
        for (const auto& [key, value] : records) state[key] = value;

        std::vector<Hash> hashes;
        std::vector<Bytes> receipts;
        for (const auto& bytes : transactions) {
            hashes.push_back(hash_of(kChain, bytes));
            proto::Receipt receipt;
            receipt.set_transaction(hashes.back().bytes());
            receipt.set_text("done: " + bytes);
            receipts.push_back(receipt.SerializeAsString());
            fates[hashes.back()] = {rpc::FateKind::committed, height,
                                    static_cast<std::uint32_t>(hashes.size() - 1), receipts.back()};
        }
        bodies.push_back({transactions, receipts});

        proto::Header fields;
        fields.set_version(1);
        fields.set_chain_id(kChain.bytes());
        fields.set_height(height);
        fields.set_time_ms(height);
        fields.set_previous_hash(Hash().bytes());
        fields.set_proposer(keys[0].public_key().encoded());
        fields.set_transaction_count(static_cast<std::uint32_t>(transactions.size()));
        fields.set_transactions_root(ledger::transactions_root(hashes).bytes());
        fields.set_receipts_root(ledger::receipts_root(kChain, receipts).bytes());
        fields.set_state_root(root.hash.bytes());
        fields.mutable_totals();
        fields.set_validators_hash(validators->hash(kChain).bytes());
        const auto& next = sets.back().first == height + 1 ? sets.back().second : *validators;
        fields.set_next_validators_hash(next.hash(kChain).bytes());
        headers.push_back({ledger::encode(fields), certify(ledger::encode(fields), height, keys)});
    }
    static Bytes certify(const Bytes& header, std::uint64_t height,
                         const std::vector<crypto::SigningKey>& signers) {
        const Hash hash = crypto::tagged_hash("header", kChain, header);
        proto::CommitCertificate certificate;
        certificate.set_height(height);
        certificate.set_block_hash(hash.bytes());
        for (std::uint32_t i = 0; i < 3; ++i) {
            auto& signature = *certificate.add_signatures();
            signature.set_validator(i);
            signature.set_signature(
                signers[i].sign(ledger::vote_digest(kChain, proto::VOTE_KIND_COMMIT, height, 0, hash)));
        }
        return ledger::encode(certificate);
    }

    rpc::ChainStatus status(const ChainId&) const override {
        rpc::ChainStatus status;
        status.height = headers.size();
        return status;
    }
    Result<rpc::CertifiedHeader> header(const ChainId&, std::uint64_t height) const override {
        auto shown = headers.at(height - 1);
        if (bend_header) bend_header(shown);
        return shown;
    }
    Result<rpc::BlockBody> body(const ChainId&, std::uint64_t height) const override {
        auto shown = bodies.at(height - 1);
        if (bend_body) bend_body(shown);
        return shown;
    }
    Result<rpc::ProvenState> prove(const ChainId& chain, const std::vector<Bytes>& keys_asked,
                                   std::optional<std::uint64_t> height) const override {
        const std::uint64_t at = shown_height.value_or(height.value_or(headers.size()));
        rpc::ProvenState proven{*header(chain, at), {}};
        for (const auto& key : keys_asked) {
            const auto value = state.find(key);
            proven.records.push_back({key, value == state.end() ? std::nullopt : std::optional(value->second),
                                      ledger::prove(pages, roots.at(at - 1), key).encode()});
        }
        if (bend_state) bend_state(proven);
        return proven;
    }

    // As a node does: a page of those from the cursor on.
    Result<rpc::Answer> query(const ChainId&, const rpc::Query& question,
                              std::optional<std::uint64_t>) const override {
        const auto& page = std::get<rpc::query::ValidatorSets>(question).page;
        boost::json::array shown;
        rpc::Answer page_shown;
        for (std::uint64_t number = page.first; number < sets_shown.value_or(sets.size()); ++number) {
            if (shown.size() == sets_of_a_page) {
                page_shown.next = number;
                break;
            }
            auto encoded = ledger::encode(sets[number].second.fields());
            if (bend_set) bend_set(number, encoded);
            shown.push_back({{"from_height", sets[number].first}, {"encoded", to_base64(encoded)}});
        }
        page_shown.value = {{"validator_sets", std::move(shown)}};
        return page_shown;
    }

    std::vector<crypto::SigningKey> keys = keys_of("1234");
    std::optional<ledger::ValidatorSet> validators = set_of(keys);
    std::vector<std::pair<std::uint64_t, ledger::ValidatorSet>> sets{{1, *validators}};
    std::optional<std::uint64_t> sets_shown;
    std::size_t sets_of_a_page = 100;
    std::function<void(std::uint64_t, Bytes&)> bend_set;
    Pages pages;
    ledger::TreeRoot root;
    std::vector<ledger::TreeRoot> roots;
    std::map<Bytes, Bytes> state;
    std::vector<rpc::CertifiedHeader> headers;
    std::vector<rpc::BlockBody> bodies;
    std::function<void(rpc::CertifiedHeader&)> bend_header;
    std::function<void(rpc::BlockBody&)> bend_body;
    std::function<void(rpc::ProvenState&)> bend_state;
    std::optional<std::uint64_t> shown_height;
};

class VerifiedReads : public testing::Test {
protected:
    void SetUp() override {
        node.append({{"cash", "12"}, {"quota", "700"}}, {"a", "b", "c"});
        const auto endpoint = server.start({});
        ASSERT_TRUE(endpoint);
        client.emplace(Endpoint{endpoint->host, endpoint->port});
        reader.emplace(*client, "main", ledger::LightClient(kChain, *node.validators));
    }
    Code refusal() {
        const auto read = reader->read({"cash", "nothing"});
        EXPECT_FALSE(read);
        return read ? Code::ok : read.error().code;
    }

    Certified node;
    rpc::Server server{node, rpc::Options()};
    std::optional<RpcClient> client;
    std::optional<VerifiedReader> reader;
};

TEST_F(VerifiedReads, GiveValuesAndAbsenceThatAreProven) {
    const auto read = reader->read({"cash", "nothing", "quota"});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->values[0], "12");
    EXPECT_EQ(read->values[1], std::nullopt);
    EXPECT_EQ(read->values[2], "700");
    EXPECT_EQ(read->header->height(), 1U);
    EXPECT_EQ(reader->height(), 1U);
}

TEST_F(VerifiedReads, GiveTypedRecords) {
    const ledger::Table<AccountId, proto::AccountRecord> accounts{ledger::TableId::accounts};
    proto::AccountRecord record;
    record.set_threshold(2);
    node.append({{accounts.key(AccountId()), ledger::encode(record)}});
    const auto found = reader->record(accounts, AccountId());
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->threshold(), 2U);
    const auto absent = reader->record(accounts, *AccountId::from(std::string(32, 'x')));
    ASSERT_TRUE(absent);
    EXPECT_FALSE(absent->has_value());
}

TEST_F(VerifiedReads, FindAChangedValue) {
    node.bend_state = [](rpc::ProvenState& shown) { shown.records[0].value = "13"; };
    EXPECT_EQ(refusal(), Code::bad_proof);
}

TEST_F(VerifiedReads, FindAHiddenAndAnInventedRecord) {
    node.bend_state = [](rpc::ProvenState& shown) { shown.records[0].value.reset(); };
    EXPECT_EQ(refusal(), Code::bad_proof);
    node.bend_state = [](rpc::ProvenState& shown) { shown.records[1].value = "7"; };
    EXPECT_EQ(refusal(), Code::bad_proof);
}

TEST_F(VerifiedReads, FindAnAnswerToAnotherQuestion) {
    node.bend_state = [this](rpc::ProvenState& shown) {
        shown.records[0] = {"quota", "700", ledger::prove(node.pages, node.root, "quota").encode()};
    };
    EXPECT_EQ(refusal(), Code::bad_proof);
    node.bend_state = [](rpc::ProvenState& shown) { shown.records.pop_back(); };
    EXPECT_EQ(refusal(), Code::answer_malformed);
}

TEST_F(VerifiedReads, FindAHeaderThatNobodyCertified) {
    node.bend_header = [](rpc::CertifiedHeader& shown) {
        auto fields = *ledger::decode<proto::Header>(shown.header);
        fields.set_state_root(std::string(32, 'x'));
        shown.header = ledger::encode(fields);
    };
    EXPECT_EQ(refusal(), Code::bad_certificate);
    node.bend_header = [](rpc::CertifiedHeader& shown) { shown.certificate.clear(); };
    EXPECT_EQ(refusal(), Code::bad_certificate);
    node.bend_header = [](rpc::CertifiedHeader& shown) { shown.header += "\x98\x06\x01"; };  // field 99
    EXPECT_EQ(refusal(), Code::bad_header);
}

TEST_F(VerifiedReads, FindACertificateOfOtherValidators) {
    const auto keys = Certified::keys_of("5678");
    node.bend_header = [&](rpc::CertifiedHeader& shown) {
        shown.certificate = Certified::certify(shown.header, 1, keys);
    };
    EXPECT_EQ(refusal(), Code::bad_certificate);
}

TEST_F(VerifiedReads, FollowTheValidatorsFromTheGenesisDocument) {
    node.append_last_before("1235");
    node.append({{"cash", "20"}});
    node.append_last_before("1256");
    node.append_last_before("2567");
    node.append({{"quota", "1"}}, {"d"});
    node.sets_of_a_page = 2;

    const auto read = reader->read({"cash", "quota"});

    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->values[0], "20");
    EXPECT_EQ(read->values[1], "1");
    EXPECT_EQ(reader->validators().hash(kChain), node.validators->hash(kChain));
    EXPECT_TRUE(reader->header(1)) << "what the first ones certified still holds";
    EXPECT_TRUE(reader->transaction(node.hash_of(kChain, "d")));
    node.append_last_before("5678");
    node.append({{"cash", "30"}});
    EXPECT_EQ(reader->read({"cash"})->values[0], "30");
}

TEST_F(VerifiedReads, AreNotLedToValidatorsThatThoseBeforeHaveNotNamed) {
    node.append_last_before("1235");
    node.append({{"cash", "20"}});
    const auto code = [this] {
        const auto read = reader->read({"cash"});
        return read ? Code::ok : read.error().code;
    };
    node.sets_shown = 1;
    EXPECT_EQ(code(), Code::validators_unknown);
    node.sets_shown.reset();
    node.bend_set = [](std::uint64_t, Bytes& set) {
        set = ledger::encode(Certified::set_of(Certified::keys_of("6789")).fields());
    };
    EXPECT_EQ(code(), Code::bad_header);
    node.bend_set = [](std::uint64_t, Bytes& set) { set = "x"; };
    EXPECT_EQ(code(), Code::bad_encoding);
    node.bend_set = nullptr;
    node.bend_header = [](rpc::CertifiedHeader& shown) {
        shown.certificate = Certified::certify(shown.header, 2, Certified::keys_of("6789"));
    };
    EXPECT_EQ(code(), Code::bad_certificate);
    node.bend_header = nullptr;
    EXPECT_EQ(code(), Code::ok);
}

// A quorum that has gone signs a chain of its own beside the true one.
TEST_F(VerifiedReads, FindABlockOfValidatorsThatHaveGone) {
    const auto old = Certified::keys_of("1234");
    const auto old_set = Certified::set_of(old);
    node.append_last_before("1256");
    node.append({{"cash", "20"}});
    ASSERT_TRUE(reader->read({"cash"}));
    node.bend_header = [&](rpc::CertifiedHeader& shown) {
        auto fields = *ledger::decode<proto::Header>(shown.header);
        fields.set_validators_hash(old_set.hash(kChain).bytes());
        shown.header = ledger::encode(fields);
        shown.certificate = Certified::certify(shown.header, 3, old);
    };
    EXPECT_EQ(refusal(), Code::validators_unknown);
}

TEST_F(VerifiedReads, FindAnAnswerAboutAnotherHeight) {
    node.append({{"cash", "20"}});
    node.shown_height = 1;
    const auto read = reader->read({"nothing"}, 2);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::bad_header);
}

TEST_F(VerifiedReads, FindAnAnswerOlderThanOneSeenBefore) {
    node.append({{"x", "1"}});
    ASSERT_TRUE(reader->read({"cash"}));
    node.shown_height = 1;
    const auto old = reader->read({"nothing"});
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().code, Code::answer_stale);
    EXPECT_TRUE(reader->read({"nothing"}, 1));  // asked for by height it is no lie
}

TEST_F(VerifiedReads, GiveCertifiedHeaders) {
    ASSERT_TRUE(reader->header());
    node.bend_header = [](rpc::CertifiedHeader& shown) { shown.certificate.clear(); };
    EXPECT_EQ(reader->header(1).error().code, Code::bad_certificate);
}

TEST_F(VerifiedReads, ProveATransactionAndItsReceipt) {
    const auto proven = reader->transaction(node.hash_of(kChain, "b"));
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(proven->index, 1U);
    EXPECT_EQ(proven->receipt.text(), "done: b");
    EXPECT_EQ(reader->transaction(Hash()).error().code, Code::not_found);
}

TEST_F(VerifiedReads, FindAForgedTransactionAndAForgedReceipt) {
    const Hash hash = node.hash_of(kChain, "b");
    node.bend_body = [](rpc::BlockBody& shown) { shown.transactions[0] = "z"; };
    EXPECT_EQ(reader->transaction(hash).error().code, Code::bad_proof);
    node.bend_body = [](rpc::BlockBody& shown) {
        proto::Receipt receipt = *ledger::decode<proto::Receipt>(shown.receipts[1]);
        receipt.set_code(3300);
        shown.receipts[1] = receipt.SerializeAsString();
    };
    EXPECT_EQ(reader->transaction(hash).error().code, Code::bad_proof);
    node.bend_body = nullptr;
    node.fates[hash].index = 0;  // another transaction's place
    EXPECT_EQ(reader->transaction(hash).error().code, Code::bad_proof);
}

}  // namespace
}  // namespace pcq::client
