// pcq settlement preview, certificate and check: a settlement before it happens, and the proof of one.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/audit/rehearsal.h"
#include "src/audit/statement.h"
#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/passphrase.h"
#include "src/client/verified_reads.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFormat = "pcq-settlement-certificate-1";

struct SettlementOptions {
    std::string account;
    std::string key;
    std::string passphrase_file;
    std::string genesis;
    std::string file;
    std::uint32_t period = 0;  // 0: the newest
};

Result<std::string> content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf())) return Error{Code::bad_argument, "cannot read " + file};
    return content.str();
}

ledger::LightClient light_client_of(const ledger::Genesis& genesis) {
    return ledger::LightClient(genesis.chain, genesis.validators);
}

// The account named, or the key's own.
Result<AccountId> account_of(const SettlementOptions& options) {
    if (!options.account.empty()) {
        auto account = account_from_text(options.account);
        if (!account) return Error{account.error().code, options.account + ": " + account.error().message};
        return account;
    }
    if (options.key.empty())
        return Error{Code::bad_argument, "name the account, or give its key file with --key"};
    const auto key = open_key(options.key, options.passphrase_file);
    if (!key) return key.error();
    return crypto::account_of(key->public_key());
}

Rows rows_of(const AccountId& account, std::uint32_t period, const proto::SettlementRecord& record) {
    const auto grams = [](std::int64_t value) { return to_text(Grams(value)); };
    const auto money = [](std::int64_t value) { return to_text(MicroYuan(value)); };
    return {{"account", to_address(account)},
            {"period", std::to_string(period)},
            {"emitted", grams(record.emitted_g())},
            {"owed beside", grams(record.obligation_g())},
            {"issued", grams(record.issued_g())},
            {"sold", grams(record.sold_g())},
            {"purchased", grams(record.purchased_g())},
            {"banked before", grams(record.banked_before_g())},
            {"own surrendered", grams(record.own_surrendered_g())},
            {"purchased surrendered", grams(record.purchased_surrendered_g())},
            {"borrowed", grams(record.borrowed_g())},
            {"owed by the next period", grams(record.obligation_next_g())},
            {"penalised", grams(record.penalised_g())},
            {"penalty paid", money(record.penalty_paid_uy())},
            {"penalty owed", money(record.penalty_owed_uy())},
            {"banked", grams(record.banked_g())},
            {"expired", grams(record.expired_g())}};
}

json::object json_of(const AccountId& account, std::uint32_t period, const proto::SettlementRecord& record) {
    const auto text = [](std::int64_t value) { return std::to_string(value); };
    return {{"account", to_address(account)},
            {"period", period},
            {"emitted_g", text(record.emitted_g())},
            {"obligation_g", text(record.obligation_g())},
            {"issued_g", text(record.issued_g())},
            {"sold_g", text(record.sold_g())},
            {"purchased_g", text(record.purchased_g())},
            {"banked_before_g", text(record.banked_before_g())},
            {"own_surrendered_g", text(record.own_surrendered_g())},
            {"purchased_surrendered_g", text(record.purchased_surrendered_g())},
            {"borrowed_g", text(record.borrowed_g())},
            {"obligation_next_g", text(record.obligation_next_g())},
            {"penalised_g", text(record.penalised_g())},
            {"penalty_paid_uy", text(record.penalty_paid_uy())},
            {"penalty_owed_uy", text(record.penalty_owed_uy())},
            {"banked_g", text(record.banked_g())},
            {"expired_g", text(record.expired_g())}};
}

// --- preview -----------------------------------------------------------------------------------------------

struct Rehearsed {
    AccountId account;
    std::uint32_t period = 0;
    ledger::Header header;
    proto::SettlementRecord record;
};

Result<Rehearsed> rehearse(const Session& session, const SettlementOptions& options) {
    const auto account = account_of(options);
    if (!account) return account.error();
    const auto genesis = genesis_from(options.genesis);
    if (!genesis) return genesis.error();
    const auto endpoint = session.endpoint();
    if (!endpoint) return endpoint.error();
    client::RpcClient client(*endpoint);
    client::VerifiedReader reader(client, to_hex(genesis->chain), light_client_of(*genesis));

    const auto list = reader.read({audit::period_list_key()});
    if (!list) return list.error();
    const auto periods = audit::periods(list->values.front());
    if (!periods) return periods.error();
    if (periods->empty()) return Error{Code::not_found, "no period has been opened on this chain yet"};
    const std::uint32_t period = options.period != 0 ? options.period : periods->back();
    const ledger::Header& header = list->header;
    const auto read = [&reader,
                       &header](const std::vector<Bytes>& keys) -> Result<std::vector<std::optional<Bytes>>> {
        auto records = reader.read(keys, header->height());
        if (!records) return records.error();
        return std::move(records->values);
    };
    const auto record =
        audit::rehearse(read, *account, period, {static_cast<std::int64_t>(header->time_ms())});
    if (!record) return record.error();
    return Rehearsed{*account, period, header, *record};
}

