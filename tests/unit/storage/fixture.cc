#include "tests/unit/storage/fixture.h"

#include <algorithm>
#include <cstdlib>

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "src/ledger/certificate.h"

namespace pcq::storage {
namespace {

constexpr std::uint64_t kGenesisTimeMs = 1'700'000'000'000;

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

crypto::SigningKey numbered_key(int number) {
    return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, static_cast<char>(number)));
}

void sort(std::vector<crypto::SigningKey>& keys) {
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
}

std::vector<crypto::PublicKey> public_keys(const std::vector<crypto::SigningKey>& keys) {
    std::vector<crypto::PublicKey> all;
    for (const auto& key : keys) all.push_back(key.public_key());
    return all;
}

proto::ValidatorSet set_of(std::vector<crypto::PublicKey> keys) {
    std::sort(keys.begin(), keys.end());
    proto::ValidatorSet set;
    for (const auto& key : keys) {
        auto& member = *set.add_validators();
        fill(*member.mutable_public_key(), key);
        member.set_name("validator");
    }
    return set;
}

ledger::Genesis make_document(const std::string& name, const std::vector<crypto::SigningKey>& keys) {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name(name);
    fields.set_kind(proto::CHAIN_KIND_MAIN);
    fields.set_time_ms(kGenesisTimeMs);
    *fields.mutable_validators() = set_of(public_keys(keys));
    auto& organisation = *fields.add_organisations();
    organisation.set_name("government");
    organisation.add_roles(proto::ROLE_GOVERNMENT);
    fill(*organisation.add_keys(), keys[0].public_key());
    organisation.set_threshold(1);
    fields.mutable_parameters()->set_settlement_per_block(100);
    fields.mutable_parameters()->set_anchor_interval(10);
    std::string document;
    PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    auto genesis = ledger::Genesis::from(std::move(document));
    EXPECT_TRUE(genesis) << (genesis ? "" : genesis.error().message);
    return *std::move(genesis);
}

}  // namespace

TestFolder::TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pcq_storage_XXXXXX").string();
    PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TestFolder::~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

TestChain::TestChain(const std::string& name) {
    for (int number = 1; number <= 4; ++number) keys_.push_back(numbered_key(number));
    sort(keys_);
    genesis_ = make_document(name, keys_);
    validators_ = genesis_->validators;
    ledger::StateChanges changes;
    for (int i = 0; i < 40; ++i) changes["account " + std::to_string(i)] = "opened in genesis";
    states_.emplace_back();
    auto executed = execute(0, {}, std::move(changes));
    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(genesis_->chain.bytes());
    fields.set_time_ms(kGenesisTimeMs);
    fields.set_previous_hash(Hash().bytes());
    fields.set_transactions_root(executed.transactions_root.bytes());
    fields.set_receipts_root(executed.receipts_root.bytes());
    fields.set_state_root(executed.tree.root.hash.bytes());
    fields.set_validators_hash(genesis_->validators.hash(genesis_->chain).bytes());
    fields.set_next_validators_hash(fields.validators_hash());
    genesis_block_ = ledger::GenesisBlock{ledger::Header::encode(fields), std::move(executed)};
}

Bytes TestChain::home(std::uint64_t height) {
    return Bytes("home\0\0", 6) + std::to_string(height);
}

ledger::Executed TestChain::execute(std::uint64_t height, std::vector<Bytes> receipts,
                                    ledger::StateChanges changes) {
    ledger::Executed executed;
    executed.receipts = std::move(receipts);
    executed.transactions_root = ledger::transactions_root({});
    executed.receipts_root = ledger::receipts_root(genesis_->chain, executed.receipts);
    const ledger::TreeRoot parent =
        height == 0 ? ledger::TreeRoot()
                    : (height == 1 ? genesis_block_->executed : blocks_.back().executed).tree.root;
    executed.tree = ledger::update_tree(pages_, parent, height, changes);
    pages_.add(height, executed.tree);
    for (const auto& [key, value] : changes) {
        if (value) {
            states_.back()[key] = *value;
        } else {
            states_.back().erase(key);
        }
    }
    executed.changes = std::move(changes);
    return executed;
}

const TestBlock& TestChain::add() {
    return add(std::nullopt, usual_changes());
}

const TestBlock& TestChain::add(ledger::StateChanges changes) {
    return add(std::nullopt, std::move(changes));
}

