#include "tests/bench/town.h"

#include <algorithm>

#include <google/protobuf/util/json_util.h>

#include "contracts/tables.h"
#include "src/crypto/hash.h"

namespace pcq::bench {
namespace {

using contracts::Only;

constexpr std::uint32_t kPeriod = 2024;
constexpr std::uint64_t kTimeMs = 1'700'000'000'000;
constexpr std::uint64_t kValidUntil = 5'000;
constexpr std::size_t kValidators = 4;
constexpr std::int64_t kQuota = 1'000'000'000;  // of each person, grams; half has accrued
constexpr std::int64_t kEmitted = 100'000'000'000;
constexpr std::int64_t kCash = 1'000'000'000'000;
constexpr std::int64_t kInventory = 1'000'000'000'000;
constexpr std::int64_t kBuyPrice = 100'000;
constexpr std::int64_t kSellPrice = 200'000;

crypto::SigningKey key_of(const std::string& name) {
    return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519, crypto::sha256({"town", name}).view());
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

ledger::Genesis make_genesis_document(const std::vector<crypto::SigningKey>& validators) {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name("town");
    fields.set_kind(proto::CHAIN_KIND_SIDE);
    fields.set_time_ms(kTimeMs);
    for (const auto& key : validators) {
        auto& member = *fields.mutable_validators()->add_validators();
        fill(*member.mutable_public_key(), key.public_key());
        member.set_name("validator");
    }
    const std::vector<std::pair<const char*, proto::Role>> roles = {{"government", proto::ROLE_GOVERNMENT},
                                                                    {"platform", proto::ROLE_PLATFORM}};
    for (const auto& [name, role] : roles) {
        auto& organisation = *fields.add_organisations();
        organisation.set_name(name);
        organisation.add_roles(role);
        fill(*organisation.add_keys(), key_of(name).public_key());
        organisation.set_threshold(1);
    }
    fields.mutable_parameters()->set_settlement_per_block(1'000);
    fields.mutable_parameters()->set_anchor_interval(20);
    fields.set_main_chain_id(crypto::sha256({"main"}).bytes());
    *fields.mutable_main_validators() = fields.validators();
    std::string document;
    PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    auto genesis = ledger::Genesis::from(std::move(document));
    PCQ_INVARIANT(genesis.has_value());
    return *std::move(genesis);
}

class Nothing final : public ledger::StateReader, public ledger::PageReader {
public:
    std::optional<Bytes> get(BytesView) const override { return std::nullopt; }
    Bytes page(const ledger::PagePath&, std::uint64_t) const override { return {}; }
};

}  // namespace

Town::Town(std::size_t people) {
    for (std::size_t i = 0; i < kValidators; ++i)
        validators_.push_back(key_of("validator " + std::to_string(i)));
    std::sort(validators_.begin(), validators_.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    for (std::size_t i = 0; i < people; ++i) keys_.push_back(key_of("person " + std::to_string(i)));
    genesis_ = make_genesis_document(validators_);

    const Nothing nothing;
    ledger::Overlay state(nothing);
    PCQ_INVARIANT(contracts_.write_genesis(*genesis_, state).has_value());
    write_people(state);
    ledger::Executed executed;
    executed.totals = contracts_.totals(state);
    executed.changes = state.changes();
    executed.tree = ledger::update_tree(nothing, {}, 0, executed.changes);
    proto::Header fields;
    fields.set_version(1);
    fields.set_chain_id(genesis_->chain.bytes());
    fields.set_time_ms(kTimeMs);
    fields.set_previous_hash(Hash().bytes());
    fields.set_transactions_root(Hash().bytes());
    fields.set_receipts_root(Hash().bytes());
    fields.set_state_root(executed.tree.root.hash.bytes());
    *fields.mutable_totals() = executed.totals;
    fields.set_validators_hash(genesis_->validators.hash(genesis_->chain).bytes());
    fields.set_next_validators_hash(fields.validators_hash());
    block_ = ledger::GenesisBlock{ledger::Header::encode(fields), std::move(executed)};
}

void Town::write_people(ledger::Overlay& state) const {
    const auto count = static_cast<std::int64_t>(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const AccountId account = crypto::account_of(keys_[i].public_key());
        proto::AccountRecord record;
        fill(*record.add_keys(), keys_[i].public_key());
        record.set_threshold(1);
        record.set_number(i + 1);
        record.set_kyc_commitment(crypto::sha256({"kyc", account.view()}).bytes());
        ledger::kAccounts.put(state, account, record);
        proto::HoldingRecord holding;
        holding.set_issued_g(kQuota);
        contracts::kHoldings.put(state, {account, kPeriod}, holding);
        proto::EmissionRecord emissions;
        emissions.set_emitted_g(i % 2 == 0 ? 0 : kEmitted);
        contracts::kEmissions.put(state, {account, kPeriod}, emissions);
        proto::CashRecord cash;
        cash.set_balance_uy(kCash);
        contracts::kCash.put(state, account, cash);
        contracts::kMembers.put(state, {account, kPeriod}, proto::MemberRecord());
    }
    proto::CashRecord cash;
    cash.set_balance_uy(kCash);
    contracts::kCash.put(state, crypto::account_of(key_of("platform").public_key()), cash);
    proto::CashTotalsRecord cash_totals;
    cash_totals.set_deposited_uy(kCash * (count + 1));
    cash_totals.set_held_uy(kCash * (count + 1));
    contracts::kCashTotals.put(state, Only(), cash_totals);

    proto::PeriodRecord period;
    period.set_period(kPeriod);
    period.set_phase(proto::PERIOD_PHASE_OPEN);
    period.set_cap_g(kQuota * count + kInventory);
    period.set_months(12);
    period.set_months_advanced(6);
    period.mutable_policy()->set_offset_ratio_ppb(500'000'000);
    period.mutable_policy()->set_effort_cost_uy_per_kg(kSellPrice);
    period.set_epoch(6);
    period.set_priced(true);
    contracts::kPeriods.put(state, kPeriod, period);
    proto::PeriodList periods;
    periods.add_periods(kPeriod);
    contracts::kPeriodList.put(state, Only(), periods);
    proto::EpochRecord epoch;
    epoch.set_buy_price_uy_per_kg(kBuyPrice);
    epoch.set_sell_price_uy_per_kg(kSellPrice);
    contracts::kEpochs.put(state, {kPeriod, 6}, epoch);
    proto::BookRecord book;
    book.set_inventory_g(kInventory);
    contracts::kBooks.put(state, kPeriod, book);
    proto::VintageTotals totals;
    totals.set_vintage(kPeriod);
    totals.set_issued_g(kQuota * count + kInventory);
    totals.set_held_g(kQuota * count);
    totals.set_inventory_g(kInventory);
    contracts::kVintageTotals.put(state, kPeriod, totals);
}

ledger::RawTransaction Town::trade(std::size_t person, std::uint64_t sequence) const {
    const crypto::SigningKey& key = keys_[person];
    proto::TransactionBody body;
    body.set_chain_id(genesis_->chain.bytes());
    body.set_account(crypto::account_of(key.public_key()).bytes());
    body.set_sequence(sequence);
    body.set_valid_until_height(kValidUntil);
    if (person % 2 == 0) {
        auto& sale = *body.mutable_sell_surplus();
        sale.set_period(kPeriod);
        sale.set_grams(100);
        sale.set_price_min_uy_per_kg(kBuyPrice);
    } else {
        auto& purchase = *body.mutable_buy_quota();
        purchase.set_period(kPeriod);
        purchase.set_grams(100);
        purchase.set_price_max_uy_per_kg(kSellPrice);
    }
    return ledger::sign_transaction(body, {&key});
}

std::vector<ledger::VerifiedTransaction> Town::trades(std::size_t count, std::uint64_t sequence) const {
    std::vector<ledger::VerifiedTransaction> verified;
    for (std::size_t i = 0; i < count; ++i) {
        auto decoded = ledger::DecodedTransaction::from(trade(i % keys_.size(), sequence), genesis_->chain);
        PCQ_INVARIANT(decoded.has_value());
        auto checked = ledger::verify_signatures(*std::move(decoded));
        PCQ_INVARIANT(checked.has_value());
        verified.push_back(*std::move(checked));
    }
    return verified;
}

ledger::Header Town::header(const ledger::Header& parent, const ledger::Executed& executed,
                            std::size_t transactions) const {
    const ledger::BlockContext block{genesis_->chain, parent->height() + 1,
                                     Instant{static_cast<std::int64_t>(parent->time_ms()) + 1}};
    const auto& validators = genesis_->validators;
    return ledger::make_header(block, {parent, /*view=*/0, validators.members()[0].key, validators}, executed,
                               transactions);
}

proto::CommitCertificate Town::certify(const ledger::Header& header) const {
    proto::CommitCertificate certificate;
    certificate.set_height(header->height());
    certificate.set_block_hash(header.hash().bytes());
    const Hash digest = ledger::vote_digest(genesis_->chain, proto::VOTE_KIND_COMMIT, header->height(),
                                            /*view=*/0, header.hash());
    for (std::uint32_t validator = 0; validator < 3; ++validator) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(validator);
        entry.set_signature(validators_[validator].sign(digest));
    }
    return certificate;
}

std::optional<Bytes> TownState::get(BytesView key) const {
    const auto at = executed_.changes.find(key);
    return at == executed_.changes.end() ? std::nullopt : at->second;
}

Bytes TownState::page(const ledger::PagePath& path, std::uint64_t) const {
    return executed_.tree.pages.at(path);
}

}  // namespace pcq::bench
