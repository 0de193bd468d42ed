// One person's statement as a file, in a chain of three blocks: what the auditor and pcq-verifier say of it
// and of whatever is made of it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "contracts/movements.h"
#include "contracts/settlement/assess.h"
#include "src/audit/proof_file.h"
#include "src/audit/verifier/statement.h"
#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {

namespace json = boost::json;

struct Story {
    proto::PeriodRecord period;
    proto::AccountRecord account;
    proto::HoldingRecord holding;
    proto::EmissionRecord emissions;
    proto::CashRecord cash;
    proto::SettlementRecord settlement;
};

// A person who had 1,000 g, emitted 1,300 g and bought 200 g, of which delta lets 150 g count.
inline Story story() {
    Story story;
    auto& policy = *story.period.mutable_policy();
    policy.set_offset_ratio_ppb(500'000'000);
    policy.set_penalty_uy_per_kg(3'000);
    policy.set_banking_ratio_ppb(250'000'000);
    story.account.set_threshold(1);
    story.holding.set_issued_g(1'000);
    story.holding.set_purchased_g(200);
    story.holding.set_surrendered_g(1'150);
    story.holding.set_expired_g(38);
    auto& month = *story.emissions.add_months();
    month.set_month(1);
    month.set_grams(1'300);
    story.emissions.set_emitted_g(1'300);
    story.cash.set_balance_uy(77);
    const contracts::settlement::Position position{Grams(1'300), Grams(),      Grams(1'000),
                                                   Grams(),      Grams(1'000), Grams(200)};
    const auto due = contracts::settlement::assess(policy, position);
    story.settlement = contracts::settlement::record_of(position, due);
    story.settlement.set_issued_g(1'000);
    story.settlement.set_purchased_g(200);
    story.settlement.set_penalty_owed_uy(due.penalty.value());
    return story;
}

inline const AccountId kPerson = *AccountId::from(Bytes(32, 'p'));

inline const ledger::Genesis& side() {
    static const auto genesis = genesis_of(proto::CHAIN_KIND_SIDE);
    return genesis;
}

inline Result<> said_by_auditor(const std::string& text) {
    const auto file = proof_from(text);
    if (!file) return file.error();
    const auto& genesis = side();
    if (file->chain != genesis.chain) return Error{Code::chain_unknown, "it is of another chain"};
    return std::visit(
        [&genesis](const auto& proof) -> Result<> {
            const auto checked = check(proof, ledger::LightClient(genesis.chain, genesis.validators));
            if (!checked) return checked.error();
            return {};
        },
        file->proof);
}

inline Result<> said_by_verifier(const std::string& text) {
    static const auto chain = *verifier::Chain::from(side().document);
    const auto of = verifier::chain_of(text);
    if (!of) return of.error();
    if (*of && **of != chain.id()) return Error{Code::chain_unknown, "it is of another chain"};
    const auto said = verifier::check_statement(text, chain);
    if (!said) return said.error();
    return {};
}

// Both must say the same; the auditor's Error is given back.
inline Result<> said(const std::string& text) {
    auto auditor = said_by_auditor(text);
    const auto verifier = said_by_verifier(text);
    EXPECT_EQ(auditor.has_value(), verifier.has_value())
        << text << "\nauditor: " << (auditor ? "holds" : auditor.error().message)
        << "\nverifier: " << (verifier ? "holds" : verifier.error().message);
    return auditor;
}
inline Result<> said(const json::value& file) {
    return said(json::serialize(file));
}

// The record as each block left it: with less of everything in the first, as it is in the last.
template <class Record>
std::vector<Bytes> linked(const Bytes& key, std::vector<Record> versions) {
    std::vector<Bytes> list;
    proto::Movements before;
    std::uint64_t height = 0;
    for (auto& record : versions) {
        height += 1;
        const Hash link = contracts::movement_link(side().chain, before, height, key, ledger::encode(record));
        before.set_count(before.count() + 1);
        before.set_height(height);
        before.set_hash(link.bytes());
        *record.mutable_movements() = before;
        list.push_back(ledger::encode(record));
    }
    return list;
}

inline ListedMovements movements_of(const Story& story) {
    proto::HoldingRecord issued;
    issued.set_issued_g(1'000);
    auto bought = issued;
    bought.set_purchased_g(200);
    proto::CashRecord paid_in;
    paid_in.set_balance_uy(1'000);
    return {linked<proto::HoldingRecord>(contracts::kHoldings.key({kPerson, 2013}),
                                         {issued, bought, story.holding}),
            linked<proto::CashRecord>(contracts::kCash.key(kPerson), {paid_in, story.cash})};
}

inline json::array array_of(const std::vector<Bytes>& list) {
    json::array texts;
    for (const auto& bytes : list) texts.emplace_back(to_base64(bytes));
    return texts;
}

class StatementFiles : public Archives {
protected:
    // The file of a person whose records these are, in a chain of three blocks; of those who did nothing
    // there is no record but their account.
    json::object file_of(const Story& story, bool did_something = true) {
        using namespace contracts;
        auto movements = movements_of(story);
        std::vector<std::pair<Bytes, std::optional<Bytes>>> records{
            {kPeriods.key(2013), ledger::encode(story.period)},
            {ledger::kAccounts.key(kPerson), ledger::encode(story.account)},
            {kHoldings.key({kPerson, 2013}), movements.holding.back()},
            {kEmissions.key({kPerson, 2013}), ledger::encode(story.emissions)},
            {kCash.key(kPerson), movements.cash.back()},
            {kSettlements.key({kPerson, 2013}), ledger::encode(story.settlement)}};
        for (std::size_t at = 2; at < records.size() && !did_something; ++at) records[at].second.reset();
        if (!did_something) movements = {};
        ledger::StateChanges changes;
        for (const auto& [key, value] : records) {
            if (value) changes[key] = *value;
        }
        const std::string name = "node " + std::to_string(++nodes_);
        {
            Writer writer(path(name) / "audited" / "store", proto::CHAIN_KIND_SIDE);
            add_blocks(writer, 2);
            writer.add(changes, proto::Totals());
        }
        const auto store = *open_store(path(name), "audited");
        const auto state = *store->at(3);
        json::array proven;
        for (const auto& [key, value] : records) {
            json::object entry{{"value", nullptr},
                               {"proof", to_base64(ledger::prove(*state, state->root(), key).encode())}};
            if (value) entry["value"] = to_base64(*value);
            proven.push_back(std::move(entry));
        }
        const auto at_height = [&store](std::uint64_t height) {
            return json::object{{"header", to_base64((*store->header(height))->bytes())},
                                {"certificate", to_base64(**store->certificate(height))}};
        };
        before_ = at_height(2);
        const auto block = at_height(3);
        return {
            {"format", kStatementFormat},
            {"chain_id", to_hex(side().chain)},
            {"account", to_address(kPerson)},
            {"period", 2013},
            {"header", block.at("header")},
            {"certificate", block.at("certificate")},
            {"validator_sets", json::array()},
            {"records", std::move(proven)},
            {"movements", {{"holding", array_of(movements.holding)}, {"cash", array_of(movements.cash)}}}};
    }
    json::object before_;  // header and certificate of the block before

private:
    int nodes_ = 0;
};

// The certificate of surrender is two of the records.
inline json::object certificate_of(json::object file) {
    file["format"] = kCertificateFormat;
    file["period_record"] = file.at("records").at(0);
    file["settlement_record"] = file.at("records").at(5);
    file.erase("records");
    file.erase("movements");
    return file;
}

}  // namespace pcq::audit
