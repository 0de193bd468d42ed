#include "tests/unit/audit/fixture.h"

#include <algorithm>
#include <cstdlib>

#include <google/protobuf/util/json_util.h>

#include "contracts/chain.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"

namespace pcq::audit {
namespace {

constexpr std::int64_t kGenesisTimeMs = 1'700'000'000'000;

std::vector<crypto::SigningKey> validator_keys() {
    std::vector<crypto::SigningKey> keys;
    for (int number = 1; number <= 4; ++number)
        keys.push_back(
            *crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, static_cast<char>(number))));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(proto::KEY_TYPE_ED25519);
    fields.set_data(Bytes(key.data()));
}

void add_validators(proto::ValidatorSet& set) {
    for (const auto& key : validator_keys()) {
        auto& member = *set.add_validators();
        fill(*member.mutable_public_key(), key.public_key());
        member.set_name("v");
    }
}

}  // namespace

TestFolder::TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pcq_audit_XXXXXX").string();
    PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TestFolder::~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

crypto::SigningKey organisation_key(int number) {
    return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, static_cast<char>(number)));
}

ledger::Genesis genesis_of(proto::ChainKind kind) {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name("audited");
    fields.set_kind(kind);
    fields.set_time_ms(kGenesisTimeMs);
    add_validators(*fields.mutable_validators());
    const std::pair<int, proto::Role> organisations[] = {
        {kGovernment, proto::ROLE_GOVERNMENT}, {kBank, proto::ROLE_BANK}, {kPlatform, proto::ROLE_PLATFORM}};
    for (const auto& [number, role] : organisations) {
        auto& organisation = *fields.add_organisations();
        organisation.set_name("o");
        organisation.add_roles(role);
        fill(*organisation.add_keys(), organisation_key(number).public_key());
        organisation.set_threshold(1);
    }
    fields.mutable_parameters()->set_settlement_per_block(100);
    fields.mutable_parameters()->set_anchor_interval(10);
    if (kind == proto::CHAIN_KIND_SIDE) {
        fields.set_main_chain_id(genesis_of(proto::CHAIN_KIND_MAIN).chain.bytes());
        add_validators(*fields.mutable_main_validators());
    }
    std::string document;
    PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    auto genesis = ledger::Genesis::from(std::move(document));
    EXPECT_TRUE(genesis) << (genesis ? "" : genesis.error().message);
    return *std::move(genesis);
}

Writer::Writer(const std::filesystem::path& path, proto::ChainKind kind)
    : genesis_(genesis_of(kind)), validators_(validator_keys()), contracts_(contracts::contracts_of(kind)) {
    storage::Options options;
    options.path = path;
    options.cache_bytes = 1 << 20;
    auto store = storage::ChainStore::open(std::move(options));
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    store_ = *std::move(store);
    auto block = ledger::make_genesis(*contracts_, genesis_);
    EXPECT_TRUE(block) << (block ? "" : block.error().message);
    EXPECT_TRUE(store_->write_genesis(genesis_, *block));
}

ledger::BlockContext Writer::next() const {
    const std::uint64_t height = (*store_->tip())->height() + 1;
    return {genesis_.chain, height, Instant{kGenesisTimeMs + static_cast<std::int64_t>(height)}};
}

void Writer::add(const ledger::StateChanges& changes, const proto::Totals& totals,
                 std::vector<Bytes> transactions) {
    const auto block = next();
    const auto view = *store_->at(block.height - 1);
    const std::string number = std::to_string(block.height);
    if (transactions.empty()) transactions = {"one " + number, "two " + number};
    ledger::Executed executed;
    std::vector<Hash> hashes;
    for (const auto& bytes : transactions) {
        hashes.push_back(ledger::transaction_hash(genesis_.chain, bytes));
        proto::Receipt receipt;
        receipt.set_transaction(hashes.back().bytes());
        executed.receipts.push_back(receipt.SerializeAsString());
    }
    executed.transactions_root = ledger::transactions_root(hashes);
    executed.receipts_root = ledger::receipts_root(genesis_.chain, executed.receipts);
    executed.totals = totals;
    executed.changes = changes;
    executed.tree = ledger::update_tree(*view, view->root(), block.height, changes);
    commit(transactions, block, std::move(executed));
}

void Writer::add(const std::vector<ledger::VerifiedTransaction>& transactions) {
    const auto block = next();
    const auto view = *store_->at(block.height - 1);
    auto executed = ledger::execute(*contracts_, {*view, *view, view->root()}, block, transactions);
    ASSERT_TRUE(executed) << executed.error().message;
    std::vector<Bytes> bytes;
    for (const auto& transaction : transactions) bytes.push_back(transaction->bytes());
    for (const auto& receipt : executed->receipts)
        EXPECT_EQ(ledger::decode<proto::Receipt>(receipt)->code(), 0u) << receipt;
    commit(bytes, block, *std::move(executed));
}

void Writer::add_false(const std::vector<ledger::VerifiedTransaction>& executed_ones,
                       const std::vector<ledger::VerifiedTransaction>& listed,
                       const std::function<void(ledger::Executed&)>& falsify) {
    const auto block = next();
    const auto view = *store_->at(block.height - 1);
    auto executed = ledger::execute(*contracts_, {*view, *view, view->root()}, block, executed_ones);
    ASSERT_TRUE(executed) << executed.error().message;
    if (falsify) falsify(*executed);
    std::vector<Bytes> bytes;
    std::vector<Hash> hashes;
    for (const auto& transaction : listed) {
        bytes.push_back(transaction->bytes());
        hashes.push_back(transaction->hash());
    }
    executed->transactions_root = ledger::transactions_root(hashes);
    executed->receipts_root = ledger::receipts_root(genesis_.chain, executed->receipts);
    executed->tree = ledger::update_tree(*view, view->root(), block.height, executed->changes);
    commit(bytes, block, *std::move(executed));
}

void Writer::commit(const std::vector<Bytes>& transactions, const ledger::BlockContext& block,
                    ledger::Executed executed) {
    const auto parent = store_->tip();
    const auto header =
        ledger::make_header(block, {*parent, /*view=*/0, validators_[0].public_key(), genesis_.validators},
                            executed, transactions.size());
    proto::Block body;
    body.set_header(header.bytes());
    std::vector<Hash> hashes;
    for (const auto& bytes : transactions) {
        body.add_transactions(bytes);
        hashes.push_back(ledger::transaction_hash(genesis_.chain, bytes));
    }
    const auto written = store_->commit(
        {header, body.SerializeAsString(), certify(header.bytes()).SerializeAsString(), hashes, executed});
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
}

proto::CommitCertificate certify(const Bytes& bytes) {
    const auto keys = validator_keys();
    proto::Header fields;
    EXPECT_TRUE(fields.ParseFromString(bytes));
    const auto chain = *ChainId::from(fields.chain_id());
    const Hash hash = crypto::tagged_hash("header", chain, bytes);
    proto::CommitCertificate certificate;
    certificate.set_height(fields.height());
    certificate.set_block_hash(hash.bytes());
    const Hash digest =
        ledger::vote_digest(chain, proto::VOTE_KIND_COMMIT, fields.height(), /*view=*/0, hash);
    for (std::uint32_t validator = 0; validator < 3; ++validator) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(validator);
        entry.set_signature(keys[validator].sign(digest));
    }
    return certificate;
}

Result<TotalsReport> audit(const std::filesystem::path& path) {
    return audit_totals(path, [](std::uint64_t, std::uint64_t) {});
}

}  // namespace pcq::audit
