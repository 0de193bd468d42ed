// pcq audit attestations: who has attested which chain, and how far, out of a node that is not trusted; each
// held against the certified header of its block.
#include <algorithm>
#include <iostream>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "src/audit/attestations.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/audit_commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/proven_reader.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

// A chain whose genesis document was named.
struct Known {
    ledger::Genesis genesis;
    client::VerifiedReader reader;
};

enum class Verdict : std::uint8_t { agrees, disagrees, not_checked };

struct Judged {
    proto::Attestation attestation;
    Verdict verdict = Verdict::not_checked;
    std::string why;           // it does not agree
    bool could_not = false;    // the node lacks what it takes; otherwise nobody has named its document
    std::uint64_t newest = 0;  // of the attested chain, as the node shows it; 0: not asked
    std::string chain;         // its name; empty: unknown
    std::string auditor;       // its name; empty: unknown
};

struct Listed {
    ledger::Genesis genesis;
    ledger::Header header;  // whose state has the record
    std::uint32_t validators = 0;
    std::vector<Judged> all;

    bool any(Verdict verdict) const {
        return std::any_of(all.begin(), all.end(),
                           [verdict](const Judged& one) { return one.verdict == verdict; });
    }
    bool any_could_not() const {
        return std::any_of(all.begin(), all.end(), [](const Judged& one) { return one.could_not; });
    }
};

// Which the node may say without lying about the chain.
bool is_missing(Code code) {
    return code == Code::not_found || code == Code::height_pruned || code == Code::chain_unknown ||
           code == Code::parameter_invalid;  // a height that no node can have
}

class Judge {
public:
    // bad_argument: a document cannot be read, or two chains have one name.
    static Result<Judge> from(const std::vector<std::string>& documents, const Session& session) {
        const auto endpoint = session.endpoint();
        if (!endpoint) return endpoint.error();
        auto all = genesis_documents_from(documents);
        if (!all) return all.error();
        Judge judge(*endpoint);
        for (auto& genesis : *all) {
            const ChainId chain = genesis.chain;
            auto reader = proven_reader(*judge.client_, genesis);
            judge.known_.try_emplace(chain, Known{std::move(genesis), std::move(reader)});
        }
        return judge;
    }

    // Of the chain that is called so, or has this id, and whose document was named.
    Result<Listed> list(const std::string& chain) {
        for (auto& [id, known] : known_) {
            if (known.genesis.fields.name() == chain || to_hex(id) == chain) return list(known);
        }
        return Error{Code::bad_argument, "no genesis document given is that of chain " + chain +
                                             ", which has the attestations; --chain names another one"};
    }

private:
    explicit Judge(const client::Endpoint& endpoint)
        : client_(std::make_unique<client::RpcClient>(endpoint)) {}

    Result<Listed> list(Known& holder) {
        const auto records = holder.reader.read({audit::attestations_key()});
        if (!records) return records.error();
        auto attestations = audit::attestations(records->values.front());
        if (!attestations) return attestations.error();
        const auto names = names_of(holder.genesis);
        Listed listed{holder.genesis, records->header, holder.reader.validators().size(), {}};
        for (auto& attestation : *attestations) {
            auto judged = judge(std::move(attestation));
            if (!judged) return judged.error();
            const auto name = names.find(judged->attestation.auditor());
            if (name != names.end()) judged->auditor = name->second;
            listed.all.push_back(*std::move(judged));
        }
        return listed;
    }

    // Organisations by account, as the genesis document has them.
    static std::map<Bytes, std::string> names_of(const ledger::Genesis& genesis) {
        std::map<Bytes, std::string> names;
        for (const auto& organisation : genesis.fields.organisations()) {
            const auto key =
                crypto::PublicKey::from(organisation.keys(0).type(), organisation.keys(0).data());
            if (key) names.emplace(crypto::account_of(*key).bytes(), organisation.name());
        }
        return names;
    }

    // An Error: the node lies, or does not answer.
    Result<Judged> judge(proto::Attestation attestation) {
        Judged judged;
        judged.attestation = std::move(attestation);
        const auto found = known_.find(*ChainId::from(judged.attestation.chain()));
        if (found == known_.end()) {
            judged.why = "no genesis document of its chain was given";
            return judged;
        }
        auto& reader = found->second.reader;
        judged.chain = found->second.genesis.fields.name();
        const auto newest = reader.header();
        const auto header = newest ? reader.header(judged.attestation.height()) : newest;
        if (!header && !is_missing(header.error().code)) return header.error();
        if (newest) judged.newest = (*newest)->height();
        if (!header) {
            judged.could_not = true;
            judged.why = header.error().message;
            return judged;
        }
        const auto differs = audit::contradiction(judged.attestation, *header);
        judged.verdict = differs ? Verdict::disagrees : Verdict::agrees;
        judged.why = differs.value_or("");
        return judged;
    }

