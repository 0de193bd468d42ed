// Statements and certificates of surrender as files: written by pcq audit account and pcq settlement
// certificate, proven by pcq audit check without any node.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include <boost/json/serialize.hpp>

#include "src/audit/proof_file.h"
#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/cli/audit_commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/movements.h"
#include "src/cli/proof_file.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct CheckOptions {
    std::vector<std::string> files;
    std::vector<std::string> documents;
};

using Chains = std::map<ChainId, ledger::Genesis>;

// What a file proves, for people and for programs.
struct Checked {
    Rows rows;
    json::object fields;
    ledger::Header header;
    std::uint32_t validators = 0;
    std::optional<audit::Movements> movements;
};

Checked shown(const audit::ProvenStatement& proven, const audit::CertifiedStatement& certified) {
    const auto& statement = certified.statement;
    const auto& holding = statement.holding;
    const auto held = static_cast<std::int64_t>(statement.held());
    const auto text = [](std::int64_t value) { return std::to_string(value); };
    const auto grams = [](std::int64_t value) { return to_text(Grams(value)); };
    Rows rows{{"account", to_address(proven.account)},
              {"period", std::to_string(proven.period)},
              {"emitted", grams(statement.emissions.emitted_g())},
              {"issued", grams(holding.issued_g())},
              {"sold", grams(holding.sold_g())},
              {"purchased", grams(holding.purchased_g())},
              {"on offer", grams(holding.escrow_g())},
              {"surrendered", grams(holding.surrendered_g())},
              {"expired", grams(holding.expired_g())},
              {"held", grams(held)},
              {"cash", to_text(MicroYuan(statement.cash.balance_uy()))}};
    json::object fields{{"kind", "statement"},
                        {"account", to_address(proven.account)},
                        {"period", proven.period},
                        {"emitted_g", text(statement.emissions.emitted_g())},
                        {"issued_g", text(holding.issued_g())},
                        {"sold_g", text(holding.sold_g())},
                        {"purchased_g", text(holding.purchased_g())},
                        {"escrow_g", text(holding.escrow_g())},
                        {"surrendered_g", text(holding.surrendered_g())},
                        {"expired_g", text(holding.expired_g())},
                        {"held_g", text(held)},
                        {"balance_uy", text(statement.cash.balance_uy())},
                        {"settlement", nullptr}};
    if (statement.settlement) {
        const auto& settled = *statement.settlement;
        rows.insert(rows.end(), {{"penalised", grams(settled.penalised_g())},
                                 {"penalty", to_text(MicroYuan(settled.penalty_paid_uy())) + " paid, " +
                                                 to_text(MicroYuan(settled.penalty_owed_uy())) + " owed"}});
        fields["settlement"] = settlement_json(proven.account, proven.period, settled);
    } else {
        rows.emplace_back("settlement", "not yet, which is proven");
    }
    fields["movements"] = certified.movements ? json::value(json_of(*certified.movements)) : json::value();
    return {std::move(rows), std::move(fields), certified.header, certified.validators, certified.movements};
}

Checked shown(const audit::SettlementCertificate& proven, const audit::CertifiedSettlement& certified) {
    json::object fields{{"kind", "certificate of surrender"}};
    for (const auto& [name, value] : settlement_json(proven.account, proven.period, certified.settlement))
        fields[name] = value;
    return {settlement_rows(proven.account, proven.period, certified.settlement),
            std::move(fields),
            certified.header,
            certified.validators,
            {}};
}

Result<Checked> check_text(const std::string& text, const Chains& chains) {
    const auto file = audit::proof_from(text);
    if (!file) {
        const bool is_other = file.error().code == Code::bad_argument;
        return Error{is_other ? Code::bad_argument : Code::bad_proof,
                     "it is no " + std::string(is_other ? "" : "whole ") +
                         "statement or certificate of surrender: " + file.error().message};
    }
    const auto genesis = chains.find(file->chain);
    if (genesis == chains.end())
        return Error{Code::chain_unknown,
                     "it is of chain " + to_hex(file->chain) +
                         ", and none of the genesis documents given is its: name that with --genesis"};
    return std::visit(
        [&genesis](const auto& proof) -> Result<Checked> {
            const auto certified =
                audit::check(proof, ledger::LightClient(genesis->second.chain, genesis->second.validators));
            if (!certified) return certified.error();
            return shown(proof, *certified);
        },
        file->proof);
}

// The records of which a statement may list the movements, if it holds.
Result<audit::ProvenEnds> proven_ends(const json::object& statement, const ledger::Genesis& genesis) {
    const std::string text = json::serialize(statement);
    if (auto holds = check_text(text, {{genesis.chain, genesis}}); !holds) return holds.error();
    const auto file = audit::proof_from(text);
    const auto& proven = std::get<audit::ProvenStatement>(file->proof);
    return audit::ProvenEnds{proven.account, proven.period,
                             proven.records[audit::Statement::kHoldingAt].value,
                             proven.records[audit::Statement::kCashAt].value};
}

