// Transactions, headers with their certificates, and proofs.
#include <functional>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/client/actions.h"
#include "src/client/wallet.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "src/ledger/list_tree.h"
#include "tests/unit/client/vectors.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::client {
namespace {

namespace json = boost::json;
using ledger::kChain;
using ledger::signing_key;

json::value as_json(const google::protobuf::Message& message) {
    std::string text;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text).ok());
    return json::parse(text);
}

template <class Ids>
json::array hex_list(const Ids& ids) {
    json::array list;
    for (const auto& id : ids) list.emplace_back(to_hex(id));
    return list;
}

json::object refusal(const char* what, const Error& error) {
    return {{"what", what}, {"code", static_cast<std::uint32_t>(error.code)}, {"message", error.message}};
}

// --- Transactions ----------------------------------------------------------------------------------------

json::object signed_body(const proto::TransactionBody& body, const std::vector<int>& numbers) {
    std::vector<crypto::SigningKey> keys;
    json::array secrets;
    for (const int number : numbers) {
        keys.push_back(signing_key(number));
        secrets.emplace_back(to_hex(keys.back().secret()));
    }
    std::vector<const crypto::SigningKey*> signers;
    for (const auto& key : keys) signers.push_back(&key);
    const auto bytes = ledger::sign_transaction(body, signers);
    const auto decoded = ledger::DecodedTransaction::from(bytes, kChain);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return {{"body", as_json(body)},
            {"secrets", std::move(secrets)},
            {"bytes", to_hex(bytes)},
            {"hash", to_hex(decoded->hash())}};
}

