// pcq settlement preview, certificate and check: a settlement before it happens, and the proof of one.
#include <algorithm>
#include <fstream>
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "src/audit/proof_file.h"
#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/passphrase.h"
#include "src/cli/proof_file.h"
#include "src/cli/proven_reader.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct SettlementOptions {
    std::string account;
    std::string key;
    std::string passphrase_file;
    std::string genesis;
    std::string file;
    std::uint32_t period = 0;  // 0: the newest
};

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
    auto reader = proven_reader(client, *genesis);

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
        auto value = settlement_json(done->account, done->period, done->record);
        value["height"] = done->header->height();
        print_json(value);
    } else {
        print_rows(settlement_rows(done->account, done->period, done->record));
        std::cout << "a rehearsal: nothing has changed. Settled as block " << done->header->height()
                  << " has it, these would be the figures;\nevery record they come from was proven\n";
    }
}

// --- certificate and check
// -----------------------------------------------------------------------------------

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
    const auto sets = sets_until(session, session.chain, answer->at("height").to_number<std::uint64_t>());
    if (!sets) return std::nullopt;
    const auto chain_id = chain_of(*answer);
    if (!chain_id) {
        session.ended = fail(chain_id.error());
        return std::nullopt;
    }
    const auto part = [&records](std::size_t index) {
        return json::object{{"value", records.at(index).at("value")},
                            {"proof", records.at(index).at("proof")}};
    };
    return json::object{{"format", audit::kCertificateFormat},
                        {"chain_id", to_hex(*chain_id)},
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
    const auto file = audit::proof_from(*text);
    const auto* certificate = file ? std::get_if<audit::SettlementCertificate>(&file->proof) : nullptr;
    if (certificate == nullptr) {
        const bool is_damaged = !file && file.error().code != Code::bad_argument;
        return refuse(Error{is_damaged ? Code::bad_proof : Code::bad_argument,
                            options.file + " is no certificate of surrender: " +
                                (file ? "it is a statement, for pcq audit check" : file.error().message)});
    }
    if (file->chain != genesis->chain)
        return refuse(Error{Code::chain_unknown, options.file + " is of chain " + to_hex(file->chain) +
                                                     ", and the genesis document of " +
                                                     to_hex(genesis->chain) +
                                                     ": name that of its own chain with --genesis"});
    const auto checked = audit::check(*certificate, light_client_of(*genesis));
    if (!checked) return refuse(checked.error());
    if (session.json) {
        auto value = settlement_json(certificate->account, certificate->period, checked->settlement);
        value["chain_id"] = to_hex(genesis->chain);
        value["height"] = checked->header->height();
        return print_json(value);
    }
    print_rows(settlement_rows(certificate->account, certificate->period, checked->settlement));
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
        ->check(year());
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