void print(const std::string& file, const Checked& checked) {
    std::cout << file << "\n";
    print_rows(checked.rows);
    if (checked.movements) print_movements(*checked.movements);
    std::cout << "proven: this is the state of block " << checked.header->height()
              << ", which a quorum of the " << checked.validators << " validators of chain\n"
              << to_hex(BytesView(checked.header->chain_id()))
              << " has signed; its sums come out by the period's policy\n";
}

// The worst of several files decides how it ends.
void check_files(Session& session, const CheckOptions& options) {
    Chains chains;
    for (const auto& document : options.documents) {
        auto genesis = genesis_from(document);
        if (!genesis) return static_cast<void>(session.ended = fail(genesis.error()));
        chains.emplace(genesis->chain, *std::move(genesis));
    }
    json::array files;
    for (const auto& name : options.files) {
        const auto text = content_of(name);
        const auto checked = text ? check_text(*text, chains) : Result<Checked>(text.error());
        json::object entry{{"file", name}, {"holds", checked.has_value()}, {"error", nullptr}};
        if (checked) {
            for (const auto& [field, value] : checked->fields) entry[field] = value;
            entry["chain_id"] = to_hex(BytesView(checked->header->chain_id()));
            entry["height"] = checked->header->height();
            if (!session.json) print(name, *checked);
        } else {
            const Error error{checked.error().code,
                              text ? name + ": " + checked.error().message : checked.error().message};
            entry["error"] = json::object{{"code", static_cast<unsigned>(error.code)},
                                          {"name", pcq::name(error.code)},
                                          {"message", error.message}};
            session.ended = std::max(session.ended, fail(error));
        }
        files.push_back(std::move(entry));
    }
    if (session.json) print_json({{"holds", session.ended == Exit::done}, {"files", std::move(files)}});
}

}  // namespace

std::optional<json::object> ask_statement(Session& session, const ledger::Genesis& genesis,
                                          const AccountId& account, std::uint32_t period,
                                          const StatementOptions& options) {
    const std::string chain = to_hex(genesis.chain);
    json::array keys;
    for (const auto& key : audit::Statement::keys(account, period)) keys.emplace_back(to_hex(key));
    const auto answer = session.ask("state", {{"chain", chain}, {"keys", keys}, {"height", options.height}});
    if (!answer) return std::nullopt;
    json::array records;
    for (const auto& record : answer->at("records").as_array())
        records.push_back(json::object{{"value", record.at("value")}, {"proof", record.at("proof")}});
    const auto sets = sets_until(session, chain, options.height);
    if (!sets) return std::nullopt;
    json::object statement{{"format", audit::kStatementFormat}, {"chain_id", chain},
                           {"account", to_address(account)},    {"period", period},
                           {"header", answer->at("header")},    {"certificate", answer->at("certificate")},
                           {"validator_sets", *sets},           {"records", std::move(records)}};
    if (!options.movements) return statement;
    const auto ends = proven_ends(statement, genesis);
    if (!ends) {
        session.ended = fail(ends.error());
        return std::nullopt;
    }
    auto movements = ask_movements(session, genesis.chain, *ends);
    if (!movements) return std::nullopt;
    statement["movements"] = *std::move(movements);
    return statement;
}

Result<std::optional<audit::Movements>> check_statement(const json::object& statement,
                                                        const ledger::Genesis& genesis,
                                                        const std::string& file) {
    const std::string text = json::serialize(statement) + "\n";
    auto checked = check_text(text, {{genesis.chain, genesis}});
    if (!checked) return checked.error();
    if (!file.empty()) {
        std::ofstream out(file, std::ios::binary);
        out << text;
        out.close();
        if (!out) return Error{Code::io_failed, "cannot write " + file};
    }
    return std::move(checked->movements);
}

void add_check_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<CheckOptions>();
    auto* command = audit.add_subcommand(
        "check", "prove statements and certificates of surrender that were written to files; asks no node");
    command
        ->add_option("files", options->files,
                     "what pcq audit account --out or pcq settlement certificate wrote")
        ->type_name("FILE")
        ->required();
    command
        ->add_option("--genesis", options->documents,
                     "genesis documents of their chains, from somebody you trust")
        ->type_name("FILE")
        ->required();
    explain(*command, "pcq audit check statement.json surrendered.json --genesis net/side.json",
            "Ends with 4 if a proof, a certificate or a sum of any of them does not hold.");
    command->callback([options, &session] { check_files(session, *options); });
}

}  // namespace pcq::cli
