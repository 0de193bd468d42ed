#include "tests/unit/contracts/ledger.h"

#include <algorithm>
#include <numeric>

#include <google/protobuf/util/json_util.h>

#include "contracts/chain.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "tests/unit/contracts/invariants.h"
#include "tests/unit/contracts/order_invariants.h"
#include "tests/unit/contracts/witness.h"

namespace pcq::contracts::testing {
namespace {

constexpr Instant kGenesisTime{1'700'000'000'000};
constexpr std::int64_t kBlockMilliseconds = 1000;
constexpr int kSweepBlocksMax = 10'000;

class NoPages final : public ledger::PageReader {
public:
    Bytes page(const ledger::PagePath&, std::uint64_t) const override { return {}; }
};

proto::Receipt receipt_of(const Bytes& bytes) {
    proto::Receipt receipt;
    PCQ_INVARIANT(receipt.ParseFromString(bytes));
    return receipt;
}

}  // namespace

void add_organisation(proto::Genesis& fields, const std::string& name, proto::Role role) {
    auto& organisation = *fields.add_organisations();
    organisation.set_name(name);
    organisation.add_roles(role);
    fill(*organisation.add_keys(), key_of(name).public_key());
    organisation.set_threshold(1);
}

crypto::SigningKey key_of(const std::string& name) {
    return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                            crypto::sha256({"contracts test", name}).view());
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

std::vector<crypto::SigningKey> validator_keys(const std::string& of, int count) {
    std::vector<crypto::SigningKey> keys;
    keys.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) keys.push_back(key_of(of + " validator " + std::to_string(i)));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

proto::ValidatorSet validator_set(const std::vector<crypto::SigningKey>& keys) {
    proto::ValidatorSet set;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto& member = *set.add_validators();
        fill(*member.mutable_public_key(), keys[i].public_key());
        member.set_name("v" + std::to_string(i));
    }
    return set;
}

proto::Genesis main_genesis(const proto::ValidatorSet& validators) {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name("main");
    fields.set_kind(proto::CHAIN_KIND_MAIN);
    fields.set_time_ms(static_cast<std::uint64_t>(kGenesisTime.ms));
    *fields.mutable_validators() = validators;
    add_organisation(fields, "government", proto::ROLE_GOVERNMENT);
    return fields;
}

proto::Genesis side_genesis(const proto::ValidatorSet& validators, const ChainId& main,
                            const proto::ValidatorSet& main_validators) {
    proto::Genesis fields = main_genesis(validators);
    fields.set_name("side");
    fields.set_kind(proto::CHAIN_KIND_SIDE);
    add_organisation(fields, "platform", proto::ROLE_PLATFORM);
    add_organisation(fields, "meter", proto::ROLE_METER);
    fields.mutable_organisations()->rbegin()->set_meter_kind(proto::METER_KIND_UTILITY);
    add_organisation(fields, "bank", proto::ROLE_BANK);
    add_organisation(fields, "authority", proto::ROLE_GOVERNMENT);
    fields.mutable_parameters()->set_settlement_per_block(100);
    fields.mutable_parameters()->set_anchor_interval(10);
    fields.mutable_parameters()->set_registration_fee_uy(1'000'000);
    fields.set_main_chain_id(main.bytes());
    *fields.mutable_main_validators() = main_validators;
    return fields;
}

ledger::Genesis genesis_of(const proto::Genesis& fields) {
    std::string document;
    PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    auto genesis = ledger::Genesis::from(std::move(document));
    PCQ_INVARIANT(genesis.has_value());
    return *std::move(genesis);
}

Hash root_of(const Records& records) {
    ledger::StateChanges all;
    for (const auto& [key, value] : records) all.emplace(key, value);
    return ledger::update_tree(NoPages(), {}, 1, all).root.hash;
}

::testing::AssertionResult refused(const Attempt& attempt, Code code) {
    if (attempt.code != code) {
        return ::testing::AssertionFailure()
               << "expected " << name(code) << ", got " << name(attempt.code) << ": " << attempt.text;
    }
    if (!attempt.only_sequence_changed)
        return ::testing::AssertionFailure() << name(code) << " changed more than the sender's sequence";
    return ::testing::AssertionSuccess();
}

TestLedger::TestLedger(const proto::Genesis& fields, const std::string& of, int count)
    : genesis_(genesis_of(fields)),
      validators_(std::make_shared<const std::vector<crypto::SigningKey>>(validator_keys(of, count))),
      certifiers_(validators_),
      set_(genesis_.validators),
      contracts_(contracts_of(fields.kind())),
      time_(kGenesisTime) {
    for (int i = 0; i < count; ++i) known_.push_back(of + " validator " + std::to_string(i));
    const auto block = ledger::make_genesis(*contracts_, genesis_);
    PCQ_INVARIANT(block.has_value());
    keep(block->header, block->executed);
}

std::optional<Bytes> TestLedger::get(BytesView key) const {
    const auto at = records_.find(key);
    return at == records_.end() ? std::nullopt : std::optional(at->second);
}

Bytes TestLedger::page(const ledger::PagePath& path, std::uint64_t version) const {
    const auto at = pages_.find({path, version});
    PCQ_INVARIANT(at != pages_.end());
    return at->second;
}

void TestLedger::keep(const ledger::Header& header, const ledger::Executed& executed) {
    for (const auto& [key, value] : executed.changes) {
        if (value) {
            records_[key] = *value;
        } else {
            records_.erase(key);
        }
    }
    for (const auto& [path, bytes] : executed.tree.pages) pages_[{path, executed.tree.root.version}] = bytes;
    root_ = executed.tree.root;
    headers_.push_back(header);
}