    std::unique_ptr<client::RpcClient> client_;  // where the readers find it, however this is moved
    std::map<ChainId, Known> known_;
};

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::agrees:
            return "agrees";
        case Verdict::disagrees:
            return "disagrees";
        case Verdict::not_checked:
            return "not checked";
    }
    return "";
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value totals_json(const Bytes& encoded) {
    proto::Totals totals;
    if (!ledger::decode_canonical(encoded, totals)) return nullptr;
    json::array vintages;
    for (const auto& vintage : totals.vintages())
        vintages.push_back({{"vintage", vintage.vintage()},
                            {"issued_g", std::to_string(vintage.issued_g())},
                            {"held_g", std::to_string(vintage.held_g())},
                            {"inventory_g", std::to_string(vintage.inventory_g())},
                            {"escrow_g", std::to_string(vintage.escrow_g())},
                            {"surrendered_g", std::to_string(vintage.surrendered_g())},
                            {"expired_g", std::to_string(vintage.expired_g())},
                            {"exported_g", std::to_string(vintage.exported_g())}});
    return json::object{{"vintages", std::move(vintages)},
                        {"deposited_uy", std::to_string(totals.deposited_uy())},
                        {"withdrawn_uy", std::to_string(totals.withdrawn_uy())},
                        {"cash_held_uy", std::to_string(totals.cash_held_uy())}};
}

json::object to_json(const Listed& listed) {
    json::array all;
    for (const auto& one : listed.all) {
        const auto& attestation = one.attestation;
        all.push_back({{"chain", text_or_null(one.chain)},
                       {"chain_id", to_hex(attestation.chain())},
                       {"auditor", to_address(*AccountId::from(attestation.auditor()))},
                       {"auditor_name", text_or_null(one.auditor)},
                       {"height", attestation.height()},
                       {"newest", one.newest == 0 ? json::value(nullptr) : json::value(one.newest)},
                       {"block_hash", to_hex(attestation.block_hash())},
                       {"totals", totals_json(attestation.totals())},
                       {"time_ms", attestation.time_ms()},
                       {"verdict", name_of(one.verdict)},
                       {"why", text_or_null(one.why)}});
    }
    return {{"holds", !listed.any(Verdict::disagrees)},
            {"chain", listed.genesis.fields.name()},
            {"chain_id", to_hex(listed.genesis.chain)},
            {"height", listed.header->height()},
            {"attestations", std::move(all)}};
}

void print(const Listed& listed) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : listed.all) {
        const auto& attestation = one.attestation;
        const auto chain = one.chain.empty() ? to_hex(attestation.chain()) : one.chain;
        const auto auditor =
            one.auditor.empty() ? to_address(*AccountId::from(attestation.auditor())) : one.auditor;
        rows.push_back({chain, auditor, std::to_string(attestation.height()),
                        one.newest == 0 ? "-" : std::to_string(one.newest), time_text(attestation.time_ms()),
                        one.verdict == Verdict::disagrees ? "DISAGREES" : name_of(one.verdict)});
    }
    if (rows.empty()) {
        std::cout << "nobody has attested anything yet\n";
    } else {
        print_table({"CHAIN", "AUDITOR", "UP TO", "OF", "ATTESTED", "CERTIFIED HEADER"}, rows);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!listed.all[i].why.empty())
            std::cout << rows[i][1] << " on " << rows[i][0] << " at " << rows[i][2] << ": "
                      << listed.all[i].why << "\n";
    }
    std::cout << "proven: these are all, in the state of block " << listed.header->height() << " of chain "
              << listed.genesis.fields.name() << ", which ";
    if (listed.header->height() == 0) {
        std::cout << "follows from its genesis document\n";
    } else {
        std::cout << "a quorum of its " << listed.validators << " validators has signed\n";
    }
    if (listed.any(Verdict::disagrees)) std::cout << "IT DOES NOT AGREE\n";
}

void show(Session& session, const std::vector<std::string>& documents) {
    auto judge = Judge::from(documents, session);
    if (!judge) return static_cast<void>(session.ended = fail(judge.error()));
    const auto listed = judge->list(session.chain);
    if (!listed) return static_cast<void>(session.ended = fail(listed.error()));
    if (session.json) {
        print_json(to_json(*listed));
    } else {
        print(*listed);
    }
    session.ended = listed->any(Verdict::disagrees) ? Exit::broken
                    : listed->any_could_not()       ? Exit::refused
                                                    : Exit::done;
}

}  // namespace

void add_attestations_audit(CLI::App& audit, Session& session) {
    auto documents = std::make_shared<std::vector<std::string>>();
    auto* command = audit.add_subcommand(
        "attestations", "who has executed which chain again and signed how far it held, and is it so");
    command
        ->add_option(
            "--genesis", *documents,
            "the genesis documents, from somebody you trust: of the chain that has the attestations, "
            "and of those attested")
        ->type_name("FILE")
        ->required();
    explain(
        *command, "pcq audit attestations --genesis net/side.json net/main.json",
        "The list is proven, so that a node can leave none out, and each is held against the header that "
        "a quorum has\nsigned at its height. --chain says whose list; pcq audit verify --attest adds to "
        "it. Ends with 4 if one\ncontradicts the certified header or a proof does not hold, with 1 if the "
        "node lacks a block that one is of.");
    command->callback([documents, &session] { show(session, *documents); });
}

}  // namespace pcq::cli