void preview(Session& session, const SettlementOptions& options) {
    const auto done = rehearse(session, options);
    if (!done) {
        session.ended = fail(done.error());
    } else if (session.json) {
        auto value = json_of(done->account, done->period, done->record);
        value["height"] = done->header->height();
        print_json(value);
    } else {
        print_rows(rows_of(done->account, done->period, done->record));
        std::cout << "a rehearsal: nothing has changed. Settled as block " << done->header->height()
                  << " has it, these would be the figures;\nevery record they come from was proven\n";
    }
}

// --- certificate and check
// -----------------------------------------------------------------------------------

Result<Bytes> bytes_at(const json::value& object, const char* name) {
    const auto* fields = object.if_object();
    const auto* value = fields != nullptr ? fields->if_contains(name) : nullptr;
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr) return Error{Code::bad_encoding, std::string("\"") + name + "\" is missing"};
    auto bytes = from_base64(*text);
    if (!bytes) return Error{Code::bad_encoding, std::string("\"") + name + "\": " + bytes.error().message};
    return *std::move(bytes);
}

Result<audit::SettlementCertificate::Proven> proven_at(const json::value& object, const char* name) {
    const auto* fields = object.if_object();
    const auto* record = fields != nullptr ? fields->if_contains(name) : nullptr;
    if (record == nullptr) return Error{Code::bad_encoding, std::string("\"") + name + "\" is missing"};
    auto value = bytes_at(*record, "value");
    if (!value) return value.error();
    auto proof = bytes_at(*record, "proof");
    if (!proof) return proof.error();
    return audit::SettlementCertificate::Proven{*std::move(value), *std::move(proof)};
}

// How the validators have changed since the genesis document, if they have.
Result<std::vector<ledger::Succession>> successions_of(const json::object& object) {
    std::vector<ledger::Succession> successions;
    const auto* list = object.if_contains("validator_sets");
    if (list == nullptr) return successions;
    if (!list->is_array()) return Error{Code::bad_encoding, "\"validator_sets\" is no list"};
    for (const auto& entry : list->get_array()) {
        auto header = bytes_at(entry, "header");
        if (!header) return header.error();
        auto certificate = bytes_at(entry, "certificate");
        if (!certificate) return certificate.error();
        auto validators = bytes_at(entry, "encoded");
        if (!validators) return validators.error();
        successions.push_back({*std::move(header), *std::move(certificate), *std::move(validators)});
    }
    return successions;
}

Result<audit::SettlementCertificate> certificate_from(const std::string& text) {
    boost::system::error_code failure;
    const auto value = json::parse(text, failure);
    const auto* object = failure ? nullptr : value.if_object();
    if (object == nullptr) return Error{Code::bad_encoding, "it is no JSON object"};
    const auto* format = object->if_contains("format");
    if (format == nullptr || *format != kFormat)
        return Error{Code::bad_encoding, std::string("its format is not ") + kFormat};
    audit::SettlementCertificate certificate;
    const auto* account = object->if_contains("account");
    const auto* period = object->if_contains("period");
    if (account == nullptr || !account->is_string() || period == nullptr || !period->is_int64())
        return Error{Code::bad_encoding, "account or period is missing"};
    const auto id = account_from_text(std::string(account->as_string()));
    if (!id) return id.error();
    certificate.account = *id;
    certificate.period = static_cast<std::uint32_t>(period->as_int64());
    for (const auto& [name, into] :
         {std::pair("header", &certificate.header), std::pair("certificate", &certificate.certificate)}) {
        auto bytes = bytes_at(value, name);
        if (!bytes) return bytes.error();
        *into = *std::move(bytes);
    }
    auto successions = successions_of(*object);
    if (!successions) return successions.error();
    certificate.successions = *std::move(successions);
    for (const auto& [name, into] : {std::pair("period_record", &certificate.period_record),
                                     std::pair("settlement_record", &certificate.settlement_record)}) {
        auto record = proven_at(value, name);
        if (!record) return record.error();
        *into = *std::move(record);
    }
    return certificate;
}

// The changes of the validators up to a height, each with what proves it.
std::optional<json::array> sets_until(Session& session, std::uint64_t height) {
    json::array sets;
    std::string cursor = "1";
    while (!cursor.empty()) {
        const auto answer =
            session.ask("validator_sets", {{"chain", session.chain}, {"cursor", cursor}, {"height", height}});
        if (!answer) return std::nullopt;
        for (const auto& entry : answer->at("value").at("validator_sets").as_array()) {
            if (entry.at("from_height").to_number<std::uint64_t>() > height) continue;
            sets.push_back(json::object{{"header", entry.at("header")},
                                        {"certificate", entry.at("certificate")},
                                        {"encoded", entry.at("encoded")}});
        }
        const auto* next = answer->as_object().if_contains("next");
        cursor = next == nullptr ? "" : std::string(next->as_string());
    }
    return sets;
}