ledger::StateChanges TestChain::usual_changes() const {
    const std::uint64_t height = blocks_.size() + 1;
    const std::string number = std::to_string(height);
    ledger::StateChanges changes;
    changes["counter"] = number;
    changes[home(height)] = "lives here since " + number;
    if (height > 3) changes[home(height - 3)] = std::nullopt;
    return changes;
}

const TestBlock& TestChain::add_last_of_set(bool they_go) {
    auto fresh = numbered_key(static_cast<int>(10 + blocks_.size()));
    auto keys = public_keys(keys_);
    keys.front() = fresh.public_key();
    const auto next = ledger::ValidatorSet::from(set_of(std::move(keys)));
    PCQ_INVARIANT(next.has_value());
    const TestBlock& last = add(*next, usual_changes());
    if (!they_go) return last;
    keys_.front() = std::move(fresh);
    sort(keys_);
    validators_ = *next;
    return last;
}

const TestBlock& TestChain::add(std::optional<ledger::ValidatorSet> next, ledger::StateChanges changes) {
    const std::uint64_t height = blocks_.size() + 1;
    const std::string number = std::to_string(height);
    proto::Block body;
    std::vector<Hash> transactions;
    std::vector<Bytes> receipts;
    for (const char* which : {"first", "second"}) {
        body.add_transactions(which + (" transaction of block " + number));
        transactions.push_back(ledger::transaction_hash(
            genesis_->chain, body.transactions(static_cast<int>(transactions.size()))));
        proto::Receipt receipt;
        receipt.set_transaction(transactions.back().bytes());
        receipt.set_text("done in block " + number);
        receipts.push_back(receipt.SerializeAsString());
    }
    states_.push_back(states_.back());
    auto executed = execute(height, std::move(receipts), std::move(changes));
    executed.transactions_root = ledger::transactions_root(transactions);
    executed.next_validators = std::move(next);

    const auto& parent = height == 1 ? genesis_block_->header : blocks_.back().header;
    auto header = ledger::make_header(
        {genesis_->chain, height, Instant{static_cast<std::int64_t>(kGenesisTimeMs + height)}},
        {parent, /*view=*/0, keys_[height % 4].public_key(), *validators_}, executed, transactions.size());
    body.set_header(header.bytes());
    auto certificate = certify(header);
    blocks_.push_back({std::move(header), body.SerializeAsString(), std::move(certificate),
                       std::move(transactions), std::move(executed)});
    return blocks_.back();
}

Bytes TestChain::certify(const ledger::Header& header) const {
    proto::CommitCertificate certificate;
    certificate.set_height(header->height());
    certificate.set_block_hash(header.hash().bytes());
    const Hash digest = ledger::vote_digest(genesis_->chain, proto::VOTE_KIND_COMMIT, header->height(),
                                            /*view=*/0, header.hash());
    for (std::uint32_t validator = 0; validator < 3; ++validator) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(validator);
        entry.set_signature(keys_[validator].sign(digest));
    }
    return certificate.SerializeAsString();
}

std::unique_ptr<ChainStore> open_store(const std::filesystem::path& path, bool read_only) {
    Options options;
    options.path = path;
    options.cache_bytes = 1 << 20;
    options.read_only = read_only;
    return open_store(std::move(options));
}

std::unique_ptr<ChainStore> open_store(Options options) {
    auto store = ChainStore::open(std::move(options));
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return store ? *std::move(store) : nullptr;
}

void write_store(const std::filesystem::path& path, TestChain& chain, std::uint64_t blocks) {
    const auto store = open_store(path);
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->write_genesis(chain.genesis(), chain.genesis_block()));
    for (std::uint64_t height = 1; height <= blocks; ++height)
        ASSERT_TRUE(store->commit(chain.add().write()));
}

TestState read_state(const ChainStore& store, const TestChain& chain, std::uint64_t height) {
    TestState state;
    const auto view = store.at(height);
    if (!view) {
        ADD_FAILURE() << view.error().message;
        return state;
    }
    const auto look = [&](const Bytes& key) {
        if (auto value = (*view)->get(key)) state[key] = *std::move(value);
    };
    for (const auto& [key, value] : chain.state(0)) look(key);
    look("counter");
    for (std::uint64_t home = 1; home <= height + 3; ++home) look(TestChain::home(home));
    return state;
}

}  // namespace pcq::storage