ledger::VerifiedTransaction TestLedger::verified(const ledger::RawTransaction& bytes) const {
    auto transaction = ledger::DecodedTransaction::from(bytes, chain());
    PCQ_INVARIANT(transaction.has_value());
    auto verified = ledger::verify_signatures(*std::move(transaction));
    PCQ_INVARIANT(verified.has_value());
    return *std::move(verified);
}

std::vector<proto::Receipt> TestLedger::block(const std::vector<ledger::VerifiedTransaction>& transactions) {
    time_ = Instant{time_.ms + kBlockMilliseconds};
    const ledger::BlockContext context{chain(), tip()->height() + 1, time_};
    const auto executed = ledger::execute(*contracts_, parent(), context, transactions);
    if (!executed) {
        ADD_FAILURE() << "the block is refused: " << executed.error().message;
        PCQ_INVARIANT(executed.has_value());
    }
    const auto header = ledger::make_header(context, {tip(), 0, validators().front().public_key(), set_},
                                            *executed, transactions.size());
    certifiers_ = validators_;
    if (executed->next_validators) {
        change_validators(*executed->next_validators);
        const auto last = certify(header);
        auto& told = successions_.emplace_back(Succession{header->height() + 1, {}}).action;
        told.set_header(last.header);
        told.set_certificate(last.certificate);
        *told.mutable_validators() = executed->next_validators->fields();
    }
    EXPECT_TRUE(ledger::Header::from(header.bytes(), chain())) << "no node would take this header";
    EXPECT_EQ(broken_movement(records_, executed->changes, *header), "");
    keep(header, *executed);
    EXPECT_EQ(root_of(records_), header.state_root());
    EXPECT_EQ(broken_invariant(records_, *header), "");
    EXPECT_EQ(broken_order_invariant(records_), "");
    std::vector<proto::Receipt> receipts;
    for (const auto& bytes : executed->receipts) receipts.push_back(receipt_of(bytes));
    for (std::size_t i = 0; i < transactions.size(); ++i) witness(transactions[i]->body(), receipts[i]);
    return receipts;
}

void TestLedger::change_validators(const ledger::ValidatorSet& next) {
    set_ = next;
    std::vector<crypto::SigningKey> keys;
    for (const auto& member : next.members()) {
        const auto name = std::find_if(known_.begin(), known_.end(), [&member](const auto& known) {
            return key_of(known).public_key() == member.key;
        });
        PCQ_INVARIANT(name != known_.end());
        keys.push_back(key_of(*name));
    }
    validators_ = std::make_shared<const std::vector<crypto::SigningKey>>(std::move(keys));
}

Attempt TestLedger::attempt_signed(const ledger::VerifiedTransaction& transaction) {
    EXPECT_FALSE(has_work()) << "a sweep would change the state beside the action";
    Records expected = records_;
    auto account = *ledger::kAccounts.find(*this, transaction->account());
    ledger::use_sequence(account, transaction->sequence());
    expected[ledger::kAccounts.key(transaction->account())] = ledger::encode(account);
    const auto receipt = block({transaction}).front();
    return {*code_from_number(receipt.code()), receipt.text(), root_of(expected) == tip().state_root()};
}

void TestLedger::expect_done(const proto::Receipt& receipt) {
    EXPECT_EQ(receipt.code(), 0u) << name(*code_from_number(receipt.code())) << ": " << receipt.text();
}

bool TestLedger::has_work() const {
    return contracts_->has_due_work(*this, Instant{time_.ms + kBlockMilliseconds});
}

int TestLedger::finish_work() {
    int blocks = 0;
    while (has_work() && blocks < kSweepBlocksMax) {
        block({});
        ++blocks;
    }
    EXPECT_FALSE(has_work()) << "the work of the chain does not end";
    return blocks;
}

Result<ledger::Executed> TestLedger::execute_with(const ledger::Dispatch& contracts) const {
    const ledger::BlockContext context{chain(), tip()->height() + 1, Instant{time_.ms + kBlockMilliseconds}};
    return ledger::execute(contracts, parent(), context, {});
}

std::uint32_t TestLedger::quorum() const {
    const auto n = static_cast<std::uint32_t>(certifiers_->size());
    return (n + (n - 1) / 3) / 2 + 1;
}

Certified TestLedger::certified() const {
    return certify(tip());
}

Certified TestLedger::certified_by(const std::vector<std::uint32_t>& signers) const {
    return certify(tip(), signers);
}

Certified TestLedger::certify(const ledger::Header& header) const {
    std::vector<std::uint32_t> signers(quorum());
    std::iota(signers.begin(), signers.end(), 0u);
    return certify(header, signers);
}

Certified TestLedger::certify(const ledger::Header& header, const std::vector<std::uint32_t>& signers) const {
    const Hash digest = ledger::vote_digest(chain(), proto::VOTE_KIND_COMMIT, header->height(),
                                            header->view(), header.hash());
    proto::CommitCertificate certificate;
    certificate.set_height(header->height());
    certificate.set_view(header->view());
    certificate.set_block_hash(header.hash().bytes());
    for (const std::uint32_t signer : signers) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(signer);
        entry.set_signature((*certifiers_)[signer].sign(digest));
    }
    return {header.bytes(), certificate.SerializeAsString()};
}

proto::ProvenRecord TestLedger::proven(const Bytes& key) const {
    proto::ProvenRecord record;
    record.set_key(key);
    record.set_value(get(key).value_or(Bytes()));
    record.set_proof(ledger::prove(*this, root_, key).encode());
    return record;
}

}  // namespace pcq::contracts::testing
