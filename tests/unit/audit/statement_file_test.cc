// People's statements as files, checked by the verifier: proven, added up, and refused with anything changed.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "contracts/settlement/assess.h"
#include "src/audit/verifier/statement.h"
#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

struct Story {
    proto::PeriodRecord period;
    proto::AccountRecord account;
    proto::HoldingRecord holding;
    proto::EmissionRecord emissions;
    proto::CashRecord cash;
    proto::SettlementRecord settlement;
};

// A person who had 1,000 g, emitted 1,300 g and bought 200 g, of which delta lets 150 g count.
Story story() {
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

class StatementFiles : public Archives {
protected:
    // The file of a person whose records these are, in a chain of three blocks.
    json::object file_of(const Story& story, const std::string& name) {
        using namespace contracts;
        const AccountId person = *AccountId::from(Bytes(32, 'p'));
        const std::vector<std::pair<Bytes, Bytes>> records{
            {kPeriods.key(2013), ledger::encode(story.period)},
            {ledger::kAccounts.key(person), ledger::encode(story.account)},
            {kHoldings.key({person, 2013}), ledger::encode(story.holding)},
            {kEmissions.key({person, 2013}), ledger::encode(story.emissions)},
            {kCash.key(person), ledger::encode(story.cash)},
            {kSettlements.key({person, 2013}), ledger::encode(story.settlement)}};
        ledger::StateChanges changes;
        for (const auto& [key, value] : records) changes[key] = value;
        {
            Writer writer(path(name) / "audited" / "store", proto::CHAIN_KIND_SIDE);
            add_blocks(writer, 2);
            writer.add(changes, proto::Totals());
        }
        const auto store = *open_store(path(name), "audited");
        const auto state = *store->at(3);
        json::array proven;
        for (const auto& [key, value] : records) {
            const auto proof = ledger::prove(*state, state->root(), key).encode();
            proven.push_back(json::object{{"value", to_base64(value)}, {"proof", to_base64(proof)}});
        }
        document_ = *store->genesis_document();
        return {{"format", "pcq-statement-1"},
                {"chain_id", to_hex(genesis_of(proto::CHAIN_KIND_SIDE).chain)},
                {"account", to_address(person)},
                {"period", 2013},
                {"header", to_base64((*store->header(3))->bytes())},
                {"certificate", to_base64(**store->certificate(3))},
                {"validator_sets", json::array()},
                {"records", std::move(proven)}};
    }
    Result<verifier::Statement> said(const json::object& file) const {
        return verifier::check_statement(json::serialize(file), *verifier::Chain::from(document_));
    }
    void expect_wrong(const json::object& file, Code code, const std::string& says) const {
        const auto statement = said(file);
        ASSERT_FALSE(statement) << says;
        EXPECT_EQ(statement.error().code, code) << statement.error().message;
        EXPECT_THAT(statement.error().message, HasSubstr(says));
    }
    Bytes document_;
};

TEST_F(StatementFiles, AreProvenAndAddedUp) {
    const auto file = file_of(story(), "node");
    const auto statement = said(file);
    ASSERT_TRUE(statement) << statement.error().message;
    EXPECT_EQ(statement->height, 3u);
    EXPECT_TRUE(statement->is_settled);
    EXPECT_THAT(statement->text, HasSubstr("held 12 g, cash 77 uy"));

    // The certificate of surrender is two of these records.
    auto certificate = file;
    certificate["format"] = "pcq-settlement-certificate-1";
    certificate["period_record"] = file.at("records").at(0);
    certificate["settlement_record"] = file.at("records").at(5);
    certificate.erase("records");
    EXPECT_TRUE(said(certificate)) << said(certificate).error().message;
}

TEST_F(StatementFiles, AreRefusedWithAnythingChanged) {
    const auto file = file_of(story(), "node");
    auto bad = file;
    auto other = story();
    other.cash.set_balance_uy(78);
    bad["records"].at(4).as_object()["value"] = to_base64(ledger::encode(other.cash));
    expect_wrong(bad, Code::bad_proof, "is not proven");
    bad = file;
    bad["records"].at(5).as_object()["value"] = nullptr;
    expect_wrong(bad, Code::bad_proof, "is not proven");
    bad = file;
    bad["records"].at(2) = file.at("records").at(3);
    expect_wrong(bad, Code::bad_proof, "is not proven");
    bad = file;
    bad["period"] = 2014;
    expect_wrong(bad, Code::bad_proof, "is not proven");
    bad = file;
    bad["account"] = to_address(*AccountId::from(Bytes(32, 'q')));
    expect_wrong(bad, Code::bad_proof, "is not proven");
    bad = file;
    bad["records"].as_array().pop_back();
    expect_wrong(bad, Code::bad_encoding, "six records");
    bad = file;
    auto certificate = *from_base64(std::string(file.at("certificate").as_string()));
    certificate[certificate.size() - 3] ^= 1;
    bad["certificate"] = to_base64(certificate);
    expect_wrong(bad, Code::bad_certificate, "does not hold");
}

// Proven, certified, and not what the policy gives.
TEST_F(StatementFiles, AreHeldAgainstTheRules) {
    const auto expect = [this](const std::string& says, const std::function<void(Story&)>& change) {
        static int number = 0;
        auto wrong = story();
        change(wrong);
        expect_wrong(file_of(wrong, "wrong " + std::to_string(++number)), Code::conservation_violated, says);
    };
    expect("months", [](Story& wrong) { wrong.emissions.mutable_months(0)->set_grams(1'299); });
    expect("than there was", [](Story& wrong) { wrong.holding.set_sold_g(100'000); });
    expect("less money", [](Story& wrong) { wrong.cash.set_balance_uy(-1); });
    expect("other figures", [](Story& wrong) { wrong.settlement.set_emitted_g(1'299); });
    expect("own quota surrendered", [](Story& wrong) { wrong.settlement.set_own_surrendered_g(999); });
    expect("purchased quota surrendered",
           [](Story& wrong) { wrong.settlement.set_purchased_surrendered_g(151); });
    expect("penalised", [](Story& wrong) { wrong.settlement.set_penalised_g(149); });
    expect("penalty", [](Story& wrong) { wrong.settlement.set_penalty_owed_uy(449); });
    expect("borrowed", [](Story& wrong) { wrong.settlement.set_borrowed_g(1); });
    expect("banked", [](Story& wrong) { wrong.settlement.set_banked_g(13); });
    expect("expired", [](Story& wrong) { wrong.settlement.set_expired_g(39); });
}

}  // namespace
}  // namespace pcq::audit