template <class Action>
json::object transaction(const Action& action, std::uint64_t sequence,
                         const std::vector<int>& numbers = {1}) {
    proto::TransactionBody body;
    body.set_chain_id(kChain.bytes());
    body.set_account(crypto::account_of(signing_key(numbers.front()).public_key()).bytes());
    body.set_sequence(sequence);
    body.set_valid_until_height(sequence * 1'000);
    set_action(body, action);
    return signed_body(body, numbers);
}

proto::OpenPeriod open_period() {
    proto::OpenPeriod open;
    open.set_period(2027);
    open.set_cap_g(INT64_MAX);
    open.set_months(12);
    open.mutable_policy()->set_offset_ratio_ppb(300'000'000);
    open.mutable_policy()->set_fee_cap_d_uy(0);  // present, and zero
    open.mutable_policy()->set_fee_cap_s_uy(-5);
    open.mutable_policy()->mutable_fee_model()->set_maximise_welfare(true);
    open.mutable_policy()->set_accrual(proto::ACCRUAL_AT_ONCE);
    open.mutable_estimates();
    open.set_override_reason("\xE9\xA2\x84\xE7\xAE\x97 & \xC3\xA9");
    return open;
}

proto::SetAllocationRule allocation_rule() {
    proto::SetAllocationRule rule;
    rule.set_id("situations");
    auto& row = *rule.add_rows();
    row.set_attribute("flat");
    row.set_grams(-1);
    row.set_share_ppb(-100'000'000);
    rule.add_rows();  // all defaults: two bytes
    return rule;
}

proto::ProposeChange change() {
    proto::ProposeChange propose;
    auto& validators = *propose.mutable_change()->mutable_validators();
    ledger::fill(*validators.add_remove(), signing_key(7).public_key());
    validators.add_add()->set_name("new");
    propose.set_activate_height(1'000'000);
    return propose;
}

proto::Attest attestation() {
    proto::Totals totals;
    totals.set_deposited_uy(300);
    totals.set_cash_held_uy(300);
    auto& vintage = *totals.add_vintages();
    vintage.set_vintage(2027);
    vintage.set_issued_g(12'500);
    vintage.set_held_g(12'500);
    proto::Attest attest;
    attest.set_chain(kChain.bytes());
    attest.set_height(300);
    attest.set_block_hash(Bytes(32, '\x22'));
    attest.set_totals(totals.SerializeAsString());
    return attest;
}

// --- A chain ---------------------------------------------------------------------------------------------

std::vector<crypto::SigningKey> sorted_keys(const std::vector<int>& numbers) {
    std::vector<crypto::SigningKey> keys;
    for (const int number : numbers) keys.push_back(signing_key(number));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

proto::ValidatorSet set_of(const std::vector<crypto::SigningKey>& keys) {
    proto::ValidatorSet set;
    for (const auto& key : keys) {
        auto& validator = *set.add_validators();
        ledger::fill(*validator.mutable_public_key(), key.public_key());
        validator.set_name("validator " + std::to_string(set.validators_size()));
    }
    return set;
}

Bytes genesis_document() {
    proto::Genesis genesis;
    genesis.set_format(1);
    genesis.set_name("vectors");
    genesis.set_kind(proto::CHAIN_KIND_MAIN);
    genesis.set_time_ms(1'700'000'000'000);
    *genesis.mutable_validators() = set_of(sorted_keys({1, 2, 3, 4}));
    auto& organisation = *genesis.add_organisations();
    organisation.set_name("government");
    organisation.add_roles(proto::ROLE_GOVERNMENT);
    ledger::fill(*organisation.add_keys(), signing_key(9, crypto::KeyType::p256).public_key());
    organisation.set_threshold(1);
    genesis.mutable_parameters()->set_settlement_per_block(100);
    std::string text;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(genesis, &text).ok());
    return text + "\n";
}

struct Certified {
    ledger::Header header;
    Bytes certificate;
};

class Chain {
public:
    Chain() : genesis_(*ledger::Genesis::from(genesis_document())) {}
    const ChainId& id() const { return genesis_.chain; }
    const ledger::Genesis& genesis() const { return genesis_; }

    using Change = std::function<void(proto::Header&)>;
    ledger::Header header(
        std::uint64_t height, const proto::ValidatorSet& set, const proto::ValidatorSet& next,
        const Change& change = [](auto&) {}) const {
        proto::Header fields;
        fields.set_version(1);
        fields.set_chain_id(id().bytes());
        fields.set_height(height);
        fields.set_view(1);
        fields.set_time_ms(1'700'000'000'000 + height);
        fields.set_previous_hash(crypto::sha256({"previous"}).bytes());
        fields.set_proposer(signing_key(1).public_key().encoded());
        fields.set_transactions_root(Hash().bytes());
        fields.set_receipts_root(Hash().bytes());
        fields.set_state_root(crypto::sha256({"state"}).bytes());
        auto& vintage = *fields.mutable_totals()->add_vintages();
        vintage.set_vintage(2027);
        vintage.set_issued_g(1'000'000);
        vintage.set_held_g(1'000'000);
        fields.mutable_totals()->set_deposited_uy(INT64_MAX);
        fields.set_validators_hash(ledger::ValidatorSet::from(set)->hash(id()).bytes());
        fields.set_next_validators_hash(ledger::ValidatorSet::from(next)->hash(id()).bytes());
        change(fields);
        return ledger::Header::encode(fields);
    }
    proto::CommitCertificate certificate(const ledger::Header& header,
                                         const std::vector<crypto::SigningKey>& keys,
                                         const std::vector<std::uint32_t>& signers) const {
        proto::CommitCertificate certificate;
        certificate.set_height(header->height());
        certificate.set_view(2);
        certificate.set_block_hash(header.hash().bytes());
        for (const std::uint32_t signer : signers) {
            auto& entry = *certificate.add_signatures();
            entry.set_validator(signer);
            entry.set_signature(keys.at(signer).sign(ledger::vote_digest(
                header.chain(), proto::VOTE_KIND_COMMIT, header->height(), 2, header.hash())));
        }
        return certificate;
    }

private:
    ledger::Genesis genesis_;
};

json::object certified_json(const ledger::Header& header, const Bytes& certificate) {
    return {{"height", header->height()},
            {"hash", to_hex(header.hash())},
            {"header", to_hex(header.bytes())},
            {"certificate", to_hex(certificate)}};
}

class Refusals {
public:
    explicit Refusals(const ledger::LightClient& client) : client_(client) {}
    void add(const char* what, const Bytes& header, const Bytes& certificate) {
        const auto verified = client_.verify(header, certificate);
        ASSERT_FALSE(verified) << what;
        auto entry = refusal(what, verified.error());
        entry["header"] = to_hex(header);
        entry["certificate"] = to_hex(certificate);
        list_.push_back(std::move(entry));
    }
    json::array take() { return std::move(list_); }

private:
    const ledger::LightClient& client_;
    json::array list_;
};

json::array refused_headers(const Chain& chain, const ledger::LightClient& client) {
    const auto keys = sorted_keys({1, 2, 3, 4});
    const auto others = sorted_keys({5, 6, 7, 8});
    const auto set = set_of(keys);
    const auto good = chain.header(5, set, set);
    const auto other = chain.header(5, set, set, [](proto::Header& fields) { fields.set_view(9); });
    const auto bytes = [&](const std::vector<std::uint32_t>& signers) {
        return ledger::encode(chain.certificate(good, keys, signers));
    };
    const auto changed = [&](const std::function<void(proto::CommitCertificate&)>& change) {
        auto certificate = chain.certificate(good, keys, {0, 1, 2});
        change(certificate);
        return ledger::encode(certificate);
    };
    Refusals refusals(client);
    refusals.add("no quorum", good.bytes(), bytes({0, 3}));
    refusals.add("empty", good.bytes(), "");
    refusals.add("out of order", good.bytes(), bytes({1, 0, 2}));
    refusals.add("repeated", good.bytes(), bytes({0, 1, 1}));
    refusals.add("unknown validator", good.bytes(),
                 changed([](auto& c) { c.mutable_signatures(2)->set_validator(4); }));
    refusals.add("more than there are", good.bytes(), changed([](auto& c) {
                     *c.add_signatures() = c.signatures(0);
                     *c.add_signatures() = c.signatures(0);
                 }));
    refusals.add("of another height", good.bytes(), changed([](auto& c) { c.set_height(6); }));
    refusals.add("of another view", good.bytes(), changed([](auto& c) { c.set_view(1); }));
    refusals.add("of another block", other.bytes(), bytes({0, 1, 2}));
    refusals.add("of others", good.bytes(), ledger::encode(chain.certificate(good, others, {0, 1, 2})));
    refusals.add("not canonical", good.bytes(), bytes({0, 1, 2}) + ledger::hex("980601"));
    refusals.add("one signature too short", good.bytes(),
                 changed([](auto& c) { c.mutable_signatures(1)->mutable_signature()->pop_back(); }));
    refusals.add("header not canonical", good.bytes() + ledger::hex("980601"), bytes({0, 1, 2}));
    refusals.add("header too long", Bytes(8'193, '\0'), bytes({0, 1, 2}));
    const auto header = [&](const Chain::Change& change) {
        return chain.header(5, set, set, change).bytes();
    };
    refusals.add("version", header([](auto& h) { h.set_version(2); }), bytes({0, 1, 2}));
    refusals.add("chain", header([](auto& h) { h.set_chain_id(kChain.bytes()); }), bytes({0, 1, 2}));
    refusals.add("hash of another size", header([](auto& h) { h.set_state_root(Bytes(31, 's')); }),
                 bytes({0, 1, 2}));
    refusals.add("set that is gone", chain.header(9, set, set).bytes(), bytes({0, 1, 2}));
    refusals.add("set that has not come", chain.header(5, set_of(others), set).bytes(), bytes({0, 1, 2}));
    return refusals.take();
}

// --- Proofs ----------------------------------------------------------------------------------------------

json::object proof_json(const Bytes& key, const std::optional<Bytes>& value, const Bytes& proof) {
    return {{"key", to_hex(key)},
            {"value", value ? json::value(to_hex(*value)) : json::value(nullptr)},
            {"proof", to_hex(proof)}};
}

}  // namespace

json::object transaction_vectors() {
    json::array list;
    proto::SellSurplus sell;
    list.push_back(transaction(sell, 1));  // all defaults
    sell.set_period(2027);
    sell.set_grams(12'500);
    sell.set_price_min_uy_per_kg(142'500);
    list.push_back(transaction(sell, 300));
    list.push_back(transaction(sell, 1ULL << 40, {3, 1, 2}));
    list.push_back(transaction(open_period(), 2));
    list.push_back(transaction(allocation_rule(), 3));
    list.push_back(transaction(change(), 4));
    proto::RegisterUsers users;
    const AccountId registrar = crypto::account_of(signing_key(1).public_key());
    *users.add_users() = new_user(kChain, registrar, signing_key(5), crypto::sha256({"salt and file"}));
    list.push_back(transaction(users, 5));
    const auto first = signing_key(2);
    const auto second = signing_key(1);
    list.push_back(transaction(rotate_keys(kChain, registrar, {&first, &second}, 2), 6));
    proto::ReportEmissions report;
    for (int i = 0; i < 3; ++i) {
        auto& reading = *report.add_readings();
        reading.set_account(Bytes(32, static_cast<char>(i)));
        reading.set_grams(250'000 * i);
    }
    list.push_back(transaction(report, 7));
    list.push_back(transaction(attestation(), 8));
    return {{"chain", to_hex(kChain)}, {"transactions", std::move(list)}};
}

json::object chain_vectors() {
    const Chain chain;
    const auto first = sorted_keys({1, 2, 3, 4});
    const auto second = sorted_keys({1, 2, 3, 5});
    const auto third = sorted_keys({1, 2, 3, 5, 6, 7, 8});
    ledger::LightClient client(chain.id(), chain.genesis().validators);
    json::array headers;
    json::array changes;
    const auto show = [&](std::uint64_t height, const auto& keys, const auto& next,
                          const std::vector<std::uint32_t>& signers) {
        const auto header = chain.header(height, set_of(keys), set_of(next));
        const Bytes certificate = ledger::encode(chain.certificate(header, keys, signers));
        auto entry = certified_json(header, certificate);
        if (&keys != &next) {
            const ledger::Succession change{header.bytes(), certificate, ledger::encode(set_of(next))};
            EXPECT_TRUE(client.follow(change));
            entry["validators"] = to_hex(change.validators);
            changes.push_back(std::move(entry));
        } else {
            EXPECT_TRUE(client.verify(header.bytes(), certificate)) << height;
            headers.push_back(std::move(entry));
        }
    };
    show(5, first, first, {0, 1, 2});
    show(6, first, first, {0, 1, 2, 3});
    show(7, first, second, {1, 2, 3});
    show(8, second, second, {0, 2, 3});
    show(20, second, third, {0, 1, 3});
    show(21, third, third, {0, 1, 2, 4, 6});
    auto refused = refused_headers(chain, client);
    return {{"genesis", Bytes(chain.genesis().document)},
            {"chain", to_hex(chain.id())},
            {"validators_hash", to_hex(chain.genesis().validators.hash(chain.id()))},
            {"headers", std::move(headers)},
            {"changes", std::move(changes)},
            {"refused", std::move(refused)}};
}

json::object state_proof_vectors() {
    ledger::MapPages pages;
    ledger::StateChanges records;
    for (int i = 0; i < 200; ++i) records["key " + std::to_string(i)] = "value " + std::to_string(i);
    records["empty"] = "";
    const auto update = ledger::update_tree(pages, {}, 1, records);
    pages.add(1, update);
    const auto prove = [&](const Bytes& key) { return ledger::prove(pages, update.root, key); };
    json::array held;
    for (const char* key : {"key 0", "key 7", "key 199", "empty"})
        held.push_back(proof_json(key, records.at(key), prove(key).encode()));
    bool beside_another = false;
    bool beside_nothing = false;
    for (int i = 0; i < 100 && !(beside_another && beside_nothing && i >= 4); ++i) {
        const Bytes key = "absent " + std::to_string(i);
        auto& shown = prove(key).other_leaf ? beside_another : beside_nothing;
        if (!shown || i < 4) held.push_back(proof_json(key, std::nullopt, prove(key).encode()));
        shown = true;
    }
    EXPECT_TRUE(beside_another && beside_nothing);

    json::array refused;
    const auto refuse = [&](const char* what, const Bytes& key, const std::optional<Bytes>& value,
                            const Bytes& proof) {
        const auto decoded = ledger::StateProof::decode(proof);
        const auto verified = decoded ? ledger::verify_state_proof(
                                            update.root.hash, key,
                                            value ? std::optional<BytesView>(*value) : std::nullopt, *decoded)
                                      : Result<>(decoded.error());
        ASSERT_FALSE(verified) << what;
        auto entry = refusal(what, verified.error());
        for (const auto& [name, part] : proof_json(key, value, proof)) entry[name] = part;
        refused.push_back(std::move(entry));
    };
    const auto good = prove("key 7");
    refuse("changed", "key 7", "value 8", good.encode());
    refuse("hidden", "key 7", std::nullopt, good.encode());
    refuse("invented", "absent 0", "value", prove("absent 0").encode());
    refuse("of another key", "key 8", "value 8", good.encode());
    refuse("garbage", "key 7", "value 7", "garbage");
    refuse("not canonical", "key 7", "value 7", good.encode() + ledger::hex("980601"));
    refuse("too large", "key 7", "value 7", Bytes(9'000, '\0'));
    auto bent = good;
    bent.siblings.pop_back();
    refuse("too short", "key 7", "value 7", bent.encode());
    bent.siblings.resize(256);
    refuse("too deep", "key 7", "value 7", bent.encode());
    bent = good;
    bent.other_leaf = std::pair(crypto::sha256({"key 7"}), crypto::sha256({"value 7"}));
    refuse("presence beside another leaf", "key 7", "value 7", bent.encode());
    refuse("itself as another leaf", "key 7", std::nullopt, bent.encode());
    bent.other_leaf = std::pair(Hash(), Hash());
    bent.siblings = prove("key 0").siblings;
    refuse("a leaf of another place", "key 0", std::nullopt, bent.encode());
    proto::StateProof odd;
    odd.add_siblings("short");
    refuse("a sibling too short", "key 7", "value 7", ledger::encode(odd));
    odd.clear_siblings();
    odd.set_other_key_hash(Bytes(32, 'k'));
    refuse("half a leaf", "key 7", std::nullopt, ledger::encode(odd));
    return {{"root", to_hex(update.root.hash)}, {"proofs", std::move(held)}, {"refused", std::move(refused)}};
}

json::object list_vectors() {
    json::array lists;
    json::array refused;
    for (const std::size_t count : {1U, 2U, 3U, 7U, 8U, 13U}) {
        std::vector<Hash> hashes;
        for (std::size_t i = 0; i < count; ++i) hashes.push_back(crypto::sha256({std::to_string(i)}));
        const Hash root = ledger::list_root(hashes);
        json::array ranges;
        for (const auto& range :
             {ledger::ListRange{0, 1}, ledger::ListRange{count - 1, 1},
              ledger::ListRange{count / 2, count - count / 2}, ledger::ListRange{0, count}})
            ranges.push_back({{"first", range.first},
                              {"size", range.size},
                              {"proof", hex_list(ledger::prove_range(hashes, range))}});
        lists.push_back(
            {{"hashes", hex_list(hashes)}, {"root", to_hex(root)}, {"ranges", std::move(ranges)}});
        if (count != 7) continue;
        const auto refuse = [&](const char* what, std::size_t of, std::size_t first,
                                const std::vector<Hash>& run, const std::vector<Hash>& proof) {
            const auto verified = ledger::verify_range(root, of, first, run, proof);
            ASSERT_FALSE(verified) << what;
            auto entry = refusal(what, verified.error());
            entry.insert({{"root", to_hex(root)}, {"count", of}, {"first", first}});
            entry.insert({{"run", hex_list(run)}, {"proof", hex_list(proof)}});
            refused.push_back(std::move(entry));
        };
        const auto proof = ledger::prove_range(hashes, {2, 1});
        refuse("another place", count, 3, {hashes[2]}, proof);
        refuse("another hash", count, 2, {hashes[3]}, proof);
        refuse("outside", count, 7, {hashes[2]}, proof);
        refuse("longer than the list", count, 6, {hashes[2], hashes[3]}, proof);
        refuse("nothing", count, 2, {}, proof);
        refuse("too few", count, 2, {hashes[2]}, {proof[0]});
        auto longer = proof;
        longer.push_back(proof[0]);
        refuse("too many", count, 2, {hashes[2]}, longer);
    }
    return {{"empty", to_hex(ledger::list_root({}))},
            {"lists", std::move(lists)},
            {"refused", std::move(refused)}};
}

}  // namespace pcq::client