// What a node says of the two records, in the shape of a certificate.
std::optional<json::object> asked(Session& session, const AccountId& account, std::uint32_t period) {
    json::array keys;
    for (const auto& key : audit::SettlementCertificate::keys(account, period))
        keys.emplace_back(to_hex(key));
    const auto answer = session.ask("state", {{"chain", session.chain}, {"keys", keys}});
    if (!answer) return std::nullopt;
    const auto& records = answer->at("records").as_array();
    if (records.at(0).at("value").is_null() || records.at(1).at("value").is_null()) {
        session.ended =
            fail(Error{Code::not_found, "account " + to_address(account) +
                                            " has not been settled for period " + std::to_string(period)});
        return std::nullopt;
    }
    const auto sets = sets_until(session, answer->at("height").to_number<std::uint64_t>());
    if (!sets) return std::nullopt;
    const auto part = [&records](std::size_t index) {
        return json::object{{"value", records.at(index).at("value")},
                            {"proof", records.at(index).at("proof")}};
    };
    return json::object{{"format", kFormat},
                        {"account", to_address(account)},
                        {"period", period},
                        {"header", answer->at("header")},
                        {"certificate", answer->at("certificate")},
                        {"validator_sets", *sets},
                        {"period_record", part(0)},
                        {"settlement_record", part(1)}};
}

void write_certificate(Session& session, const SettlementOptions& options) {
    const auto account = account_of(options);
    if (!account) {
        session.ended = fail(account.error());
        return;
    }
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    const auto certificate = asked(session, *account, *period);
    if (!certificate) return;
    std::ofstream out(options.file, std::ios::binary);
    out << json::serialize(*certificate) << "\n";
    out.close();
    if (!out) {
        session.ended = fail(Error{Code::io_failed, "cannot write " + options.file});
    } else if (session.json) {
        print_json({{"file", options.file}, {"account", to_address(*account)}, {"period", *period}});
    } else {
        std::cout << "wrote " << options.file << "; pcq settlement check " << options.file
                  << " --genesis side.json proves it, without any node\n";
    }
}

void check_certificate(Session& session, const SettlementOptions& options) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    const auto genesis = genesis_from(options.genesis);
    if (!genesis) return refuse(genesis.error());
    const auto text = content_of(options.file);
    if (!text) return refuse(text.error());
    const auto certificate = certificate_from(*text);
    if (!certificate) {
        return refuse(Error{Code::bad_proof, options.file + " is no certificate of surrender: " +
                                                 certificate.error().message});
    }
    const auto checked = audit::check(*certificate, light_client_of(*genesis));
    if (!checked) return refuse(checked.error());
    if (session.json) {
        auto value = json_of(certificate->account, certificate->period, checked->settlement);
        value["chain_id"] = to_hex(genesis->chain);
        value["height"] = checked->header->height();
        return print_json(value);
    }
    print_rows(rows_of(certificate->account, certificate->period, checked->settlement));
    std::cout << "proven: this settlement is in the state of block " << checked->header->height()
              << ", which a quorum of the " << checked->validators << " validators of chain\n"
              << to_hex(genesis->chain)
              << " has signed, and is what the period's policy makes of its figures\n";
}

void add_account(CLI::App& command, SettlementOptions& options) {
    command.add_option(
        "account", options.account,
        "address of the account (pcq1...), or its id in hexadecimal; that of --key if not given");
    command.add_option("--key", options.key, "key file of the account, instead of its address")
        ->type_name("FILE");
    command.add_option("--passphrase-file", options.passphrase_file, "its first line opens the key")
        ->type_name("FILE");
    command.add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(CLI::PositiveNumber);
}

void add_genesis(CLI::App& command, SettlementOptions& options) {
    command
        .add_option("--genesis", options.genesis,
                    "the chain's genesis document, from somebody you trust (pcq net init: <dir>/side.json)")
        ->type_name("FILE")
        ->required();
}

}  // namespace

void add_settlement_commands(CLI::App& settlement, Session& session) {
    auto options = std::make_shared<SettlementOptions>();
    auto* rehearsal = settlement.add_subcommand(
        "preview", "what settling now would give, from proven records; changes nothing");
    add_account(*rehearsal, *options);
    add_genesis(*rehearsal, *options);
    explain(*rehearsal, "pcq settlement preview pcq1q... --period 2026 --genesis net/side.json",
            "Ends with 4 if a proof or a certificate does not hold: then do not believe the node.");
    rehearsal->callback([options, &session] { preview(session, *options); });

    auto* writing = settlement.add_subcommand(
        "certificate", "write a certificate of surrender: the settlement with its proof, to show to anybody");
    add_account(*writing, *options);
    writing->add_option("--out", options->file, "file to write")->type_name("FILE")->required();
    explain(*writing, "pcq settlement certificate pcq1q... --period 2026 --out surrendered.json");
    writing->callback([options, &session] { write_certificate(session, *options); });

    auto* checking =
        settlement.add_subcommand("check", "prove a certificate of surrender against the genesis document");
    checking->add_option("file", options->file, "the certificate")->type_name("FILE")->required();
    add_genesis(*checking, *options);
    explain(*checking, "pcq settlement check surrendered.json --genesis net/side.json",
            "Asks no node. Ends with 4 if the proof, the certificate or a sum does not hold.");
    checking->callback([options, &session] { check_certificate(session, *options); });
}

}  // namespace pcq::cli
