// People's statements and certificates of surrender as files: proven, added up, and refused with anything
// changed, by the auditor and by pcq-verifier alike. The JavaScript client is held to the same files
// (tests/data/vectors).
#include <cstdlib>
#include <limits>

#include "tests/unit/audit/statement_files.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

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

// Stories that no contract writes, by what pcq-verifier says of them.
struct Wrong {
    const char* says;
    std::function<void(Story&)> change;
};
const Wrong kWrongs[] = {
    {"months", [](Story& wrong) { wrong.emissions.mutable_months(0)->set_grams(1'299); }},
    {"than there was", [](Story& wrong) { wrong.holding.set_sold_g(100'000); }},
    {"than there can be",
     [](Story& wrong) {
         wrong.holding.set_issued_g(std::numeric_limits<std::int64_t>::max());
         wrong.holding.set_surrendered_g(0);
     }},
    {"less money", [](Story& wrong) { wrong.cash.set_balance_uy(-1); }},
    {"less money", [](Story& wrong) { wrong.cash.set_escrow_uy(-1); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_emitted_g(1'299); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_issued_g(999); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_sold_g(1); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_purchased_g(199); }},
    {"other figures", [](Story& wrong) { wrong.settlement.set_clawed_back_g(1); }},
    // Such that the policy's arithmetic would come out.
    {"less was owed",
     [](Story& wrong) {
         wrong.settlement.set_obligation_g(-1);
         wrong.settlement.set_penalised_g(150);
         wrong.settlement.set_purchased_surrendered_g(149);
     }},
    {"less was owed",
     [](Story& wrong) {
         wrong.settlement.set_banked_before_g(-1);
         wrong.settlement.set_own_surrendered_g(999);
     }},
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
    const auto surrendered = verifier::check_statement(json::serialize(certificate_of(file)), chain);
    EXPECT_THAT(surrendered->text,
                HasSubstr("emitted 1300 g, own quota surrendered 1000 g, purchased quota surrendered 150 g"));

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
        const auto file = file_of(wrong);
        expect_wrong(file, Code::conservation_violated, says);
        // What is wrong in the settlement by itself is so where it stands alone.
        if (std::string(says) == "less was owed")
            expect_wrong(certificate_of(file), Code::conservation_violated, says);
    }
}

// A file to the letter: what one parser takes for the same as another does not. By what is wrong.
struct Letters {
    const char* what;
    Code code;  // ok: it holds
    std::string text;
};

// `text` with the last place of `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

// With another first movement of the holding.
template <class Change>
std::string with_movement(json::object file, const Change& change) {
    auto& first = file["movements"].as_object()["holding"].as_array().at(0);
    first = json::string(to_base64(change(*from_base64(std::string(first.as_string())))));
    return json::serialize(file);
}

std::vector<Letters> letters(const json::object& file) {
    const std::string text = json::serialize(file);
    const std::string year = "\"period\":2013";
    const auto nested = [&text, &year](std::size_t depth) {
        const std::string lists = std::string(depth - 1, '[') + std::string(depth - 1, ']');
        return replaced(text, year, year + ",\"more\":" + lists);
    };
    // A field that nobody knows, in the movements of the record: they are its last field, of 38 bytes.
    const auto in_movements = [](Bytes record) {
        auto fields = proto::HoldingRecord();
        EXPECT_TRUE(fields.ParseFromString(record));
        auto movements = fields.movements().SerializeAsString() + "\x48\x01";
        fields.clear_movements();
        return fields.SerializeAsString() + '\x7a' + static_cast<char>(movements.size()) + movements;
    };
    return {
        {"a year with a fraction", Code::bad_encoding, replaced(text, year, year + ".0")},
        {"a year with an exponent", Code::bad_encoding, replaced(text, year, year + "e0")},
        {"a year in quotes", Code::bad_encoding, replaced(text, year, "\"period\":\"2013\"")},
        {"a year with a fraction, its name escaped", Code::bad_encoding,
         replaced(text, year, "\"p\\u0065riod\":2013.0")},
        {"the last of two years with a fraction", Code::bad_encoding,
         replaced(text, year, year + "," + year + ".0")},
        {"the first of two years with a fraction", Code::ok, replaced(text, year, year + ".0," + year)},
        {"a year with a fraction further in", Code::ok,
         replaced(text, year, year + ",\"more\":{\"period\":2013.5}")},
        {"a year with a fraction in words", Code::ok,
         replaced(text, year, year + R"(,"more":"\"period\":2013.5")")},
        {"lists of 32 levels", Code::ok, nested(32)},
        {"lists of 33 levels", Code::bad_encoding, nested(33)},
        {"half a character", Code::bad_encoding, replaced(text, year, year + R"(,"more":"\ud800")")},
        {"a movement with more in its link", Code::bad_proof, with_movement(file, in_movements)},
        {"a movement with more in it", Code::bad_proof,
         with_movement(file, [](const Bytes& record) { return record + "\xa0\x06\x01"; })},
        {"a movement that says what is the default", Code::bad_proof,
         with_movement(file, [](const Bytes& record) { return record + Bytes("\x10\x00", 2); })},
    };
}

TEST_F(StatementFiles, AreReadToTheLetter) {
    const auto file = file_of(story());
    for (const auto& [what, code, text] : letters(file)) {
        SCOPED_TRACE(what);
        const auto result = said(text);
        EXPECT_EQ(result ? Code::ok : result.error().code, code);
    }
    // 8 MiB are bytes.
    const std::string text = json::serialize(file);
    const auto filled = [&text](const std::string& with, std::size_t bytes) {
        const std::size_t over = text.size() + std::string(R"("more":"",)").size();
        std::string filling;
        while (filling.size() + over < bytes) filling += with;
        return R"({"more":")" + filling + "\"," + text.substr(1);
    };
    EXPECT_TRUE(said(filled("x", kProofFileMax)));
    EXPECT_FALSE(said(filled("x", kProofFileMax + 1)));
    EXPECT_FALSE(said(filled("\xc3\xa9", kProofFileMax + 1)));
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
    text += "\n],\n\"letters\": [\n";
    before = "  ";
    for (const auto& [what, code, letter] : letters(file)) {
        text += before + json::serialize(json::object{
                             {"what", what}, {"code", static_cast<unsigned>(code)}, {"text", letter}});
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
