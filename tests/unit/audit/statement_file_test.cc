// People's statements and certificates of surrender as files: proven, added up, and refused with anything
// changed, by the auditor and by pcq-verifier alike. The JavaScript client is held to the same files
// (tests/data/vectors).
#include <cstdlib>

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

const AccountId kPerson = *AccountId::from(Bytes(32, 'p'));

const ledger::Genesis& side() {
    static const auto genesis = genesis_of(proto::CHAIN_KIND_SIDE);
    return genesis;
}

Result<> said_by_auditor(const std::string& text) {
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

Result<> said_by_verifier(const std::string& text) {
    static const auto chain = *verifier::Chain::from(side().document);
    const auto of = verifier::chain_of(text);
    if (!of) return of.error();
    if (*of && **of != chain.id()) return Error{Code::chain_unknown, "it is of another chain"};
    const auto said = verifier::check_statement(text, chain);
    if (!said) return said.error();
    return {};
}

// Both must say the same; the auditor's Error is given back.
Result<> said(const std::string& text) {
    auto auditor = said_by_auditor(text);
    const auto verifier = said_by_verifier(text);
    EXPECT_EQ(auditor.has_value(), verifier.has_value())
        << text << "\nauditor: " << (auditor ? "holds" : auditor.error().message)
        << "\nverifier: " << (verifier ? "holds" : verifier.error().message);
    return auditor;
}
Result<> said(const json::value& file) {
    return said(json::serialize(file));
}

void expect_wrong(const json::value& file, Code code, const std::string& says) {
    const auto result = said(file);
    ASSERT_FALSE(result) << says;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    const auto verifier = said_by_verifier(json::serialize(file));
    ASSERT_FALSE(verifier);
    EXPECT_THAT(verifier.error().message, HasSubstr(says));
}

// Changed by a function.
template <class Change>
json::object with(json::object file, const Change& change) {
    change(file);
    return file;
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

ListedMovements movements_of(const Story& story) {
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

json::array array_of(const std::vector<Bytes>& list) {
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
json::object certificate_of(json::object file) {
    file["format"] = kCertificateFormat;
    file["period_record"] = file.at("records").at(0);
    file["settlement_record"] = file.at("records").at(5);
    file.erase("records");
    file.erase("movements");
    return file;
}

// Stories that no contract writes, by what pcq-verifier says of them.
struct Wrong {
    const char* says;
    std::function<void(Story&)> change;
};
const Wrong kWrongs[] = {
    {"months", [](Story& wrong) { wrong.emissions.mutable_months(0)->set_grams(1'299); }},
    {"than there was", [](Story& wrong) { wrong.holding.set_sold_g(100'000); }},
    {"less money", [](Story& wrong) { wrong.cash.set_balance_uy(-1); }},
    {"less money", [](Story& wrong) { wrong.cash.set_escrow_uy(-1); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_emitted_g(1'299); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_issued_g(999); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_sold_g(1); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_purchased_g(199); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_clawed_back_g(1); }},
    {"own quota surrendered", [](Story& wrong) { wrong.settlement.set_own_surrendered_g(999); }},
    {"purchased quota surrendered", [](Story& wrong) { wrong.settlement.set_purchased_surrendered_g(151); }},
    {"penalised", [](Story& wrong) { wrong.settlement.set_penalised_g(149); }},
    {"penalty", [](Story& wrong) { wrong.settlement.set_penalty_owed_uy(449); }},
    {"borrowed", [](Story& wrong) { wrong.settlement.set_borrowed_g(1); }},
    {"owed by the next", [](Story& wrong) { wrong.settlement.set_obligation_next_g(1); }},
    {"banked", [](Story& wrong) { wrong.settlement.set_banked_g(13); }},
    {"expired", [](Story& wrong) { wrong.settlement.set_expired_g(39); }},
};

TEST_F(StatementFiles, AreProvenAndAddedUp) {
    const auto file = file_of(story());
    EXPECT_TRUE(said(file)) << said(file).error().message;
    EXPECT_TRUE(said(certificate_of(file))) << said(certificate_of(file)).error().message;
    const auto chain = *verifier::Chain::from(side().document);
    const auto statement = verifier::check_statement(json::serialize(file), chain);
    EXPECT_EQ(statement->height, 3u);
    EXPECT_TRUE(statement->is_settled);
    EXPECT_THAT(statement->text, HasSubstr("held 12 g, cash 77 uy"));

    const auto proof = proof_from(json::serialize(file));
    const auto& genesis = side();
    const auto checked = check(std::get<ProvenStatement>(proof->proof),
                               ledger::LightClient(genesis.chain, genesis.validators));
    EXPECT_EQ(checked->header->height(), 3u);
    EXPECT_EQ(checked->validators, 4u);
    EXPECT_TRUE(checked->statement.held() == 12);

    const auto moved = by_block(*checked->movements);
    ASSERT_EQ(moved.size(), 3u);
    EXPECT_EQ(moved[1].height, 2u);
    ASSERT_EQ(moved[1].holding.size(), 1u);
    EXPECT_EQ(moved[1].holding[0].what, "purchased_g");
    EXPECT_EQ(moved[1].holding[0].by, 200);
    ASSERT_EQ(moved[1].cash.size(), 1u);
    EXPECT_EQ(moved[1].cash[0].by, 77 - 1'000);
    EXPECT_TRUE(moved[2].cash.empty());
    EXPECT_THAT(statement->text, HasSubstr("all 3 movements of the holding and 2 of the cash"));

    // Who did nothing has proofs of that. What a file says beside its proofs is nobody's word.
    const auto idle = file_of(story(), /*did_something=*/false);
    EXPECT_TRUE(said(idle)) << said(idle).error().message;
    expect_wrong(
        with(certificate_of(idle), [](auto& bad) { bad["settlement_record"].as_object()["value"] = ""; }),
        Code::bad_proof, "is not proven");
    EXPECT_TRUE(said(with(file, [](auto& other) { other["held_g"] = "1000000"; })));
    for (const char* name : {"chain_id", "validator_sets", "movements"})
        EXPECT_TRUE(said(with(file, [name](auto& other) { other.erase(name); }))) << name;
}

TEST_F(StatementFiles, AreRefusedWithAnotherRecordPersonPeriodBlockOrChain) {
    const auto file = file_of(story());
    auto other = story();
    other.cash.set_balance_uy(78);
    const auto wrong = [&file](Code code, const std::string& says, const auto& change) {
        expect_wrong(with(file, change), code, says);
    };
    wrong(Code::bad_proof, "is not proven", [&other](auto& bad) {
        bad["records"].at(4).as_object()["value"] = to_base64(ledger::encode(other.cash));
    });
    for (std::size_t at = 0; at < 6; ++at) {
        SCOPED_TRACE(at);
        wrong(Code::bad_proof, "is not proven",
              [at](auto& bad) { bad["records"].at(at).as_object()["value"] = nullptr; });
        wrong(Code::bad_proof, "is not proven",
              [&, at](auto& bad) { bad["records"].at(at) = file.at("records").at((at + 1) % 6); });
    }
    wrong(Code::bad_proof, "six records", [](auto& bad) { bad["records"].as_array().pop_back(); });
    wrong(Code::bad_proof, "six records",
          [](auto& bad) { bad["records"].as_array().push_back(bad["records"].at(0)); });
    wrong(Code::bad_proof, "is not proven", [](auto& bad) { bad["period"] = 2014; });
    wrong(Code::bad_proof, "is not proven",
          [](auto& bad) { bad["account"] = to_address(*AccountId::from(Bytes(32, 'q'))); });
    for (const std::int64_t period : {std::int64_t{-1}, (std::int64_t{1} << 32) + 2013})
        wrong(Code::bad_encoding, "period", [period](auto& bad) { bad["period"] = period; });

    // Another block, whole or in part.
    wrong(Code::bad_proof, "is not proven", [this](auto& bad) {
        for (const char* name : {"header", "certificate"}) bad[name] = before_.at(name);
    });
    wrong(Code::bad_certificate, "", [this](auto& bad) { bad["certificate"] = before_.at("certificate"); });
    // Fewer have signed than it takes.
    wrong(Code::bad_certificate, "", [](auto& bad) {
        proto::CommitCertificate fields;
        ASSERT_TRUE(fields.ParseFromString(*from_base64(std::string(bad["certificate"].as_string()))));
        fields.mutable_signatures()->RemoveLast();
        bad["certificate"] = to_base64(fields.SerializeAsString());
    });
    // Validators whom nobody has named.
    wrong(Code::bad_header, "", [](auto& bad) {
        const auto& set = side().fields.validators();
        bad["validator_sets"] = json::array{json::object{{"header", bad["header"]},
                                                         {"certificate", bad["certificate"]},
                                                         {"encoded", to_base64(ledger::encode(set))}}};
    });
    wrong(Code::chain_unknown, "",
          [](auto& bad) { bad["chain_id"] = to_hex(genesis_of(proto::CHAIN_KIND_MAIN).chain); });
}

// A statement that lists movements lists all of them, or it is refused.
TEST_F(StatementFiles, CannotOmitAMovement) {
    const auto file = file_of(story());
    const auto wrong = [&file](const char* of, const auto& change) {
        expect_wrong(with(file, [&](auto& bad) { change(bad["movements"].as_object()[of].as_array()); }),
                     Code::bad_proof, std::string("movements of ") + of);
    };
    for (const char* of : {"holding", "cash"}) {
        SCOPED_TRACE(of);
        const auto count = file.at("movements").at(of).as_array().size();
        for (std::size_t at = 0; at < count; ++at) {
            wrong(of,
                  [at](json::array& list) { list.erase(list.begin() + static_cast<std::ptrdiff_t>(at)); });
            wrong(of, [at](json::array& list) {
                list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), list[at]);
            });
        }
        wrong(of, [](json::array& list) { std::swap(list[0], list[1]); });
        wrong(of, [](json::array& list) { list.clear(); });
        wrong(of, [](json::array& list) { list.push_back(json::string(to_base64("more"))); });
    }
    wrong("holding", [&file](json::array& list) { list = file.at("movements").at("cash").as_array(); });

    // Left out, and linked anew as if it had never been: the last one is not the record that was proven.
    proto::HoldingRecord issued;
    issued.set_issued_g(1'000);
    const auto anew =
        linked<proto::HoldingRecord>(contracts::kHoldings.key({kPerson, 2013}), {issued, story().holding});
    wrong("holding", [&anew](json::array& list) { list = array_of(anew); });
    // Of somebody else, who did the same.
    const auto other = linked<proto::CashRecord>(contracts::kCash.key(*AccountId::from(Bytes(32, 'q'))),
                                                 {proto::CashRecord(), story().cash});
    wrong("cash", [&other](json::array& list) { list = array_of(other); });
    // Of one who has nothing.
    expect_wrong(with(file_of(story(), /*did_something=*/false),
                      [&file](auto& bad) { bad["movements"] = file.at("movements"); }),
                 Code::bad_proof, "movements of holding");
}

// Every member of a file, set to other things, and every byte of those that are bytes, one bit of each in
// turn.
class Spoiler {
public:
    explicit Spoiler(json::value file) : file_(std::move(file)) { spoil(file_); }
    std::size_t bytes() const { return bytes_; }

private:
    void spoil(json::value& at) {
        if (auto* list = at.if_array()) {
            for (auto& entry : *list) {
                if (entry.is_string()) flip(entry);
                spoil(entry);
            }
        } else if (auto* object = at.if_object()) {
            for (auto& member : *object) {
                const auto kept = member.value();
                if (kept.is_string() && from_base64(std::string(kept.as_string()))) flip(member.value());
                for (const json::value& other : kOthers) {
                    if (other != kept) expect_refused(member.value(), other);
                }
                member.value() = kept;
                spoil(member.value());
            }
        }
    }
    void flip(json::value& place) {
        const auto kept = place;
        const std::string text(kept.as_string());
        auto bytes = *from_base64(text);
        for (std::size_t at = 0; at < bytes.size(); ++at, ++bytes_) {
            auto other = bytes;
            other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
            expect_refused(place, json::string(to_base64(other)));
        }
        expect_refused(place, json::string(to_base64(bytes + "x")));
        expect_refused(place, json::string(text + "="));
        place = kept;
    }
    void expect_refused(json::value& place, const json::value& other) {
        place = other;
        EXPECT_FALSE(said(file_)) << "with " << other;
    }

    inline static const json::value kOthers[] = {nullptr, 7, "", "AAAA", json::array{1}, json::object{}};
    json::value file_;
    std::size_t bytes_ = 0;
};

TEST_F(StatementFiles, AreRefusedWithAnyByteChanged) {
    const auto file = file_of(story());
    EXPECT_GT(Spoiler(file).bytes(), 1'000u);
    EXPECT_GT(Spoiler(certificate_of(file)).bytes(), 600u);
    EXPECT_GT(Spoiler(file_of(story(), /*did_something=*/false)).bytes(), 700u);
    const auto text = json::serialize(file);
    for (std::size_t size = 0; size < text.size(); size += 13) EXPECT_FALSE(said(text.substr(0, size)));
    EXPECT_FALSE(said(std::string(2 << 20, ' ')));
    EXPECT_FALSE(said(std::string(1 << 20, '[')));
}

// Proven, certified, and not what the policy gives.
TEST_F(StatementFiles, AreHeldAgainstTheRules) {
    for (const auto& [says, change] : kWrongs) {
        SCOPED_TRACE(says);
        auto wrong = story();
        change(wrong);
        expect_wrong(file_of(wrong), Code::conservation_violated, says);
    }
}

// For other languages; PCQ_WRITE_VECTORS=1 writes them anew.
TEST_F(StatementFiles, AreThoseOfTheVectors) {
    const auto file = file_of(story());
    std::string text =
        "{\n\"genesis\": " + json::serialize(json::value(side().document)) + ",\n\"hold\": [\n";
    text += "  " + json::serialize(file) + ",\n  " + json::serialize(certificate_of(file)) + ",\n  " +
            json::serialize(file_of(story(), /*did_something=*/false)) + "\n],\n\"refused\": [\n";
    const char* before = "  ";
    for (const auto& [says, change] : kWrongs) {
        auto wrong = story();
        change(wrong);
        const auto bad = file_of(wrong);
        const auto result = said(bad);
        ASSERT_FALSE(result);
        text += before + json::serialize(json::object{{"what", says},
                                                      {"code", static_cast<unsigned>(result.error().code)},
                                                      {"message", result.error().message},
                                                      {"file", bad}});
        before = ",\n  ";
    }
    text += "\n]\n}\n";
    const std::string name = "tests/data/vectors/statements.json";
    if (std::getenv("PCQ_WRITE_VECTORS") != nullptr) write(name, text);
    EXPECT_TRUE(content(name) == text)
        << name << " is not what this code makes: other clients would disagree";
}

}  // namespace
}  // namespace pcq::audit
